use callfold_unify::retell::api as callfold_retell;

super::run! { client("k"), Credentials::api_key("sandbox-key"), save_recording }

include!("../../crates/clients/retell/examples/recipes/readme.rs");

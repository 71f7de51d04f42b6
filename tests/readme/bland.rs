use callfold_unify::bland::api as callfold_bland;

super::run! { client("k"), Credentials::api_key("sandbox-key"), save_recording }

include!("../../crates/clients/bland/examples/recipes/readme.rs");

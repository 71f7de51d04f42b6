use callfold_unify::ravan::api as callfold_ravan;

super::run! { client("k"), Credentials::api_key("sandbox-key"), save_recording }

include!("../../crates/clients/ravan/examples/recipes/readme.rs");

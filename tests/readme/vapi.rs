use callfold_unify::vapi::api as callfold_vapi;

super::run! { client("k"), Credentials::private_key("sandbox-key"), save_recording }

include!("../../crates/clients/vapi/examples/recipes/readme.rs");

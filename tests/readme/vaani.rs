use callfold_unify::vaani::api as callfold_vaani;

super::run! { client("k"), Credentials::api_key("sandbox-key"), save_recording }

include!("../../crates/clients/vaani/examples/recipes/readme.rs");

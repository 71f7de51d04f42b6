use callfold_unify::zudu::api as callfold_zudu;

super::run! { client("k", "s"), Credentials::new("sandbox-key", "sandbox-secret"), save_recording }

include!("../../crates/clients/zudu/examples/recipes/readme.rs");

use callfold_unify::agentvoice::api as callfold_agentvoice;

super::run! { client("k", "o"), Credentials::new("sandbox-key", "sandbox-org"), save_recording }

include!("../../crates/clients/agentvoice/examples/recipes/readme.rs");

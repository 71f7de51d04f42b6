use callfold_unify::vozagent::api as callfold_vozagent;

super::run! { client("k"), Credentials::bearer("sandbox-key"), save_recording }

include!("../../crates/clients/vozagent/examples/recipes/readme.rs");

use callfold_unify::elevenlabs::api as callfold_elevenlabs;

super::run! { client("k"), Credentials::api_key("sandbox-key"), save_recording }

include!("../../crates/clients/elevenlabs/examples/recipes/readme.rs");

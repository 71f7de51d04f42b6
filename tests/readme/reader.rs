use callfold_sandbox::Sandbox;

include!("../../crates/reader/examples/recipes/readme.rs");

/// The sources of [`sources`] at the sandbox.
fn sandbox_sources(sandbox: &Sandbox) -> Vec<Box<dyn Source>> {
    let clinic = retell::Client::builder()
        .credentials(retell::Credentials::api_key("sandbox-key"))
        .base_url(sandbox.base_url("retell"))
        .build();
    let sales = vaani::Client::builder()
        .credentials(vaani::Credentials::api_key("sandbox-key"))
        .base_url(sandbox.base_url("vaani"))
        .build();
    vec![
        retell::source(clinic.expect("a client"), Context::new("clinic")),
        vaani::source(sales.expect("a client"), Context::new("sales")),
    ]
}

#[tokio::test]
async fn recipes_run_against_the_sandbox() {
    assert_eq!(sources("k", "k").expect("the README's sources").len(), 2);
    let sandbox = super::sandbox().await;
    let sources = sandbox_sources(&sandbox);
    assert!(print_calls(&sources, DateTime::UNIX_EPOCH).await);

    let dataset = sandbox.dataset();
    let call = dataset.truths("retell").find(|call| call.recorded).expect("a recorded call");
    assert_eq!(print_call(&sources, &call.id).await, 1);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("recording");
    save_recording(sources[0].as_ref(), &call.id, &path).await.expect("a recording");
    assert!(path.metadata().expect("a file").len() > 100);

    let (checkpoint, count) = store_batches(sources[1].as_ref(), None).await.expect("all batches");
    assert_eq!(count, dataset.truths("vaani").len());
    let again = store_batches(sources[1].as_ref(), Some((checkpoint, Vec::new()))).await;
    assert_eq!(again.expect("no more batches").1, 0);

    assert_eq!(open_by_name("vapi", "k").expect("a source").vendor(), "vapi");
    assert!(open_by_name("nobody", "k").is_err());
}

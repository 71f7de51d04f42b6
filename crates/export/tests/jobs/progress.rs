//! Progress events of a running export.

use crate::support::{ExportFixture, JSONL, run};
use callfold_export::{ExportEvent, ExportProgress};
use callfold_sandbox::Faults;
use std::sync::{Arc, Mutex};

#[tokio::test(flavor = "multi_thread")]
async fn each_page_and_batch_is_reported_with_totals_and_retries() {
    let place = ExportFixture::new(120).await;
    let faults: Faults = "error-503=first:1@zudu".parse().unwrap();
    place.sandbox.set_faults(faults);
    let events = Arc::new(Mutex::new(Vec::new()));
    let reported = events.clone();
    let progress = ExportProgress::new(move |event| reported.lock().unwrap().push(event));
    let outcome = run(place.job("calls.jsonl", JSONL).progress(progress)).await.unwrap();
    let events = events.lock().unwrap();
    let (mut last, mut written) = (vec![None; callfold_sandbox::vendors().len()], None);
    for event in events.iter() {
        match event {
            ExportEvent::Source(source) => last[source.index] = Some(source),
            ExportEvent::Written(now) => {
                assert!(written.is_none_or(|then: u64| then <= now.calls));
                written = Some(now.calls);
            }
            _ => {}
        }
    }
    assert_eq!(written, Some(outcome.calls));
    for source in last.into_iter().flatten() {
        assert!(source.is_finished());
        assert_eq!(source.summary.records, 120);
        let vendor = source.summary.vendor;
        let announces = ["agentvoice", "bland", "retell", "vaani", "zudu"].contains(&vendor);
        assert_eq!(source.total.is_some(), announces, "{vendor}");
        assert_eq!(source.retries, u64::from(vendor == "zudu"), "{vendor}");
    }
}

//! Single records and recordings that are refused a set number of times.

use callfold_sandbox::Fault;
use http::HeaderMap;

use super::faults::{LISTS, sandbox};
use super::raw_client::{ask, ask_url};

#[tokio::test]
async fn single_records_are_served_after_the_set_refusals() {
    for (fault, refusals) in [("detail-503-once", 1), ("detail-503-once=3", 3)] {
        let sandbox = sandbox(fault).await;
        let dataset = sandbox.dataset();
        for vendor in super::SPOKEN {
            for call in dataset.truths(vendor).filter(|call| call.recorded).take(2) {
                let public = call.id.as_str();
                let paths = match vendor {
                    "vaani" => vec![
                        format!("/vaani/api/call_details/{}", call.id),
                        format!("/vaani/api/transcript/{}", call.id),
                    ],
                    "ravan" => {
                        vec![format!("/ravan/api/v1/calling/call-sessions-detail/{}", call.id)]
                    }
                    "vozagent" => vec![format!("/vozagent/v1/calls/{}", call.id)],
                    "agentvoice" => vec![format!("/agentvoice/api/calls/{}?fields=full", call.id)],
                    _ => vec![format!("/zudu/api/calls/{public}")],
                };
                for path in paths {
                    for _ in 0..refusals {
                        assert_eq!(ask(&sandbox, &path).await.status(), 503, "{path}");
                    }
                    assert_eq!(ask(&sandbox, &path).await.status(), 200, "{path}");
                    assert_eq!(ask(&sandbox, &path).await.status(), 200, "{path}");
                }
            }
        }
        for path in LISTS {
            assert_eq!(ask(&sandbox, path).await.status(), 200);
        }
        assert_eq!(ask(&sandbox, "/zudu/api/calls/nobody").await.status(), 404);
        assert_eq!(sandbox.stats().faults(Fault::Detail503Once), 12 * refusals);
    }
}

#[tokio::test]
async fn recordings_are_served_after_the_set_refusals() {
    for (fault, refusals) in [("recording-403-once", 1), ("recording-403-once=2", 2)] {
        let sandbox = sandbox(fault).await;
        let dataset = sandbox.dataset();
        for vendor in ["vaani", "zudu"] {
            for call in dataset.truths(vendor).filter(|call| call.recorded).take(2) {
                let public = call.id.as_str();
                let (path, headers) = match vendor {
                    "vaani" => (format!("/vaani/api/stream/{}", call.id), super::keys(vendor)),
                    _ => (format!("/recordings/zudu/{public}.mp4"), HeaderMap::new()),
                };
                let url = format!("{}{path}", sandbox.url());
                for _ in 0..refusals {
                    assert_eq!(ask_url(&url, &headers).await.status(), 403, "{path}");
                }
                assert_eq!(ask_url(&url, &headers).await.status(), 200, "{path}");
                let single = format!("/zudu/api/calls/{public}");
                assert_eq!(ask(&sandbox, &single).await.status() == 200, vendor == "zudu");
            }
        }
        assert_eq!(sandbox.stats().faults(Fault::Recording403Once), 4 * refusals);
    }
}

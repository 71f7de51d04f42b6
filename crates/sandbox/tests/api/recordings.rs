//! Recordings: which need a key, which refuse one, and ranges.

use super::{BASE, get, get_json, headers, keys, request, service};
use callfold_sandbox::{HttpResponse, Service, Truth};
use http::HeaderMap;

fn recorded(service: &Service, vendor: &str) -> Truth {
    let dataset = service.dataset();
    dataset.truths(vendor).find(|call| call.recorded).unwrap()
}

/// A vendor's link to a recording, without the server's own URL.
fn link(service: &Service, vendor: &str) -> String {
    let call = recorded(service, vendor);
    let record = match vendor {
        "vaani" => {
            let page = get_json(service, "/vaani/api/call-history");
            let calls = page["data"].as_array().unwrap().clone();
            calls.into_iter().find(|one| one["call_id"] == call.id.as_str()).unwrap()
        }
        "ravan" => {
            let path = format!("/ravan/api/v1/calling/call-sessions-detail/{}", call.id);
            get_json(service, &path)["data"].clone()
        }
        "vozagent" => get_json(service, &format!("/vozagent/v1/calls/{}", call.id)),
        "agentvoice" => get_json(service, &format!("/agentvoice/api/calls/{}", call.id)),
        _ => {
            let public = call.id;
            get_json(service, &format!("/zudu/api/calls/{public}"))["data"].clone()
        }
    };
    let name = if vendor == "vaani" { "recording_api" } else { "recording_url" };
    record[name].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned()
}

fn ask(service: &Service, method: &str, path: &str, headers: HeaderMap) -> HttpResponse {
    service.respond(&request(method, path, headers, ""))
}

#[test]
fn vaani_and_ravan_recordings_need_a_key() {
    let service = service(40);
    for (vendor, media_type) in [("vaani", "audio/ogg"), ("ravan", "audio/mpeg")] {
        let path = link(&service, vendor);
        assert_eq!(ask(&service, "GET", &path, HeaderMap::new()).status(), 401);
        let response = get(&service, &path);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], media_type);
        assert!(response.body().len() >= 2_000);
    }
    let path = format!("{}?token=sandbox-token", link(&service, "ravan"));
    assert_eq!(ask(&service, "GET", &path, HeaderMap::new()).status(), 200);
}

#[test]
fn storage_serves_without_a_key_and_refuses_any_credential() {
    let service = service(40);
    for (vendor, media_type) in
        [("vozagent", "audio/mpeg"), ("agentvoice", "audio/mpeg"), ("zudu", "video/mp4")]
    {
        let path = link(&service, vendor);
        assert!(path.starts_with("/recordings/"), "{path}");
        let response = ask(&service, "GET", &path, HeaderMap::new());
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(ask(&service, "GET", &path, keys(vendor)).status(), 400);
        let cookie = headers(&[("cookie", "session=1")]);
        assert_eq!(ask(&service, "GET", &path, cookie).status(), 400);
    }
}

#[test]
fn head_returns_the_length_without_a_body() {
    let service = service(40);
    let path = link(&service, "vaani");
    let whole = get(&service, &path);
    let head = ask(&service, "HEAD", &path, keys("vaani"));
    assert_eq!(head.status(), 200);
    assert!(head.body().is_empty());
    assert_eq!(head.headers()["content-length"], whole.body().len().to_string().as_str());
    assert_eq!(head.headers()["accept-ranges"], "bytes");
}

#[test]
fn ranges_return_parts_of_the_recording() {
    let service = service(40);
    let path = link(&service, "zudu");
    let whole = ask(&service, "GET", &path, HeaderMap::new()).into_body();
    let size = whole.len();
    let range = |text: &str| ask(&service, "GET", &path, headers(&[("range", text)]));

    let first = range("bytes=0-999");
    assert_eq!(first.status(), 206);
    assert_eq!(first.headers()["content-range"], format!("bytes 0-999/{size}").as_str());
    let rest = range("bytes=1000-");
    assert_eq!([first.into_body(), rest.into_body()].concat(), whole);

    let beyond = range(&format!("bytes={size}-"));
    assert_eq!(beyond.status(), 416);
    assert_eq!(beyond.headers()["content-range"], format!("bytes */{size}").as_str());
}

#[test]
fn calls_without_a_recording_return_not_found() {
    let service = service(200);
    let dataset = service.dataset();
    for vendor in callfold_sandbox::vendors() {
        for call in dataset.truths(vendor).filter(|call| !call.recorded) {
            let public = &call.id;
            let path = match vendor {
                "vaani" => format!("/vaani/api/stream/{}", call.id),
                "ravan" => format!("/ravan/api/v1/calling/sessions/{}/recording", call.id),
                "zudu" => format!("/recordings/zudu/{public}.mp4"),
                _ => format!("/recordings/{vendor}/{}.mp3", call.id),
            };
            let keys =
                if path.starts_with("/recordings") { HeaderMap::new() } else { keys(vendor) };
            assert_eq!(ask(&service, "GET", &path, keys).status(), 404, "{path}");
        }
    }
}

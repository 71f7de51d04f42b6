//! Redirects: an error, and nothing goes to where they lead.

use super::callers::Settings;
use super::{connect, each_call, leaks};
use callfold_test_support::raw_server::{RawServer, ServerAction, ok, response};
use callfold_transport::ErrorKind;

const STATUSES: [&str; 5] =
    ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"];

#[tokio::test]
async fn redirect_is_an_error_and_its_target_gets_no_request() {
    each_call(async |row, call| {
        let target = RawServer::start(vec![ServerAction::Send(ok(&call.body(row)))]).await;
        for status in STATUSES {
            let to = format!("{}/{}?token={}", target.url, leaks::BODY, leaks::QUERY);
            let page = format!("<html><body><p>{}</p></body></html>", leaks::BODY);
            let redirect = response(status, &format!("location: {to}\r\n"), page.as_bytes());
            let server = RawServer::start(vec![ServerAction::Send(redirect)]).await;
            let error = call.fails(&*connect(row, &Settings::new(&server.url))).await;
            assert_eq!(error.kind(), ErrorKind::Redirected, "{call:?} {status}: {error}");
            assert!(error.to_string().contains(target.authority()), "{call:?} {status}: {error}");
            assert_eq!(error.redirect_target(), Some(to.as_str()));
            assert_eq!(server.connections(), 1, "{call:?} {status}: a redirect is not retried");
        }
        assert_eq!(target.connections(), 0, "{call:?}: {:?}", target.requests());
    })
    .await;
}

#[tokio::test]
async fn redirect_to_the_same_host_is_not_followed() {
    each_call(async |row, call| {
        let redirect = response("307 Temporary", "location: /elsewhere\r\n", b"");
        let server = RawServer::start(vec![
            ServerAction::Send(redirect),
            ServerAction::Send(ok(&call.body(row))),
        ])
        .await;
        let error = call.fails(&*connect(row, &Settings::new(&server.url))).await;
        assert_eq!(error.kind(), ErrorKind::Redirected, "{call:?} {error}");
        assert!(error.to_string().contains(server.authority()), "{call:?} {error}");
        let target = format!("{}/elsewhere", server.url);
        assert_eq!(error.redirect_target(), Some(target.as_str()), "{call:?}");
        assert_eq!(server.connections(), 1);
    })
    .await;
}

#[tokio::test]
async fn redirect_without_a_target_is_an_error() {
    each_call(async |row, call| {
        let server =
            RawServer::start(vec![ServerAction::Send(response("302 Found", "", b""))]).await;
        let error = call.fails(&*connect(row, &Settings::new(&server.url))).await;
        assert_eq!(error.kind(), ErrorKind::Redirected, "{call:?} {error}");
        assert_eq!(server.connections(), 1);
    })
    .await;
}

#[tokio::test]
async fn redirect_on_a_later_page_is_an_error() {
    super::each(async |row| {
        let target = RawServer::start(vec![ServerAction::Send(ok(&row.complete(2)))]).await;
        let to = format!("location: {}/?token={}\r\n", target.url, leaks::QUERY);
        let range = 0..10;
        let first = row.page(range.clone(), super::rows::AnnouncedPaging::truth(&range, 30));
        let acts = vec![
            ServerAction::Send(ok(&first)),
            ServerAction::Send(response("302 Found", &to, b"")),
        ];
        let server = RawServer::start(acts).await;
        let how = super::ListOptions { page_size: Some(10), ..Default::default() };
        let listed = connect(row, &Settings::new(&server.url)).list(how).await;
        super::assert_fails(&listed, ErrorKind::Redirected);
        assert_eq!(listed.ids, super::expected(10), "what came before is not lost");
        assert_eq!(target.connections(), 0, "{:?}", target.requests());
    })
    .await;
}

//! What is refused before anything is sent, and what every request carries.

use super::callers::Settings;
use super::{connect, each, each_call, leaks};
use callfold_test_support::raw_server::{RawServer, ServerAction};
use callfold_transport::ErrorKind;

#[tokio::test]
async fn invalid_address_is_refused() {
    each(async |row| {
        let user = format!("https://user:{}@api.example.com", leaks::QUERY);
        let query = format!("https://api.example.com/?token={}", leaks::QUERY);
        for url in ["", "api.example.com", "ftp://api.example.com", user.as_str(), query.as_str()] {
            let error = (row.connect)(&Settings::new(url)).err().expect("refused");
            assert_eq!(error.kind(), ErrorKind::Configuration, "{url}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn credential_that_cannot_be_sent_is_refused() {
    const BAD: [&str; 6] = [
        "",
        "wk-5e1fcredential\n",
        "wk-5e1f\r\nx-evil: wk-5e1fcredential",
        " wk-5e1fcredential",
        "wk-5e1fcredential\0",
        "wk-5e1fcredentialé",
    ];
    each(async |row| {
        let two = callfold_sandbox::credentials(row.vendor).len() == 2;
        for bad in BAD {
            let mut all = vec![Settings { key: bad, ..Settings::new("https://api.example.com") }];
            if two {
                all.push(Settings { second: bad, ..Settings::new("https://api.example.com") });
            }
            for settings in all {
                let error = (row.connect)(&settings).err().expect("refused");
                assert_eq!(error.kind(), ErrorKind::Configuration, "{bad:?}: {error}");
                assert!(error.to_string().contains("credential"), "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_request_carries_the_credentials_and_its_own_id() {
    each_call(async |row, call| {
        let server = RawServer::start(vec![ServerAction::Reset, call.good(row)]).await;
        let result = call.on(&*connect(row, &Settings::new(&server.url))).await;
        assert!(result.is_ok(), "{call:?}: {result:?}");
        let requests = server.requests();
        assert_eq!(requests.len(), 1 + call.requests(row), "{call:?}");
        for request in &requests {
            assert!(request.contains(leaks::KEY), "{call:?}: {request}");
            let two = callfold_sandbox::credentials(row.vendor).len() == 2;
            assert_eq!(request.contains(leaks::SECOND), two, "{call:?}: {request}");
            assert!(request.contains("\r\nx-client-request-id: "), "{call:?}: {request}");
            assert!(request.contains("\r\nuser-agent: callfold/"), "{call:?}: {request}");
        }
    })
    .await;
}

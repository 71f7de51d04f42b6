//! Vaani's client.

use super::{Caller, Settings, Walk, Walked, seen, walk};
use callfold_vaani::{Client, Credentials, Error};
use futures_util::future::BoxFuture;

struct Vaani(Client);

pub(crate) fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Vaani(client)))
}

impl Caller for Vaani {
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        Box::pin(walk(self.0.list_calls(), how))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call_details("call-1").send().await)?;
            Ok(answer.summary.is_some())
        })
    }

    fn stream(&self) -> Option<BoxFuture<'_, Result<Vec<u8>, Error>>> {
        Some(Box::pin(async {
            let answer = seen(self.0.stream_recording("call-1").send().await)?;
            super::bytes(answer).await
        }))
    }

    super::same_for_all! {}
}

//! Ravan's client, with both of its lists.

use super::{Caller, Settings, Walk, Walked, leaks, seen, walk};
use callfold_ravan::{Client, Credentials, Error};
use futures_util::future::BoxFuture;

struct Ravan(Client, Which);

enum Which {
    Sessions,
    History,
}

pub(crate) fn connect_sessions(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::api_key(settings.key))?;
    Ok(Box::new(Ravan(client, Which::Sessions)))
}

/// With a token, which this list takes as well.
pub(crate) fn connect_history(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::bearer(settings.key))?;
    Ok(Box::new(Ravan(client, Which::History)))
}

impl Caller for Ravan {
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        match self.1 {
            Which::Sessions => Box::pin(walk(self.0.list_call_sessions(), how)),
            Which::History => Box::pin(walk(self.0.list_phone_history(leaks::PHONE), how)),
        }
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call_session("call-1").send().await)?;
            Ok(answer.data.as_ref().is_some_and(|call| call.get().is_ok()))
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

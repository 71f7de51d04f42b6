//! VozAgent's client.

use super::{Caller, Settings, Walk, Walked, seen, walk};
use callfold_vozagent::{Client, Credentials, Error};
use futures_util::future::BoxFuture;

struct VozAgent(Client);

pub(crate) fn connect(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::bearer(settings.key))?;
    Ok(Box::new(VozAgent(client)))
}

impl Caller for VozAgent {
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        Box::pin(walk(self.0.list_calls(), how))
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.get().is_ok())
        })
    }

    super::same_for_all! {}
}

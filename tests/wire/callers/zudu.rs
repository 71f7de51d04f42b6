//! Zudu's client, with its list and its search, which is a POST.

use super::{Caller, Settings, Walk, Walked, seen, walk};
use callfold_zudu::{Client, Credentials, Error};
use futures_util::future::BoxFuture;

struct Zudu(Client, Which);

enum Which {
    List,
    Search,
}

pub(crate) fn connect_list(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    connect(settings, Which::List)
}

pub(crate) fn connect_search(settings: &Settings) -> Result<Box<dyn Caller>, Error> {
    connect(settings, Which::Search)
}

fn connect(settings: &Settings, which: Which) -> Result<Box<dyn Caller>, Error> {
    let client = settings.build(Credentials::new(settings.key, settings.second))?;
    Ok(Box::new(Zudu(client, which)))
}

impl Caller for Zudu {
    fn list(&self, how: Walk) -> BoxFuture<'_, Walked> {
        match self.1 {
            Which::List => Box::pin(walk(self.0.list_calls(), how)),
            Which::Search => Box::pin(walk(self.0.search_calls(), how)),
        }
    }

    fn single(&self) -> BoxFuture<'_, Result<bool, Error>> {
        Box::pin(async {
            let answer = seen(self.0.get_call("call-1").send().await)?;
            Ok(answer.data.as_ref().is_some_and(|call| call.get().is_ok()))
        })
    }

    super::same_for_all! {}
}

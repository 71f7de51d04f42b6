//! A source whose single records and recordings fail when a test wants it.

use callfold_reader::{
    Capability, DetailFailure, Download, Enriched, Enricher, ListStart, Query, ReadError, Source,
    SourcePages, SourcePlan,
};
use callfold_transport::{ResumePoint, Stats};
use callfold_unify::model::{Call, Recording};
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

/// Why the try of a call's details fails: of its id, and how often it was
/// tried before.
type Fails = dyn Fn(&str, u32) -> Option<DetailFailure> + Send + Sync;

/// A source that fails on request.
pub(crate) struct Flaky {
    inner: Box<dyn Source>,
    fails: Arc<Fails>,
    tries: Arc<Mutex<HashMap<String, u32>>>,
    /// Where recordings are fetched from instead.
    diverted: Arc<Mutex<Option<String>>>,
    downloads: Arc<Mutex<u64>>,
}

/// What is known of its work, for the test.
#[derive(Clone)]
pub(crate) struct Handle {
    tries: Arc<Mutex<HashMap<String, u32>>>,
    diverted: Arc<Mutex<Option<String>>>,
    downloads: Arc<Mutex<u64>>,
}

impl Handle {
    /// How often details were tried.
    pub(crate) fn tries(&self) -> u32 {
        self.tries.lock().unwrap().values().sum()
    }

    /// How often recordings were asked for.
    pub(crate) fn downloads(&self) -> u64 {
        *self.downloads.lock().unwrap()
    }

    /// Lets recordings come from another address, or from their own again.
    pub(crate) fn divert(&self, address: Option<String>) {
        *self.diverted.lock().unwrap() = address;
    }
}

/// A failure that counts, such as a status.
pub(crate) fn status(number: u16) -> DetailFailure {
    DetailFailure { reason: format!("status {number}"), is_absent: number == 404 }
}

/// The source, failing.
pub(crate) fn flaky(
    inner: Box<dyn Source>,
    fails: impl Fn(&str, u32) -> Option<DetailFailure> + Send + Sync + 'static,
) -> (Box<dyn Source>, Handle) {
    let tries = Arc::<Mutex<HashMap<String, u32>>>::default();
    let (diverted, downloads) =
        (Arc::<Mutex<Option<String>>>::default(), Arc::<Mutex<u64>>::default());
    let handle =
        Handle { tries: tries.clone(), diverted: diverted.clone(), downloads: downloads.clone() };
    let source = Flaky { inner, fails: Arc::new(fails), tries, diverted, downloads };
    (Box::new(source), handle)
}

impl Source for Flaky {
    fn vendor(&self) -> &'static str {
        self.inner.vendor()
    }

    fn account(&self) -> &str {
        self.inner.account()
    }

    fn capability(&self) -> &'static Capability {
        self.inner.capability()
    }

    fn stats(&self) -> Stats {
        self.inner.stats()
    }

    fn plan(&self, query: &Query) -> SourcePlan {
        self.inner.plan(query)
    }

    fn pages(&self, plan: &SourcePlan, walk: ListStart) -> SourcePages {
        self.inner.pages(plan, walk)
    }

    fn enricher(&self, plan: &SourcePlan) -> Option<Enricher> {
        let (is_enriched, fails) = (self.inner.enricher(plan)?, self.fails.clone());
        let tries = self.tries.clone();
        Some(Arc::new(move |call: Box<Call>| {
            let before = {
                let mut tries = tries.lock().unwrap();
                let count = tries.entry(call.id.call_id.clone()).or_default();
                *count += 1;
                *count - 1
            };
            match fails(&call.id.call_id, before) {
                Some(missing) => async move { Enriched { call, missing: Some(missing) } }.boxed(),
                None => is_enriched(call),
            }
        }))
    }

    fn map_record(&self, record: &str) -> Option<Box<Call>> {
        self.inner.map_record(record)
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        self.inner.get(id)
    }

    fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        *self.downloads.lock().unwrap() += 1;
        match &*self.diverted.lock().unwrap() {
            Some(url) => {
                let recording =
                    Recording { url: url.clone(), needs_auth: false, ..recording.clone() };
                self.inner.download(&recording, from)
            }
            None => self.inner.download(recording, from),
        }
    }

    fn check(&self) -> BoxFuture<'static, Result<(), ReadError>> {
        self.inner.check()
    }
}

/// The address of a server that gives everybody this response.
pub(crate) fn serve(status: &'static str, kind: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let _read = stream.read(&mut request);
            let length = body.len();
            let _written = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            );
        }
    });
    format!("http://{address}/recording")
}

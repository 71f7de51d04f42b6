//! One adapter for each vendor: builds the client, runs its list to the end,
//! looks up one call, fetches one recording.

use super::leaks;
use super::rows::Row;
use callfold_transport::{
    ByteStream, ClientBuilder, Cursor, Error, HttpClient, List, ListOperation, PageContents,
    PageRequest, PageWarning, Paging, ResponseValue, Stats, VendorClient,
};
use futures_util::future::BoxFuture;
use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::Duration;

macro_rules! vendors {
    ($($vendor:ident $name:tt)*) => {
        $(mod $vendor;)*
        static VENDORS: &[&[Row]] = &[$($vendor::ROWS),*];
    };
}
callfold_unify::each_vendor!(vendors);

/// The table: the lists of all vendors.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    VENDORS.iter().copied().flatten()
}

/// How a client is configured.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) base_url: String,
    pub(crate) key: &'static str,
    pub(crate) second: &'static str,
    pub(crate) retries: u32,
    pub(crate) total: Duration,
    pub(crate) attempt: Duration,
    pub(crate) stall: Duration,
    pub(crate) max_body: usize,
    pub(crate) max_retry_after: Duration,
    pub(crate) allow_http: bool,
    pub(crate) http: Option<HttpClient>,
}

/// Building an HTTP client takes longer than most cases. Its connections are
/// not kept: they belong to the runtime of one test.
static HTTP: LazyLock<HttpClient> = LazyLock::new(|| {
    let builder = HttpClient::builder().no_proxy().pool_max_idle_per_host(0);
    HttpClient::build(builder).expect("an HTTP client")
});

impl Settings {
    /// For a server on this machine; retries follow at once.
    pub(crate) fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: leaks::KEY,
            second: leaks::SECOND,
            retries: 4,
            total: Duration::from_secs(15),
            attempt: Duration::from_secs(10),
            stall: Duration::from_secs(5),
            max_body: 16 * 1024 * 1024,
            max_retry_after: Duration::from_secs(5),
            allow_http: false,
            http: None,
        }
    }

    /// The same, over an HTTP client that all share: for cases to which it does
    /// not matter how the client configures its own.
    pub(crate) fn shared(base_url: impl Into<String>) -> Self {
        Self { http: Some(HTTP.clone()), ..Self::new(base_url) }
    }

    fn build<C: VendorClient + Debug>(
        &self,
        credentials: impl Into<C::Credentials>,
    ) -> Result<C, Error> {
        let mut builder: ClientBuilder<C> = ClientBuilder::new()
            .credentials(credentials)
            .base_url(&self.base_url)
            .backoff(Duration::from_millis(1), Duration::from_millis(1))
            .rate(100_000.0)
            .retries(self.retries)
            .timeout(self.total)
            .attempt_timeout(self.attempt)
            .stall_timeout(self.stall)
            .max_body(self.max_body)
            .max_retry_after(self.max_retry_after)
            .allow_http(self.allow_http);
        if let Some(http) = &self.http {
            builder = builder.with_client(http.clone());
        }
        leaks::check("a builder", &format!("{builder:?}"));
        let client = seen(builder.build())?;
        leaks::check("a client", &format!("{client:?}"));
        Ok(client)
    }
}

/// How a list is walked.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListOptions {
    pub(crate) page_size: Option<u32>,
    pub(crate) limit: Option<u64>,
    pub(crate) max_pages: Option<u64>,
    pub(crate) prefetch: Option<usize>,
    /// Where to begin.
    pub(crate) resume: Option<Cursor>,
    /// After how many records to leave the list as it is.
    pub(crate) take: Option<usize>,
}

/// What came of a walk.
#[derive(Debug, Default)]
pub(crate) struct ListResult {
    pub(crate) ids: Vec<String>,
    pub(crate) notes: Vec<PageWarning>,
    pub(crate) error: Option<Error>,
    /// Where to go on.
    pub(crate) cursor: Option<Cursor>,
}

/// A vendor's client, as the table sees it.
pub(crate) trait Caller: Send + Sync {
    /// Walks the list until it ends or fails.
    fn list(&self, read_list: ListOptions) -> BoxFuture<'_, ListResult>;
    /// Looks up one call; returns whether there is one.
    fn single(&self) -> BoxFuture<'_, Result<bool, Error>>;
    /// Fetches a recording; returns its bytes.
    fn recording<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Vec<u8>, Error>>;
    /// Fetches the recording of one call by the operation for it, where there
    /// is one.
    fn stream(&self) -> Option<BoxFuture<'_, Result<Vec<u8>, Error>>> {
        None
    }
    /// What the client has done so far.
    fn stats(&self) -> Stats;
}

/// The part that is the same in each [`Caller`], whose client is its field `0`.
macro_rules! same_for_all {
    () => {
        fn recording<'a>(
            &'a self,
            url: &'a str,
        ) -> futures_util::future::BoxFuture<'a, Result<Vec<u8>, callfold_transport::Error>> {
            Box::pin(async move {
                let response = super::seen(
                    self.0.download(url, &callfold_transport::ResumePoint::START).await,
                )?;
                super::bytes(response).await
            })
        }

        fn stats(&self) -> callfold_transport::Stats {
            self.0.stats()
        }
    };
}
use same_for_all;

/// A list operation whose requests are looked at before they are sent.
#[derive(Clone)]
struct Watched<L>(L);

impl<L: ListOperation + Debug> ListOperation for Watched<L> {
    type Record = L::Record;
    type Body = L::Body;
    const PAGING: Paging = L::PAGING;

    fn with_page(self, request: &PageRequest) -> Self {
        Self(self.0.with_page(request))
    }

    async fn fetch(self) -> Result<ResponseValue<L::Body>, Error> {
        leaks::check_request(&self.0);
        self.0.fetch().await
    }

    fn contents(body: L::Body) -> PageContents<L::Record> {
        L::contents(body)
    }
}

/// Walks a list until it ends or fails, and looks at everything on the way.
async fn read_list<L: ListOperation + Debug>(list: L, read_list: ListOptions) -> ListResult {
    let mut stream = Watched(list).records();
    if let Some(size) = read_list.page_size {
        stream = stream.page_size(size);
    }
    if let Some(limit) = read_list.limit {
        stream = stream.limit(limit);
    }
    if let Some(pages) = read_list.max_pages {
        stream = stream.max_pages(pages);
    }
    if let Some(pages) = read_list.prefetch {
        stream = stream.prefetch(pages);
    }
    if let Some(cursor) = read_list.resume {
        stream = stream.resume(cursor);
    }
    let mut listed = ListResult::default();
    while read_list.take.is_none_or(|take| listed.ids.len() < take) {
        let Some(item) = stream.next().await else { break };
        assert!(listed.error.is_none(), "the stream goes on after an error");
        match item {
            Ok(record) => {
                leaks::check("a record", &format!("{record:?} {:?}", record.issues()));
                listed.ids.push(record.id().map(|id| id.into_owned()).unwrap_or_default());
            }
            Err(error) => {
                leaks::check_error(&error);
                listed.error = Some(error);
            }
        }
    }
    listed.notes = stream.notes().to_vec();
    listed.cursor = stream.cursor();
    listed
}

/// Looks at an error on its way.
fn seen<T>(result: Result<T, Error>) -> Result<T, Error> {
    result.inspect_err(leaks::check_error)
}

async fn bytes(response: ResponseValue<ByteStream>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut stream = response.into_inner();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&seen(chunk)?);
    }
    Ok(bytes)
}

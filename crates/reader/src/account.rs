//! What every source is made of, whoever the vendor is.

use crate::{
    Capability, Download, Item, ListStart, OpenError, PageInfo, Query, ReadError, SettingKind,
    SourceConfig, SourcePage, SourcePages, SourcePlan, VendorEntry,
    plan::{Standing, at_once, plan},
};
use callfold_transport::{
    Error, ErrorKind, Lenient, Page, PageRequest, Pages, Paging, Record, RequestOptions,
    ResumePoint, Vendor,
};
use callfold_unify::{
    Context, RejectedRecord,
    model::{Call, CostUnit, Recording, Warning, WarningCode},
};
use chrono::FixedOffset;
use futures_util::{FutureExt, StreamExt};
use std::{sync::Arc, time::Duration};

/// How a vendor's record becomes a call.
pub(crate) type Map<R> = fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>;

/// What the transport allows where the configuration says nothing.
const DEFAULT_RATE: f64 = 20.0;
/// As many requests at once, or more where the rate is high.
const DEFAULT_CONCURRENCY: usize = 8;
/// What the transport allows for one attempt.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(60);

/// An account at a vendor: its client, and what its records do not say.
#[derive(Clone)]
pub(crate) struct Account<C> {
    pub(crate) client: C,
    pub(crate) context: Arc<Context>,
    /// Requests that may start in a second.
    rate: f64,
}

impl<C: Vendor + Clone> Account<C> {
    /// Reads the settings that every source knows and builds the client.
    pub(crate) fn open(
        entry: &VendorEntry,
        config: &SourceConfig,
        credentials: impl Fn() -> C::Credentials,
    ) -> Result<Self, OpenError> {
        let (concurrency, retries) = (config.count("concurrency")?, config.count("retries")?);
        let retry_budget = config.count("retry_budget")?;
        let rate = config.number("rate").unwrap_or(DEFAULT_RATE);
        let build = |without: &str| {
            let text = |key| config.text(key).filter(|_| key != without);
            let span = |key| config.span(key).filter(|_| key != without);
            let number = |key| config.number(key).filter(|_| key != without);
            let mut builder = callfold_transport::ClientBuilder::<C>::new()
                .credentials(credentials())
                .allow_http(config.flag("allow_http"));
            if let Some(url) = text("base_url") {
                builder = builder.base_url(url);
            }
            if let Some(limit) = span("timeout") {
                // An attempt that hangs must leave time for another.
                let attempt = (limit / 2).min(LONGEST_ATTEMPT);
                builder = builder.timeout(limit).attempt_timeout(attempt);
            }
            if let Some(rate) = number("rate") {
                builder = builder.rate(rate);
            }
            let requests = concurrency.filter(|_| without != "concurrency");
            builder = builder.concurrency(match requests {
                Some(requests) => requests.into(),
                None => at_once(rate).max(DEFAULT_CONCURRENCY),
            });
            if let Some(retries) = retries {
                builder = builder.retries(retries.into());
            }
            if let Some(budget) = retry_budget {
                builder = builder.retry_budget(budget.into());
            }
            builder.build()
        };
        let client = build("").map_err(|error| {
            if std::error::Error::source(&error).is_some() {
                // No setting can help it.
                let cure = "install the certificates, or name them with SSL_CERT_FILE";
                return OpenError::general(format!("cannot be opened: {error}"), cure);
            }
            // The setting without which the client can be built is the one at fault.
            let common = ["base_url", "timeout", "rate", "concurrency"];
            let at_fault = common.into_iter().find(|key| build(key).is_ok());
            let mut secrets = entry.settings.iter().filter(|s| s.kind == SettingKind::Secret);
            let given = |key| config.text(key).is_some();
            let secret = secrets.find(|s| given(s.key)).map(|s| s.key);
            let (key, cure) = match (at_fault, secret) {
                (Some("base_url"), _) | (None, None) => {
                    ("base_url", "write https://host, or leave it out for the vendor's own address")
                }
                (Some(key), _) => (key, "correct it, or leave it out"),
                (None, Some(key)) => {
                    (key, "correct what the text, variable, file or command gives")
                }
            };
            OpenError::new(key, format!("cannot be used: {error}"), cure)
        })?;
        Ok(Self { client, context: Arc::new(context(config)?), rate })
    }

    /// How a list of this account answers `query`; `required` are the values
    /// of the filter that it cannot do without.
    pub(crate) fn plan(
        &self,
        capability: &'static Capability,
        paging: Paging,
        required: &[String],
        query: &Query,
    ) -> SourcePlan {
        let standing = Standing {
            vendor: C::NAME,
            account: &self.context.account,
            capability,
            page_size: paging.max_size(),
            rate: self.rate,
            required,
        };
        plan(query, &standing)
    }

    /// The pages that `fetch` gets, their records mapped to calls.
    pub(crate) fn list<R, F, G>(
        &self,
        paging: Paging,
        plan: &SourcePlan,
        walk: ListStart,
        fetch: F,
        map: Map<R>,
    ) -> SourcePages
    where
        R: Record + Send + 'static,
        F: Fn(PageRequest) -> G + Send + Sync + 'static,
        G: Future<Output = Result<Page<R>, Error>> + Send + 'static,
    {
        // A record that nobody asked for is not even cut out of its page.
        let context = match plan.raw {
            true => self.context.clone(),
            false => Arc::new(Context::clone(&self.context).without_raw()),
        };
        let fetch = move |at| {
            let (page, context) = (fetch(at), context.clone());
            async move { Ok(page.await?.map(|record| item(map(record, &context)))) }
        };
        let pages = Pages::new(paging, fetch).prefetch(plan.expected.at_once).in_tasks();
        source_pages(pages, plan, walk, self.to_label())
    }

    /// The call in a record of the list that was read before.
    pub(crate) fn map_record<R: Record>(&self, record: &str, map: Map<R>) -> Option<Box<Call>> {
        let record = serde_json::from_str(record).ok()?;
        map(record, &self.context).ok().map(Box::new)
    }

    /// The call in the answer to a lookup; `None` when the vendor knows no
    /// such call, or has one that is set aside.
    pub(crate) fn single<R: Record>(
        &self,
        answer: Result<Option<Lenient<R>>, Error>,
        map: Map<R>,
    ) -> Result<Option<Call>, ReadError> {
        match answer {
            Ok(record) => Ok(record.and_then(|record| map(record, &self.context).ok())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.error(error)),
        }
    }

    /// The bytes of a recording, or the rest behind `from`.
    pub(crate) fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        let (label, url) = (self.to_label(), recording.url.clone());
        let from = from.clone();
        let options = RequestOptions::new();
        let options = if recording.needs_auth { options } else { options.without_credentials() };
        let transport = self.client.transport().with_options(options);
        async move {
            let answer = transport.download(&url, &from).await;
            answer.map_err(|error| label.error(error))
        }
        .boxed()
    }

    /// A failed request of this source.
    pub(crate) fn error(&self, error: Error) -> ReadError {
        self.to_label().error(error)
    }

    fn to_label(&self) -> Label {
        Label { vendor: C::NAME, account: self.context.account.clone() }
    }
}

/// The names of a source, for its errors.
pub(crate) struct Label {
    pub(crate) vendor: &'static str,
    pub(crate) account: String,
}

impl Label {
    fn error(&self, error: Error) -> ReadError {
        ReadError::transport(self.vendor, &self.account, error)
    }
}

/// The pages of a list, from where the walk begins.
pub(crate) fn source_pages<R: Record + Send + 'static>(
    pages: Pages<'static, R, Item>,
    plan: &SourcePlan,
    walk: ListStart,
    label: Label,
) -> SourcePages {
    let pages = pages.page_size(plan.expected.page_size);
    let pages = match walk.from {
        Some(cursor) => pages.resume(cursor),
        None => pages,
    };
    pages
        .map(move |page| {
            let page = page.map_err(|error| label.error(error))?;
            let info = PageInfo {
                records: page.records.len(),
                total: page.total,
                gap_before: !page.contiguous,
                newest_first: page.newest_first,
                notes: page.notes,
                at: page.at,
                next: page.next,
            };
            Ok(SourcePage { info, items: page.records })
        })
        .boxed()
}

/// Notes on a call that a part of it could not be fetched.
pub(crate) fn warn(call: &mut Call, part: &str, error: &Error) {
    let message = format!("{part} could not be fetched: {}", error.kind().as_str());
    call.warnings.push(Warning::new(WarningCode::DetailUnavailable, "", message));
}

/// The same, where a lookup failed or knew no such call.
pub(crate) fn warn_missing(call: &mut Call, part: &str, error: Option<ReadError>) {
    if let Some(error) = error.as_ref().and_then(ReadError::request) {
        return warn(call, part, error);
    }
    let message = format!("{part} could not be fetched: the vendor knows no such call there");
    call.warnings.push(Warning::new(WarningCode::DetailUnavailable, "", message));
}

/// What a record became.
fn item(mapped: Result<Call, RejectedRecord>) -> Item {
    match mapped {
        Ok(call) => Item::Call(Box::new(call)),
        Err(set_aside) => Item::SetAside(set_aside),
    }
}

/// The first call of a list that is `wanted`.
pub(crate) async fn find(
    mut pages: SourcePages,
    wanted: impl Fn(&Call) -> bool,
) -> Result<Option<Call>, ReadError> {
    while let Some(page) = pages.next().await {
        let found = page?.items.into_iter().find_map(|item| match item {
            Item::Call(call) if wanted(&call) => Some(*call),
            _ => None,
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn context(config: &SourceConfig) -> Result<Context, OpenError> {
    let mut context = Context::new(config.account());
    if let Some(text) = config.text("cost_unit") {
        context = match text.parse() {
            Ok(CostUnit::Unspecified) => {
                let cure = "write an ISO 4217 code such as \"USD\", or \"credits\"";
                return Err(OpenError::new("cost_unit", "is no unit of cost", cure));
            }
            Ok(unit) => context.with_cost_unit(unit),
            Err(never) => match never {},
        };
    }
    if let Some(text) = config.text("assume_offset") {
        let offset: Result<FixedOffset, _> = if text == "Z" { "+00:00" } else { text }.parse();
        context = context.with_assume_offset(offset.map_err(|_| {
            OpenError::new(
                "assume_offset",
                "is no offset from UTC",
                "write it as \"+05:30\" or \"Z\"",
            )
        })?);
    }
    context = context.with_own_numbers(config.list("own_numbers"));
    Ok(context)
}

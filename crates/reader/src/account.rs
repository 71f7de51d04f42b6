//! What every source has in common, whoever the vendor is.

use crate::{
    Capability, DetailFailure, Download, Enriched, ListStart, ListedRecord, OpenError, PageInfo,
    ParameterValue, Query, ReadError, Setting, SettingKind, SourceConfig, SourcePage, SourcePages,
    SourcePlan, VendorEntry,
    error::ReadErrorKind,
    mapping_settings::{self, mapping_context},
    plan::{PlanInput, plan},
};
use callfold_transport::{
    Error, ErrorKind, Lenient, List, ListOperation, Pages, Paging, Record, RequestOptions,
    ResumePoint, VendorClient,
};
use callfold_unify::{
    Context, RejectedRecord,
    model::{Call, Recording, Warning, WarningCode},
};
use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use std::{sync::Arc, time::Duration};

/// Maps a vendor's record to a call.
pub(crate) type MapRecord<R> = fn(Lenient<R>, &Context) -> Result<Call, RejectedRecord>;

/// Sets a parameter of a plan on a request; `None` where the request has no
/// such parameter for such a value.
pub(crate) type SetParameter<L> = fn(L, &str, &ParameterValue) -> Option<L>;

/// The methods of a [`Source`](crate::Source) that only its account is needed for.
macro_rules! delegate_to_account {
    ($account:tt) => {
        fn vendor(&self) -> &'static str {
            ENTRY.name
        }

        fn account(&self) -> &str {
            &self.$account.context.account
        }

        fn stats(&self) -> callfold_transport::Stats {
            self.$account.client.stats()
        }

        fn pace(&self) -> Option<callfold_transport::Pace> {
            Some(self.$account.client.transport().pace())
        }

        fn remember_pace(&self, too_fast: f64) {
            self.$account.client.transport().remember_pace(too_fast);
        }

        fn download(
            &self,
            recording: &callfold_unify::model::Recording,
            from: &callfold_transport::ResumePoint,
        ) -> crate::Download {
            self.$account.download(recording, from)
        }
    };
}
pub(crate) use delegate_to_account;

/// The methods of a [`Source`](crate::Source) with one list, in `self.0`.
macro_rules! single_list {
    ($capability:ident, $request:ty) => {
        crate::account::delegate_to_account!(0);

        fn capability(&self) -> &'static Capability {
            &$capability
        }

        fn plan(&self, query: &Query) -> SourcePlan {
            self.0.plan(&$capability, <$request>::PAGING, &[], query)
        }
    };
}
pub(crate) use single_list;

/// The transport's time limit for one attempt.
const MAX_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// An account at a vendor: its client, and what its records leave open.
#[derive(Clone)]
pub(crate) struct Account<C> {
    pub(crate) client: C,
    pub(crate) context: Arc<Context>,
    /// Requests that may start in a second, at first and at most.
    rate: f64,
    max_rate: f64,
}

/// The client and the context that a source's settings describe.
pub(crate) fn configure<C: VendorClient>(
    entry: &VendorEntry,
    config: &SourceConfig,
    credentials: impl Fn() -> C::Credentials,
) -> Result<(C, Context), OpenError> {
    let (concurrency, retries) = (config.count("concurrency")?, config.count("retries")?);
    let retry_budget = config.count("retry_budget")?;
    let build = |config: &SourceConfig| {
        let mut builder = callfold_transport::ClientBuilder::<C>::new()
            .credentials(credentials())
            .allow_http(config.flag("allow_http"));
        if let Some(concurrency) = config.number("concurrency").and(concurrency) {
            builder = builder.concurrency(concurrency.into());
        }
        if let Some(url) = config.text("base_url") {
            builder = builder.base_url(url);
        }
        if let Some(limit) = config.span("timeout") {
            // An attempt that hangs must leave time for another.
            let attempt = (limit / 2).min(MAX_ATTEMPT_TIMEOUT);
            builder = builder.timeout(limit).attempt_timeout(attempt);
        }
        builder = match config.rate("rate") {
            Some((rate, true)) => builder.fixed_rate(rate),
            Some((rate, false)) => builder.rate(rate),
            None => builder,
        };
        if let Some(retries) = retries {
            builder = builder.retries(retries.into());
        }
        if let Some(budget) = retry_budget {
            builder = builder.retry_budget(budget.into());
        }
        builder.build()
    };
    let client = build(config).map_err(|error| {
        if std::error::Error::source(&error).is_some() {
            let help = "install the certificates, or name them with SSL_CERT_FILE";
            return OpenError::general(format!("cannot be opened: {error}"), help);
        }
        // At fault is the setting without which the client can be built.
        let common = ["base_url", "timeout", "rate", "concurrency"];
        let at_fault = common.into_iter().find(|key| build(&config.without(key)).is_ok());
        let is_secret =
            |s: &&Setting| s.kind == SettingKind::Secret && config.text(s.key).is_some();
        let secret = entry.settings.iter().find(is_secret).map(|setting| setting.key);
        let (key, help) = match (at_fault, secret) {
            (Some("base_url"), _) | (None, None) => {
                ("base_url", "write https://host, or leave it out for the vendor's own address")
            }
            (Some(key), _) => (key, "correct it, or leave it out"),
            (None, Some(key)) => {
                (key, "correct the value, or what the variable, file or command returns")
            }
        };
        OpenError::new(key, format!("cannot be used: {error}"), help)
    })?;
    Ok((client, mapping_context(config)?))
}

impl<C: VendorClient + Clone> Account<C> {
    /// The account that `client` reads.
    pub(crate) fn new(client: C, context: Context) -> Self {
        let transport = client.transport();
        let (rate, max_rate) = (transport.pace().rate, transport.max_rate());
        let context = context.with_base_url(transport.base_url());
        Self { client, context: Arc::new(context), rate, max_rate }
    }

    /// How a list of this account answers `query`; `required` are the values
    /// of the filter that the list requires.
    pub(crate) fn plan(
        &self,
        capability: &'static Capability,
        paging: Paging,
        required: &[ParameterValue],
        query: &Query,
    ) -> SourcePlan {
        let input = PlanInput {
            vendor: C::NAME,
            account: &self.context.account,
            capability,
            page_size: paging.default_size(),
            rate: self.rate,
            max_rate: self.max_rate,
            required,
            mapping: mapping_settings::in_words(&self.context),
        };
        plan(query, input)
    }

    /// The pages of a list as `plan` requests them, their records mapped to
    /// calls. A parameter of the plan that cannot be sent is an error.
    pub(crate) fn list<L>(
        &self,
        request: L,
        set: SetParameter<L>,
        plan: &SourcePlan,
        start: ListStart,
        map: MapRecord<L::Record>,
    ) -> SourcePages
    where
        L: ListOperation + 'static,
        L::Record: Send + 'static,
    {
        let mut parameters = plan.parameters(start.list);
        let request = parameters.try_fold(request, |request, (name, value)| {
            set(request, name, value).ok_or_else(|| format!("the list has no parameter {name}"))
        });
        let request = match request {
            Ok(request) => request,
            Err(problem) => {
                let error = self.error(Error::invalid_request(problem));
                return stream::once(future::ready(Err(error))).boxed();
            }
        };
        // Raw records that the query does not ask for are not copied out of the page.
        let context = match plan.raw {
            true => self.context.clone(),
            false => Arc::new(Context::clone(&self.context).without_raw()),
        };
        let fetch = move |at| {
            let (page, context) = (request.clone().into_page(at), context.clone());
            async move { Ok(page.await?.map(|record| item(map(record, &context)))) }
        };
        let pages = Pages::new(L::PAGING, fetch).prefetch(plan.expected.prefetch).spawned();
        source_pages(pages, plan, start, self.label())
    }

    /// Sends the cheapest request that needs the credentials.
    pub(crate) fn check<T>(
        &self,
        response: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> BoxFuture<'static, Result<(), ReadError>> {
        let label = self.label();
        response.map(move |response| response.map(drop).map_err(|error| label.error(error))).boxed()
    }

    /// The call in a stored record of the list.
    pub(crate) fn map_record<R: Record>(
        &self,
        record: &str,
        map: MapRecord<R>,
    ) -> Option<Box<Call>> {
        let record = serde_json::from_str(record).ok()?;
        map(record, &self.context).ok().map(Box::new)
    }

    /// The call in the response to a lookup; `None` when the vendor has no such
    /// call, or its record is rejected.
    pub(crate) fn look_up<R: Record>(
        &self,
        response: impl Future<Output = Result<Option<Lenient<R>>, Error>> + Send + 'static,
        map: MapRecord<R>,
    ) -> BoxFuture<'static, Result<Option<Call>, ReadError>> {
        let (context, label) = (self.context.clone(), self.label());
        async move {
            match response.await {
                Ok(record) => Ok(record.and_then(|record| map(record, &context).ok())),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(label.error(error)),
            }
        }
        .boxed()
    }

    /// Downloads a recording, or the rest of it behind `from`.
    pub(crate) fn download(&self, recording: &Recording, from: &ResumePoint) -> Download {
        let (label, url) = (self.label(), recording.url.clone());
        let from = from.clone();
        let options = RequestOptions::new();
        let options = if recording.needs_auth { options } else { options.without_credentials() };
        let transport = self.client.transport().with_options(options);
        async move {
            let response = transport.download(&url, &from).await;
            response.map_err(|error| label.error(error))
        }
        .boxed()
    }

    /// A failed request of this source.
    pub(crate) fn error(&self, error: Error) -> ReadError {
        self.label().error(error)
    }

    fn label(&self) -> SourceLabel {
        SourceLabel { vendor: C::NAME, account: self.context.account.clone() }
    }
}

/// The vendor and account of a source, for its errors.
pub(crate) struct SourceLabel {
    pub(crate) vendor: &'static str,
    pub(crate) account: String,
}

impl SourceLabel {
    fn error(&self, error: Error) -> ReadError {
        ReadError::new(self.vendor, &self.account, ReadErrorKind::Request(error))
    }
}

/// The pages of a list, from where the start begins.
pub(crate) fn source_pages<R: Record + Send + 'static>(
    pages: Pages<'static, R, ListedRecord>,
    plan: &SourcePlan,
    start: ListStart,
    label: SourceLabel,
) -> SourcePages {
    let pages = pages.page_size(plan.expected.page_size);
    let pages = match start.from {
        Some(cursor) => pages.resume(cursor),
        None => pages,
    };
    pages
        .map(move |page| {
            let page = page.map_err(|error| label.error(error))?;
            let info = PageInfo {
                records: page.records.len(),
                total: page.total,
                gap_before: !page.is_contiguous,
                newest_first: page.newest_first,
                notes: page.notes,
                at: page.at,
                next: page.next,
            };
            Ok(SourcePage { info, items: page.records })
        })
        .boxed()
}

/// Replaces a call of the list by its single record. If that cannot be fetched,
/// the call stays and gets a warning.
pub(crate) fn replace_by_single(
    mut call: Box<Call>,
    single: impl Future<Output = Result<Option<Call>, ReadError>> + Send + 'static,
) -> BoxFuture<'static, Enriched> {
    async move {
        let error = match single.await {
            Ok(Some(single)) => return Enriched { call: Box::new(single), missing: None },
            Ok(None) => None,
            Err(error) => Some(error),
        };
        let error = error.as_ref().and_then(ReadError::request);
        let missing = Some(DetailFailure::new(error));
        warn(&mut call, "the single record", error);
        Enriched { call, missing }
    }
    .boxed()
}

/// Adds a warning that a part of a call could not be fetched; without an error
/// the vendor has no such call.
pub(crate) fn warn(call: &mut Call, part: &str, error: Option<&Error>) {
    let reason = error.map_or("the vendor has no such call", |error| error.kind().as_str());
    let message = format!("{part} could not be fetched: {reason}");
    call.warnings.push(Warning::new(WarningCode::DetailUnavailable, "", message));
}

fn item(mapped: Result<Call, RejectedRecord>) -> ListedRecord {
    mapped.map_or_else(ListedRecord::Rejected, |call| ListedRecord::Call(Box::new(call)))
}

/// The first call of a list that `is_match` accepts.
pub(crate) async fn find(
    mut pages: SourcePages,
    is_match: impl Fn(&Call) -> bool,
) -> Result<Option<Call>, ReadError> {
    while let Some(page) = pages.next().await {
        let found = page?.items.into_iter().find_map(|item| match item {
            ListedRecord::Call(call) if is_match(&call) => Some(*call),
            _ => None,
        });
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

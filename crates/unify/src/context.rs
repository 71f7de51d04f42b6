//! What a mapping needs to know that no record contains.

use crate::model::{CostUnit, NumberRegion, PhoneNumber};
use chrono::{FixedOffset, Offset, Utc};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// What is known about a source beside its records.
///
/// ```
/// use callfold_unify::{Context, model::CostUnit};
///
/// let context = Context::new("clinic").with_cost_unit(CostUnit::Currency("USD".into()));
/// assert_eq!(context.account, "clinic");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The name the user gave the source: the middle of a call's id. It must
    /// not hold a colon, or the id's text cannot be taken apart again.
    pub account: String,
    /// The offset of times that carry none; UTC unless told otherwise. Each
    /// use leaves a `naive_timestamp` warning.
    pub assume_offset: FixedOffset,
    /// The unit of costs whose unit the vendor does not state; `None` leaves
    /// them [`CostUnit::Unspecified`]. A unit the vendor does state is kept.
    pub cost_unit: Option<CostUnit>,
    /// The decimal places by which a cost without a stated unit is moved to be in `cost_unit`: 2
    /// where the vendor counts cents of it.
    pub cost_exponent: u32,
    /// The region in which numbers without a country code are read; `None` leaves them as they are.
    pub number_region: Option<NumberRegion>,
    /// The time zone of [`Call::started_at_local`](crate::model::Call::started_at_local).
    pub time_zone: Option<Tz>,
    /// Our own numbers, in E.164: where the vendor does not say, a call from one
    /// of them to another party is outbound, one to them inbound.
    pub own_numbers: BTreeSet<String>,
    /// Where the source's API is; `None` is the vendor's own address. A recording needs the
    /// vendor's key only there.
    pub base_url: Option<String>,
    /// Whether a call keeps its record in `raw`. Cutting the record out of its
    /// page costs as much as a tenth of reading it.
    pub keep_raw: bool,
}

impl Context {
    /// A context for the source `account`, with times in UTC, no unit for
    /// costs, and the records kept.
    pub fn new(account: impl Into<String>) -> Self {
        let account = account.into();
        Self {
            account,
            assume_offset: Utc.fix(),
            cost_unit: None,
            cost_exponent: 0,
            number_region: None,
            time_zone: None,
            own_numbers: BTreeSet::new(),
            base_url: None,
            keep_raw: true,
        }
    }

    /// Reads times without an offset as times at `offset`.
    #[must_use]
    pub fn with_assume_offset(mut self, offset: FixedOffset) -> Self {
        self.assume_offset = offset;
        self
    }

    /// Counts costs without a stated unit in `unit`.
    #[must_use]
    pub fn with_cost_unit(mut self, unit: CostUnit) -> Self {
        self.cost_unit = Some(unit);
        self.cost_exponent = 0;
        self
    }

    /// Counts costs without a stated unit in the minor unit of a currency, of which
    /// 10<sup>`exponent`</sup> make one of the currency. They are converted exactly.
    #[must_use]
    pub fn with_minor_unit(mut self, currency: impl Into<String>, exponent: u32) -> Self {
        self.cost_unit = Some(CostUnit::Currency(currency.into()));
        self.cost_exponent = exponent;
        self
    }

    /// Knows where the source's API is, if not at the vendor's own address.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Reads numbers without a country code as numbers of `region`.
    #[must_use]
    pub fn with_number_region(mut self, region: NumberRegion) -> Self {
        self.number_region = Some(region);
        self
    }

    /// Gives the start of each call in `time_zone` too.
    #[must_use]
    pub fn with_time_zone(mut self, time_zone: Tz) -> Self {
        self.time_zone = Some(time_zone);
        self
    }

    /// Knows our own numbers; texts without an E.164 form, in the `number_region` that is set by
    /// now, are left out.
    #[must_use]
    pub fn with_own_numbers<'a>(mut self, numbers: impl IntoIterator<Item = &'a str>) -> Self {
        let e164 = |text| self.phone_number(text).e164;
        self.own_numbers = numbers.into_iter().filter_map(e164).collect();
        self
    }

    /// A number as this source writes it.
    pub fn phone_number(&self, text: &str) -> PhoneNumber {
        match self.number_region {
            Some(region) => PhoneNumber::in_region(text, region),
            None => PhoneNumber::new(text),
        }
    }

    /// Leaves [`Call::raw`](crate::model::Call::raw) `null`.
    #[must_use]
    pub fn without_raw(mut self) -> Self {
        self.keep_raw = false;
        self
    }
}

impl Default for Context {
    /// The account `default`, with times in UTC, no unit for costs, and the
    /// records kept.
    fn default() -> Self {
        Self::new("default")
    }
}

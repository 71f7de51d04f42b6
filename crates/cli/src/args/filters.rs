//! The filters of every command that reads many calls.

use super::{DETAIL, OneOffArgs, StatusParser, direction_parser, phone};
use crate::completion;
use crate::failure::Failure;
use crate::time_arg::{FORMS, parse_time};
use callfold_reader::Query;
use callfold_unify::model::{Direction, PhoneNumber, Status, Timestamp};
use chrono::{SecondsFormat, Utc};
use chrono_tz::Tz;
use clap::{Args, builder::PossibleValuesParser};
use clap_complete::ArgValueCandidates;

/// Filters on calls.
#[derive(Args, Debug)]
pub(crate) struct FilterArgs {
    /// Only these sources, by account or vendor name
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', add = ArgValueCandidates::new(completion::sources))]
    pub(crate) source: Vec<String>,
    #[command(flatten)]
    pub(crate) one_off: OneOffArgs,
    /// Only calls that started at or after WHEN: a date, an RFC 3339 time or a span, e.g. 7d
    #[arg(long, value_name = "WHEN", value_parser = TimeArg::parse, allow_hyphen_values = true, long_help = since_help())]
    pub(crate) since: Option<TimeArg>,
    /// Only calls that started before WHEN
    #[arg(long, value_name = "WHEN", value_parser = TimeArg::parse, allow_hyphen_values = true)]
    pub(crate) until: Option<TimeArg>,
    /// Only calls in these directions: inbound, outbound
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', hide_possible_values = true, value_parser = direction_parser())]
    pub(crate) direction: Vec<Direction>,
    /// Only calls with these statuses: scheduled, queued, ringing, in_progress, ended, failed, or a
    /// vendor's own word as the table shows it
    #[arg(long, value_name = "WORD,…", value_delimiter = ',', value_parser = StatusParser, add = ArgValueCandidates::new(completion::statuses))]
    pub(crate) status: Vec<Status>,
    /// Only calls from or to these numbers, with + and country code
    #[arg(long, value_name = "NUMBER,…", value_delimiter = ',', value_parser = phone)]
    pub(crate) phone: Vec<PhoneNumber>,
    /// Only calls of these voice agents, by id or name
    #[arg(long, value_name = "ID|NAME,…", add = ArgValueCandidates::new(completion::agents))]
    pub(crate) agent: Vec<String>,
    /// Only calls of these contacts, by id
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) contact: Vec<String>,
    /// Only calls of these campaigns, by id or name
    #[arg(long, value_name = "ID|NAME,…")]
    pub(crate) campaign: Vec<String>,
    /// Details to fetch beyond the list: light (none), full, or any of transcript, recording,
    /// analysis, metrics
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(DETAIL))]
    pub(crate) detail: Vec<String>,
}

/// A point in time, and the text that named it.
#[derive(Clone, Debug)]
pub(crate) struct TimeArg {
    pub(crate) text: String,
    pub(crate) at: Timestamp,
    now: Timestamp,
}

impl TimeArg {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let now = Utc::now();
        // The zone is not known yet; any takes the same texts.
        let at = parse_time(text, now, Some(Tz::UTC))?;
        Ok(Self { text: text.trim().to_owned(), at, now })
    }

    /// Reads the text in its zone.
    pub(crate) fn resolve(&mut self, option: &str, zone: Option<Tz>) -> Result<(), Failure> {
        self.at = parse_time(&self.text, self.now, zone)
            .map_err(|problem| Failure::usage(format!("{option}: {problem}"), ""))?;
        Ok(())
    }
}

impl FilterArgs {
    /// The query for the sources.
    pub(crate) fn query(&self) -> Query {
        Query {
            since: self.since.as_ref().map(|when| when.at),
            until: self.until.as_ref().map(|when| when.at),
            direction: self.direction.clone(),
            status: self.status.clone(),
            phone: self.phone.clone(),
            agent: names(&self.agent),
            contact: self.contact.clone(),
            campaign: names(&self.campaign),
            detail: super::detail(&self.detail),
            ..Query::default()
        }
    }

    /// Reads the times in their zone, and checks that the range is not empty.
    pub(crate) fn resolve(&mut self, zone: Option<Tz>) -> Result<(), Failure> {
        for (option, time) in [("--since", &mut self.since), ("--until", &mut self.until)] {
            if let Some(time) = time {
                time.resolve(option, zone)?;
            }
        }
        let (Some(since), Some(until)) = (&self.since, &self.until) else { return Ok(()) };
        if since.at < until.at {
            return Ok(());
        }
        let shown = |time: &TimeArg| time.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let problem =
            format!("--since ({}) is not before --until ({})", shown(since), shown(until));
        let help = "--since is the start of the range; --until is its end, exclusive";
        Err(Failure::Usage(problem, help.to_owned()))
    }
}

/// Each text, and its parts between commas: a name may have a comma itself.
fn names(texts: &[String]) -> Vec<String> {
    let parts = |text: &String| -> Vec<String> {
        let parts = text.split(',').map(|part| part.trim().to_owned());
        let whole = text.contains(',').then(|| text.clone());
        parts.filter(|part| !part.is_empty()).chain(whole).collect()
    };
    texts.iter().flat_map(parts).collect()
}

fn since_help() -> String {
    format!("Only calls that started at or after WHEN: {FORMS}")
}

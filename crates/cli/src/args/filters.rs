//! Which calls are wanted: the same for every command that reads many.

use super::{DETAIL, direction_parser, phone, status_parser};
use crate::failure::Failure;
use crate::when::{FORMS, parse_when};
use callfold_reader::{Detail, Query};
use callfold_unify::model::{Direction, PhoneNumber, Status, Timestamp};
use chrono::{SecondsFormat, Utc};
use clap::{Args, builder::PossibleValuesParser};

/// Which calls are wanted.
#[derive(Args, Debug)]
pub(crate) struct FilterArgs {
    /// Only these sources, by account or by vendor; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) source: Vec<String>,
    /// Only calls that began at or after WHEN: a date, an RFC 3339 time or a span such as 7d
    #[arg(long, value_name = "WHEN", value_parser = When::parse, long_help = since_help())]
    pub(crate) since: Option<When>,
    /// Only calls that began before WHEN
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    pub(crate) until: Option<When>,
    /// Only calls of this direction
    #[arg(long, value_parser = direction_parser())]
    pub(crate) direction: Option<Direction>,
    /// Only calls with this status
    #[arg(long, value_parser = status_parser())]
    pub(crate) status: Option<Status>,
    /// Only calls from or to this number, with + and country code
    #[arg(long, value_name = "NUMBER", value_parser = phone)]
    pub(crate) phone: Option<PhoneNumber>,
    /// Only calls of this voice agent, by id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) agent: Option<String>,
    /// Only calls of this contact, by id
    #[arg(long, value_name = "ID")]
    pub(crate) contact: Option<String>,
    /// Only calls of this campaign, by id or name
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) campaign: Option<String>,
    /// What to fetch beyond what the list holds: light, full, or any of transcript, recording,
    /// analysis, metrics
    #[arg(long, value_name = "PARTS", value_delimiter = ',', value_parser = PossibleValuesParser::new(DETAIL))]
    pub(crate) detail: Vec<String>,
}

/// A point in time, and how it was worded.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) words: String,
    pub(crate) at: Timestamp,
}

impl When {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let at = parse_when(text, Utc::now())?;
        Ok(Self { words: text.trim().to_owned(), at })
    }
}

impl FilterArgs {
    /// What is asked of the sources.
    pub(crate) fn query(&self) -> Query {
        let wants = |part: &str| self.detail.iter().any(|word| word == part || word == "full");
        Query {
            since: self.since.as_ref().map(|when| when.at),
            until: self.until.as_ref().map(|when| when.at),
            direction: self.direction.clone(),
            status: self.status.clone(),
            phone: self.phone.clone(),
            agent: self.agent.clone(),
            contact: self.contact.clone(),
            campaign: self.campaign.clone(),
            detail: Detail {
                transcript: wants("transcript"),
                recording: wants("recording"),
                analysis: wants("analysis"),
                metrics: wants("metrics"),
            },
            ..Query::default()
        }
    }

    /// Whether the time asked for has a length.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let (Some(since), Some(until)) = (&self.since, &self.until) else { return Ok(()) };
        if since.at < until.at {
            return Ok(());
        }
        let shown = |when: &When| when.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let problem =
            format!("--since ({}) is not before --until ({})", shown(since), shown(until));
        let cure = "--since is where the time begins, --until where it ends, itself not included";
        Err(Failure::Usage(problem, cure.to_owned()))
    }
}

fn since_help() -> String {
    format!("Only calls that began at or after WHEN: {FORMS}")
}

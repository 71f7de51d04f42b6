//! A plan in words.

use super::{Bound, MAX_CONCURRENT_LOOKUPS, OrderStrategy, SourcePlan};
use crate::{DetailCost, Field, Paging, StopRule};
use std::fmt;

impl fmt::Display for SourcePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.account, self.vendor, self.list)?;
        if !self.impossible.is_empty() {
            let fields: Vec<_> = self.impossible.iter().map(|field| field.as_str()).collect();
            let what = format!("the vendor's records lack the {}", fields.join(", the "));
            line(f, "impossible", &what)?;
            return line(
                f,
                "requests",
                "none: the source is skipped, and the run counts as partial",
            );
        }
        let mut name = "sent";
        for one in &self.pushed {
            let wider = match one.widen_by_s {
                0 => String::new(),
                seconds => format!(", with {} of margin, then filtered exactly", span(seconds)),
            };
            let what = format!("{}={}{wider}", one.parameter, one.value.shown());
            line(f, name, &format!("{} as {what}", one.field.as_str()))?;
            name = "";
        }
        for (parameter, value) in &self.options {
            line(f, name, &format!("{parameter}={value}"))?;
            name = "";
        }
        let mut name = "filtered locally";
        let mut told: Vec<&str> = Vec::new();
        for one in &self.filtered_here {
            if told.contains(&one.why) {
                continue;
            }
            told.push(one.why);
            let same = self.filtered_here.iter().filter(|other| other.why == one.why);
            let fields: Vec<_> = same.map(|other| other.field.as_str()).collect();
            line(f, name, &format!("{} ({})", fields.join(", "), one.why))?;
            name = "";
        }
        line(f, "pages", &self.pages_in_words())?;
        line(f, "order", &self.order_in_words())?;
        line(f, "reads", &self.extent_in_words())?;
        let mut name = "detail";
        for step in &self.detail {
            let how = match step.cost {
                None => "not offered by this vendor".to_owned(),
                Some(DetailCost::Inline) => "in the list".to_owned(),
                Some(DetailCost::ListOption { option }) => format!("in the list with {option}"),
                Some(DetailCost::RequestPerCall { operation }) => {
                    format!("{operation} for each call, {MAX_CONCURRENT_LOOKUPS} at once")
                }
            };
            line(f, name, &format!("{}: {how}", step.part.as_str()))?;
            name = "";
        }
        line(f, "requests", &self.requests_in_words())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, text: &str) -> fmt::Result {
    writeln!(f, "  {name:<18}{text}")
}

fn span(seconds: u32) -> String {
    match seconds {
        86_400 => "1 day".to_owned(),
        1 => "1 second".to_owned(),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// Thousands apart by commas.
fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl SourcePlan {
    fn pages_in_words(&self) -> String {
        let style = match self.paging {
            Paging::Page { .. } => "by number".to_owned(),
            Paging::Offset => "by offset".to_owned(),
            Paging::Token => "by token, one after another".to_owned(),
            Paging::Key { field } => format!("by the last {field}, one after another"),
        };
        let end = match self.stop {
            StopRule::Flag { field } => format!("until {field} is false"),
            StopRule::TotalReached => "until all records of the total are listed".to_owned(),
            StopRule::NextToken => "until a page has no token for the next".to_owned(),
            _ => "until a page brings nothing new".to_owned(),
        };
        format!("{style}, {end}")
    }

    fn order_in_words(&self) -> String {
        match self.order {
            OrderStrategy::AsRead => "as read, unsorted".to_owned(),
            OrderStrategy::List { overlap_s } => format!(
                "the list's own; each call is held until the list is {} past it",
                span(u32::try_from(overlap_s).unwrap_or_default())
            ),
            OrderStrategy::Sorting { at_most } => format!(
                "none guaranteed: matching calls are sorted in memory, at most {}",
                count(at_most as u64)
            ),
            OrderStrategy::Keeping { calls } => {
                format!("none guaranteed: only the first {} of all are kept", count(calls as u64))
            }
        }
    }

    fn extent_in_words(&self) -> String {
        // A start that the server compares ends the list by itself.
        let sent = |field| self.pushed.iter().any(|one| one.field == field);
        let shown = |bound| match bound {
            Bound::Since => !sent(Field::StartedAt),
            Bound::Until => !sent(Field::StartedAt),
            Bound::LookbackFloor | Bound::Limit => true,
        };
        let bounds: Vec<_> = self.early_stop.iter().filter(|stop| shown(stop.bound)).collect();
        let Some(stop) = bounds.first() else {
            return "the whole list, as filtered by the server".to_owned();
        };
        let names: Vec<_> = bounds
            .iter()
            .map(|stop| match stop.bound {
                Bound::Since => "--since",
                Bound::LookbackFloor => "the look-back",
                Bound::Until => "--until",
                Bound::Limit => "what --limit leaves",
            })
            .collect();
        let names = names.join(" or ");
        if stop.documented {
            return format!("until the list is 10 minutes past {names}");
        }
        format!(
            "the whole list; stops early once every row so far is in order and {} rows lie \
             10 minutes past {names}",
            stop.overlap_rows
        )
    }

    fn requests_in_words(&self) -> String {
        let expected = &self.expected;
        let mut text = match expected.requests_for_limit {
            Some(requests) => format!("at most {}", count(requests)),
            None => format!(
                "{} per 1,000 records listed, {} per page",
                count(expected.requests_per_1000),
                count(expected.page_size)
            ),
        };
        if expected.lists > 1 {
            text.push_str(&format!(", in {} lists one after another", expected.lists));
        }
        if expected.request_per_candidate {
            text.push_str(", and one for each record that passes the other filters");
        }
        if expected.request_per_call && !expected.request_per_candidate {
            text.push_str(", and one for each call returned");
        }
        let seconds = match expected.requests_for_limit {
            Some(requests) => requests as f64 / expected.rate,
            None => expected.seconds_per_1000,
        };
        let singles = expected.request_per_candidate || expected.request_per_call;
        text.push_str(&format!("; {seconds:.1} s at {} requests a second", expected.rate));
        if singles {
            text.push_str(&format!(
                ", and {:.0} s per 1,000 single requests",
                1000.0 / expected.rate
            ));
        }
        text
    }
}

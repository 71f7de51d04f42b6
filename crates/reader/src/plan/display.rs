//! A plan in words.

use super::{MAX_CONCURRENT_LOOKUPS, OrderStrategy, SourcePlan, StopBound};
use crate::{DetailCost, FilterField, ListPaging, StopRule, text::grouped};
use std::fmt;

impl fmt::Display for SourcePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}): {}", self.account, self.vendor, self.list)?;
        if !self.unsupported.is_empty() {
            let fields: Vec<_> = self.unsupported.iter().map(|field| field.as_str()).collect();
            let what = format!("the vendor's records lack the {}", fields.join(", the "));
            section(f, "skipped", [what])?;
            let none = "none; the run counts as partial";
            return section(f, "requests", [none.to_owned()]);
        }
        let pushed = self.pushed.iter().map(|one| {
            let margin = match one.widen_by_s {
                0 => String::new(),
                seconds => {
                    format!(", with {} of margin, then filtered exactly", duration(seconds))
                }
            };
            format!("{} as {}={}{margin}", one.field.as_str(), one.parameter, one.value)
        });
        let options = self.options.iter().map(|(parameter, value)| format!("{parameter}={value}"));
        section(f, "sent", pushed.chain(options))?;
        section(f, "filtered", self.local_filters())?;
        section(f, "pages", [self.pages_in_words()])?;
        section(f, "order", [self.order_in_words()])?;
        section(f, "reads", [self.extent_in_words()])?;
        let detail = self.detail.iter().map(|step| {
            let source = match step.cost {
                None => "not available from this vendor".to_owned(),
                Some(DetailCost::Inline) => "in the list".to_owned(),
                Some(DetailCost::ListOption { option }) => format!("in the list with {option}"),
                Some(DetailCost::RequestPerCall { operation }) => {
                    format!("{operation} for each call, {MAX_CONCURRENT_LOOKUPS} at once")
                }
            };
            format!("{}: {source}", step.part.as_str())
        });
        section(f, "detail", detail)?;
        let settings = self.mapping.iter().map(|(key, value)| format!("{key} = {value}"));
        section(f, "settings", settings)?;
        section(f, "requests", [self.requests_in_words()])
    }
}

/// Lines under a name, which stands before the first of them.
fn section(
    f: &mut fmt::Formatter<'_>,
    mut name: &str,
    lines: impl IntoIterator<Item = String>,
) -> fmt::Result {
    for line in lines {
        writeln!(f, "  {name:<11}{line}")?;
        name = "";
    }
    Ok(())
}

fn duration(seconds: u32) -> String {
    match seconds {
        86_400 => "1 day".to_owned(),
        1 => "1 second".to_owned(),
        _ if seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

impl SourcePlan {
    /// One line for each reason.
    fn local_filters(&self) -> Vec<String> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for filter in &self.filtered_locally {
            match reasons.iter_mut().find(|(why, _)| *why == filter.why) {
                Some((_, fields)) => fields.push(filter.field.as_str()),
                None => reasons.push((filter.why, vec![filter.field.as_str()])),
            }
        }
        let line =
            |(why, fields): (&str, Vec<&str>)| format!("locally: {} ({why})", fields.join(", "));
        reasons.into_iter().map(line).collect()
    }

    fn pages_in_words(&self) -> String {
        let style = match self.paging {
            ListPaging::Page { .. } => "by number".to_owned(),
            ListPaging::Offset => "by offset".to_owned(),
            ListPaging::Token => "by token, one after the other".to_owned(),
            ListPaging::Key { field } => format!("by the last {field}, one after the other"),
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
            OrderStrategy::Unordered => "as the records come".to_owned(),
            OrderStrategy::StreamSorted { overlap_s } => format!(
                "that of the list; a call waits until the list is {} past it",
                duration(u32::try_from(overlap_s).unwrap_or_default())
            ),
            OrderStrategy::SortAll { at_most } => format!(
                "not stated by the vendor: all matching calls are collected and sorted, at most {}",
                grouped(at_most as u64)
            ),
            OrderStrategy::TopN { calls } => format!(
                "not stated by the vendor: the first {} of all are kept",
                grouped(calls as u64)
            ),
        }
    }

    fn extent_in_words(&self) -> String {
        // A time range that is sent needs no stop: the list ends with it.
        let is_sent = self.pushed.iter().any(|one| one.field == FilterField::StartedAt);
        let is_shown = |bound| match bound {
            StopBound::Since | StopBound::Until => !is_sent,
            StopBound::LookbackFloor | StopBound::Limit => true,
        };
        let stops: Vec<_> = self.early_stop.iter().filter(|stop| is_shown(stop.bound)).collect();
        let Some(stop) = stops.first() else {
            return "the whole list that the server returns".to_owned();
        };
        let bounds: Vec<_> = stops.iter().map(|stop| stop.bound.as_str()).collect();
        let bounds = bounds.join(" or ");
        if stop.documented {
            return format!("until the list is 10 minutes past {bounds}");
        }
        format!(
            "the whole list, or until {} rows are 10 minutes past {bounds}, if every row so far \
             is in order",
            stop.overlap_rows
        )
    }

    fn requests_in_words(&self) -> String {
        let expected = &self.expected;
        let mut text = match expected.requests_for_limit {
            Some(requests) => format!("at most {}", grouped(requests)),
            None => format!(
                "{} for each 1,000 records listed, {} a page",
                grouped(expected.requests_per_1000),
                grouped(expected.page_size)
            ),
        };
        if expected.lists > 1 {
            text.push_str(&format!(", in {} lists one after the other", expected.lists));
        }
        if expected.request_per_candidate {
            text.push_str(", and one for each record that passes the other filters");
        } else if expected.request_per_call {
            text.push_str(", and one for each call returned");
        }
        let seconds = match expected.requests_for_limit {
            Some(requests) => requests as f64 / expected.rate,
            None => expected.seconds_per_1000,
        };
        text.push_str(&format!("; {seconds:.1} s at {} a second", expected.rate));
        if expected.request_per_candidate || expected.request_per_call {
            let seconds = 1000.0 / expected.rate;
            text.push_str(&format!(", and {seconds:.0} s for 1,000 single calls"));
        }
        text
    }
}

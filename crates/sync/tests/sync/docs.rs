//! `docs/sync.md`: its tables are the tables, and its queries give what they
//! promise.

use crate::{
    database::{CONTENT, TestDatabase, databases},
    support::{run, sandbox, sources},
};
use callfold_reader::{Order, Query, read_calls};
use callfold_sync::{RunOutcome, SyncOptions};
use callfold_unify::model::{Call, Direction, Disposition, WarningCode};
use chrono::{Datelike, Days, Timelike};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../../docs/sync.md");
const RECORDS: usize = 400;

/// The text below a heading, up to the next one.
fn section(heading: &str) -> &'static str {
    let start = PAGE.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let text = &PAGE[start + heading.len() + 2..];
    &text[..text.find("\n##").unwrap_or(text.len())]
}

fn query(heading: &str) -> &'static str {
    let text = section(&format!("### {heading}"));
    let start = text.find("```sql\n").unwrap() + 7;
    text[start..].split("```").next().unwrap().trim().trim_end_matches(';')
}

#[tokio::test(flavor = "multi_thread")]
async fn page_describes_every_column_of_every_table() {
    let of_runs = [
        "runs",
        "sync_state",
        "sync_seen",
        "owed",
        "paused_hosts",
        "verified",
        "scrub_state",
        "scrub_seen",
    ];
    let sandbox = sandbox(4).await;
    for place in databases().await {
        run(&place, &sources(&sandbox), &SyncOptions::default()).await;
        for table in CONTENT.into_iter().chain(of_runs) {
            let lines = section(&format!("### {table}")).lines();
            let told: Vec<(String, String)> = lines
                .filter_map(|line| {
                    let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
                    let name = cells.next()?.trim_end_matches('`').to_owned();
                    Some((name, cells.next()?.to_owned()))
                })
                .collect();
            let is: BTreeMap<_, _> = place.columns(table).await.into_iter().collect();
            let names: BTreeSet<_> = told.iter().map(|(name, _)| name).collect();
            assert_eq!(names, is.keys().collect(), "{table}");
            for (name, kind) in &told {
                let fits: &[&str] = match kind.as_str() {
                    "text" => &["text"],
                    "whole" => &["integer", "bigint"],
                    "flag" => &["integer", "boolean"],
                    "time" => &["text", "timestamp with time zone"],
                    "exact" => &["text", "numeric"],
                    "json" => &["text", "json"],
                    "bytes" => &["blob", "bytea"],
                    other => panic!("{table}.{name} has the type {other}"),
                };
                assert!(
                    fits.contains(&is[name].as_str()),
                    "{table}.{name}: {kind} is {}",
                    is[name]
                );
            }
        }
    }
}

type Rows = Vec<Vec<Option<String>>>;

/// Rows whose numbers are compared as numbers.
async fn rows(place: &TestDatabase, heading: &str) -> Rows {
    let mut rows = place.rows(query(heading)).await;
    for cell in rows.iter_mut().flatten().flatten() {
        if let Ok(number) = cell.parse::<Decimal>() {
            *cell = number.normalize().to_string();
        }
    }
    rows
}

fn some(cell: impl ToString) -> Option<String> {
    Some(cell.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_of_the_page_give_what_they_promise() {
    let sandbox = sandbox(RECORDS).await;
    let sources = sources(&sandbox);
    let query = Query { order: Order::AsRead, ..Query::default() };
    let calls = read_calls(&sources, &query).await.calls;
    assert_eq!(calls.len(), callfold_sandbox::vendors().len() * RECORDS);
    for place in databases().await {
        let report = run(&place, &sources, &SyncOptions::default()).await;
        assert_eq!(report.outcome, RunOutcome::Complete, "{:?}", report.sources);
        let costs = rows(&place, "What did each agent cost, week by week?").await;
        assert_eq!(costs, cost_per_week(&calls));
        assert!(costs.len() > 20);
        let hours = rows(&place, "At what hour do people pick up?").await;
        assert_eq!(hours, answered_by_hour(&calls));
        let vendors = rows(&place, "How many calls does each vendor reach?").await;
        assert_eq!(vendors, answered_by_vendor(&calls));
        let customers =
            rows(&place, "Which customers talk to us through more than one vendor?").await;
        let customers: Rows = customers
            .into_iter()
            .map(|mut row| {
                row.truncate(3);
                row
            })
            .collect();
        assert_eq!(customers, customers_of_several(&calls));
        assert!(customers.len() > 5);
        let lengths = rows(&place, "Whose clocks disagree?").await;
        let ids: BTreeSet<_> = lengths.iter().map(|row| row[0].clone().unwrap()).collect();
        assert_eq!(ids, mismatched(&calls));
        assert!(!ids.is_empty());
        for heading in [
            "How many minutes did each agent talk?",
            "How do transfers end?",
            "Which tools fail?",
            "How long do customers wait for an answer?",
            "Who spoke of an invoice?",
            "Which calls have no recording yet, and why?",
        ] {
            place.rows(self::query(heading)).await;
        }
        let runs = place.rows(self::query("What went on in the last runs?")).await;
        assert_eq!(runs[0][2].as_deref(), Some("complete"));
        assert_eq!(runs[0][3], some(callfold_sandbox::vendors().len() * RECORDS));
    }
}

fn is_unknown(cell: &Option<String>) -> (bool, Option<String>) {
    (cell.is_none(), cell.clone())
}

fn cost_per_week(calls: &[Call]) -> Rows {
    type Key = (Option<String>, String, Option<String>, Option<String>);
    type Sum = (u64, u64, Option<Decimal>);
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    for call in calls {
        let total = call.cost.as_ref().and_then(|cost| cost.total);
        let unit = call.cost.as_ref().map(|cost| cost.unit.to_string());
        let week = call.started_at.map(|at| {
            let day = at.date_naive();
            (day - Days::new(day.weekday().num_days_from_monday().into())).to_string()
        });
        let agent = call.agent.as_ref().and_then(|agent| agent.name.clone().or(agent.id.clone()));
        let sum = sums.entry((week, call.id.vendor.clone(), agent, unit)).or_default();
        sum.0 += 1;
        match total {
            Some(total) => sum.2 = Some(sum.2.unwrap_or_default() + total),
            None => sum.1 += 1,
        }
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|((week, vendor, agent, unit), _)| {
        (is_unknown(week), vendor.clone(), is_unknown(agent), is_unknown(unit))
    });
    let row = |((week, vendor, agent, unit), (count, without, sum)): (Key, Sum)| {
        let sum = sum.map(|sum| sum.round_dp(4).normalize().to_string());
        vec![week, Some(vendor), agent, unit, some(count), some(without), sum]
    };
    rows.into_iter().map(row).collect()
}

fn share(part: u64, whole: u64) -> Option<String> {
    let percent = Decimal::from(part * 100) / Decimal::from(whole);
    let away = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    some(percent.round_dp_with_strategy(1, away).normalize())
}

fn answered_by<K: Ord>(calls: &[Call], key: impl Fn(&Call) -> K) -> BTreeMap<K, [u64; 3]> {
    let mut groups: BTreeMap<K, [u64; 3]> = BTreeMap::new();
    let outbound = calls.iter().filter(|call| call.direction == Some(Direction::Outbound));
    for call in outbound.filter(|call| call.is_over()) {
        let group = groups.entry(key(call)).or_default();
        group[0] += 1;
        group[1] += u64::from(call.disposition == Some(Disposition::Answered));
        group[2] += u64::from(call.disposition.is_none());
    }
    groups
}

fn shares(key: String, [calls, answered, unknown]: [u64; 3]) -> Vec<Option<String>> {
    let bounds = [share(answered, calls), share(answered + unknown, calls)];
    [Some(key), some(calls), some(answered), some(unknown)].into_iter().chain(bounds).collect()
}

fn answered_by_hour(calls: &[Call]) -> Rows {
    let hours = answered_by(calls, |call| call.started_at.unwrap().hour());
    hours.into_iter().map(|(hour, counts)| shares(hour.to_string(), counts)).collect()
}

fn answered_by_vendor(calls: &[Call]) -> Rows {
    let vendors = answered_by(calls, |call| call.id.vendor.clone());
    vendors.into_iter().map(|(vendor, counts)| shares(vendor, counts)).collect()
}

/// The row without a customer is the last.
fn customers_of_several(calls: &[Call]) -> Rows {
    let mut customers: BTreeMap<Option<String>, (u64, BTreeSet<String>)> = BTreeMap::new();
    for call in calls {
        let number = call.customer.as_ref().and_then(|party| party.number.as_ref());
        let entry = customers.entry(number.map(|number| number.as_str().to_owned())).or_default();
        entry.0 += 1;
        entry.1.insert(call.id.vendor.clone());
    }
    customers.retain(|number, (_, vendors)| number.is_none() || vendors.len() > 1);
    let mut rows: Vec<_> = customers.into_iter().collect();
    rows.sort_by(|(a, (x, _)), (b, (y, _))| {
        a.is_none().cmp(&b.is_none()).then(y.cmp(x)).then(a.cmp(b))
    });
    let row = |(number, (calls, vendors)): (Option<String>, (u64, BTreeSet<String>))| {
        let number = number
            .map(|number| number.parse::<Decimal>().map_or(number, |n| n.normalize().to_string()));
        vec![number, some(calls), some(vendors.len())]
    };
    rows.into_iter().map(row).collect()
}

fn mismatched(calls: &[Call]) -> BTreeSet<String> {
    let is_off = |call: &&Call| {
        call.warnings.iter().any(|warning| warning.code == WarningCode::DurationMismatch)
    };
    calls.iter().filter(is_off).map(|call| call.id.to_string()).collect()
}

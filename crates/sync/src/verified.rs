//! When each span of a source was last verified, that is, read completely and
//! compared: it bounds how long a missing call can stay unnoticed.

use crate::{Database, StoreError, sql_value::SqlRow, store::Statement};
use callfold_reader::Verdict;
use callfold_unify::model::Timestamp;
use serde::Serialize;

/// A span of a source's calls, by their start, that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifiedSpan {
    /// Its start; `None` is the beginning.
    pub from: Option<Timestamp>,
    /// Its end, which is not part of it.
    pub to: Timestamp,
    /// When it was read.
    pub verified_at: Timestamp,
    /// What the read proved: the verdict `complete`, `stopped_early` or
    /// `unverifiable`.
    pub proof: String,
    /// The run that read it.
    pub run: i64,
}

/// What was verified of a source, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifiedReport {
    /// Calls that began before this time were verified; `None` if none were.
    pub up_to: Option<Timestamp>,
    /// All of them were verified at this time or later; `None` while some were not.
    pub everything_since: Option<Timestamp>,
}

/// What a read proves; `None` for nothing.
pub(crate) const fn proof(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Complete => Some("complete"),
        Verdict::StoppedEarly => Some("stopped_early"),
        Verdict::Unverifiable => Some("unverifiable"),
        _ => None,
    }
}

impl VerifiedSpan {
    fn start(&self) -> Timestamp {
        self.from.unwrap_or(Timestamp::MIN_UTC)
    }

    /// Reads the columns of [`SELECT_SPANS`], beginning with column `at`.
    pub(crate) fn of(row: &SqlRow, at: usize) -> Result<Self, StoreError> {
        let verified_at = row.time(at + 2)?.unwrap_or(Timestamp::MIN_UTC);
        Ok(Self {
            from: row.time(at)?,
            to: row.time(at + 1)?.unwrap_or(verified_at),
            verified_at,
            proof: row.text(at + 3)?.to_owned(),
            run: row.int(at + 4)?,
        })
    }
}

/// The spans of a source, in order.
pub(crate) const SELECT_SPANS: &str = "SELECT part_from, part_to, verified_at, proof, run FROM verified \
                                WHERE vendor = $1 AND account = $2 ORDER BY part_to";

/// The spans in the rows of [`SELECT_SPANS`].
pub(crate) fn spans(rows: &[SqlRow]) -> Result<Vec<VerifiedSpan>, StoreError> {
    rows.iter().map(|row| VerifiedSpan::of(row, 0)).collect()
}

/// The statements that store a newly verified span.
pub(crate) async fn record(
    database: &Database,
    (vendor, account): (&'static str, &str),
    new: VerifiedSpan,
) -> Result<Vec<Statement>, StoreError> {
    let key = || vec![vendor.into(), account.into()];
    let known = spans(&database.query(SELECT_SPANS, key()).await?)?;
    let sql = "DELETE FROM verified WHERE vendor = $1 AND account = $2";
    let mut statements = vec![Statement::new(sql, key())];
    let sql = "INSERT INTO verified (vendor, account, part_from, part_to, verified_at, proof, run) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    statements.extend(merge_span(known, new).into_iter().map(|span| {
        let mut parameters = key();
        parameters.extend([
            span.from.into(),
            span.to.into(),
            span.verified_at.into(),
            span.proof.into(),
            span.run.into(),
        ]);
        Statement::new(sql, parameters)
    }));
    Ok(statements)
}

/// The spans with `new` over those of the same time that were read before it.
fn merge_span(known: Vec<VerifiedSpan>, new: VerifiedSpan) -> Vec<VerifiedSpan> {
    let (older, newer): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|span| span.verified_at <= new.verified_at);
    newer.into_iter().fold(overlay(older, new), overlay)
}

fn overlay(known: Vec<VerifiedSpan>, new: VerifiedSpan) -> Vec<VerifiedSpan> {
    let mut all = Vec::with_capacity(known.len() + 2);
    for span in known {
        let before = VerifiedSpan { to: span.to.min(new.start()), ..span.clone() };
        let after = VerifiedSpan { from: Some(span.start().max(new.to)), ..span };
        all.extend([before, after].into_iter().filter(|span| span.start() < span.to));
    }
    if new.start() < new.to {
        all.push(new);
    }
    all.sort_by_key(VerifiedSpan::start);
    all.dedup_by(|next, last| {
        let same = (last.to, last.verified_at) == (next.start(), next.verified_at)
            && last.proof == next.proof;
        if same {
            last.to = next.to;
        }
        same
    });
    all
}

/// The summary of all spans.
pub(crate) fn summary(spans: &[VerifiedSpan]) -> VerifiedReport {
    let mut reached = Timestamp::MIN_UTC;
    let mut is_whole = !spans.is_empty();
    for span in spans {
        is_whole &= span.start() <= reached;
        reached = reached.max(span.to);
    }
    let oldest = spans.iter().map(|span| span.verified_at).min();
    VerifiedReport {
        up_to: spans.iter().map(|span| span.to).max(),
        everything_since: oldest.filter(|_| is_whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> Timestamp {
        format!("2026-04-21T{hour:02}:00:00Z").parse().unwrap()
    }

    fn span(from: u32, to: u32, when: u32) -> VerifiedSpan {
        VerifiedSpan {
            from: (from > 0).then(|| at(from)),
            to: at(to),
            verified_at: at(when),
            proof: "complete".to_owned(),
            run: 1,
        }
    }

    fn shown(spans: &[VerifiedSpan]) -> String {
        let hour = |at: Timestamp| at.format("%H").to_string();
        let one = |span: &VerifiedSpan| {
            let from = span.from.map_or("-".to_owned(), hour);
            format!("{from}..{}@{}", hour(span.to), hour(span.verified_at))
        };
        spans.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn new_span_replaces_what_it_overlaps() {
        let cases = [
            (vec![], span(0, 5, 9), "-..05@09"),
            (vec![span(0, 5, 1)], span(2, 3, 9), "-..02@01 02..03@09 03..05@01"),
            (vec![span(0, 5, 1)], span(4, 8, 9), "-..04@01 04..08@09"),
            (vec![span(0, 5, 1), span(5, 8, 2)], span(0, 9, 9), "-..09@09"),
            (vec![span(0, 3, 1), span(5, 8, 2)], span(4, 6, 9), "-..03@01 04..06@09 06..08@02"),
            (vec![span(0, 3, 9)], span(3, 6, 9), "-..06@09"),
            (vec![span(0, 5, 1), span(5, 8, 9)], span(0, 7, 4), "-..05@04 05..08@09"),
        ];
        for (known, new, expect) in cases {
            assert_eq!(shown(&merge_span(known, new)), expect);
        }
    }

    #[test]
    fn everything_is_as_old_as_its_oldest_span_unless_one_is_missing() {
        let whole = summary(&[span(0, 3, 4), span(3, 6, 9)]);
        assert_eq!((whole.up_to, whole.everything_since), (Some(at(6)), Some(at(4))));
        let gap = summary(&[span(0, 3, 4), span(5, 6, 9)]);
        assert_eq!((gap.up_to, gap.everything_since), (Some(at(6)), None));
        assert_eq!(summary(&[span(2, 3, 4)]).everything_since, None);
        assert_eq!(summary(&[]), VerifiedReport::default());
    }
}

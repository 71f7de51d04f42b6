//! When each part of a source was last verified, that is, read completely and
//! compared: it bounds how long a missing call can stay unnoticed.

use crate::{Database, StoreError, sql_value::SqlRow, store::Statement};
use callfold_reader::Verdict;
use callfold_unify::model::Timestamp;
use serde::Serialize;

/// A span of a source's calls, by their start, that was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerifiedPart {
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

impl VerifiedPart {
    fn start(&self) -> Timestamp {
        self.from.unwrap_or(Timestamp::MIN_UTC)
    }

    /// Of the columns of [`PARTS`], from one on.
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

/// The parts of a source, in order.
pub(crate) const PARTS: &str = "SELECT part_from, part_to, verified_at, proof, run FROM verified \
                                WHERE vendor = $1 AND account = $2 ORDER BY part_to";

/// The parts in the rows of [`PARTS`].
pub(crate) fn parts(rows: &[SqlRow]) -> Result<Vec<VerifiedPart>, StoreError> {
    rows.iter().map(|row| VerifiedPart::of(row, 0)).collect()
}

/// The statements that store a newly verified part.
pub(crate) async fn record(
    database: &Database,
    (vendor, account): (&'static str, &str),
    new: VerifiedPart,
) -> Result<Vec<Statement>, StoreError> {
    let key = || vec![vendor.into(), account.into()];
    let known = parts(&database.query(PARTS, key()).await?)?;
    let sql = "DELETE FROM verified WHERE vendor = $1 AND account = $2";
    let mut statements = vec![Statement::new(sql, key())];
    let sql = "INSERT INTO verified (vendor, account, part_from, part_to, verified_at, proof, run) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    statements.extend(cover(known, new).into_iter().map(|part| {
        let mut parameters = key();
        parameters.extend([
            part.from.into(),
            part.to.into(),
            part.verified_at.into(),
            part.proof.into(),
            part.run.into(),
        ]);
        Statement::new(sql, parameters)
    }));
    Ok(statements)
}

/// The parts with `new` over those of the same time that were read before it.
fn cover(known: Vec<VerifiedPart>, new: VerifiedPart) -> Vec<VerifiedPart> {
    let (older, newer): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|part| part.verified_at <= new.verified_at);
    newer.into_iter().fold(lay_over(older, new), lay_over)
}

fn lay_over(known: Vec<VerifiedPart>, new: VerifiedPart) -> Vec<VerifiedPart> {
    let mut all = Vec::with_capacity(known.len() + 2);
    for part in known {
        let before = VerifiedPart { to: part.to.min(new.start()), ..part.clone() };
        let after = VerifiedPart { from: Some(part.start().max(new.to)), ..part };
        all.extend([before, after].into_iter().filter(|part| part.start() < part.to));
    }
    if new.start() < new.to {
        all.push(new);
    }
    all.sort_by_key(VerifiedPart::start);
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

/// The summary of all parts.
pub(crate) fn summary(parts: &[VerifiedPart]) -> VerifiedReport {
    let mut reached = Timestamp::MIN_UTC;
    let mut is_whole = !parts.is_empty();
    for part in parts {
        is_whole &= part.start() <= reached;
        reached = reached.max(part.to);
    }
    let oldest = parts.iter().map(|part| part.verified_at).min();
    VerifiedReport {
        up_to: parts.iter().map(|part| part.to).max(),
        everything_since: oldest.filter(|_| is_whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> Timestamp {
        format!("2026-04-21T{hour:02}:00:00Z").parse().unwrap()
    }

    fn part(from: u32, to: u32, when: u32) -> VerifiedPart {
        VerifiedPart {
            from: (from > 0).then(|| at(from)),
            to: at(to),
            verified_at: at(when),
            proof: "complete".to_owned(),
            run: 1,
        }
    }

    fn shown(parts: &[VerifiedPart]) -> String {
        let hour = |at: Timestamp| at.format("%H").to_string();
        let one = |part: &VerifiedPart| {
            let from = part.from.map_or("-".to_owned(), hour);
            format!("{from}..{}@{}", hour(part.to), hour(part.verified_at))
        };
        parts.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn new_part_lies_over_what_was_known() {
        let cases = [
            (vec![], part(0, 5, 9), "-..05@09"),
            (vec![part(0, 5, 1)], part(2, 3, 9), "-..02@01 02..03@09 03..05@01"),
            (vec![part(0, 5, 1)], part(4, 8, 9), "-..04@01 04..08@09"),
            (vec![part(0, 5, 1), part(5, 8, 2)], part(0, 9, 9), "-..09@09"),
            (vec![part(0, 3, 1), part(5, 8, 2)], part(4, 6, 9), "-..03@01 04..06@09 06..08@02"),
            (vec![part(0, 3, 9)], part(3, 6, 9), "-..06@09"),
            (vec![part(0, 5, 1), part(5, 8, 9)], part(0, 7, 4), "-..05@04 05..08@09"),
        ];
        for (known, new, expect) in cases {
            assert_eq!(shown(&cover(known, new)), expect);
        }
    }

    #[test]
    fn everything_is_as_old_as_its_oldest_part_unless_one_is_missing() {
        let whole = summary(&[part(0, 3, 4), part(3, 6, 9)]);
        assert_eq!((whole.up_to, whole.everything_since), (Some(at(6)), Some(at(4))));
        let gap = summary(&[part(0, 3, 4), part(5, 6, 9)]);
        assert_eq!((gap.up_to, gap.everything_since), (Some(at(6)), None));
        assert_eq!(summary(&[part(2, 3, 4)]).everything_since, None);
        assert_eq!(summary(&[]), VerifiedReport::default());
    }
}

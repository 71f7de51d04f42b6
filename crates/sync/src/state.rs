//! How far one source was read: what is stored between two runs.

use crate::{Database, StoreError, datum::Datum, store::Statement};
use callfold_reader::{Checkpoint, Fingerprint, ResumeState};
use callfold_unify::model::Timestamp;
use serde::Serialize;

/// Which calls a walk over a source's lists is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScanKind {
    /// All, for the first time.
    First,
    /// Those since shortly before the newest that is stored, and before that
    /// where a call that goes on cannot be asked for by itself.
    Recent,
    /// All, once more.
    Full,
}

impl ScanKind {
    const ALL: [Self; 3] = [Self::First, Self::Recent, Self::Full];

    const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Recent => "recent",
            Self::Full => "full",
        }
    }
}

/// A walk that has begun and not ended.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) kind: ScanKind,
    pub(crate) lookback_floor: Option<Timestamp>,
    /// The run that began it, and when.
    pub(crate) run: i64,
    pub(crate) at: Timestamp,
    /// The newest start that was read.
    pub(crate) newest: Option<Timestamp>,
    /// Batches that were written.
    pub(crate) batches: i64,
    /// Runs that went on with it, one after the other, and got no page.
    pub(crate) stuck: i64,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// What is stored about one source.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) vendor: &'static str,
    pub(crate) account: String,
    /// Up to here all calls were read that the vendor listed.
    pub(crate) high_water: Option<Timestamp>,
    /// When the calls that were not final were asked for last.
    pub(crate) reread_at: Option<Timestamp>,
    pub(crate) walk: Option<Scan>,
}

impl State {
    pub(crate) async fn load(
        database: &Database,
        vendor: &'static str,
        account: &str,
    ) -> Result<Self, StoreError> {
        let sql = "SELECT high_water, reread_at, walk, walk_back_to, walk_run, walk_at, \
                   walk_newest, walk_batches, walk_stuck, checkpoint FROM sync_state \
                   WHERE vendor = $1 AND account = $2";
        let rows = database.query(sql, vec![vendor.into(), account.into()]).await?;
        let account = account.to_owned();
        let Some(row) = rows.first() else {
            return Ok(Self { vendor, account, high_water: None, reread_at: None, walk: None });
        };
        let kind = row.option_text(2)?;
        let kind = ScanKind::ALL.into_iter().find(|known| Some(known.as_str()) == kind);
        let walk = match (kind, row.option_int(4)?, row.time(5)?) {
            (Some(kind), Some(run), Some(at)) => Some(Scan {
                kind,
                lookback_floor: row.time(3)?,
                run,
                at,
                newest: row.time(6)?,
                batches: row.int(7)?,
                stuck: row.int(8)?,
                // One that another version wrote is not understood: the walk begins anew.
                checkpoint: row.option_text(9)?.and_then(|text| serde_json::from_str(text).ok()),
            }),
            _ => None,
        };
        Ok(Self { vendor, account, high_water: row.time(0)?, reread_at: row.time(1)?, walk })
    }

    /// The statement that stores it.
    pub(crate) fn save(&self, run: i64) -> Statement {
        const SQL: &str = "INSERT INTO sync_state (vendor, account, high_water, reread_at, walk, \
             walk_back_to, walk_run, walk_at, walk_newest, walk_batches, walk_stuck, checkpoint, \
             run) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (vendor, account) DO UPDATE SET high_water = excluded.high_water, \
             reread_at = excluded.reread_at, walk = excluded.walk, \
             walk_back_to = excluded.walk_back_to, walk_run = excluded.walk_run, \
             walk_at = excluded.walk_at, walk_newest = excluded.walk_newest, \
             walk_batches = excluded.walk_batches, walk_stuck = excluded.walk_stuck, \
             checkpoint = excluded.checkpoint, run = excluded.run";
        let walk = self.walk.as_ref();
        let checkpoint = walk.and_then(|walk| walk.checkpoint.as_ref());
        let checkpoint = checkpoint.and_then(|checkpoint| serde_json::to_string(checkpoint).ok());
        Statement::new(
            SQL,
            vec![
                self.vendor.into(),
                self.account.as_str().into(),
                self.high_water.into(),
                self.reread_at.into(),
                walk.map(|walk| walk.kind.as_str()).into(),
                walk.and_then(|walk| walk.lookback_floor).into(),
                walk.map(|walk| walk.run).into(),
                walk.map(|walk| walk.at).into(),
                walk.and_then(|walk| walk.newest).into(),
                walk.map_or(0, |walk| walk.batches).into(),
                walk.map_or(0, |walk| walk.stuck).into(),
                checkpoint.into(),
                run.into(),
            ],
        )
    }

    fn key(&self) -> Vec<Datum> {
        vec![self.vendor.into(), self.account.as_str().into()]
    }

    /// The statement that forgets what the walk has seen.
    pub(crate) fn forget_seen(&self) -> Statement {
        let sql = "DELETE FROM sync_seen WHERE vendor = $1 AND account = $2";
        Statement::new(sql, self.key())
    }

    /// The statement that keeps what a batch has seen: the prints of its
    /// records, and the hashes of its calls where they are looked at later.
    pub(crate) fn keep_seen(&self, seen: &[Fingerprint], ids: Option<Vec<u8>>) -> Statement {
        let sql = "INSERT INTO sync_seen (vendor, account, batch, prints, ids) \
                   VALUES ($1, $2, $3, $4, $5)";
        let prints: Vec<u8> = seen.iter().flat_map(|print| print.to_bytes()).collect();
        let batch = self.walk.as_ref().map_or(0, |walk| walk.batches);
        let mut parameters = self.key();
        parameters.extend([batch.into(), prints.into(), ids.into()]);
        Statement::new(sql, parameters)
    }

    /// Where the walk goes on; `None` where it begins.
    pub(crate) async fn resume(
        &self,
        database: &Database,
    ) -> Result<Option<ResumeState>, StoreError> {
        let checkpoint = self.walk.as_ref().and_then(|walk| walk.checkpoint.clone());
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let seen = self.seen(database, 0).await?;
        Ok(Some(ResumeState {
            checkpoint,
            seen: seen.into_iter().map(Fingerprint::from_bytes).collect(),
        }))
    }

    /// The hashes of the calls that the walk has listed.
    pub(crate) async fn listed(&self, database: &Database) -> Result<Vec<[u8; 16]>, StoreError> {
        self.seen(database, 1).await
    }

    async fn seen(&self, database: &Database, column: usize) -> Result<Vec<[u8; 16]>, StoreError> {
        let sql = "SELECT prints, ids FROM sync_seen WHERE vendor = $1 AND account = $2 \
                   ORDER BY batch";
        let rows = database.query(sql, self.key()).await?;
        let mut all = Vec::new();
        for row in &rows {
            all.extend_from_slice(row.bytes(column)?.as_chunks::<16>().0);
        }
        Ok(all)
    }
}

//! How far a source was read: the state between two runs.

use crate::{Database, StoreError, sql_value::SqlValue, store::Statement};
use callfold_reader::{Checkpoint, Fingerprint, ResumeState};
use callfold_unify::model::Timestamp;
use serde::Serialize;

/// Which calls a scan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScanKind {
    /// All, for the first time.
    Initial,
    /// Those since shortly before the newest stored call, or since an older call
    /// in progress that only the list returns.
    Incremental,
    /// All, once more.
    Full,
}

impl ScanKind {
    const ALL: [Self; 3] = [Self::Initial, Self::Incremental, Self::Full];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Incremental => "incremental",
            Self::Full => "full",
        }
    }
}

/// A scan that has not reached its end.
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
    /// Runs in a row that resumed it and got no page.
    pub(crate) stalled_runs: i64,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// What is stored about one source.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) vendor: &'static str,
    pub(crate) account: String,
    /// All calls that the vendor listed up to here were read.
    pub(crate) high_water: Option<Timestamp>,
    /// When calls in progress were last looked up.
    pub(crate) lookups_at: Option<Timestamp>,
    pub(crate) scan: Option<Scan>,
}

impl State {
    pub(crate) async fn load(
        database: &Database,
        vendor: &'static str,
        account: &str,
    ) -> Result<Self, StoreError> {
        let sql = "SELECT high_water, lookups_at, scan_kind, scan_lookback_floor, scan_run, \
                   scan_at, scan_newest, scan_batches, scan_stalled_runs, checkpoint \
                   FROM sync_state WHERE vendor = $1 AND account = $2";
        let rows = database.query(sql, vec![vendor.into(), account.into()]).await?;
        let account = account.to_owned();
        let Some(row) = rows.first() else {
            return Ok(Self { vendor, account, high_water: None, lookups_at: None, scan: None });
        };
        let kind = row.option_text(2)?;
        let kind = ScanKind::ALL.into_iter().find(|known| Some(known.as_str()) == kind);
        let scan = match (kind, row.option_int(4)?, row.time(5)?) {
            (Some(kind), Some(run), Some(at)) => Some(Scan {
                kind,
                lookback_floor: row.time(3)?,
                run,
                at,
                newest: row.time(6)?,
                batches: row.int(7)?,
                stalled_runs: row.int(8)?,
                // One of another version cannot be read: the scan restarts.
                checkpoint: row.option_text(9)?.and_then(|text| serde_json::from_str(text).ok()),
            }),
            _ => None,
        };
        Ok(Self { vendor, account, high_water: row.time(0)?, lookups_at: row.time(1)?, scan })
    }

    /// The statement that stores it.
    pub(crate) fn save(&self, run: i64) -> Statement {
        const SQL: &str = "INSERT INTO sync_state (vendor, account, high_water, lookups_at, \
             scan_kind, scan_lookback_floor, scan_run, scan_at, scan_newest, scan_batches, \
             scan_stalled_runs, checkpoint, run) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             ON CONFLICT (vendor, account) DO UPDATE SET high_water = excluded.high_water, \
             lookups_at = excluded.lookups_at, scan_kind = excluded.scan_kind, \
             scan_lookback_floor = excluded.scan_lookback_floor, scan_run = excluded.scan_run, \
             scan_at = excluded.scan_at, scan_newest = excluded.scan_newest, \
             scan_batches = excluded.scan_batches, \
             scan_stalled_runs = excluded.scan_stalled_runs, \
             checkpoint = excluded.checkpoint, run = excluded.run";
        let scan = self.scan.as_ref();
        let checkpoint = scan.and_then(|scan| scan.checkpoint.as_ref());
        let checkpoint = checkpoint.and_then(|checkpoint| serde_json::to_string(checkpoint).ok());
        Statement::new(
            SQL,
            vec![
                self.vendor.into(),
                self.account.as_str().into(),
                self.high_water.into(),
                self.lookups_at.into(),
                scan.map(|scan| scan.kind.as_str()).into(),
                scan.and_then(|scan| scan.lookback_floor).into(),
                scan.map(|scan| scan.run).into(),
                scan.map(|scan| scan.at).into(),
                scan.and_then(|scan| scan.newest).into(),
                scan.map_or(0, |scan| scan.batches).into(),
                scan.map_or(0, |scan| scan.stalled_runs).into(),
                checkpoint.into(),
                run.into(),
            ],
        )
    }

    fn key(&self) -> Vec<SqlValue<'static>> {
        vec![self.vendor.into(), self.account.as_str().into()]
    }

    /// The statement that deletes what the scan has seen.
    pub(crate) fn delete_seen(&self) -> Statement {
        let sql = "DELETE FROM sync_seen WHERE vendor = $1 AND account = $2";
        Statement::new(sql, self.key())
    }

    /// The statement that stores the fingerprints of a batch's records, and the
    /// hashes of its calls if they are compared later.
    pub(crate) fn store_seen(&self, seen: &[Fingerprint], ids: Option<Vec<u8>>) -> Statement {
        let sql = "INSERT INTO sync_seen (vendor, account, batch, fingerprints, ids) \
                   VALUES ($1, $2, $3, $4, $5)";
        let fingerprints: Vec<u8> = seen.iter().flat_map(|seen| seen.to_bytes()).collect();
        let batch = self.scan.as_ref().map_or(0, |scan| scan.batches);
        let mut parameters = self.key();
        parameters.extend([batch.into(), fingerprints.into(), ids.into()]);
        Statement::new(sql, parameters)
    }

    /// Where the scan resumes; `None` if it begins.
    pub(crate) async fn resume(
        &self,
        database: &Database,
    ) -> Result<Option<ResumeState>, StoreError> {
        let checkpoint = self.scan.as_ref().and_then(|scan| scan.checkpoint.clone());
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let seen = self.seen(database, 0).await?;
        Ok(Some(ResumeState {
            checkpoint,
            seen: seen.into_iter().map(Fingerprint::from_bytes).collect(),
        }))
    }

    /// The hashes of the calls that the scan has listed.
    pub(crate) async fn listed(&self, database: &Database) -> Result<Vec<[u8; 16]>, StoreError> {
        self.seen(database, 1).await
    }

    async fn seen(&self, database: &Database, column: usize) -> Result<Vec<[u8; 16]>, StoreError> {
        let sql = "SELECT fingerprints, ids FROM sync_seen WHERE vendor = $1 AND account = $2 \
                   ORDER BY batch";
        let rows = database.query(sql, self.key()).await?;
        let mut all = Vec::new();
        for row in &rows {
            all.extend_from_slice(row.bytes(column)?.as_chunks::<16>().0);
        }
        Ok(all)
    }
}

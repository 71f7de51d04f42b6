//! Databases as a sync leaves them, on SQLite and, where `CALLFOLD_TEST_POSTGRES` names a server,
//! on PostgreSQL.
//!
//! Every function panics where a database cannot be set up, opened or read.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{collections::BTreeMap, path::PathBuf, sync::Once};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// The tables whose rows are what was read.
pub const CONTENT: [&str; 9] = [
    "calls",
    "turns",
    "transfers",
    "cost_parts",
    "other_totals",
    "warnings",
    "recordings",
    "raw",
    "set_aside",
];

/// Columns that say in which run something came about.
const OF_RUNS: [&str; 5] =
    ["first_seen_run", "last_changed_run", "last_changed_at", "missing_since_run", "fetched_at"];

/// A database that nobody else uses, gone when it is dropped.
pub struct TestDatabase {
    /// As `--db` takes it: a path or an address.
    pub name: String,
    directory: TempDir,
    schema: Option<String>,
}

/// The databases a test runs on: SQLite, and PostgreSQL where there is a server.
pub async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite()];
    databases.extend(postgres().await);
    databases
}

/// A file that does not exist yet.
pub fn sqlite() -> TestDatabase {
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().join("calls.sqlite").to_str().unwrap().to_owned();
    TestDatabase { name, directory, schema: None }
}

/// A schema of its own on the server, or `None` with a note on standard error.
pub async fn postgres() -> Option<TestDatabase> {
    static NOTED: Once = Once::new();
    let Ok(server) = std::env::var("CALLFOLD_TEST_POSTGRES") else {
        NOTED.call_once(|| {
            // Past the capture of the test's output: it has to be seen.
            use std::io::Write as _;
            let line = "skipped: CALLFOLD_TEST_POSTGRES is not set, nothing ran on PostgreSQL\n";
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        });
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    let unique = directory.path().file_name().unwrap().to_str().unwrap().to_lowercase();
    let schema: String =
        unique.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let schema = format!("test{schema}");
    client(&server).await.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let name = format!("{server}?options=-csearch_path%3D{schema}");
    Some(TestDatabase { name, directory, schema: Some(schema) })
}

async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl TestDatabase {
    /// Whether it is on a PostgreSQL server.
    pub fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }

    /// A path beside the database.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs statements that give no rows.
    pub async fn execute(&self, sql: &str) {
        match self.is_postgres() {
            true => client(&self.name).await.batch_execute(sql).await.unwrap(),
            false => rusqlite::Connection::open(&self.name).unwrap().execute_batch(sql).unwrap(),
        }
    }

    /// The rows of a query, every value as text; nothing is `None`.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        if !self.is_postgres() {
            return sqlite_rows(&self.name, sql);
        }
        let messages = client(&self.name).await.simple_query(sql).await.unwrap();
        let row = |message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
            }
            _ => None,
        };
        messages.into_iter().filter_map(row).collect()
    }

    /// The single value of a query, as text.
    pub async fn value(&self, sql: &str) -> String {
        self.rows(sql).await.remove(0).remove(0).unwrap_or_default()
    }

    /// The number of rows of a table.
    pub async fn count(&self, table: &str) -> u64 {
        self.value(&format!("SELECT count(*) FROM {table}")).await.parse().unwrap()
    }

    /// All rows of all tables that hold what was read, in an order and form
    /// that are the same on every database.
    pub async fn content(&self) -> BTreeMap<String, Vec<String>> {
        self.dump(false).await
    }

    /// The same, with the runs in which each row came about.
    pub async fn everything(&self) -> BTreeMap<String, Vec<String>> {
        self.dump(true).await
    }

    async fn dump(&self, with_runs: bool) -> BTreeMap<String, Vec<String>> {
        let mut tables = BTreeMap::new();
        for table in CONTENT {
            let columns = self.columns(table).await;
            let columns =
                columns.iter().filter(|(name, _)| with_runs || !OF_RUNS.contains(&name.as_str()));
            let forms: Vec<_> = columns.map(|(name, kind)| form(name, kind)).collect();
            let rows = self.rows(&format!("SELECT {} FROM {table}", forms.join(", "))).await;
            let text = |row: Vec<Option<String>>| {
                let cells: Vec<_> =
                    row.into_iter().map(|cell| cell.unwrap_or_else(|| "∅".into())).collect();
                cells.join("|")
            };
            let mut rows: Vec<String> = rows.into_iter().map(text).collect();
            rows.sort();
            tables.insert(table.to_owned(), rows);
        }
        tables
    }

    /// The names and types of a table's columns.
    pub async fn columns(&self, table: &str) -> Vec<(String, String)> {
        let sql = match &self.schema {
            Some(schema) => format!(
                "SELECT column_name, data_type FROM information_schema.columns \
                 WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
            ),
            None => format!("SELECT name, lower(type) FROM pragma_table_info('{table}')"),
        };
        let pair = |mut row: Vec<Option<String>>| (row.remove(0).unwrap(), row.remove(0).unwrap());
        self.rows(&sql).await.into_iter().map(pair).collect()
    }
}

fn form(name: &str, kind: &str) -> String {
    match kind {
        "timestamp with time zone" => {
            format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        "boolean" => format!("{name}::int"),
        "bytea" => format!("encode({name}, 'hex')"),
        "blob" => format!("CASE WHEN {name} IS NOT NULL THEN lower(hex({name})) END"),
        _ => name.to_owned(),
    }
}

fn sqlite_rows(path: &str, sql: &str) -> Vec<Vec<Option<String>>> {
    use rusqlite::types::ValueRef;
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Blob(_) => Some("(bytes)".to_owned()),
    };
    let rows = statement.query_map([], |row| {
        (0..columns).map(|at| row.get_ref(at).map(text)).collect::<rusqlite::Result<_>>()
    });
    rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (Some(schema), Ok(server)) = (&self.schema, std::env::var("CALLFOLD_TEST_POSTGRES"))
        else {
            return;
        };
        let sql = format!("DROP SCHEMA {schema} CASCADE");
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { client(&server).await.batch_execute(&sql).await })
        });
        let _ = dropping.join();
    }
}

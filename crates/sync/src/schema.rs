//! The tables, their columns, and the migrations that create them.

use callfold_tables::{
    CALLS, COST_PARTS, Column, ColumnKind, OTHER_TOTALS, TRANSFERS, TURNS, WARNINGS,
};
use std::sync::LazyLock;

/// The version of the tables that this program reads and writes.
pub(crate) const VERSION: i64 = SQLITE.len() as i64;

/// The migrations, from no tables on.
const SQLITE: [&str; 8] = [
    include_str!("../migrations/sqlite/1.sql"),
    include_str!("../migrations/sqlite/2.sql"),
    include_str!("../migrations/sqlite/3.sql"),
    include_str!("../migrations/sqlite/4.sql"),
    include_str!("../migrations/sqlite/5.sql"),
    include_str!("../migrations/sqlite/6.sql"),
    include_str!("../migrations/sqlite/7.sql"),
    include_str!("../migrations/sqlite/8.sql"),
];
const POSTGRES: [&str; SQLITE.len()] = [
    include_str!("../migrations/postgres/1.sql"),
    include_str!("../migrations/postgres/2.sql"),
    include_str!("../migrations/postgres/3.sql"),
    include_str!("../migrations/postgres/4.sql"),
    include_str!("../migrations/postgres/5.sql"),
    include_str!("../migrations/postgres/6.sql"),
    include_str!("../migrations/postgres/7.sql"),
    include_str!("../migrations/postgres/8.sql"),
];

/// Marks an SQLite file as ours: "clfd".
pub(crate) const APPLICATION_ID: i64 = 0x636c_6664;

/// A database's dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The number of tables that hold calls.
pub(crate) const TABLES: usize = 8;

/// A table that holds a part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Calls,
    Turns,
    Transfers,
    CostParts,
    OtherTotals,
    Warnings,
    Recordings,
    Raw,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Text,
    Integer,
    Flag,
    Time,
    Exact,
    Json,
}

/// Columns of `calls` beyond those of every flat format.
pub(crate) const EXTRA: [(&str, ColumnType); 6] = [
    ("alternate_ids", ColumnType::Json),
    ("transcript_text", ColumnType::Text),
    ("latency", ColumnType::Json),
    ("analysis", ColumnType::Json),
    ("metadata", ColumnType::Json),
    ("facts", ColumnType::Json),
];

/// Columns of `calls` with the bookkeeping of a sync.
pub(crate) const BOOKKEEPING: [&str; 10] = [
    "is_final",
    "detail",
    "detail_stale",
    "content_hash",
    "list_hash",
    "links_hash",
    "last_changed_run",
    "last_changed_at",
    "missing_since_run",
    "first_seen_run",
];

impl Table {
    /// All; the one that the others reference is first.
    pub(crate) const ALL: [Self; TABLES] = [
        Self::Calls,
        Self::Turns,
        Self::Transfers,
        Self::CostParts,
        Self::OtherTotals,
        Self::Warnings,
        Self::Recordings,
        Self::Raw,
    ];

    /// Those whose rows are deleted and inserted when their call changes.
    pub(crate) const REPLACED: [Self; 6] = [
        Self::Turns,
        Self::Transfers,
        Self::CostParts,
        Self::OtherTotals,
        Self::Warnings,
        Self::Raw,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Turns => "turns",
            Self::Transfers => "transfers",
            Self::CostParts => "cost_parts",
            Self::OtherTotals => "other_totals",
            Self::Warnings => "warnings",
            Self::Recordings => "recordings",
            Self::Raw => "raw",
        }
    }

    /// The columns that hold the call, without the keys that come first in every
    /// table but `calls`.
    pub(crate) fn typed_columns(self) -> Vec<(&'static str, ColumnType)> {
        match self {
            Self::Calls => typed(CALLS).chain(EXTRA).collect(),
            Self::Turns => typed(TURNS).collect(),
            Self::Transfers => typed(TRANSFERS).collect(),
            Self::CostParts => typed(COST_PARTS).collect(),
            Self::OtherTotals => typed(OTHER_TOTALS).collect(),
            Self::Warnings => typed(WARNINGS).collect(),
            Self::Recordings => {
                vec![
                    ("url", ColumnType::Text),
                    ("media_type", ColumnType::Text),
                    ("needs_auth", ColumnType::Flag),
                ]
            }
            Self::Raw => vec![("record", ColumnType::Text)],
        }
    }

    /// Their names.
    pub(crate) fn columns(self) -> Vec<&'static str> {
        self.typed_columns().into_iter().map(|(name, _)| name).collect()
    }

    /// The columns that are written, in their order.
    pub(crate) fn written(self) -> Vec<&'static str> {
        let key: &[&str] = match self {
            Self::Calls => &[],
            Self::Raw => &["call", "shape"],
            _ => &["call", "position"],
        };
        let after: &[&str] = if self == Self::Calls { &BOOKKEEPING } else { &[] };
        key.iter().copied().chain(self.columns()).chain(after.iter().copied()).collect()
    }

    /// The statement that reads the rows of one call, in the form in which they
    /// were written: each with its key first.
    pub(crate) fn select(self, dialect: Dialect) -> &'static str {
        static SQL: LazyLock<[[String; TABLES]; 2]> = LazyLock::new(|| {
            [Dialect::Sqlite, Dialect::Postgres]
                .map(|dialect| Table::ALL.map(|table| table.select_sql(dialect)))
        });
        &SQL[dialect as usize][self as usize]
    }

    fn select_sql(self, dialect: Dialect) -> String {
        let (key, id) = match self {
            Self::Calls => ("NULL", "id"),
            Self::Raw => ("shape", "call"),
            _ => ("position", "call"),
        };
        let columns = self.typed_columns().into_iter().map(|(name, kind)| match (dialect, kind) {
            (Dialect::Postgres, ColumnType::Time) => {
                let form = r#"'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"#;
                format!("to_char({name} AT TIME ZONE 'UTC', {form})")
            }
            (Dialect::Postgres, ColumnType::Exact | ColumnType::Json) => format!("{name}::text"),
            _ => name.to_owned(),
        });
        let (columns, name) = (columns.collect::<Vec<_>>().join(", "), self.name());
        format!("SELECT {key}, {columns} FROM {name} WHERE {id} = $1 ORDER BY 1")
    }

    /// A statement that adds one row, with a parameter for each column.
    pub(crate) fn insert(self) -> String {
        let columns = self.written();
        let values: Vec<_> = (1..=columns.len()).map(|at| format!("${at}")).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        format!("INSERT INTO {} ({columns}) VALUES ({values})", self.name())
    }
}

fn typed<T>(columns: &'static [Column<T>]) -> impl Iterator<Item = (&'static str, ColumnType)> {
    columns.iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Millis | ColumnKind::Count => ColumnType::Integer,
            ColumnKind::Flag => ColumnType::Flag,
            ColumnKind::Time => ColumnType::Time,
            // A float is stored as text: reading it back gives the same digits.
            ColumnKind::Decimal | ColumnKind::Number => ColumnType::Exact,
            _ => ColumnType::Text,
        };
        (column.name, kind)
    })
}

/// The migration from version `from` to the next; `None` at the present one.
pub(crate) fn migration(from: i64, dialect: Dialect) -> Option<&'static str> {
    let migrations = if dialect == Dialect::Sqlite { &SQLITE } else { &POSTGRES };
    migrations.get(usize::try_from(from).ok()?).copied()
}

/// A view, which is replaced if it lacks a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) name: String,
    /// What it selects.
    pub(crate) select: String,
}

impl View {
    /// What most queries need.
    pub(crate) fn call_facts(dialect: Dialect) -> Self {
        let select = match dialect {
            Dialect::Sqlite => include_str!("../migrations/sqlite/call_facts.sql"),
            Dialect::Postgres => include_str!("../migrations/postgres/call_facts.sql"),
        };
        Self { name: "call_facts".to_owned(), select: select.trim().to_owned() }
    }

    /// One vendor's calls, without bookkeeping; `None` for a name that is not a
    /// plain word.
    pub(crate) fn of_vendor(vendor: &str) -> Option<Self> {
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if vendor.is_empty() || vendor.len() > 40 || !vendor.bytes().all(is_plain) {
            return None;
        }
        let columns = Table::Calls.columns().join(", ");
        let select = format!("SELECT {columns}, is_final FROM calls WHERE vendor = '{vendor}'");
        Some(Self { name: format!("calls_{vendor}"), select })
    }

    /// Whether a view with this definition is callfold's, of any version: it selects
    /// from the same table under the same condition.
    pub(crate) fn is_defined_by(&self, definition: &str) -> bool {
        let from = self.select.rfind("FROM ").map_or("", |at| &self.select[at..]);
        // Databases add parentheses, types, and the table of each column.
        let plain = |text: &str| {
            let text = text.replace("::text", "").replace("calls.", "");
            text.replace(|c: char| c.is_whitespace() || "();".contains(c), "").to_lowercase()
        };
        plain(definition).ends_with(&plain(from))
    }

    /// Whether a view with the columns `present` lacks one of `wanted`.
    pub(crate) fn lacks(wanted: &[String], present: &[String]) -> bool {
        wanted.iter().any(|column| !present.contains(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_has_its_own_types_and_statements() {
        let sqlite = migration(0, Dialect::Sqlite).unwrap();
        let postgres = migration(0, Dialect::Postgres).unwrap();
        assert!(sqlite.contains("started_at TEXT,") && sqlite.contains(") STRICT;"));
        assert!(postgres.contains("started_at timestamptz,") && postgres.contains("\n);"));
        assert!(!postgres.contains("STRICT"));
        let sqlite = migration(1, Dialect::Sqlite).unwrap();
        let postgres = migration(1, Dialect::Postgres).unwrap();
        assert!(sqlite.contains("weekday 0") && !sqlite.contains("date_trunc"));
        assert!(postgres.contains("date_trunc") && !postgres.contains("weekday 0"));
        assert_eq!(migration(VERSION, Dialect::Sqlite), None);
        assert_eq!(migration(-1, Dialect::Sqlite), None);
    }

    #[test]
    fn view_is_created_for_plain_words_only() {
        assert_eq!(View::of_vendor("acme_2").unwrap().name, "calls_acme_2");
        for name in ["", "Acme", "a b", "a'; DROP TABLE calls; --", "é"] {
            assert_eq!(View::of_vendor(name), None, "{name}");
        }
    }

    #[test]
    fn own_view_is_distinguished_from_a_users() {
        let view = View::of_vendor("acme").unwrap();
        let ours = [
            "CREATE VIEW calls_acme AS SELECT id FROM calls WHERE vendor = 'acme'",
            " SELECT calls.id\n   FROM calls\n  WHERE (calls.vendor = 'acme'::text);",
        ];
        assert!(ours.iter().all(|text| view.is_defined_by(text)));
        let others = [
            "CREATE VIEW calls_acme AS SELECT id FROM calls WHERE vendor = 'acme' AND is_final",
            "CREATE VIEW calls_acme AS SELECT id FROM calls",
            "SELECT id FROM other WHERE vendor = 'acme'",
        ];
        assert!(!others.iter().any(|text| view.is_defined_by(text)));
        let facts = View::call_facts(Dialect::Postgres);
        assert!(facts.is_defined_by(" SELECT calls.id FROM calls;"));
        assert!(!facts.is_defined_by(" SELECT calls.id FROM calls JOIN teams USING (agent_id);"));
    }
}

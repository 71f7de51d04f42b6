//! Pages into PostgreSQL.

use super::{Session, copy::Lines, load::load, parameters};
use crate::{
    Written,
    cell::{Cell, time_text},
    decide::{Action, Books, Known, books, decide, relinks},
    merge::{Whole, merge},
    refused::Refused,
    relink::{RELINK, relink},
    row::{Hash, Parts, Prepared, Rows, hash},
    schema::Table,
    store::Page,
};
use bytes::Bytes;
use futures_util::{SinkExt, future::try_join_all};
use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    pin::pin,
};
use tokio_postgres::{Client, Error, Statement, Transaction, types::ToSql};

/// Bytes that are handed to the connection at once.
const PIECE: usize = 64 << 10;

/// The statements of a page, taken apart by the server once.
pub(super) struct Texts {
    known: Statement,
    /// From standard input into the staging table of each table.
    copy: Vec<Statement>,
    /// What is removed before a changed call's rows are written again.
    remove: Vec<Statement>,
    /// From the staging tables to the tables.
    upsert: Vec<Statement>,
    surplus: Statement,
    note: Statement,
    relink: Vec<Statement>,
    set_aside: Statement,
    /// Empties the staging tables, which a commit does as well.
    pub(super) empty: String,
}

/// Makes the staging tables, which are this connection's own.
pub(super) async fn prepare(client: &Client) -> Result<Texts, Error> {
    let stage = Table::ALL.map(|table| {
        let name = table.name();
        format!(
            "CREATE TEMP TABLE stage_{name} (LIKE {name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS;"
        )
    });
    client.batch_execute(&stage.concat()).await?;
    let known = "SELECT id, content_hash, light_hash, detail, detail_stale, \
                 missing_since_run IS NOT NULL, links_hash FROM calls WHERE id = ANY ($1)";
    let copies = Table::ALL.map(|table| {
        format!("COPY stage_{} ({}) FROM STDIN", table.name(), table.written().join(", "))
    });
    let removals =
        Table::REPLACED.map(|table| format!("DELETE FROM {} WHERE call = ANY ($1)", table.name()));
    let surplus = "DELETE FROM recordings WHERE path IS NULL AND call = ANY ($1) AND NOT EXISTS \
                   (SELECT FROM stage_recordings AS stage WHERE stage.call = recordings.call \
                   AND stage.position = recordings.position)";
    let note = "UPDATE calls SET detail = $2, detail_stale = $3, light_hash = $4, \
                links_hash = $5, missing_since_run = NULL WHERE id = $1";
    let set_aside = "INSERT INTO set_aside (vendor, account, hash, reason, record, first_seen_run) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let upserts = Table::ALL.map(upsert);
    let all = |texts: Vec<String>| async move {
        try_join_all(texts.iter().map(|text| client.prepare(text))).await
    };
    Ok(Texts {
        known: client.prepare(known).await?,
        copy: all(copies.to_vec()).await?,
        remove: all(removals.to_vec()).await?,
        upsert: all(upserts.to_vec()).await?,
        surplus: client.prepare(surplus).await?,
        note: client.prepare(note).await?,
        relink: all(RELINK.map(str::to_owned).to_vec()).await?,
        set_aside: client.prepare(set_aside).await?,
        empty: Table::ALL.map(|table| format!("DELETE FROM stage_{};", table.name())).concat(),
    })
}

fn upsert(table: Table) -> String {
    let columns = table.written();
    let (name, list) = (table.name(), columns.join(", "));
    let base = format!("INSERT INTO {name} ({list}) SELECT {list} FROM stage_{name}");
    let set = |columns: &[&str]| {
        let set: Vec<_> =
            columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        set.join(", ")
    };
    match table {
        // All but the run that saw the call first, which is the last of them.
        Table::Calls => {
            let set = set(&columns[1..columns.len() - 1]);
            format!("{base} ON CONFLICT (id) DO UPDATE SET {set}")
        }
        Table::Recordings => {
            let set = set(&table.columns());
            format!("{base} ON CONFLICT (call, position) DO UPDATE SET {set}, problem = NULL")
        }
        _ => base,
    }
}

/// What is known of the calls with these ids.
pub(super) async fn known(
    client: &impl tokio_postgres::GenericClient,
    texts: &Texts,
    ids: &[&str],
) -> Result<Vec<Option<Known>>, Error> {
    let rows = client.query(&texts.known, &[&ids]).await?;
    let mut known = vec![None; ids.len()];
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let hash = |bytes: &[u8]| Hash::try_from(bytes).unwrap_or_default();
    for row in &rows {
        let Some(at) = places.get(row.try_get::<_, &str>(0)?) else { continue };
        known[*at] = Some(Known {
            content: hash(row.try_get(1)?),
            light: row.try_get::<_, Option<&[u8]>>(2)?.map(hash),
            detail: Parts::from_text(row.try_get(3)?),
            stale: row.try_get(4)?,
            missing: row.try_get(5)?,
            links: row.try_get::<_, Option<&[u8]>>(6)?.map(hash),
        });
    }
    Ok(known)
}

type Note<'a> = (Statement, Vec<&'a (dyn ToSql + Sync)>);

/// The notes of pages, ready to be executed.
pub(super) async fn prepare_notes<'a>(
    session: &mut Session,
    pages: &[&'a Page],
) -> Result<Vec<Note<'a>>, Error> {
    let mut notes = Vec::new();
    for statement in pages.iter().flat_map(|page| &page.notes) {
        notes.push((session.prepare(statement.sql).await?, parameters(&statement.parameters)));
    }
    Ok(notes)
}

/// Writes pages in one transaction: what became of each.
pub(super) async fn write(session: &mut Session, pages: &[&Page]) -> Result<Vec<Written>, Error> {
    let notes = prepare_notes(session, pages).await?;
    let texts = &session.texts;
    let transaction = session.client.transaction().await?;
    let mut written = vec![Written::default(); pages.len()];
    write_calls(&transaction, texts, pages, &mut written).await?;
    for (page, written) in pages.iter().zip(&mut written) {
        finish(&transaction, texts, page, &[], written).await?;
    }
    for (statement, parameters) in &notes {
        transaction.execute(statement, parameters).await?;
    }
    transaction.commit().await?;
    Ok(written)
}

/// Sets aside what is no call, and what was refused.
pub(super) async fn finish(
    transaction: &Transaction<'_>,
    texts: &Texts,
    page: &Page,
    refused: &[Refused],
    written: &mut Written,
) -> Result<(), Error> {
    let records = page.set_aside.iter().map(Refused::from).chain(refused.iter().cloned());
    for record in records {
        // The one character that the database does not keep is not in JSON.
        let Refused { vendor, account, reason, record: raw } = &record;
        let key = record.hash();
        let parameters: [&(dyn ToSql + Sync); 6] =
            [vendor, account, &&key[..], reason, raw, &page.run];
        written.set_aside += transaction.execute(&texts.set_aside, &parameters).await?;
    }
    Ok(())
}

/// A call to write: its page, and which of the pages that is.
pub(super) type Placed<'a> = (&'a Page, usize, &'a Prepared);

async fn write_calls(
    transaction: &Transaction<'_>,
    texts: &Texts,
    pages: &[&Page],
    written: &mut [Written],
) -> Result<(), Error> {
    let mut ids = HashSet::new();
    let mut step: Vec<Placed<'_>> = Vec::new();
    for (at, page) in pages.iter().copied().enumerate() {
        for new in &page.calls {
            // One that comes twice is compared with what it was written as.
            if !ids.insert(new.id.as_str()) {
                write_step(transaction, texts, &step, written).await?;
                transaction.batch_execute(&texts.empty).await?;
                step.clear();
                ids = HashSet::from([new.id.as_str()]);
            }
            step.push((page, at, new));
        }
    }
    write_step(transaction, texts, &step, written).await
}

/// Writes calls each of which comes once.
pub(super) async fn write_step(
    transaction: &Transaction<'_>,
    texts: &Texts,
    calls: &[Placed<'_>],
    written: &mut [Written],
) -> Result<(), Error> {
    if calls.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = calls.iter().map(|(.., new)| new.id.as_str()).collect();
    let known = known(transaction, texts, &ids).await?;
    let (mut stage, mut replaced, mut noted) = (Stage::default(), Vec::new(), Vec::new());
    for ((page, at, new), known) in calls.iter().zip(&known) {
        let id = new.id.as_str();
        let action = decide(known.as_ref(), new);
        written[*at].count(action, known.as_ref());
        match action {
            Action::Skip => {}
            Action::Note | Action::Relink => noted.push((id, known, new)),
            Action::Insert | Action::Replace => {
                stage.put(page, id, &new.rows, books(known.as_ref(), new, new.content));
            }
            Action::Merge => {
                let merged = merge(load(transaction, id).await?, Whole::of(&new.rows));
                let content = hash(&merged, new.volatile);
                if known.is_some_and(|known| known.content == content) {
                    written[*at].is_as_before();
                    noted.push((id, known, new));
                    continue;
                }
                stage.put(page, id, &merged, books(known.as_ref(), new, content));
            }
        }
        if matches!(action, Action::Replace | Action::Merge) {
            replaced.push(id);
        }
    }
    for (id, known, new) in noted {
        let Some(known) = known else { continue };
        let kept = books(Some(known), new, known.content);
        let light = kept.light.map(|hash| hash.to_vec());
        let links = kept.links.map(|hash| hash.to_vec());
        let detail = kept.detail.to_text();
        transaction.execute(&texts.note, &[&id, &detail, &kept.stale, &light, &links]).await?;
        if relinks(known, new) {
            for (which, values) in relink(id, &new.rows) {
                transaction.execute(&texts.relink[which], &parameters(&values)).await?;
            }
        }
    }
    stage.load(transaction, texts, &replaced).await
}

/// The rows of a page, for the staging tables.
#[derive(Default)]
struct Stage([Lines; 6]);

impl Stage {
    fn put(&mut self, page: &Page, id: &str, rows: &impl Rows, kept: Books) {
        let id = Cell::text(id);
        let Ok(()) = rows.each(|row| {
            let lines = &mut self.0[row.table as usize];
            if row.table != Table::Calls {
                lines.cell(&id);
                lines.cell(&row.key);
            }
            row.cells.for_each(|cell| lines.cell(&cell));
            if row.table == Table::Calls {
                bookkeeping(lines, page, kept);
            }
            lines.end_line();
            Ok::<_, Infallible>(())
        });
    }

    /// Sends the rows, and moves them on from the staging tables.
    async fn load(
        self,
        transaction: &Transaction<'_>,
        texts: &Texts,
        replaced: &[&str],
    ) -> Result<(), Error> {
        let filled = self.0.map(|lines| (lines.count > 0, lines));
        let mut upserts = Vec::new();
        for (at, (is_filled, lines)) in filled.into_iter().enumerate() {
            if is_filled {
                let mut sink = pin!(transaction.copy_in(&texts.copy[at]).await?);
                let mut text = Bytes::from(lines.into_text());
                while !text.is_empty() {
                    let piece = text.split_to(text.len().min(PIECE));
                    sink.feed(piece).await?;
                }
                sink.finish().await?;
                upserts.push(&texts.upsert[at]);
            }
        }
        // One after the other, without waiting for each answer.
        if !replaced.is_empty() {
            let parameters: &[&(dyn ToSql + Sync)] = &[&replaced];
            let removals = texts.remove.iter().chain([&texts.surplus]);
            try_join_all(removals.map(|sql| transaction.execute(sql, parameters))).await?;
        }
        try_join_all(upserts.into_iter().map(|sql| transaction.execute(sql, &[]))).await?;
        Ok(())
    }
}

/// The cells of [`BOOKKEEPING`](crate::schema::BOOKKEEPING).
fn bookkeeping(lines: &mut Lines, page: &Page, kept: Books) {
    lines.cell(&Cell::Flag(kept.is_final));
    lines.cell(&Cell::text(kept.detail.to_text()));
    lines.cell(&Cell::Flag(kept.stale));
    lines.bytes(&kept.content);
    for hash in [kept.light, kept.links] {
        match hash {
            Some(hash) => lines.bytes(&hash),
            None => lines.cell(&Cell::Null),
        }
    }
    lines.cell(&Cell::Int(page.run));
    lines.cell(&Cell::option(time_text(page.at)));
    lines.cell(&Cell::Null);
    lines.cell(&Cell::Int(page.run));
}

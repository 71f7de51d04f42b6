//! PostgreSQL: one connection, pages by COPY into staging tables.

mod apart;
mod connect;
mod copy;
mod load;
mod look;
mod problem;
mod server;
mod tls;
mod value;
mod views;
mod write;

pub(crate) use look::look;
pub use server::Server;

use crate::{
    StoreError,
    datum::{Datum, Record},
    decide::Known,
    schema::View,
    store::{Asked, Backend, Failures, ON_THEIR_WAY, Page, Statement, TOGETHER, Taken, gone},
};
use futures_util::{FutureExt, future::BoxFuture};
use problem::{is_about_values, problem};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};
use tokio_postgres::{Client, types::ToSql};

/// A PostgreSQL database that is open.
pub(crate) struct Postgres {
    session: Arc<Mutex<Session>>,
    pages: mpsc::Sender<Asked>,
    writer: JoinHandle<()>,
    connection: JoinHandle<()>,
}

/// The connection, and the statements that it knows.
pub(super) struct Session {
    client: Client,
    texts: write::Texts,
    prepared: HashMap<&'static str, tokio_postgres::Statement>,
}

impl Session {
    /// The statement, which the server takes apart once.
    async fn prepare(
        &mut self,
        sql: &'static str,
    ) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        if let Some(known) = self.prepared.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl Postgres {
    /// Connects, and waits at most `wait` for another sync to let go of the
    /// database.
    pub(crate) async fn open(server: &Server, wait: Duration) -> Result<Self, StoreError> {
        let (client, connection) = connect::connect(server).await?;
        connect::expect_session(&client, server).await?;
        connect::lock(&client, wait, server).await?;
        connect::migrate(&client, server).await?;
        views::make_all(&client).await?;
        let texts = write::prepare(&client).await.map_err(problem)?;
        let session = Session { client, texts, prepared: HashMap::new() };
        let session = Arc::new(Mutex::new(session));
        let (pages, asked) = mpsc::channel(ON_THEIR_WAY);
        let writer = tokio::spawn(work(Arc::clone(&session), asked));
        Ok(Self { session, pages, writer, connection })
    }
}

/// Writes pages until nobody can ask for it any more: those that came while
/// others were written together in one transaction.
async fn work(session: Arc<Mutex<Session>>, mut pages: mpsc::Receiver<Asked>) {
    let mut failures = Failures::default();
    while let Some(first) = pages.recv().await {
        let mut calls = first.page.calls.len();
        let mut together = vec![first];
        while calls < TOGETHER
            && let Ok(next) = pages.try_recv()
        {
            calls += next.page.calls.len();
            together.push(next);
        }
        write_together(&mut *session.lock().await, together, &mut failures).await;
    }
}

async fn write_together(session: &mut Session, asked: Vec<Asked>, failures: &mut Failures) {
    let (together, failed): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|asked| failures.of(&asked.page).is_none());
    // Nobody waits any more where the sync was given up.
    let answer = |asked: Asked, result| drop(asked.done.send(result));
    for asked in failed {
        let error = failures.of(&asked.page).cloned();
        answer(asked, error.map_or_else(|| Err(gone()), Err));
    }
    let pages: Vec<_> = together.iter().map(|asked| &asked.page).collect();
    match write::write(session, &pages).await {
        Ok(written) => {
            together.into_iter().zip(written).for_each(|(asked, one)| answer(asked, Ok(one)))
        }
        // Something of them is refused: each by itself.
        Err(error) if is_about_values(&error) => {
            for asked in together {
                let written = match failures.of(&asked.page) {
                    Some(error) => Err(error.clone()),
                    None => apart::write_apart(session, &asked.page).await.map_err(|error| {
                        let is_its_own = is_about_values(&error);
                        failures.add(&asked.page, problem(error), is_its_own)
                    }),
                };
                answer(asked, written);
            }
        }
        Err(error) => {
            let error = problem(error);
            for asked in together {
                let error = failures.add(&asked.page, error.clone(), false);
                answer(asked, Err(error));
            }
        }
    }
}

impl Backend for Postgres {
    fn known(&self, ids: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Known>>, StoreError>> {
        async move {
            let session = self.session.lock().await;
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            let known = write::known(&session.client, &session.texts, &ids).await;
            known.map_err(problem)
        }
        .boxed()
    }

    fn take(&self, page: Page) -> BoxFuture<'_, Result<Taken, StoreError>> {
        async move {
            let (asked, taken) = Asked::new(page);
            self.pages.send(asked).await.map_err(|_| gone())?;
            Ok(taken)
        }
        .boxed()
    }

    fn query(&self, statement: Statement) -> BoxFuture<'_, Result<Vec<Record>, StoreError>> {
        async move {
            let mut session = self.session.lock().await;
            let prepared = session.prepare(statement.sql).await.map_err(problem)?;
            let parameters = parameters(&statement.parameters);
            let rows = session.client.query(&prepared, &parameters).await.map_err(problem)?;
            let record = |row: tokio_postgres::Row| {
                (0..row.len()).map(|at| row.try_get::<_, Datum>(at)).collect::<Result<_, _>>()
            };
            rows.into_iter().map(|row| record(row).map(Record).map_err(problem)).collect()
        }
        .boxed()
    }

    fn settle(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        // Its tables have their keys from the beginning.
        std::future::ready(Ok(())).boxed()
    }

    fn make_view(&self, vendor: &str) -> BoxFuture<'_, Result<(), StoreError>> {
        let view = View::of_vendor(vendor);
        async move {
            let Some(view) = view else { return Ok(()) };
            views::make(&self.session.lock().await.client, &view).await
        }
        .boxed()
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        let Self { session, pages, writer, connection } = *self;
        async move {
            drop((session, pages));
            let _ended = writer.await;
            // Says farewell to the server, which lets go of the lock.
            let _ended = connection.await;
            Ok(())
        }
        .boxed()
    }
}

fn parameters(values: &[Datum]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

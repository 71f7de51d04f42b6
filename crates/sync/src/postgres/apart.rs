//! A page of which the server refuses something.

use super::{
    Session,
    problem::{is_about_values, refusal},
    write::{Placed, finish, prepare_notes, write_step},
};
use crate::{Written, refused::Refused, store::Page};
use std::collections::HashSet;
use tokio_postgres::Error;

/// Writes a page in one transaction, without the calls that the server
/// refuses: they are looked for by halves, and set aside.
pub(super) async fn write_apart(session: &mut Session, page: &Page) -> Result<Written, Error> {
    let notes = prepare_notes(session, &[page]).await?;
    let texts = &session.texts;
    let mut transaction = session.client.transaction().await?;
    let (mut written, mut refused) = (Written::default(), Vec::new());
    // The last one is next.
    let mut steps = steps(page);
    steps.reverse();
    while let Some(step) = steps.pop() {
        let savepoint = transaction.transaction().await?;
        let mut counts = [Written::default()];
        match write_step(&savepoint, texts, &step, &mut counts).await {
            Ok(()) => {
                savepoint.batch_execute(&texts.empty).await?;
                savepoint.commit().await?;
                written += counts[0];
            }
            Err(error) if is_about_values(&error) => {
                savepoint.rollback().await?;
                if let [(.., call)] = step[..] {
                    refused.push(Refused::new(call, refusal(&error)));
                } else {
                    let (first, second) = step.split_at(step.len() / 2);
                    steps.extend([second.to_vec(), first.to_vec()]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    finish(&transaction, texts, page, &refused, &mut written).await?;
    for (statement, parameters) in &notes {
        transaction.execute(statement, parameters).await?;
    }
    transaction.commit().await?;
    Ok(written)
}

/// The calls of a page in their order, in steps in which each comes once.
fn steps(page: &Page) -> Vec<Vec<Placed<'_>>> {
    let (mut steps, mut ids) = (vec![Vec::<Placed<'_>>::new()], HashSet::new());
    for call in &page.calls {
        if !ids.insert(call.id.as_str()) {
            steps.push(Vec::new());
            ids = HashSet::from([call.id.as_str()]);
        }
        if let Some(step) = steps.last_mut() {
            step.push((page, 0, call));
        }
    }
    steps.retain(|step| !step.is_empty());
    steps
}

//! A look into a database, which changes nothing.

use super::{connect, error_map::store_error, server::Server, sql_row};
use crate::{StoreError, StoreErrorKind, schema::VERSION, sql_value::SqlRow, status::queries};

/// The version of the tables, and their answers to its questions.
pub(crate) async fn look(server: &Server) -> Result<(i64, Vec<Vec<SqlRow>>), StoreError> {
    let (client, _connection) = connect::connect(server).await?;
    // All answers are of one moment.
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    client.batch_execute(begin).await.map_err(store_error)?;
    let version = connect::version(&client, server).await?;
    if version < 1 {
        let problem = format!("{server} is not a callfold database");
        let help = "name one that a sync has made; the schema can be named with \
                    ?options=-csearch_path%3DNAME";
        return Err(StoreError::new(StoreErrorKind::Foreign, problem, help));
    }
    if version > VERSION {
        let problem = format!(
            "{server} is of version {version}, and this callfold knows versions up to {VERSION}"
        );
        let help = "use the callfold that wrote it, or a newer one";
        return Err(StoreError::new(StoreErrorKind::Newer, problem, help));
    }
    let mut answers = Vec::new();
    for sql in queries(version) {
        let rows = client.query(sql, &[]).await.map_err(store_error)?;
        answers.push(rows.iter().map(sql_row).collect::<Result<_, _>>()?);
    }
    Ok((version, answers))
}

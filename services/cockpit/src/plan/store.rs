//! The SQL of the plan.

use sqlx::PgConnection;

use super::Indicator;

/// Replaces all indicators by these, in this order.
pub async fn replace(conn: &mut PgConnection, indicators: &[Indicator]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from plan_indicators")
        .execute(&mut *conn)
        .await?;
    for (ordinal, i) in (0i32..).zip(indicators) {
        sqlx::query!(
            "insert into plan_indicators (key, ordinal, name, target, unit, comparison, due_on, document, clause)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            i.key,
            ordinal,
            i.name,
            i.target,
            i.unit,
            i.comparison,
            i.due_on,
            i.document,
            i.clause
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// All indicators, in the order of the file.
pub async fn all(conn: &mut PgConnection) -> Result<Vec<Indicator>, sqlx::Error> {
    sqlx::query_as!(
        Indicator,
        "select key, name, target, unit, comparison, due_on, document, clause
         from plan_indicators order by ordinal"
    )
    .fetch_all(conn)
    .await
}

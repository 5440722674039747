//! The table `reminded_days`.

use sqlx::PgConnection;
use time::Date;

/// Whether nothing has been done about overdue reviews on this day; from now on it has.
pub(super) async fn first_today(conn: &mut PgConnection, day: Date) -> Result<bool, sqlx::Error> {
    let entered = sqlx::query!(
        "insert into reminded_days (day) values ($1) on conflict do nothing",
        day
    )
    .execute(conn)
    .await?;
    Ok(entered.rows_affected() == 1)
}

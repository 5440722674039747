//! The table `registration_answers`.

use async_trait::async_trait;
use form_versions::{
    Shelf, Tables,
    listing::{Row, Rows, Unlisted},
};
use kit::sealed::SealedColumn;
use sqlx::PgConnection;
use uuid::Uuid;

use super::super::ANSWERS;

/// The rows of registrations.
#[derive(Clone, Copy, Debug)]
pub struct ListedAnswers;

#[async_trait]
impl Rows for ListedAnswers {
    fn shelf(&self) -> &dyn Shelf {
        &Tables
    }

    fn column(&self) -> SealedColumn {
        ANSWERS
    }

    async fn unlisted(
        &self,
        conn: &mut PgConnection,
        most: i64,
    ) -> Result<Vec<Unlisted>, sqlx::Error> {
        sqlx::query_as!(
            Unlisted,
            r#"select registration_id as record_id, activity_id as form_id, form_version as "form_version!", answers as "answers!"
               from registrations where answers is not null and not answers_listed
               order by registration_id limit $1 for update skip locked"#,
            most
        )
        .fetch_all(conn)
        .await
    }

    async fn list(
        &self,
        conn: &mut PgConnection,
        record_ids: &[Uuid],
        rows: Vec<Row>,
    ) -> Result<(), sqlx::Error> {
        let (mut of, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (id, key, value) in rows {
            of.push(id);
            keys.push(key);
            values.push(value);
        }
        sqlx::query!(
            "with now as (
                 select * from unnest($2::uuid[], $3::text[], $4::text[]) as now (registration_id, key, value)
             ), done as (
                 update registrations set answers_listed = true where registration_id = any($1)
                 returning registration_id, activity_id, ordinal
             ), unlisted as (
                 delete from registration_answers old
                 where old.registration_id = any($1)
                   and not exists (select from now where now.registration_id = old.registration_id
                                                     and now.key = old.key and now.value = old.value)
             )
             insert into registration_answers (registration_id, key, value, activity_id, ordinal)
             select registration_id, now.key, now.value, activity_id, ordinal from now join done using (registration_id)
             on conflict do nothing",
            record_ids,
            &of,
            &keys,
            &values
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

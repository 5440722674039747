//! The table `application_answers`: what the list of applications is filtered by, as it was handed in.

use async_trait::async_trait;
use form_versions::{
    Shelf,
    listing::{Row, Rows, Unlisted},
};
use kit::sealed::SealedColumn;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{application_forms::Tables, applications::answers::ANSWERS};

/// The rows of applications.
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
            r#"select application_id as record_id, organisation_id as form_id, form_version as "form_version!",
                      answers_sealed as "answers!"
               from applications
               where answers_sealed is not null and not answers_listed
                 and state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW', 'APPROVED', 'REJECTED')
               order by application_id limit $1 for update skip locked"#,
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
                 select * from unnest($2::uuid[], $3::text[], $4::text[]) as now (application_id, key, value)
             ), done as (
                 update applications set answers_listed = true where application_id = any($1)
                 returning application_id, organisation_id
             ), unlisted as (
                 delete from application_answers old
                 where old.application_id = any($1)
                   and not exists (select from now where now.application_id = old.application_id
                                                     and now.key = old.key and now.value = old.value)
             )
             insert into application_answers (application_id, key, value, organisation_id)
             select application_id, now.key, now.value, organisation_id from now join done using (application_id)
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

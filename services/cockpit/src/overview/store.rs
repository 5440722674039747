//! The SQL of the overview: six round trips (begin, four queries, commit), each limited to the scope.

use sqlx::{Connection as _, PgConnection};
use time::{Date, OffsetDateTime};

use super::{MAX_SOCIETIES, Numbers, Society, Sum};
use crate::{
    catalogue::{CATALOGUE, Metric},
    facts::{Province, SOURCES},
    freshness,
    reading::READ,
    scope::Scope,
};

/// Reads the data of an overview in one snapshot.
pub async fn read(
    conn: &mut PgConnection,
    scope: &Scope,
    computed_at: OffsetDateTime,
) -> Result<Numbers, sqlx::Error> {
    let today = kit::clock::business_date(computed_at);
    let mut tx = conn.begin_with(READ).await?;
    let sums = sums(&mut tx, scope, today).await?;
    let societies = societies(&mut tx, scope).await?;
    let province_names = province_names(&mut tx).await?;
    let freshness = freshness::store::read(&mut tx, &SOURCES).await?;
    tx.commit().await?;
    Ok(Numbers {
        sums,
        societies,
        province_names,
        freshness,
        computed_at,
    })
}

async fn sums(
    conn: &mut PgConnection,
    scope: &Scope,
    today: Date,
) -> Result<Vec<Sum>, sqlx::Error> {
    let metrics: Vec<&str> = CATALOGUE.iter().map(|d| d.name).collect();
    let rows = sqlx::query!(
        r#"with serving as (
               select generation from generations where state = 'serving'
           ), reached as (
               select o.organisation_id
               from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'
           ), parts as (
               select metric, province_code, organisation_id, value, 0 as today
               from totals join serving using (generation)
               union all
               -- One look into the index for each metric, instead of a walk through all days.
               select f.metric, f.province_code, f.organisation_id, 0, f.delta
               from serving cross join unnest($4::text[]) as asked (metric)
                    join facts f on f.generation = serving.generation and f.metric = asked.metric and f.day = $3
           )
           select metric as "metric!", province_code as "province_code!",
                  sum(value)::bigint as "value!", sum(today)::bigint as "today!"
           from parts
           where $2 or organisation_id in (select organisation_id from reached)
           group by metric, province_code"#,
        &scope.paths,
        scope.everything,
        today,
        &metrics as &[&str]
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        // A metric that was removed from the catalogue stays in the table until the next rebuild.
        let metric = Metric::by_name(&row.metric)?;
        let province = Province::by_code(&row.province_code)?;
        Some(Sum {
            metric,
            province,
            value: row.value,
            today: row.today,
        })
    });
    Ok(known.collect())
}

async fn societies(conn: &mut PgConnection, scope: &Scope) -> Result<Vec<Society>, sqlx::Error> {
    sqlx::query_as!(
        Society,
        r#"with reached as (
               select o.organisation_id
               from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'
           ), figures as (
               select organisation_id,
                      coalesce(sum(value) filter (where metric = $3), 0)::bigint as memberships,
                      coalesce(sum(value) filter (where metric = $4), 0)::bigint as applications,
                      coalesce(sum(value) filter (where metric = $5), 0)::bigint as activities
               from totals join generations using (generation)
               where state = 'serving' and metric in ($3, $4, $5)
                 and ($2 or organisation_id in (select organisation_id from reached))
               group by organisation_id
               order by memberships desc, applications desc, activities desc, organisation_id
               limit $6
           )
           select figures.organisation_id as "organisation_id!", o.name as "name?", memberships as "memberships!",
                  applications as "applications!", activities as "activities!"
           from figures left join access.organisations o using (organisation_id)
           order by memberships desc, applications desc, activities desc, figures.organisation_id"#,
        &scope.paths,
        scope.everything,
        Metric::MembershipsActive.name(),
        Metric::ApplicationsSubmitted.name(),
        Metric::ActivitiesPublished.name(),
        MAX_SOCIETIES
    )
    .fetch_all(conn)
    .await
}

async fn province_names(conn: &mut PgConnection) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!("select code, short_name from provinces")
        .fetch_all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.code, row.short_name))
        .collect())
}

/// A grant of a person with an open stream.
#[derive(Debug)]
pub struct Grant {
    /// The person.
    pub person_id: uuid::Uuid,
    /// The role.
    pub role: String,
    /// The path of the organisation on which it was given.
    pub path: String,
}

/// The grants of these people.
pub async fn grants_of(
    conn: &mut PgConnection,
    people: &[uuid::Uuid],
) -> Result<Vec<Grant>, sqlx::Error> {
    sqlx::query_as!(
        Grant,
        "select g.person_id, g.role, o.path
         from access.grants g join access.organisations o using (organisation_id)
         where g.person_id = any ($1)",
        people
    )
    .fetch_all(conn)
    .await
}

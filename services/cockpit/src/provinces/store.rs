//! The SQL of a province: one statement.

use sqlx::PgConnection;

use crate::{catalogue::Metric, facts::Province, scope::Scope};

/// One city in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// GB/T 2260 code; the province's own for facts without a known city.
    pub code: String,
    /// Its name; `None` for the province's own code.
    pub name: Option<String>,
    /// People registered.
    pub people: i64,
    /// Memberships in force.
    pub memberships: i64,
    /// Activities published.
    pub activities: i64,
    /// Attendances.
    pub attendances: i64,
}

/// The cities of a province with a number other than 0, the largest first.
pub async fn cities(
    conn: &mut PgConnection,
    scope: &Scope,
    province: Province,
) -> Result<Vec<City>, sqlx::Error> {
    sqlx::query_as!(
        City,
        r#"with reached as (
               select o.organisation_id
               from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'
           ), figures as (
               select city_code,
                      coalesce(sum(value) filter (where metric = $4), 0)::bigint as people,
                      coalesce(sum(value) filter (where metric = $5), 0)::bigint as memberships,
                      coalesce(sum(value) filter (where metric = $6), 0)::bigint as activities,
                      coalesce(sum(value) filter (where metric = $7), 0)::bigint as attendances
               from city_totals join generations using (generation)
               where state = 'serving' and metric in ($4, $5, $6, $7)
                 -- The codes of a province share their first two digits.
                 and city_code >= $3 and city_code < left($3, 2) || '9999' || '~'
                 and ($2 or organisation_id in (select organisation_id from reached))
               group by city_code
           )
           select city_code as "code!", name as "name?", people as "people!", memberships as "memberships!",
                  activities as "activities!", attendances as "attendances!"
           from figures left join cities on cities.code = city_code
           where people <> 0 or memberships <> 0 or activities <> 0 or attendances <> 0
           order by memberships desc, people desc, city_code"#,
        &scope.paths,
        scope.everything,
        province.code(),
        Metric::PeopleRegistered.name(),
        Metric::MembershipsActive.name(),
        Metric::ActivitiesPublished.name(),
        Metric::Attendances.name()
    )
    .fetch_all(conn)
    .await
}

/// The short name of a province.
pub async fn name(
    conn: &mut PgConnection,
    province: Province,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select short_name from provinces where code = $1",
        province.code()
    )
    .fetch_optional(conn)
    .await
}

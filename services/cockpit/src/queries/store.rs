//! The SQL of queries. Every statement limits itself to the caller's scope.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::Date;

use super::{Breakdown, Query};
use crate::{catalogue::Kind, facts::Province, scope::Scope};

/// A value with its key in the breakdown, and the key's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Value {
    /// Province code or organisation id; empty for the total.
    pub key: String,
    /// Name of the key.
    pub label: Option<String>,
    /// The number.
    pub value: i64,
}

/// The values of a query by province, by organisation or in total; the largest first, none zero, at most 1,000.
///
/// A stock is the present total less the facts after the end of the period, so that a query about the present, the usual one, reads hardly
/// any facts. A flow is the sum of the facts within the period.
pub async fn by_key(
    conn: &mut PgConnection,
    scope: &Scope,
    query: &Query,
) -> Result<Vec<Value>, sqlx::Error> {
    let key = match query.breakdown {
        Breakdown::Total | Breakdown::Day => "",
        Breakdown::Province => "province",
        Breakdown::Organisation => "organisation",
    };
    sqlx::query_as!(
        Value,
        r#"with serving as (
               select generation from generations where state = 'serving'
           ), reached as (
               select o.organisation_id
               from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'
           ), moved as (
               select province_code, organisation_id, value as amount
               from totals join serving using (generation)
               where $4 and metric = $3
               union all
               select province_code, organisation_id, -delta
               from facts join serving using (generation)
               where $4 and metric = $3 and day > $6
               union all
               select province_code, organisation_id, delta
               from facts join serving using (generation)
               where not $4 and metric = $3 and day between $5 and $6
           ), summed as (
               select case $8::text when 'province' then province_code
                                    when 'organisation' then organisation_id::text
                                    else '' end as key,
                      sum(amount)::bigint as value
               from moved
               where ($2 or organisation_id in (select organisation_id from reached))
                 and ($7::text is null or province_code = $7)
               group by 1
               having sum(amount) <> 0
               order by 2 desc, 1
               limit 1000
           )
           select summed.key as "key!", summed.value as "value!",
                  case $8::text when 'province' then (select short_name from provinces where code = summed.key)
                                when 'organisation' then (select name from access.organisations
                                                          where organisation_id = summed.key::uuid) end as label
           from summed
           order by summed.value desc, summed.key"#,
        &scope.paths,
        scope.everything,
        query.metric.name(),
        query.metric.definition().kind == Kind::Stock,
        query.from,
        query.to,
        query.province.map(Province::code),
        key
    )
    .fetch_all(conn)
    .await
}

/// The change of the metric on each day of the period with facts.
pub async fn moved_by_day(
    conn: &mut PgConnection,
    scope: &Scope,
    query: &Query,
) -> Result<BTreeMap<Date, i64>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with reached as (
               select o.organisation_id
               from unnest($1::text[]) as reach join access.organisations o on o.path >= reach and o.path < reach || '~'
           )
           select day, sum(delta)::bigint as "delta!"
           from facts join generations using (generation)
           where state = 'serving' and metric = $3 and day between $4 and $5
             and ($2 or organisation_id in (select organisation_id from reached))
             and ($6::text is null or province_code = $6)
           group by day"#,
        &scope.paths,
        scope.everything,
        query.metric.name(),
        query.from,
        query.to,
        query.province.map(Province::code)
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.day, row.delta)).collect())
}

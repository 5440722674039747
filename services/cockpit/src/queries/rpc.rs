//! The methods `ListMetrics` and `QueryMetric`.

use kit::{
    Call,
    errors::Result,
    wire::{date, parse_optional_date, parse_optional_id},
};
use proto_cockpit::v1 as wire;
use time::Date;

use super::{
    Breakdown,
    rules::{self, Requested},
    store,
};
use crate::{
    Cockpit,
    catalogue::{CATALOGUE, definition},
    facts::Province,
    freshness::{self, with_heads},
    reading::{READ, reach},
    scope::Scope,
};

/// The catalogue. It has definitions and no values, so it is the same for every caller.
pub fn list_metrics() -> wire::ListMetricsResponse {
    wire::ListMetricsResponse {
        metrics: CATALOGUE.iter().map(|d| definition(d.metric)).collect(),
    }
}

/// The values of a metric. Seven round trips to the database at most: the caller's reach, the organisation asked for (two), and, in one
/// snapshot, begin, values (two for stocks by day), freshness, commit.
pub async fn query_metric(
    cockpit: &Cockpit,
    call: Call<wire::QueryMetricRequest>,
) -> Result<wire::QueryMetricResponse> {
    let request = &call.message;
    let requested = Requested {
        metric: &request.metric,
        from: parse_optional_date("from_day", &request.from_day)?,
        to: parse_optional_date("to_day", &request.to_day)?,
        breakdown: breakdown(request.breakdown()),
        province_code: &request.province_code,
        organisation_id: parse_optional_id("organisation_id", &request.organisation_id)?,
    };
    let today = kit::clock::business_date(call.now);

    let mut conn = cockpit.db.read().await?;
    let mut scope = reach(&mut conn, &call).await?;
    let query = rules::query(&requested, today, scope.everything)
        .map_err(|e| e.into_problem(&request.metric))?;
    if let Some(id) = query.organisation_id {
        scope = below(&mut conn, &call, id).await?;
    }
    let mut tx = sqlx::Connection::begin_with(&mut *conn, READ).await?;
    let definition_of = query.metric.definition();
    let values = match query.breakdown {
        Breakdown::Day => {
            let moved = store::moved_by_day(&mut tx, &scope, &query).await?;
            let closing = match definition_of.kind {
                crate::catalogue::Kind::Stock => store::by_key(&mut tx, &scope, &query).await?,
                crate::catalogue::Kind::Flow => Vec::new(),
            };
            let closing = closing.first().map_or(0, |v| v.value);
            rules::by_day(definition_of.kind, query.from, query.to, &moved, closing)
                .into_iter()
                .map(|(day, value)| of_day(day, value))
                .collect()
        }
        Breakdown::Total => {
            let values = store::by_key(&mut tx, &scope, &query).await?;
            // Without a fact the value is 0.
            let value = values.first().map_or(0, |v| v.value);
            vec![wire::MetricValue {
                key: String::new(),
                label: String::new(),
                value,
            }]
        }
        Breakdown::Province | Breakdown::Organisation => {
            let values = store::by_key(&mut tx, &scope, &query).await?;
            values.into_iter().map(of_key).collect()
        }
    };
    let fresh = freshness::store::read(&mut tx, &definition_of.sources()).await?;
    tx.commit().await?;
    Ok(wire::QueryMetricResponse {
        metric: Some(definition(query.metric)),
        values,
        freshness: with_heads(fresh, &cockpit.heads),
    })
}

/// The scope of one organisation, for a caller who reaches it.
async fn below<T>(
    conn: &mut sqlx::PgConnection,
    call: &Call<T>,
    organisation_id: uuid::Uuid,
) -> Result<Scope> {
    call.require(&mut *conn, organisation_id).await?;
    let path = kit::access::store::path_of(conn, organisation_id).await?;
    // The organisation has a path, unless it was just deleted: then the scope is empty.
    Ok(path.map_or_else(
        || Scope {
            everything: false,
            paths: Vec::new(),
        },
        Scope::below,
    ))
}

fn breakdown(requested: wire::query_metric_request::Breakdown) -> Breakdown {
    use wire::query_metric_request::Breakdown as Wire;
    match requested {
        Wire::Unspecified | Wire::Total => Breakdown::Total,
        Wire::Day => Breakdown::Day,
        Wire::Province => Breakdown::Province,
        Wire::Organisation => Breakdown::Organisation,
    }
}

fn of_day(day: Date, value: i64) -> wire::MetricValue {
    wire::MetricValue {
        key: date(day),
        label: date(day),
        value,
    }
}

fn of_key(value: store::Value) -> wire::MetricValue {
    let label = match value.label {
        Some(label) => label,
        None if value.key == Province::UNKNOWN.code() => {
            crate::overview::UNKNOWN_PROVINCE.to_owned()
        }
        None => String::new(),
    };
    wire::MetricValue {
        key: value.key,
        label,
        value: value.value,
    }
}

//! The fixtures of the tests: a migrated database with organisations and people with roles.

use std::{collections::BTreeMap, sync::Arc};

use cockpit::{
    Cockpit, CockpitService, Service,
    catalogue::{CATALOGUE, Kind, Metric},
    overview::streams::Streams,
    periods::State,
    projection::Projection,
    rebuild::Rebuild,
};
use eventlog::{Event, Handler as _, Nudge};
use kit::{
    Routes,
    access::{Caller, ClientCaller, Organisation, Origin, PersonCaller},
    clock::Clock,
    crypto::Keys,
    db::Db,
};
use proto_cockpit::v1::{cockpit_client::CockpitClient, projection_client::ProjectionClient};
use sqlx::{AssertSqlSafe, PgPool};
pub use testkit::as_;
use testkit::{Database, Signing, Stage};
use time::Date;
use uuid::Uuid;

use crate::{
    histories::{Counts, Histories},
    world::ORGANISATIONS,
};

pub const CAST: Uuid = Uuid::from_u128(0x0a_0000_0000_7000_8000_0000_0000_0001);

pub async fn database() -> Database {
    testkit::database("cockpit", async |pool| {
        kit::lifecycle::migrate(pool, &<Service as kit::Service>::migrator()).await
    })
    .await
}

/// A cockpit on a database. Another one on the same database is another replica.
pub fn cockpit(pool: &PgPool, clock: Clock) -> Cockpit {
    Cockpit::new(Db::new(pool.clone(), Nudge::new()), clock)
}

/// A cockpit as it is served. Another one on the same database is another replica.
pub struct Served {
    /// The open streams.
    pub streams: Streams,
    stage: Stage,
}

impl Served {
    pub fn client(&self) -> CockpitClient<Signing> {
        CockpitClient::new(self.stage.channel.clone())
    }

    pub fn channel(&self) -> Signing {
        self.stage.channel.clone()
    }

    pub fn projection(&self) -> ProjectionClient<Signing> {
        ProjectionClient::new(self.stage.channel.clone())
    }
}

pub async fn service(cockpit: &Cockpit) -> Served {
    serve(cockpit, cockpit::query_routes).await
}

/// The same with sources for rebuilds.
pub async fn rebuilding(cockpit: &Cockpit, rebuild: Rebuild) -> Served {
    serve(cockpit, |service| cockpit::routes(service, rebuild)).await
}

async fn serve(cockpit: &Cockpit, routes: impl FnOnce(CockpitService) -> Routes) -> Served {
    let service = CockpitService::new(cockpit.clone());
    let streams = service.streams.clone();
    let keys = Keys::parse("1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
    let stage = testkit::serve(routes(service), &cockpit.db, &keys, &cockpit.clock).await;
    Served { streams, stage }
}

/// Applies events through the live projection, as one batch, in a transaction, and notifies `cockpit`.
pub async fn apply(cockpit: &Cockpit, events: &[Event]) {
    let projection = Projection::live(cockpit.changes.clone());
    let mut tx = cockpit.db.begin().await.unwrap();
    projection.apply_batch(&mut tx, events).await.unwrap();
    tx.commit().await.unwrap();
    let Some(last) = events.last() else { return };
    projection.committed(&last.source, last.position).await;
}

/// CAST; below it the societies A1 and A2; below A2 its branch A3.
pub async fn organisations(pool: &PgPool) {
    let [a1, a2, a3] = ORGANISATIONS;
    let root = format!("/{CAST}/");
    let mut conn = pool.acquire().await.unwrap();
    for (id, parent, name, path) in [
        (CAST, None, "中国科学技术协会", root.clone()),
        (a1, Some(CAST), "甲学会", format!("{root}{a1}/")),
        (a2, Some(CAST), "乙学会", format!("{root}{a2}/")),
        (a3, Some(a2), "乙学会丙分会", format!("{root}{a2}/{a3}/")),
    ] {
        let organisation = Organisation {
            organisation_id: id,
            parent_id: parent,
            code: String::new(),
            name: name.into(),
            kind: "NATIONAL_SOCIETY".into(),
            division_code: String::new(),
            subject_class: "SCIENCE".into(),
            path,
        };
        kit::access::put_organisation(&mut conn, &organisation)
            .await
            .unwrap();
    }
}

/// A person with a role on an organisation.
pub async fn person_with(pool: &PgPool, role: &str, organisation_id: Uuid) -> Caller {
    let person_id = Uuid::now_v7();
    let mut conn = pool.acquire().await.unwrap();
    kit::access::put_grant(&mut conn, Uuid::now_v7(), person_id, role, organisation_id)
        .await
        .unwrap();
    person(person_id)
}

pub async fn leader(pool: &PgPool) -> Caller {
    person_with(pool, "headquarters.leader", CAST).await
}

/// A person without a role.
pub fn outsider() -> Caller {
    person(Uuid::now_v7())
}

fn person(person_id: Uuid) -> Caller {
    Caller::Person(PersonCaller {
        person_id,
        account_id: Uuid::now_v7(),
        session_id: None,
        person_number: String::new(),
        name: None,
        verified: true,
        grants: Vec::new(),
        origin: Origin::default(),
        subject_check: Default::default(),
    })
}

pub fn system_of(organisation_id: Uuid, scope: &str) -> Caller {
    Caller::Client(ClientCaller {
        client_id: Uuid::now_v7(),
        organisation_id,
        scopes: vec![scope.to_owned()],
        organisation_path: None,
        origin: Origin::default(),
    })
}

/// The stable reason of a refusal.
pub fn reason(status: &tonic::Status) -> String {
    use tonic_types::StatusExt as _;
    status
        .get_error_details()
        .error_info()
        .map(|info| info.reason.clone())
        .unwrap_or_default()
}

/// A metric by the serving facts: a stock at the end of the day, a flow on the day.
pub async fn facts(pool: &PgPool, metric: Metric, on: Date) -> Counts {
    let stock = metric.definition().kind == Kind::Stock;
    let rows: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "select province_code, organisation_id, sum(delta)::bigint
         from facts join generations using (generation)
         where state = 'serving' and metric = $1 and (day = $2 or ($3 and day < $2))
         group by 1, 2 having sum(delta) <> 0",
    )
    .bind(metric.name())
    .bind(on)
    .bind(stock)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(province, organisation, n)| ((province, organisation), n))
        .collect()
}

/// A metric by the serving totals.
async fn totals(pool: &PgPool, metric: Metric) -> Counts {
    let rows: Vec<(String, Uuid, i64)> = sqlx::query_as(
        "select province_code, organisation_id, value from totals join generations using (generation)
         where state = 'serving' and metric = $1 and value <> 0",
    )
    .bind(metric.name())
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(province, organisation, n)| ((province, organisation), n))
        .collect()
}

/// A metric by the serving periods, by division as precise as it is known: a stock at the end of the day, a flow on the day.
async fn periods(pool: &PgPool, metric: Metric, on: Date) -> Counts {
    let state = State::of(metric);
    let sum = match metric {
        Metric::CreditedMinutes => "sum(amount)",
        Metric::MembershipsJoined => "count(*) filter (where first)",
        _ => "count(*)",
    };
    let when = match metric.definition().kind {
        Kind::Stock => "begun <= $2 and (ended is null or ended > $2)",
        Kind::Flow => "begun = $2",
    };
    let rows: Vec<(String, Uuid, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "select lpad(division::text, 6, '0'), organisation_id, {sum}::bigint
         from periods join generations using (generation)
         where generations.state = 'serving' and periods.state = $1 and {when}
         group by 1, 2 having {sum} <> 0"
    )))
    .bind(state.code())
    .bind(on)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(division, organisation, n)| ((division, organisation), n))
        .collect()
}

/// A division as the periods have it.
fn division(code: &str) -> String {
    match code {
        "" => "000000".to_owned(),
        code => code.to_owned(),
    }
}

/// Fails unless facts, totals and periods equal the recount for every metric and day.
pub async fn assert_equal_to_recount(pool: &PgPool, histories: &Histories) {
    for definition in CATALOGUE {
        let metric = definition.metric;
        let mut all: Counts = BTreeMap::new();
        for day in &histories.days {
            let expected = histories.recount(metric, *day);
            assert_eq!(
                facts(pool, metric, *day).await,
                expected,
                "{} on {day}",
                definition.name
            );
            assert_eq!(
                periods(pool, metric, *day).await,
                histories.recount_by(division, metric, *day),
                "the periods of {} on {day}",
                definition.name
            );
            match definition.kind {
                Kind::Stock => all = expected,
                Kind::Flow => {
                    for (key, n) in expected {
                        *all.entry(key).or_default() += n;
                    }
                }
            }
        }
        assert_eq!(
            totals(pool, metric).await,
            all,
            "the totals of {}",
            definition.name
        );
    }
}

/// Waits until something holds, for at most half a minute.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

/// Arc of a projection for tests that run consumers.
pub fn live_projection(cockpit: &Cockpit) -> Arc<Projection> {
    Arc::new(Projection::live(cockpit.changes.clone()))
}

//! `ListMetrics` and `QueryMetric`: numbers over a period, and invalid queries.

use cockpit::catalogue::{CATALOGUE, Kind, Metric};
use kit::{access::Caller, clock::Clock};
use proto_cockpit::v1::{
    ListMetricsRequest, MetricValue, QueryMetricRequest, QueryMetricResponse,
    query_metric_request::Breakdown,
};
use testkit::Database;
use time::{Date, OffsetDateTime};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    consuming::choices,
    histories::Histories,
    stage::{self, Served, as_},
    world::{ORGANISATIONS, World},
};

pub struct Played {
    pub database: Database,
    pub service: Served,
    pub leader: Caller,
    pub histories: Histories,
    pub today: Date,
}

pub async fn played() -> Played {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let world = World::played(&choices(2_000));
    let now: OffsetDateTime = world.log.last().unwrap().occurred_at;
    let cockpit = stage::cockpit(&database.pool, Clock::fixed(now));
    cockpit::load_seeds(
        &cockpit.db,
        std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds")),
    )
    .await
    .unwrap();
    let mut histories = Histories::default();
    for source in cockpit::facts::SOURCES {
        stage::apply(&cockpit, &world.log_of(source)).await;
    }
    for event in &world.log {
        histories.add(event);
    }
    Played {
        leader: stage::leader(&database.pool).await,
        service: stage::service(&cockpit).await,
        histories,
        today: kit::clock::business_date(now),
        database,
    }
}

impl Played {
    async fn ask(&self, request: QueryMetricRequest) -> Result<QueryMetricResponse, Status> {
        Ok(self
            .service
            .client()
            .query_metric(as_(&self.leader, request))
            .await?
            .into_inner())
    }

    async fn values(
        &self,
        metric: Metric,
        breakdown: Breakdown,
        from: Date,
        to: Date,
    ) -> Vec<MetricValue> {
        let request = QueryMetricRequest {
            metric: metric.name().into(),
            breakdown: breakdown.into(),
            from_day: kit::wire::date(from),
            to_day: kit::wire::date(to),
            ..Default::default()
        };
        self.ask(request).await.unwrap().values
    }

    /// The number of a metric over a period, by recount: all provinces and organisations together.
    fn recount(&self, metric: Metric, from: Date, to: Date) -> i64 {
        let sum = |day| self.histories.recount(metric, day).values().sum::<i64>();
        match metric.definition().kind {
            Kind::Stock => sum(to),
            Kind::Flow => {
                let mut days = std::iter::successors(Some(from), |day| day.next_day())
                    .take_while(|day| *day <= to);
                days.by_ref().map(sum).sum()
            }
        }
    }
}

#[tokio::test]
async fn every_metric_over_any_period_is_what_a_recount_says() {
    let played = played().await;
    let first = *played.histories.days.first().unwrap();
    let middle = first + (played.today - first) / 2;
    for definition in CATALOGUE {
        let metric = definition.metric;
        for (from, to) in [
            (first, played.today),
            (first, middle),
            (middle, middle),
            (middle, played.today),
        ] {
            let expected = played.recount(metric, from, to);
            let total = played.values(metric, Breakdown::Total, from, to).await;
            assert_eq!(total.len(), 1);
            assert_eq!(
                total[0].value, expected,
                "{} {from} – {to}",
                definition.name
            );

            let days = played.values(metric, Breakdown::Day, from, to).await;
            assert_eq!(days.len() as i64, (to - from).whole_days() + 1);
            for (value, day) in days
                .iter()
                .zip(std::iter::successors(Some(from), |day| day.next_day()))
            {
                assert_eq!(value.key, kit::wire::date(day));
                assert_eq!(
                    value.value,
                    played.recount(metric, day, day),
                    "{} on {day}",
                    definition.name
                );
            }

            let provinces = played.values(metric, Breakdown::Province, from, to).await;
            assert_eq!(
                provinces.iter().map(|v| v.value).sum::<i64>(),
                expected,
                "{}",
                definition.name
            );
            assert!(provinces.is_sorted_by_key(|v| -v.value));
        }
    }
}

#[tokio::test]
async fn provinces_and_organisations_bear_their_names() {
    let played = played().await;
    let first = *played.histories.days.first().unwrap();
    let provinces = played
        .values(
            Metric::PeopleRegistered,
            Breakdown::Province,
            first,
            played.today,
        )
        .await;
    let name = |key: &str| {
        provinces
            .iter()
            .find(|v| v.key == key)
            .map(|v| v.label.as_str())
    };
    assert_eq!(name("440000"), Some("广东"));
    assert_eq!(name("000000"), Some("未归属省份"));
    let organisations = played
        .values(
            Metric::MembershipsJoined,
            Breakdown::Organisation,
            first,
            played.today,
        )
        .await;
    let society = organisations
        .iter()
        .find(|v| v.key == ORGANISATIONS[0].to_string())
        .unwrap();
    assert_eq!(society.label, "甲学会");
}

#[tokio::test]
async fn a_province_alone_is_part_of_the_whole() {
    let played = played().await;
    let first = *played.histories.days.first().unwrap();
    let whole = played
        .values(Metric::SeatsTaken, Breakdown::Province, first, played.today)
        .await;
    for part in whole {
        for breakdown in [Breakdown::Total, Breakdown::Day] {
            let request = QueryMetricRequest {
                metric: "seats_taken".into(),
                province_code: part.key.clone(),
                breakdown: breakdown.into(),
                ..Default::default()
            };
            let values = played.ask(request).await.unwrap().values;
            assert_eq!(
                values.last().unwrap().value,
                part.value,
                "{} {breakdown:?}",
                part.key
            );
        }
    }
}

#[tokio::test]
async fn an_answer_has_its_definition_and_freshness() {
    let played = played().await;
    let request = QueryMetricRequest {
        metric: "attendances".into(),
        ..Default::default()
    };
    let answer = played.ask(request).await.unwrap();
    let metric = answer.metric.unwrap();
    assert_eq!(
        (metric.metric.as_str(), metric.unit.as_str(), metric.stock),
        ("attendances", "attendances", false)
    );
    assert!(!metric.definition_zh.is_empty());
    assert_eq!(answer.freshness.len(), 1);
    assert_eq!(answer.freshness[0].source, "events");
    assert!(answer.freshness[0].last_fact_at.is_some());

    let listed = played
        .service
        .client()
        .list_metrics(as_(&played.leader, ListMetricsRequest {}))
        .await
        .unwrap();
    assert_eq!(listed.into_inner().metrics.len(), CATALOGUE.len());
}

#[tokio::test]
async fn invalid_queries_are_refused_with_their_field() {
    let played = played().await;
    let ask = |change: fn(&mut QueryMetricRequest)| {
        let mut request = QueryMetricRequest {
            metric: "attendances".into(),
            ..Default::default()
        };
        change(&mut request);
        played.ask(request)
    };
    let unknown = ask(|r| r.metric = "nonsense".into()).await.unwrap_err();
    assert_eq!(stage::reason(&unknown), "METRIC_UNKNOWN");

    for (field, change) in [
        (
            "from_day",
            (|r| r.from_day = "2026-02-30".into()) as fn(&mut QueryMetricRequest),
        ),
        ("to_day", |r| r.to_day = "tomorrow".into()),
        ("to_day", |r| r.to_day = "0001-01-01".into()),
        ("from_day", |r| {
            (r.from_day, r.to_day) = ("2026-02-02".into(), "2026-02-01".into())
        }),
        ("from_day", |r| {
            (r.from_day, r.to_day) = ("2020-01-01".into(), "2026-01-01".into())
        }),
        ("province_code", |r| r.province_code = "990000".into()),
        ("organisation_id", |r| r.organisation_id = "no id".into()),
        ("breakdown", |r| {
            r.metric = "people_registered".into();
            r.breakdown = Breakdown::Organisation.into();
        }),
    ] {
        let status = ask(change).await.unwrap_err();
        assert_eq!(stage::reason(&status), "INVALID_ARGUMENT", "{field}");
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, field);
    }
}

#[tokio::test]
async fn the_limits_of_the_calendar_are_answered() {
    let played = played().await;
    for (to, expected) in [("9999-12-31", true), ("0002-01-01", false)] {
        let request = QueryMetricRequest {
            metric: "people_registered".into(),
            to_day: to.into(),
            breakdown: Breakdown::Day.into(),
            ..Default::default()
        };
        let values = played.ask(request).await.unwrap().values;
        assert_eq!(values.len(), 31);
        assert_eq!(values.last().unwrap().value > 0, expected, "{to}");
    }
}

//! `QuerySlices`: every slice equals a recount of the rows by SQL, which has no bitmaps; the index follows; rights.

use std::collections::BTreeMap;

use cockpit::{
    Cockpit,
    catalogue::{CATALOGUE, Kind, Metric},
    periods::State,
};
use kit::{access::Caller, clock::Clock};
use proto_cockpit::v1::{
    QuerySlicesRequest, QuerySlicesResponse, SliceCell,
    query_slices_request::{Compare, Grain},
};
use sqlx::{AssertSqlSafe, PgPool};
use testkit::Database;
use time::{Date, Duration};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    consuming::choices,
    stage::{self, CAST, Served, as_},
    world::{ORGANISATIONS, World},
};

struct Told {
    database: Database,
    cockpit: Cockpit,
    service: Served,
    leader: Caller,
    world: World,
    today: Date,
}

/// A cockpit that has heard the first `many` events.
async fn told(many: usize) -> Told {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let world = World::played(&choices(3_000));
    let now = world.log.last().unwrap().occurred_at;
    let cockpit = stage::cockpit(&database.pool, Clock::fixed(now));
    let told = Told {
        leader: stage::leader(&database.pool).await,
        service: stage::service(&cockpit).await,
        today: kit::clock::business_date(now),
        database,
        cockpit,
        world,
    };
    told.hear(0, many).await;
    told
}

impl Told {
    async fn hear(&self, from: usize, to: usize) {
        for source in cockpit::facts::SOURCES {
            let events: Vec<_> = self.world.log[from..to]
                .iter()
                .filter(|event| event.source == source)
                .cloned()
                .collect();
            stage::apply(&self.cockpit, &events).await;
        }
    }

    async fn ask_as(
        &self,
        caller: &Caller,
        request: QuerySlicesRequest,
    ) -> Result<QuerySlicesResponse, Status> {
        let answer = self
            .service
            .client()
            .query_slices(as_(caller, request))
            .await?;
        Ok(answer.into_inner())
    }

    async fn ask(&self, request: QuerySlicesRequest) -> QuerySlicesResponse {
        self.ask_as(&self.leader, request).await.unwrap()
    }
}

/// The expression of a dimension in a recount.
fn expression(dimension: &str, year: i32) -> String {
    let named = |column: &str, names: &[&str]| {
        let cases: String = (1..)
            .zip(names)
            .map(|(number, name)| format!(" when {number} then '{name}'"))
            .collect();
        format!("case {column}{cases} else 'UNKNOWN' end")
    };
    match dimension {
        "province" => "lpad((division / 10000 * 10000)::text, 6, '0')".into(),
        "city" => "lpad(case when division / 10000 in (11, 12, 31, 50) or division / 100 % 100 = 90 then division
                             else division / 100 * 100 end::text, 6, '0')"
            .into(),
        "county" => "lpad(division::text, 6, '0')".into(),
        "organisation" => "organisation_id::text".into(),
        "organisation_kind" => "o.kind".into(),
        "subject_class" => "o.subject_class".into(),
        "category" => named("category", &["ORDINARY", "STUDENT", "SENIOR"]),
        "activity_kind" => named(
            "activity_kind",
            &["ACADEMIC_MEETING", "LECTURE", "POPULAR_SCIENCE", "TRAINING", "VOLUNTEERING"],
        ),
        "gender" => named("d.gender", &["MALE", "FEMALE"]),
        "age_band" => format!(
            "case when d.birth_year is null then 'UNKNOWN' when {year} - d.birth_year < 18 then 'UNDER_18'
                  when {year} - d.birth_year < 25 then '18_24' when {year} - d.birth_year < 35 then '25_34'
                  when {year} - d.birth_year < 45 then '35_44' when {year} - d.birth_year < 55 then '45_54'
                  when {year} - d.birth_year < 65 then '55_64' else '65_AND_OVER' end"
        ),
        other => panic!("{other}"),
    }
}

/// Keys of a group, its value and its people.
type Groups = BTreeMap<Vec<String>, (i64, i64)>;

async fn recount(pool: &PgPool, metric: Metric, by: &[&str], from: Date, to: Date) -> Groups {
    let value = match metric {
        Metric::CreditedMinutes => "sum(amount)",
        _ => "count(*)",
    };
    let when = match (metric.definition().kind, metric) {
        (Kind::Stock, _) => "begun <= $3 and (ended is null or ended > $3) and $2 is not null",
        (_, Metric::MembershipsJoined) => "begun between $2 and $3 and first",
        _ => "begun between $2 and $3",
    };
    let keys: Vec<String> = by.iter().map(|d| expression(d, to.year())).collect();
    let list = keys.join(", ");
    let rows: Vec<(Vec<String>, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "select array[{list}]::text[], {value}::bigint, count(distinct p.person)::bigint
         from periods p join generations g using (generation)
              left join person_descriptions d on d.generation = p.generation and d.person = p.person
              left join access.organisations o using (organisation_id)
         where g.state = 'serving' and p.state = $1 and {when}
         group by 1"
    )))
    .bind(State::of(metric).code())
    .bind(from)
    .bind(to)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(keys, value, people)| (keys, (value, people)))
        .collect()
}

fn groups(answer: &QuerySlicesResponse) -> Groups {
    answer
        .groups
        .iter()
        .map(|group| {
            let cell = group.cell.as_ref().unwrap();
            (
                group.keys.clone(),
                (cell.value, cell.people.unwrap_or_default()),
            )
        })
        .collect()
}

fn request(metric: Metric, by: &[&str], from: Date, to: Date) -> QuerySlicesRequest {
    QuerySlicesRequest {
        metric: metric.name().into(),
        group_by: by.iter().map(|d| (*d).to_owned()).collect(),
        from_day: kit::wire::date(from),
        to_day: kit::wire::date(to),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_slice_equals_a_recount_of_the_rows() {
    let told = told(World::played(&choices(3_000)).log.len()).await;
    let pool = &told.database.pool;
    let mut shared = 0;
    for definition in CATALOGUE {
        let metric = definition.metric;
        for (back, length) in [(0, 40), (7, 3), (400, 20)] {
            let to = told.today - Duration::days(back);
            let from = to - Duration::days(length);
            let total = told
                .ask(request(metric, &[], from, to))
                .await
                .total
                .unwrap();
            let expected = recount(pool, metric, &[], from, to).await;
            let expected = expected.values().next().copied().unwrap_or_default();
            assert_eq!(
                (total.value, total.people.unwrap_or_default()),
                expected,
                "{} until {to}",
                definition.name
            );
            shared += usize::from(
                total
                    .people
                    .is_some_and(|people| 0 < people && people < total.value),
            );
            for (at, one) in definition.slices.iter().enumerate() {
                let other = definition.slices[(at + 3) % definition.slices.len()];
                for by in [vec![*one], vec![*one, other]] {
                    // Facts about people belong to no organisation, and those have no kind.
                    let found = groups(&told.ask(request(metric, &by, from, to)).await);
                    let expected = recount(pool, metric, &by, from, to).await;
                    assert_eq!(found, expected, "{} by {by:?} until {to}", definition.name);
                }
            }
        }
    }
    assert!(shared > 5, "there are people with more than one period");
}

/// What was asked of a past day stays, whatever happens later; and the index has what was heard since it was built.
#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_and_the_past_stays() {
    let all = World::played(&choices(3_000)).log.len();
    let told = told(all / 2).await;
    let metric = Metric::MembershipsActive;
    let then = kit::clock::business_date(told.world.log[all / 2].occurred_at) - Duration::days(1);
    let by = ["organisation", "category"];
    let before = told.ask(request(metric, &by, then, then)).await;
    let now = request(metric, &["gender"], told.today, told.today);
    let half = told.ask(now.clone()).await;
    // In small pieces: begun, ended and described between two questions.
    let mut from = all / 2;
    while from < all {
        let to = all.min(from + 97);
        told.hear(from, to).await;
        let found = groups(&told.ask(now.clone()).await);
        let expected = recount(
            &told.database.pool,
            metric,
            &["gender"],
            told.today,
            told.today,
        )
        .await;
        assert_eq!(found, expected, "after {to} events");
        from = to;
    }
    assert_ne!(groups(&half), groups(&told.ask(now).await));
    let after = told.ask(request(metric, &by, then, then)).await;
    assert!(before.total.as_ref().is_some_and(|total| total.value > 0));
    assert_eq!((before.total, before.groups), (after.total, after.groups));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_course_and_a_comparison_are_those_of_their_days() {
    let told = told(World::played(&choices(3_000)).log.len()).await;
    let pool = &told.database.pool;
    for metric in [Metric::MembershipsActive, Metric::Attendances] {
        let to = told.today;
        let from = to - Duration::days(20);
        let answer = told
            .ask(QuerySlicesRequest {
                grain: Grain::Week.into(),
                compare: Compare::PreviousPeriod.into(),
                ..request(metric, &["organisation"], from, to)
            })
            .await;
        assert!(answer.points.len() >= 3);
        for point in &answer.points {
            let day = |text: &str| {
                kit::wire::parse_optional_date("day", text)
                    .unwrap()
                    .unwrap()
            };
            let (from, to) = (day(&point.from_day), day(&point.to_day));
            let expected = recount(pool, metric, &[], from, to).await;
            let expected = expected.values().next().copied().unwrap_or_default();
            assert_eq!(
                (point.value, point.people.unwrap()),
                expected,
                "{metric:?} {to}"
            );
        }
        let (before_from, before_to) = (from - Duration::days(21), from - Duration::days(1));
        assert_eq!(answer.compared_to_day, kit::wire::date(before_to));
        let before = recount(pool, metric, &["organisation"], before_from, before_to).await;
        for group in &answer.groups {
            let SliceCell {
                compared_value,
                compared_people,
                ..
            } = *group.cell.as_ref().unwrap();
            let expected = before.get(&group.keys).copied().unwrap_or_default();
            assert_eq!(
                (compared_value.unwrap(), compared_people.unwrap()),
                expected
            );
            assert_eq!(group.points.len(), answer.points.len());
            assert_eq!(
                group.points.last().map(|p| p.to_day.clone()),
                Some(answer.to_day.clone())
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_hold_together() {
    let told = told(World::played(&choices(3_000)).log.len()).await;
    let metric = Metric::SeatsTaken;
    let by = ["province", "activity_kind"];
    let all = groups(&told.ask(request(metric, &by, told.today, told.today)).await);
    let expected: i64 = all
        .iter()
        .filter(|(keys, _)| {
            ["110000", "440000"].contains(&keys[0].as_str()) && keys[1] == "LECTURE"
        })
        .map(|(_, (value, _))| value)
        .sum();
    let answer = told
        .ask(QuerySlicesRequest {
            filters: vec![
                "province=110000,440000".into(),
                "activity_kind=LECTURE".into(),
            ],
            ..request(metric, &[], told.today, told.today)
        })
        .await;
    assert!(expected > 0);
    assert_eq!(answer.total.unwrap().value, expected);
    // Society A2 and its branch A3.
    let [_, own, branch] = ORGANISATIONS;
    let below = told
        .ask(QuerySlicesRequest {
            filters: vec![format!("organisation={own}")],
            ..request(metric, &["organisation"], told.today, told.today)
        })
        .await;
    let keys: Vec<&str> = below.groups.iter().map(|g| g.keys[0].as_str()).collect();
    assert_eq!(keys.len(), 2);
    for id in [own, branch] {
        assert!(keys.contains(&id.to_string().as_str()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_told_of_what_they_reach_alone() {
    let told = told(World::played(&choices(3_000)).log.len()).await;
    let pool = &told.database.pool;
    let [other, own, branch] = ORGANISATIONS;
    let analyst = stage::person_with(pool, "society.analyst", own).await;
    let metric = Metric::MembershipsActive;
    let answer = told
        .ask_as(
            &analyst,
            request(metric, &["organisation"], told.today, told.today),
        )
        .await
        .unwrap();
    let mut sum = 0;
    for (keys, (value, _)) in groups(&answer) {
        assert!([own, branch].map(|id| id.to_string()).contains(&keys[0]));
        sum += value;
    }
    assert!(sum > 0);
    assert_eq!(answer.total.unwrap().value, sum);
    for (id, reason) in [(other, "PERMISSION_DENIED"), (CAST, "PERMISSION_DENIED")] {
        let refused = told
            .ask_as(
                &analyst,
                QuerySlicesRequest {
                    filters: vec![format!("organisation={id}")],
                    ..request(metric, &[], told.today, told.today)
                },
            )
            .await
            .unwrap_err();
        assert_eq!(stage::reason(&refused), reason);
    }
    let refused = told
        .ask_as(
            &analyst,
            request(Metric::PeopleRegistered, &[], told.today, told.today),
        )
        .await
        .unwrap_err();
    assert_eq!(stage::reason(&refused), "METRIC_OUT_OF_REACH");
    let refused = told
        .ask_as(
            &stage::outsider(),
            request(metric, &[], told.today, told.today),
        )
        .await
        .unwrap_err();
    assert_eq!(stage::reason(&refused), "PERMISSION_DENIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_refused_with_their_field() {
    let told = told(10).await;
    let day = told.today;
    let good = || request(Metric::MembershipsActive, &[], day, day);
    for (bad, field) in [
        (
            QuerySlicesRequest {
                group_by: vec!["colour".into()],
                ..good()
            },
            "group_by",
        ),
        (
            QuerySlicesRequest {
                group_by: vec!["gender".into(); 2],
                ..good()
            },
            "group_by",
        ),
        (
            QuerySlicesRequest {
                filters: vec!["gender=male".into()],
                ..good()
            },
            "filters",
        ),
        (
            QuerySlicesRequest {
                filters: vec!["activity_kind=LECTURE".into()],
                ..good()
            },
            "filters",
        ),
        (
            QuerySlicesRequest {
                from_day: "2027-01-01".into(),
                to_day: "2026-01-01".into(),
                ..good()
            },
            "from_day",
        ),
        (
            QuerySlicesRequest {
                from_day: "1900-01-01".into(),
                grain: Grain::Day.into(),
                ..good()
            },
            "grain",
        ),
        (
            QuerySlicesRequest {
                to_day: "2026-02-30".into(),
                ..good()
            },
            "to_day",
        ),
    ] {
        let refused = told.ask_as(&told.leader, bad).await.unwrap_err();
        let details = refused.get_error_details();
        let fields: Vec<_> = details
            .bad_request()
            .unwrap()
            .field_violations
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(fields, [field]);
    }
    let unknown = QuerySlicesRequest {
        metric: "people".into(),
        ..good()
    };
    let refused = told.ask_as(&told.leader, unknown).await.unwrap_err();
    assert_eq!(stage::reason(&refused), "METRIC_UNKNOWN");
}

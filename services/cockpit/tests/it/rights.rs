//! The scope of what callers see.

use kit::{access::Caller, clock::Clock};
use proto_cockpit::v1::{
    GetOverviewRequest, ListPlanIndicatorsRequest, Overview, QueryMetricRequest,
    QueryMetricResponse, WatchOverviewRequest, query_metric_request::Breakdown,
};
use testkit::Database;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    consuming::choices,
    histories::Histories,
    stage::{self, CAST, Served, as_},
    world::{ORGANISATIONS, World},
};

struct Played {
    database: Database,
    service: Served,
    histories: Histories,
}

async fn played() -> Played {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let world = World::played(&choices(2_500));
    let clock = Clock::fixed(world.log.last().unwrap().occurred_at);
    let cockpit = stage::cockpit(&database.pool, clock);
    let mut histories = Histories::default();
    for source in cockpit::facts::SOURCES {
        stage::apply(&cockpit, &world.log_of(source)).await;
    }
    for event in &world.log {
        histories.add(event);
    }
    Played {
        service: stage::service(&cockpit).await,
        database,
        histories,
    }
}

impl Played {
    /// Memberships in force of these organisations, by recount.
    fn memberships(&self, organisations: &[Uuid]) -> i64 {
        let last = *self.histories.days.last().unwrap();
        let all = self
            .histories
            .recount(cockpit::catalogue::Metric::MembershipsActive, last);
        let of_them = all.iter().filter(|((_, of), _)| organisations.contains(of));
        of_them.map(|(_, n)| n).sum()
    }

    async fn overview(&self, caller: &Caller) -> Result<Overview, Status> {
        Ok(self
            .service
            .client()
            .get_overview(as_(caller, GetOverviewRequest {}))
            .await?
            .into_inner())
    }

    async fn query(
        &self,
        caller: &Caller,
        request: QueryMetricRequest,
    ) -> Result<QueryMetricResponse, Status> {
        Ok(self
            .service
            .client()
            .query_metric(as_(caller, request))
            .await?
            .into_inner())
    }

    async fn total(
        &self,
        caller: &Caller,
        metric: &str,
        organisation: &str,
    ) -> Result<i64, Status> {
        let request = QueryMetricRequest {
            metric: metric.into(),
            organisation_id: organisation.into(),
            ..Default::default()
        };
        let values = self.query(caller, request).await?.values;
        assert_eq!(values.len(), 1);
        Ok(values[0].value)
    }
}

fn figure(overview: &Overview, metric: &str) -> Option<i64> {
    overview
        .figures
        .iter()
        .find(|f| f.metric == metric)
        .map(|f| f.value)
}

#[tokio::test]
async fn a_leader_sees_everything() {
    let played = played().await;
    let leader = stage::leader(&played.database.pool).await;
    let all = played.memberships(&ORGANISATIONS);
    assert!(all > 3);

    let overview = played.overview(&leader).await.unwrap();
    assert_eq!(figure(&overview, "memberships_active"), Some(all));
    assert!(figure(&overview, "people_registered").unwrap() > 0);
    assert_eq!(overview.societies.len(), 3);
    assert_eq!(
        overview
            .provinces
            .iter()
            .map(|p| p.memberships)
            .sum::<i64>(),
        all
    );
    assert_eq!(
        Some(overview.provinces.iter().map(|p| p.people).sum::<i64>()),
        figure(&overview, "people_registered")
    );
    assert_eq!(
        played
            .total(&leader, "memberships_active", "")
            .await
            .unwrap(),
        all
    );
    let one = ORGANISATIONS[0];
    let of_one = played
        .total(&leader, "memberships_active", &one.to_string())
        .await
        .unwrap();
    assert_eq!(of_one, played.memberships(&[one]));
}

#[tokio::test]
async fn a_leader_also_sees_facts_of_organisations_that_are_not_known_yet() {
    let played = played().await;
    let leader = stage::leader(&played.database.pool).await;
    sqlx::query("delete from access.organisations where organisation_id = $1")
        .bind(ORGANISATIONS[0])
        .execute(&played.database.pool)
        .await
        .unwrap();
    let all = played.memberships(&ORGANISATIONS);
    assert_eq!(
        played
            .total(&leader, "memberships_active", "")
            .await
            .unwrap(),
        all
    );
    let overview = played.overview(&leader).await.unwrap();
    assert_eq!(
        overview
            .societies
            .iter()
            .map(|s| s.memberships)
            .sum::<i64>(),
        all
    );
    assert!(overview.societies.iter().any(|s| s.name.is_empty()));
}

#[tokio::test]
async fn an_analyst_sees_the_society_and_what_is_below_it_and_nothing_else() {
    let played = played().await;
    let [other, own, branch] = ORGANISATIONS;
    let analyst = stage::person_with(&played.database.pool, "society.analyst", own).await;
    let reached = played.memberships(&[own, branch]);
    assert!(played.memberships(&[other]) > 0 && played.memberships(&[branch]) > 0);

    let overview = played.overview(&analyst).await.unwrap();
    assert_eq!(figure(&overview, "memberships_active"), Some(reached));
    assert_eq!(figure(&overview, "people_registered"), None);
    assert_eq!(figure(&overview, "people_verified"), None);
    assert!(overview.provinces.iter().all(|p| p.people == 0));
    assert_eq!(
        overview
            .provinces
            .iter()
            .map(|p| p.memberships)
            .sum::<i64>(),
        reached
    );
    let seen: Vec<_> = overview
        .societies
        .iter()
        .map(|s| s.organisation_id.clone())
        .collect();
    assert!(!seen.contains(&other.to_string()), "{seen:?}");

    assert_eq!(
        played
            .total(&analyst, "memberships_active", "")
            .await
            .unwrap(),
        reached
    );
    let of_branch = played
        .total(&analyst, "memberships_active", &branch.to_string())
        .await
        .unwrap();
    assert_eq!(of_branch, played.memberships(&[branch]));
    let by = QueryMetricRequest {
        metric: "memberships_active".into(),
        breakdown: Breakdown::Organisation.into(),
        ..Default::default()
    };
    let keys: Vec<_> = played
        .query(&analyst, by)
        .await
        .unwrap()
        .values
        .into_iter()
        .map(|v| v.key)
        .collect();
    assert!(
        keys.len() == 2 && !keys.contains(&other.to_string()),
        "{keys:?}"
    );
    for breakdown in [Breakdown::Day, Breakdown::Province] {
        let by = QueryMetricRequest {
            metric: "memberships_active".into(),
            breakdown: breakdown.into(),
            ..Default::default()
        };
        let values = played.query(&analyst, by).await.unwrap().values;
        let sum = match breakdown {
            Breakdown::Day => values.last().unwrap().value,
            _ => values.iter().map(|v| v.value).sum(),
        };
        assert_eq!(sum, reached, "{breakdown:?}");
    }
}

#[tokio::test]
async fn an_analyst_is_refused_what_lies_outside() {
    let played = played().await;
    let analyst =
        stage::person_with(&played.database.pool, "society.analyst", ORGANISATIONS[1]).await;
    for foreign in [ORGANISATIONS[0], CAST, Uuid::now_v7()] {
        let status = played
            .total(&analyst, "memberships_active", &foreign.to_string())
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), stage::reason(&status).as_str()),
            (Code::PermissionDenied, "PERMISSION_DENIED")
        );
    }
    let status = played
        .total(&analyst, "people_registered", "")
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), stage::reason(&status).as_str()),
        (Code::PermissionDenied, "METRIC_OUT_OF_REACH")
    );
}

#[tokio::test]
async fn a_society_s_system_sees_what_an_analyst_of_it_sees() {
    let played = played().await;
    let own = ORGANISATIONS[0];
    let system = stage::system_of(own, "cockpit.read");
    assert_eq!(
        played
            .total(&system, "memberships_active", "")
            .await
            .unwrap(),
        played.memberships(&[own])
    );
    let without = stage::system_of(own, "members.read");
    assert_eq!(
        played.overview(&without).await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

#[tokio::test]
async fn without_a_role_everything_is_refused() {
    let played = played().await;
    let reviewer = stage::person_with(&played.database.pool, "society.reviewer", CAST).await;
    for caller in [stage::outsider(), reviewer] {
        let asked = as_(&caller, WatchOverviewRequest {});
        let plan = as_(&caller, ListPlanIndicatorsRequest {});
        for refused in [
            played.overview(&caller).await.err(),
            played.total(&caller, "memberships_active", "").await.err(),
            played.service.client().watch_overview(asked).await.err(),
            played
                .service
                .client()
                .list_plan_indicators(plan)
                .await
                .err(),
        ] {
            assert_eq!(refused.unwrap().code(), Code::PermissionDenied);
        }
    }
}

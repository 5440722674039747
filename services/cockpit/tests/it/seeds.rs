//! Reference data.

use std::path::Path;

use cockpit::facts::places::PROVINCES;
use kit::clock::Clock;
use proto_cockpit::v1::{GetOverviewRequest, ListPlanIndicatorsRequest};

use crate::stage::{self, as_};

const SEEDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../seeds");

#[tokio::test]
async fn the_seeds_of_the_repository_load_and_load_again() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    let leader = stage::leader(&database.pool).await;
    for _ in 0..2 {
        cockpit::load_seeds(&cockpit.db, Path::new(SEEDS))
            .await
            .unwrap();
    }
    let service = stage::service(&cockpit).await;
    let overview = service
        .client()
        .get_overview(as_(&leader, GetOverviewRequest {}))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(overview.provinces.len(), PROVINCES.len() + 1);
    assert_eq!(overview.provinces[0].name, "北京");
    assert_eq!(overview.provinces[34].province_code, "000000");
    assert!(
        overview.provinces.iter().all(|p| p.name != p.province_code),
        "every province has a name"
    );

    let plan = service
        .client()
        .list_plan_indicators(as_(&leader, ListPlanIndicatorsRequest {}))
        .await
        .unwrap();
    let indicators = plan.into_inner().indicators;
    assert!(indicators.len() >= 13);
    let literacy = indicators
        .iter()
        .find(|i| i.indicator == "scientific_literacy")
        .unwrap();
    assert_eq!(
        (
            literacy.target,
            literacy.unit.as_str(),
            literacy.due_on.as_str()
        ),
        (15.0, "percent", "2025-12-31")
    );
    assert!(
        indicators
            .iter()
            .all(|i| i.actual.is_none() && i.metric.is_empty())
    );
}

#[tokio::test]
async fn a_file_with_a_fault_changes_nothing() {
    let database = stage::database().await;
    let cockpit = stage::cockpit(&database.pool, Clock::system());
    cockpit::load_seeds(&cockpit.db, Path::new(SEEDS))
        .await
        .unwrap();

    let folder = testkit::Scratch::new("cockpit-seeds").unwrap();
    let file = |name: &str| folder.path().join(name);
    let tiles = std::fs::read_to_string(Path::new(SEEDS).join("province-tiles.csv")).unwrap();
    let plan = std::fs::read_to_string(Path::new(SEEDS).join("plan-indicators.csv")).unwrap();
    std::fs::write(
        file("province-tiles.csv"),
        tiles.lines().take(34).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    std::fs::write(file("plan-indicators.csv"), &plan).unwrap();
    std::fs::copy(
        Path::new(SEEDS).join("divisions.csv"),
        file("divisions.csv"),
    )
    .unwrap();
    let error = cockpit::load_seeds(&cockpit.db, folder.path())
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("province-tiles.csv"),
        "{error:#}"
    );

    std::fs::write(file("province-tiles.csv"), &tiles).unwrap();
    std::fs::write(
        file("plan-indicators.csv"),
        plan.replace("at_least", "atleast"),
    )
    .unwrap();
    let error = cockpit::load_seeds(&cockpit.db, folder.path())
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("congress_frontline_share"),
        "{error:#}"
    );

    let rows: i64 = sqlx::query_scalar(
        "select (select count(*) from provinces) * 1000 + (select count(*) from plan_indicators)",
    )
    .fetch_one(&database.pool)
    .await
    .unwrap();
    assert_eq!(rows, 34 * 1000 + plan.lines().count() as i64 - 1);
}

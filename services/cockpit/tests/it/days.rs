//! Days are those of China.

use cockpit::catalogue::Metric;
use eventlog::Event;
use kit::clock::Clock;
use prost::Message as _;
use proto_cockpit::v1::GetOverviewRequest;
use proto_identity::v1::PersonRegistered;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use uuid::Uuid;

use crate::stage::{self, as_};

fn registered(position: i64, occurred_at: OffsetDateTime) -> Event {
    Event {
        position,
        id: Uuid::now_v7(),
        source: "identity".into(),
        aggregate: "Person".into(),
        aggregate_id: Uuid::now_v7(),
        event_type: "PersonRegistered".into(),
        payload: PersonRegistered {
            division_code: "440300".into(),
        }
        .encode_to_vec()
        .into(),
        occurred_at,
        traceparent: None,
    }
}

#[tokio::test]
async fn a_fact_counts_on_the_day_on_which_it_happened_in_china() {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    // Half past midnight in China, still the day before in UTC.
    let clock = Clock::fixed(datetime!(2026-03-31 16:30 UTC));
    let cockpit = stage::cockpit(&database.pool, clock.clone());
    let before = registered(1, datetime!(2026-03-31 15:59:59.999999 UTC));
    let behind = registered(2, datetime!(2026-03-31 16:00:00 UTC));
    let far_west = registered(3, datetime!(2026-03-31 06:30:00 -10));
    stage::apply(&cockpit, &[before, behind, far_west]).await;

    let on = async |day| {
        stage::facts(&database.pool, Metric::PeopleRegistered, day)
            .await
            .values()
            .sum::<i64>()
    };
    assert_eq!(on(date!(2026 - 03 - 31)).await, 1);
    assert_eq!(
        on(date!(2026 - 04 - 01)).await,
        3,
        "a stock is what there is at the end of the day"
    );

    let leader = stage::leader(&database.pool).await;
    let people = async || {
        let request = as_(&leader, GetOverviewRequest {});
        let overview = stage::service(&cockpit)
            .await
            .client()
            .get_overview(request)
            .await
            .unwrap()
            .into_inner();
        let figure = overview
            .figures
            .into_iter()
            .find(|f| f.metric == "people_registered")
            .unwrap();
        (figure.value, figure.today)
    };
    assert_eq!(people().await, (3, 2));
    clock.set(datetime!(2026-04-01 16:00:00 UTC));
    assert_eq!(people().await, (3, 0), "a new day begins with nothing");
}

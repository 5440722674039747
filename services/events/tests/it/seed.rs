//! The demo activities.

use std::path::Path;

use events::seed;
use proto_events::v1::ListActivitiesRequest;

use crate::world::{World, anonymous, as_, ok, person};

#[tokio::test]
async fn demo_activities_are_published_once_and_can_be_registered_for() {
    let world = World::new().await;
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
    let demo = seed::read(&seeds).unwrap();
    assert!(demo.len() >= 10);
    seed::load(&world.context, &demo).await.unwrap();
    let request = ListActivitiesRequest {
        page_size: 100,
        ..ListActivitiesRequest::default()
    };
    let listed = ok(world
        .activities()
        .list_activities(as_(&anonymous(), request.clone()))
        .await);
    assert_eq!(listed.activities.len(), demo.len());
    world.register(&person(), &listed.activities[0]).await;
    let before = ok(world
        .activities()
        .list_activities(as_(&anonymous(), request.clone()))
        .await);
    world.clock.set(world.clock.now() + time::Duration::DAY);
    seed::load(&world.context, &demo).await.unwrap();
    let after = ok(world
        .activities()
        .list_activities(as_(&anonymous(), request))
        .await);
    assert_eq!(after, before, "nothing is added, changed or moved");
    world.invariants().await;
}

#[tokio::test]
async fn made_up_registrations_keep_every_invariant_and_are_entered_once() {
    let world = World::new().await;
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../seeds");
    let state = async || -> (i64, i64, i64) {
        let mut conn = world.context.db.read().await.unwrap();
        let head = eventlog::verify(&mut conn).await.unwrap();
        world.invariants().await;
        let (activities, registrations) = sqlx::query_as(
            "select (select count(*) from activities), (select count(*) from registrations)",
        )
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        (activities, registrations, head)
    };
    seed::scale::load(&world.context, &seeds, 2_000)
        .await
        .unwrap();
    let first = state().await;
    assert_eq!(first.0, 40);
    assert!((500..10_000).contains(&first.1), "{first:?}");
    seed::scale::load(&world.context, &seeds, 2_000)
        .await
        .unwrap();
    assert_eq!(state().await, first, "again: nothing is added");
    seed::scale::load(&world.context, &seeds, 20_000)
        .await
        .unwrap();
    let more = state().await;
    assert_eq!(more.0, 400);
    assert!(more.1 > first.1 && more.2 > first.2, "{more:?}");
}

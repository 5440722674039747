//! The demo activities.

use std::path::Path;

use events::seed;
use proto::cast::events::v1::{ListActivitiesRequest, activities_server::Activities as _};

use crate::world::{World, as_, nobody, ok, person};

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
        .activities
        .list_activities(as_(&nobody(), request.clone()))
        .await);
    assert_eq!(listed.activities.len(), demo.len());
    world.register(&person(), &listed.activities[0]).await;
    let before = ok(world
        .activities
        .list_activities(as_(&nobody(), request.clone()))
        .await);
    world.clock.set(world.clock.now() + time::Duration::DAY);
    seed::load(&world.context, &demo).await.unwrap();
    let after = ok(world
        .activities
        .list_activities(as_(&nobody(), request))
        .await);
    assert_eq!(after, before, "nothing is added, changed or moved");
    world.invariants().await;
}

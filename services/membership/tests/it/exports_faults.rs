//! Exports when several come at once, when a worker dies, when the store is away, and when the list is long.

use futures::future::join_all;
use jobs::State as JobState;
use proto_exports::v1::export::{Failure, Format, State};
use proto_membership::v1 as wire;
use time::Duration;

use crate::{
    exports::{LONG, failure, job_state},
    measure::plant_people,
    world::{World, keys, reason, refusal},
};

#[tokio::test]
async fn of_a_person_one_runs_the_others_wait_and_nobody_else_does() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let asked = join_all((0..5).map(|_| world.export(&world.desk, world.export_request()))).await;
    let asked: Vec<_> = asked.into_iter().map(Result::unwrap).collect();
    let mut running = 0;
    for export in &asked {
        let now = world
            .get_export(&world.desk, &export.export_id)
            .await
            .unwrap();
        running += usize::from(now.state() == State::Running);
        assert!(matches!(now.state(), State::Running | State::Waiting));
    }
    assert_eq!(running, 1);
    let refused = refusal(world.export(&world.desk, world.export_request()).await);
    assert_eq!(refused.reason, "EXPORTS_TOO_MANY");
    assert_eq!(refused.metadata["most"], "5");
    // A colleague is not kept out.
    let colleague = world.staff("society.member_desk", world.society).await;
    let other = world
        .export(&colleague, world.export_request())
        .await
        .unwrap();
    assert_eq!(other.state(), State::Running);
    // One after the other gets its turn.
    while world.work().await > 0 {}
    for export in &asked {
        let now = world
            .get_export(&world.desk, &export.export_id)
            .await
            .unwrap();
        assert_eq!(now.state(), State::Ready);
    }
    world.check().await;
}

#[tokio::test]
async fn a_request_sent_twice_is_one_export() {
    let world = World::new().await;
    let request = wire::CreateMemberExportRequest {
        request_id: "once".into(),
        ..world.export_request()
    };
    let answers = join_all((0..4).map(|_| world.export(&world.desk, request.clone()))).await;
    let ids: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.unwrap().export_id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(world.work().await, 1);
    // Neither is it answered to a person who has lost the right.
    world.revoke(&world.desk).await;
    let refused = reason(world.export(&world.desk, request).await);
    assert_eq!(refused, "PERMISSION_DENIED");
    world.check().await;
}

#[tokio::test]
async fn a_cancelled_export_gives_its_turn_away_and_leaves_no_file() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let first = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    let second = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    assert_eq!(second.state(), State::Waiting);
    let cancelled = world
        .cancel_export(&world.desk, &first.export_id)
        .await
        .unwrap();
    assert_eq!(cancelled.state(), State::Cancelled);
    assert_eq!(
        job_state(&world, &first.export_id).await,
        JobState::Cancelled
    );
    assert_eq!(
        reason(world.cancel_export(&world.desk, &first.export_id).await),
        "EXPORT_ENDED"
    );
    world.work().await;
    let second = world
        .get_export(&world.desk, &second.export_id)
        .await
        .unwrap();
    assert_eq!(second.state(), State::Ready);
    assert_eq!(world.objects(), 1);
    let gone = reason(
        world
            .download(&world.desk, &first.export_id)
            .await
            .map(drop),
    );
    assert_eq!(gone, "EXPORT_GONE");
    world.check().await;
}

#[tokio::test]
async fn another_worker_makes_the_file_when_one_has_died() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    let not_ready = reason(
        world
            .download(&world.desk, &export.export_id)
            .await
            .map(drop),
    );
    assert_eq!(not_ready, "EXPORT_NOT_READY");
    // A worker that claims the job and dies.
    let kinds = [("exports.file", Duration::minutes(1))];
    let mut conn = world.pool().acquire().await.unwrap();
    let claimed = jobs::store::claim(&mut conn, &kinds, 1, world.clock.now())
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(world.work().await, 0, "the lease is held");
    world.clock.set(world.clock.now() + Duration::minutes(1));
    assert_eq!(world.work().await, 1);
    let export = world
        .get_export(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(export.state(), State::Ready);
    let file = world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(file.lines().len(), 2);
    world.check().await;
}

#[tokio::test]
async fn an_export_whose_tries_all_fail_has_failed_and_the_next_one_gets_its_turn() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let first = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    let second = world
        .export(&world.desk, world.export_request())
        .await
        .unwrap();
    // The store is away: a file stands where its folder should be.
    let place = world.files.path().join("membership");
    std::fs::write(&place, "").unwrap();
    for _ in 0..5 {
        assert_eq!(world.work().await, 1);
        world.clock.set(world.clock.now() + LONG);
    }
    assert_eq!(job_state(&world, &first.export_id).await, JobState::Dead);
    let failed = (State::Failed, Failure::NotFinished);
    assert_eq!(failure(&world, &first.export_id).await, failed);
    std::fs::remove_file(&place).unwrap();
    world.exports.sweep().await.unwrap();
    assert_eq!(failure(&world, &first.export_id).await, failed);
    world.work().await;
    let second = world
        .get_export(&world.desk, &second.export_id)
        .await
        .unwrap();
    assert_eq!(second.state(), State::Ready);
    // An operator retries the first one.
    let id = first.export_id.parse().unwrap();
    let mut conn = world.pool().acquire().await.unwrap();
    assert!(
        jobs::operate::retry(&mut conn, id, world.clock.now())
            .await
            .unwrap()
    );
    drop(conn);
    world.work().await;
    let first = world
        .get_export(&world.desk, &first.export_id)
        .await
        .unwrap();
    assert_eq!(first.state(), State::Ready);
    world.check().await;
}

#[tokio::test]
async fn a_file_that_is_gone_is_no_success() {
    let world = World::new().await;
    world.member(&world.person("王芳")).await;
    let export = world.exported(&world.desk, world.export_request()).await;
    std::fs::remove_dir_all(world.files.path().join("membership")).unwrap();
    let refused = reason(
        world
            .download(&world.desk, &export.export_id)
            .await
            .map(drop),
    );
    assert_eq!(refused, "UNAVAILABLE");
    let export = world
        .get_export(&world.desk, &export.export_id)
        .await
        .unwrap();
    assert_eq!(export.downloads, 0);
    world.check().await;
}

#[tokio::test]
async fn fifty_thousand_rows_are_all_there_once_and_in_order() {
    const MEMBERS: usize = 50_000;
    let world = World::new().await;
    plant_people(&world, &keys(), MEMBERS, 0).await;
    let request = wire::CreateMemberExportRequest {
        format: Format::Csv.into(),
        ..world.export_request()
    };
    let export = world.exported(&world.desk, request).await;
    assert_eq!(export.state(), State::Ready);
    assert_eq!(usize::try_from(export.rows_done).unwrap(), MEMBERS);
    let file = world
        .download(&world.desk, &export.export_id)
        .await
        .unwrap();
    let lines = file.lines();
    assert_eq!(lines.len(), MEMBERS + 1);
    assert!(lines[1..].windows(2).all(|pair| pair[0][0] < pair[1][0]));
    assert_eq!(lines[1][2], "会员0");
}

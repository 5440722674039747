//! Reference data: loaded once, however often and by however many.

use kit::{clock::Clock, db::Db};
use membership::seed::{self, Seeded};
use sqlx::PgPool;

use crate::world::{NOW, empty_database, seeds};

async fn counts(pool: &PgPool) -> (i64, i64, i64, i64) {
    sqlx::query_as(
        "select (select count(*) from divisions), (select count(*) from organisations), (select count(*) from number_ranges),
                (select count(*) from eventlog.outbox where event_type = 'OrganisationEstablished')",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

const ALL: (i64, i64, i64, i64) = (3_214, 243, 210, 243);

#[tokio::test]
async fn seeding_again_changes_nothing() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    let first = seed::load(&db, &clock, &seeds()).await.unwrap();
    assert_eq!(
        first,
        Seeded {
            divisions: 3_214,
            organisations: 243
        }
    );
    assert_eq!(counts(&database.pool).await, ALL);
    let again = seed::load(&db, &clock, &seeds()).await.unwrap();
    assert_eq!(again, Seeded::default());
    assert_eq!(counts(&database.pool).await, ALL);
    crate::invariants::check(&database.pool).await;
}

#[tokio::test]
async fn four_who_seed_at_once_seed_once() {
    let database = empty_database().await;
    let (db, clock) = (
        Db::new(database.pool.clone(), eventlog::Nudge::new()),
        Clock::fixed(NOW),
    );
    let folder = seeds();
    let all = futures::future::join_all((0..4).map(|_| seed::load(&db, &clock, &folder))).await;
    let entered: usize = all
        .into_iter()
        .map(|seeded| seeded.unwrap().organisations)
        .sum();
    assert_eq!(entered, 243);
    assert_eq!(counts(&database.pool).await, ALL);
    crate::invariants::check(&database.pool).await;
}

#[tokio::test]
async fn seeding_that_was_interrupted_is_completed_by_the_next() {
    let database = empty_database().await;
    let (db, clock) = (
        Db::new(database.pool.clone(), eventlog::Nudge::new()),
        Clock::fixed(NOW),
    );
    // Cut off at many moments, as when the process is killed.
    for milliseconds in (0..300).step_by(15) {
        let patience = std::time::Duration::from_millis(milliseconds);
        let _ = tokio::time::timeout(patience, seed::load(&db, &clock, &seeds())).await;
    }
    seed::load(&db, &clock, &seeds()).await.unwrap();
    assert_eq!(counts(&database.pool).await, ALL);
    crate::invariants::check(&database.pool).await;
}

#[tokio::test]
async fn a_division_that_has_gone_is_kept_as_past_and_one_that_comes_back_is_in_use_again() {
    let database = empty_database().await;
    let (db, clock) = (
        Db::new(database.pool.clone(), eventlog::Nudge::new()),
        Clock::fixed(NOW),
    );
    seed::load(&db, &clock, &seeds()).await.unwrap();
    sqlx::query("insert into divisions values ('110199', '某某区', 'COUNTY', '110000')")
        .execute(&database.pool)
        .await
        .unwrap();
    sqlx::query("update divisions set name = '旧名', in_use = false where code = '110101'")
        .execute(&database.pool)
        .await
        .unwrap();
    assert_eq!(
        seed::load(&db, &clock, &seeds()).await.unwrap().divisions,
        2
    );
    let now: Vec<(String, bool)> = sqlx::query_as(
        "select name, in_use from divisions where code in ('110101', '110199') order by code",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    assert_eq!(
        now,
        [("东城区".to_owned(), true), ("某某区".to_owned(), false)]
    );
}

#[tokio::test]
async fn a_file_that_does_not_hold_together_is_refused_with_the_line_and_nothing_is_entered() {
    let database = empty_database().await;
    let (db, clock) = (
        Db::new(database.pool.clone(), eventlog::Nudge::new()),
        Clock::fixed(NOW),
    );
    let folder = testkit::Scratch::new("seeds").unwrap();
    std::fs::copy(
        seeds().join("divisions.csv"),
        folder.path().join("divisions.csv"),
    )
    .unwrap();
    let header = "id,code,parent_code,kind,name,short_name,division_code,subject_class\n";
    let root = "01a20048-8e1a-75e9-9771-10a4b7085ae0,CAST,,headquarters,中国科学技术协会,中国科协,110000,\n";
    for (line, complaint) in [
        ("x,B-01,CAST,national_society,甲,,,engineering\n", "id"),
        (
            "01a20048-8e1b-74f2-b364-66c5a46ae465,B-01,NONE,national_society,甲,,,engineering\n",
            "parent_code",
        ),
        (
            "01a20048-8e1b-74f2-b364-66c5a46ae465,B-01,CAST,club,甲,,,engineering\n",
            "kind",
        ),
        (
            "01a20048-8e1b-74f2-b364-66c5a46ae465,B-01,CAST,national_society,甲,,,magic\n",
            "subject_class",
        ),
        (
            "01a20048-8e1b-74f2-b364-66c5a46ae465,CAST,CAST,national_society,甲,,,science\n",
            "code",
        ),
        ("too,short\n", "line 3"),
    ] {
        std::fs::write(
            folder.path().join("organisations.csv"),
            format!("{header}{root}{line}"),
        )
        .unwrap();
        let error = format!(
            "{:#}",
            seed::load(&db, &clock, folder.path()).await.unwrap_err()
        );
        assert!(
            error.contains("organisations.csv, line 3") && error.contains(complaint),
            "{error}"
        );
    }
    assert_eq!(counts(&database.pool).await.1, 0);
}

#[tokio::test]
async fn made_up_memberships_keep_every_invariant_and_are_entered_once() {
    let database = empty_database().await;
    let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
    let clock = Clock::fixed(NOW);
    seed::load(&db, &clock, &seeds()).await.unwrap();
    // What the outbox holds comes behind what is written into the log directly.
    let state = async || -> (i64, i64, i64) {
        let mut conn = db.read().await.unwrap();
        let head = eventlog::verify(&mut conn).await.unwrap();
        crate::invariants::check(&database.pool).await;
        let (memberships, waiting): (i64, i64) = sqlx::query_as(
            "select (select count(*) from memberships), (select count(*) from applications where state in ('IN_FIRST_REVIEW', 'IN_FINAL_REVIEW'))",
        )
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        (memberships, waiting, head)
    };
    let load = async |scale| {
        seed::scale::load(&db, &crate::world::keys(), &clock, &seeds(), scale)
            .await
            .unwrap();
    };
    load(1_000).await;
    let first = state().await;
    assert_eq!((first.0, first.1), (1_000, 20));
    load(1_000).await;
    assert_eq!(state().await, first, "again: nothing is added");
    load(12_000).await;
    let more = state().await;
    assert_eq!((more.0, more.1), (12_000, 240));
}

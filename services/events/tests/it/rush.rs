//! Many concurrent requests for seats.

use std::{collections::HashSet, time::Duration};

use events::admission::Limits;
use futures::future::join_all;
use kit::access::Caller;
use proto_events::v1::{
    Activity, Registration, UpdateActivityRequest, registrations_client::RegistrationsClient,
};
use testkit::Signing;
use tonic::Status;

use crate::world::{World, as_, cancel, ok, person, reason, refused, register};

type Answer = Result<Registration, Status>;

/// Registers all people concurrently, at the replicas in turn.
async fn all_at_once(
    replicas: &[&RegistrationsClient<Signing>],
    persons: &[Caller],
    activity: &Activity,
) -> Vec<Answer> {
    let tasks = persons
        .iter()
        .zip(replicas.iter().cycle())
        .map(|(person, replica)| {
            let (replica, person, activity) =
                ((*replica).clone(), person.clone(), activity.clone());
            tokio::spawn(async move {
                register(&replica, &person, &activity, "r")
                    .await
                    .map(tonic::Response::into_inner)
            })
        });
    join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .collect()
}

fn people(number: usize) -> Vec<Caller> {
    (0..number).map(|_| person()).collect()
}

fn admitted(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

/// Every request without a seat was refused with `ACTIVITY_FULL`.
fn all_refusals_are_activity_full(answers: &[Answer]) {
    for status in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(reason(status), "ACTIVITY_FULL", "{status:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_concurrent_callers_take_exactly_thirty_two_seats() {
    let world = World::new().await;
    let activity = world.published(32).await;
    let answers = all_at_once(&[&world.registrations()], &people(64), &activity).await;
    assert_eq!(admitted(&answers), 32);
    all_refusals_are_activity_full(&answers);
    assert_eq!(world.holding(&activity).await, 32);
    world.invariants().await;
}

/// The control: the same callers on the same tables, but each reads first and then writes, without the lock. If this
/// test fails, the tests around it prove nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_lock_the_same_callers_take_more_seats_than_there_are() {
    let world = World::new().await;
    let activity = world.published(32).await;
    sqlx::query("alter table seats drop constraint seats_never_oversold")
        .execute(world.pool())
        .await
        .unwrap();
    let taken = unprotected(&world, &activity, 64).await;
    assert!(
        taken.iter().filter(|taken| taken.is_ok()).count() > 32,
        "the race is real"
    );
    assert!(world.holding(&activity).await > 32);
}

/// The constraint of the table refuses an oversold activity even if the rules are bypassed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_table_itself_refuses_one_seat_too_many() {
    let world = World::new().await;
    let activity = world.published(32).await;
    let taken = unprotected(&world, &activity, 64).await;
    let stopped: Vec<String> = taken
        .into_iter()
        .filter_map(|taken| taken.err().map(|error| error.to_string()))
        .collect();
    assert!(!stopped.is_empty());
    assert!(
        stopped
            .iter()
            .all(|error| error.contains("seats_never_oversold")),
        "{stopped:?}"
    );
    assert!(world.holding(&activity).await <= 32);
}

/// Registers without a lock: reads the free seats, decides, writes.
async fn unprotected(
    world: &World,
    activity: &Activity,
    callers: i64,
) -> Vec<Result<(), sqlx::Error>> {
    let activity_id = crate::world::id(&activity.activity_id);
    // Waits until the maximum number of callers has read the seats at the same time.
    let everybody_has_looked = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let tasks = (0..callers).map(|nth| {
        let (pool, barrier) = (world.pool().clone(), everybody_has_looked.clone());
        tokio::spawn(async move {
            let mut tx = pool.begin().await?;
            let free: i32 =
                sqlx::query_scalar("select capacity - taken from seats where activity_id = $1")
                    .bind(activity_id)
                    .fetch_one(&mut *tx)
                    .await?;
            barrier.wait().await;
            if free <= 0 {
                return Ok(());
            }
            sqlx::query(
                "insert into registrations (registration_id, activity_id, ordinal, person_id, person_number,
                                            division_code, state, created_at)
                 values (gen_random_uuid(), $1, $2, gen_random_uuid(), '', '', 'registered', now())",
            )
            .bind(activity_id)
            .bind(nth + 1)
            .execute(&mut *tx)
            .await?;
            sqlx::query("update seats set taken = taken + 1 where activity_id = $1")
                .bind(activity_id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await
        })
    });
    join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_with_256_callers_give_away_each_seat_once() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activity = world.published(100).await;
    let answers = all_at_once(&[&world.registrations(), &replica], &people(256), &activity).await;
    assert_eq!(admitted(&answers), 100);
    all_refusals_are_activity_full(&answers);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_callers_want_five_hundred_seats() {
    let world = World::new().await;
    let activity = world.published(500).await;
    let answers = all_at_once(&[&world.registrations()], &people(2_000), &activity).await;
    assert_eq!(admitted(&answers), 500);
    all_refusals_are_activity_full(&answers);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_person_sixteen_times_at_once_has_one_seat() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activity = world.published(10).await;
    let registrant = person();
    let tasks = (0..16).map(|nth| {
        let at = if nth % 2 == 0 {
            &world.registrations()
        } else {
            &replica
        };
        let (at, registrant, activity) = (at.clone(), registrant.clone(), activity.clone());
        tokio::spawn(async move {
            // Eight requests with an id, each sent twice.
            register(&at, &registrant, &activity, &format!("r{}", nth / 2)).await
        })
    });
    let answers: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .collect();
    let mut ids = HashSet::new();
    for answer in answers {
        match answer {
            Ok(registration) => ids.insert(registration.into_inner().registration_id),
            Err(status) => {
                assert_eq!(reason(&status), "ALREADY_REGISTERED");
                ids.insert(crate::world::metadata(&status, "registration_id"))
            }
        };
    }
    assert_eq!(ids.len(), 1, "all of them speak of the same registration");
    assert_eq!(world.holding(&activity).await, 1);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_request_sixteen_times_at_once_has_one_answer() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activity = world.published(10).await;
    let same = vec![person(); 16];
    let answers = all_at_once(&[&world.registrations(), &replica], &same, &activity).await;
    let ids: HashSet<String> = answers
        .into_iter()
        .map(|answer| answer.unwrap().registration_id)
        .collect();
    assert_eq!(ids.len(), 1);
    world.invariants().await;
}

/// Many people register, cancel and register again for few seats, at two replicas, while the organiser changes the
/// capacity: no seat is oversold, none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn seats_given_back_and_taken_again_at_random_stay_in_balance() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activity = world.published(8).await;
    let crowd = (0..40).map(|nth| {
        let at = if nth % 2 == 0 {
            &world.registrations()
        } else {
            &replica
        };
        let (at, activity, registrant) = (at.clone(), activity.clone(), person());
        tokio::spawn(async move {
            let mut seats = 0;
            for round in 0..8 {
                let request_id = format!("{nth}-{round}");
                if let Ok(registration) = register(&at, &registrant, &activity, &request_id).await {
                    seats += 1;
                    if (nth + round) % 3 != 0 {
                        ok(cancel(&at, &registrant, registration.get_ref(), "").await);
                    }
                }
            }
            seats
        })
    });
    let crowd: Vec<_> = crowd.collect();
    for capacity in [6, 3, 9, 5, 8] {
        let before = world.activity(&activity).await;
        let request = UpdateActivityRequest {
            activity_id: activity.activity_id.clone(),
            capacity: Some(capacity),
            etag: before.etag,
            ..UpdateActivityRequest::default()
        };
        match world
            .activities()
            .update_activity(as_(&world.staff, request))
            .await
        {
            Ok(after) => assert!(after.get_ref().seats_taken <= capacity),
            Err(status) => assert_eq!(reason(&status), "CAPACITY_BELOW_SEATS_TAKEN"),
        }
        world.invariants().await;
    }
    let seats: i32 = join_all(crowd)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .sum();
    assert!(seats > 8, "seats went from hand to hand: {seats}");
    world.invariants().await;
    // Every free seat can still be taken.
    let after = world.activity(&activity).await;
    for _ in after.seats_taken..after.capacity {
        world.register(&person(), &activity).await;
    }
    assert_eq!(
        refused(register(&world.registrations(), &person(), &activity, "").await),
        "ACTIVITY_FULL"
    );
    world.invariants().await;
}

#[tokio::test]
async fn waiting_requests_share_a_transaction_in_the_order_of_arrival() {
    let world = World::new().await;
    let activity = world.published(150).await;
    let held = world.hold_seats(&activity).await;
    let mut tasks = Vec::new();
    let crowd = people(200);
    for person in &crowd {
        let (at, person, activity) = (world.registrations(), person.clone(), activity.clone());
        tasks.push(tokio::spawn(async move {
            register(&at, &person, &activity, "").await
        }));
        // Each request is queued before the next one is sent.
        tokio::task::yield_now().await;
    }
    world.until_waiting_for_locks(1).await;
    held.rollback().await.unwrap();
    let answers: Vec<_> = join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .collect();
    for (nth, answer) in answers.iter().enumerate() {
        assert_eq!(answer.is_ok(), nth < 150, "first come, first served: {nth}");
    }
    let in_order: Vec<uuid::Uuid> =
        sqlx::query_scalar("select person_id from registrations order by ordinal")
            .fetch_all(world.pool())
            .await
            .unwrap();
    let came: Vec<uuid::Uuid> = crowd[..150].iter().map(crate::world::person_id).collect();
    assert_eq!(in_order, came);
    let transactions = world
        .count(
            "select count(distinct xmin::text) from registrations where activity_id = $1",
            &activity,
        )
        .await;
    assert!(
        transactions <= 2,
        "{transactions} transactions: one began before the others came"
    );
    world.invariants().await;
}

/// Every person registers for one of these activities, in order, each call in a task of its own.
fn calls(
    at: &RegistrationsClient<Signing>,
    activities: &[Activity],
    people: usize,
) -> Vec<tokio::task::JoinHandle<Answer>> {
    let wanted = activities.iter().cycle().take(people);
    wanted
        .map(|activity| {
            let (at, activity) = (at.clone(), activity.clone());
            tokio::spawn(async move {
                let answer = register(&at, &person(), &activity, "").await;
                answer.map(tonic::Response::into_inner)
            })
        })
        .collect()
}

async fn answers(calls: Vec<tokio::task::JoinHandle<Answer>>) -> Vec<Answer> {
    let calls = join_all(calls).await;
    calls.into_iter().map(|call| call.unwrap()).collect()
}

async fn published(world: &World, number: usize, capacity: i32) -> Vec<Activity> {
    let mut activities = Vec::new();
    for _ in 0..number {
        activities.push(world.published(capacity).await);
    }
    activities
}

#[tokio::test]
async fn requests_for_several_activities_share_a_transaction() {
    let world = World::with(Limits {
        workers: 1,
        ..Limits::default()
    })
    .await;
    let busy = world.published(1).await;
    let others = published(&world, 20, 3).await;
    let held = world.hold_seats(&busy).await;
    let first = calls(&world.registrations(), std::slice::from_ref(&busy), 1);
    world.until_waiting_for_locks(1).await;
    // Five requests for three seats each.
    let crowd = calls(&world.registrations(), &others, 100);
    // Time for the requests to reach their queues, whose lengths are not to be seen from here.
    tokio::time::sleep(Duration::from_millis(100)).await;
    held.rollback().await.unwrap();
    assert_eq!(admitted(&answers(first).await), 1);
    let crowd = answers(crowd).await;
    assert_eq!(admitted(&crowd), 60);
    all_refusals_are_activity_full(&crowd);
    let transactions: i64 = sqlx::query_scalar(
        "select count(distinct xmin::text) from registrations where activity_id <> $1",
    )
    .bind(crate::world::id(&busy.activity_id))
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(transactions, 1);
    world.invariants().await;
}

#[tokio::test]
async fn seats_locked_elsewhere_do_not_delay_requests_for_other_activities() {
    let world = World::with(Limits {
        workers: 2,
        ..Limits::default()
    })
    .await;
    let activities = published(&world, 5, 8).await;
    let [first, second, others @ ..] = activities.as_slice() else {
        unreachable!("five were published")
    };
    let (locked, free) = others.split_at(1);
    // Both workers wait for a lock, so requests gather in the other queues.
    let (held_first, held_second) = (
        world.hold_seats(first).await,
        world.hold_seats(second).await,
    );
    let waiting = calls(&world.registrations(), &activities[..2], 2);
    world.until_waiting_for_locks(2).await;
    let held = world.hold_seats(&locked[0]).await;
    let stuck = calls(&world.registrations(), locked, 8);
    let crowd = calls(&world.registrations(), free, 16);
    // Time for the requests to reach their queues, whose lengths are not to be seen from here.
    tokio::time::sleep(Duration::from_millis(100)).await;
    held_first.rollback().await.unwrap();
    let served = tokio::time::timeout(Duration::from_secs(5), answers(crowd))
        .await
        .expect("requests for other seats do not wait for the lock");
    assert_eq!(admitted(&served), 16);
    held.rollback().await.unwrap();
    held_second.rollback().await.unwrap();
    assert_eq!(admitted(&answers(stuck).await), 8, "and they are not lost");
    assert_eq!(admitted(&answers(waiting).await), 2);
    world.invariants().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_replicas_with_crowds_at_many_activities_give_away_each_seat_once() {
    let world = World::new().await;
    let replica = world.replica().await;
    let activities = published(&world, 12, 20).await;
    let mut crowd = calls(&world.registrations(), &activities, 240);
    crowd.extend(calls(&replica, &activities, 240));
    let crowd = answers(crowd).await;
    assert_eq!(admitted(&crowd), 240);
    all_refusals_are_activity_full(&crowd);
    for activity in &activities {
        assert_eq!(world.holding(activity).await, 20);
    }
    world.invariants().await;
}

#[tokio::test]
async fn a_full_activity_is_recognised_without_waiting_for_a_lock() {
    let world = World::new().await;
    let activity = world.published(2).await;
    let holder = person();
    let registration = world.register(&holder, &activity).await;
    world.register(&person(), &activity).await;
    // Another transaction holds the lock on the seats and does not end.
    let held = world.hold_seats(&activity).await;
    let late = people(300);
    let answers = tokio::time::timeout(
        Duration::from_secs(5),
        all_at_once(&[&world.registrations()], &late, &activity),
    )
    .await
    .expect("no request waits for the lock");
    assert_eq!(admitted(&answers), 0);
    all_refusals_are_activity_full(&answers);
    // A person who holds a seat gets `ALREADY_REGISTERED`.
    let again = register(&world.registrations(), &holder, &activity, "")
        .await
        .unwrap_err();
    assert_eq!(reason(&again), "ALREADY_REGISTERED");
    held.rollback().await.unwrap();
    // A seat given back can be taken at once, also at the other replica.
    ok(cancel(&world.registrations(), &holder, &registration, "").await);
    let replica = world.replica().await;
    ok(register(&replica, &late[0], &activity, "r").await);
    world.invariants().await;
}

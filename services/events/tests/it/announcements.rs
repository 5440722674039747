//! Registrants are told of changes, each once, however many there are.

use events::announcements::{Announcer, CHUNK};
use jobs::WakeUp;
use prost::Message as _;
use proto_events::v1::{
    Activity, CancelActivityRequest, CancelRegistrationRequest, UpdateActivityRequest,
};
use proto_notices::v1::{NoticeAsked, notice_asked::To};
use time::Duration;
use uuid::Uuid;

use crate::world::{NOW, World, as_, id, ok, person, person_id};

impl World {
    fn announcer(&self) -> Announcer {
        Announcer {
            db: self.context.db.clone(),
            clock: self.clock.clone(),
            wake_up: WakeUp::default(),
        }
    }

    /// Lets the worker do what is due.
    async fn announced(&self) {
        let worker = self.announcer().worker();
        while worker.run_due().await.unwrap() > 0 {}
    }

    /// What identity was asked to tell, in order.
    pub async fn asked(&self) -> Vec<NoticeAsked> {
        let payloads: Vec<Vec<u8>> = sqlx::query_scalar(
            "select payload from eventlog.outbox where event_type = 'NoticeAsked' order by seq",
        )
        .fetch_all(self.pool())
        .await
        .unwrap();
        let asked = payloads.iter();
        asked
            .map(|payload| NoticeAsked::decode(payload.as_slice()).unwrap())
            .collect()
    }

    async fn change(&self, activity: &Activity, change: UpdateActivityRequest) {
        let request = UpdateActivityRequest {
            activity_id: activity.activity_id.clone(),
            etag: self.activity(activity).await.etag,
            ..change
        };
        ok(self
            .activities()
            .update_activity(as_(&self.staff, request))
            .await);
    }

    async fn cancelled(&self, activity: &Activity) {
        let request = CancelActivityRequest {
            activity_id: activity.activity_id.clone(),
            reason: "天气原因".to_owned(),
            request_id: String::new(),
        };
        ok(self
            .activities()
            .cancel_activity(as_(&self.staff, request))
            .await);
    }

    /// Fills seats without the way of a request.
    async fn filled(&self, activity: &Activity, count: i64) {
        sqlx::query(
            "with seated as (
                 insert into registrations (registration_id, activity_id, ordinal, person_id, person_number, division_code, state,
                                            created_at)
                 select gen_random_uuid(), $1, n, gen_random_uuid(), lpad(n::text, 16, '1'), '', 'registered', $3
                 from generate_series(1, $2) as n)
             update seats set taken = $2, admitted = $2 where activity_id = $1",
        )
        .bind(id(&activity.activity_id))
        .bind(count)
        .bind(NOW)
        .execute(self.pool())
        .await
        .unwrap();
    }
}

fn place() -> UpdateActivityRequest {
    UpdateActivityRequest {
        place: Some("第二会议室".to_owned()),
        ..UpdateActivityRequest::default()
    }
}

fn people(asked: &NoticeAsked) -> Vec<Uuid> {
    match &asked.to {
        Some(To::People(people)) => people.person_ids.iter().map(|text| id(text)).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn those_who_hold_a_seat_are_told_of_another_place_and_of_the_cancellation() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let (stays, leaves, late) = (person(), person(), person());
    world.register(&stays, &activity).await;
    let left = world.register(&leaves, &activity).await;
    let request = CancelRegistrationRequest {
        registration_id: left.registration_id,
        request_id: String::new(),
    };
    ok(world
        .registrations()
        .cancel_registration(as_(&leaves, request))
        .await);
    world.change(&activity, place()).await;
    // Registers for what it is now: there is nothing to tell.
    world.register(&late, &activity).await;
    world.announced().await;
    let asked = world.asked().await;
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].template, "activity_changed");
    assert_eq!(asked[0].params["activity_id"], activity.activity_id);
    assert_eq!(people(&asked[0]), [person_id(&stays)]);
    world.cancelled(&activity).await;
    world.announced().await;
    let asked = world.asked().await;
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].template, "activity_cancelled");
    assert_eq!(people(&asked[1]), [person_id(&stays), person_id(&late)]);
    world.invariants().await;
}

#[tokio::test]
async fn words_and_seats_are_changed_without_telling_and_so_is_what_no_one_has_registered_for() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.change(&activity, place()).await;
    world.register(&person(), &activity).await;
    let words = UpdateActivityRequest {
        title: Some("学术年会（修订）".to_owned()),
        capacity: Some(20),
        ..UpdateActivityRequest::default()
    };
    world.change(&activity, words).await;
    // The same again is no change.
    world.change(&activity, place()).await;
    world.announced().await;
    assert!(world.asked().await.is_empty());
    let jobs: i64 = sqlx::query_scalar("select count(*) from jobs.jobs")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(jobs, 0);
}

#[tokio::test]
async fn many_are_told_chunk_by_chunk_each_once_also_when_the_worker_dies_in_between() {
    let world = World::new().await;
    let count = 2 * CHUNK + 7;
    let activity = world.published(5_000).await;
    world.filled(&activity, i64::try_from(count).unwrap()).await;
    world.change(&activity, place()).await;
    // One row and one job, whatever the number.
    assert!(world.asked().await.is_empty());
    world.announced().await;
    let asked = world.asked().await;
    let sizes: Vec<usize> = asked.iter().map(|asked| people(asked).len()).collect();
    assert_eq!(sizes, [CHUNK, CHUNK, 7]);
    let mut told: Vec<Uuid> = asked.iter().flat_map(people).collect();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), count);
    // It died after the second chunk, before it could report: another worker goes on there.
    let again = "update jobs.jobs set state = 'queued', finished_at = null, payload = (select uuid_send(announcement_id) from announcements)";
    for (reset, more) in [
        (
            "update announcements set told_ordinal = 1000, finished_at = null",
            7,
        ),
        // It died after the last one.
        ("update announcements set finished_at = finished_at", 0),
    ] {
        let before = world.asked().await.len();
        for sql in [reset, again] {
            sqlx::query(sql).execute(world.pool()).await.unwrap();
        }
        world.announced().await;
        let asked = world.asked().await;
        let told: usize = asked[before..].iter().map(|one| people(one).len()).sum();
        assert_eq!(told, more, "{reset}");
    }
}

#[tokio::test]
async fn a_change_is_not_told_any_more_when_the_activity_is_cancelled() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.register(&person(), &activity).await;
    world.change(&activity, place()).await;
    world.cancelled(&activity).await;
    world.announced().await;
    let templates: Vec<String> = world
        .asked()
        .await
        .into_iter()
        .map(|a| a.template)
        .collect();
    assert_eq!(templates, ["activity_cancelled"]);
}

#[tokio::test]
async fn what_begins_within_a_day_does_not_wait_for_the_morning() {
    let world = World::new().await;
    let activity = world.published(10).await;
    world.register(&person(), &activity).await;
    world.change(&activity, place()).await;
    world.announced().await;
    world.clock.set(NOW + Duration::hours(20));
    world.cancelled(&activity).await;
    world.announced().await;
    let urgent: Vec<bool> = world.asked().await.iter().map(|a| a.urgent).collect();
    assert_eq!(urgent, [false, true]);
}

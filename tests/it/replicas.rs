//! Two replicas of everything: standbys take over, state is shared between gateways, and a service is replaced while in
//! use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use testkit::{Platform, Service};

use crate::{integrity, journey, visitor::Visitor};

fn gateways(platform: &Platform) -> Vec<String> {
    let replicas = platform.replica_addresses(Service::Gateway).into_iter();
    replicas.map(|replica| replica.url).collect()
}

/// The value of a sample in every replica, in order: `None` if it serves none.
async fn samples(platform: &Platform, service: Service, sample: &str) -> Vec<Option<f64>> {
    let mut values = Vec::new();
    for replica in platform.replica_addresses(service) {
        let url = format!("{}/metrics", replica.admin_url);
        let Ok(answer) = reqwest::get(url).await else {
            values.push(None);
            continue;
        };
        let text = answer.text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with(sample));
        values.push(line.map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()));
    }
    values
}

/// Waits until exactly one replica is active.
async fn active(platform: &Platform, service: Service, sample: &str) -> usize {
    let mut seen = Vec::new();
    for _ in 0..200 {
        seen = samples(platform, service, sample).await;
        let active = |value: &Option<f64>| *value == Some(1.0);
        if seen.iter().filter(|value| active(value)).count() == 1 {
            return seen.iter().position(active).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{service}: not exactly one replica has {sample}: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_every_service_share_the_work_and_stand_in_for_each_other() {
    let platform = testkit::replicated_platform(2, &[]).await;
    assert_eq!(gateways(&platform).len(), 2);
    journey::play(&platform).await;
    the_work_is_shared(&platform).await;
    a_session_is_one_at_every_gateway(&platform).await;
    who_stands_by_takes_over(&platform).await;
    a_service_is_replaced_while_it_is_used(&platform).await;
    integrity::check(&platform).await;
    platform.stop().await.unwrap();
}

/// A single connection would send every call to one replica.
async fn the_work_is_shared(platform: &Platform) {
    for service in [Service::Identity, Service::Membership, Service::Events] {
        let mut served = Vec::new();
        for replica in platform.replica_addresses(service) {
            let url = format!("{}/metrics", replica.admin_url);
            let text = reqwest::get(url).await.unwrap().text().await.unwrap();
            let counts = text.lines().filter(|line| {
                line.starts_with("rpc_server_duration_seconds_count")
                    && !line.contains("EventLog")
                    && !line.contains(r#""other""#)
            });
            let count = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap();
            served.push(counts.map(count).sum::<f64>());
        }
        let (least, most) = (served[0].min(served[1]), served[0].max(served[1]));
        assert!(least > 0.0 && most < 4.0 * least, "{service}: {served:?}");
    }
}

async fn a_session_is_one_at_every_gateway(platform: &Platform) {
    let [here, there] = &gateways(platform)[..] else {
        panic!("two gateways")
    };
    let mut person = Visitor::new(here);
    person
        .sign_in("+8619900000001", "wangshang-kexie-2026")
        .await;
    let mut elsewhere = person.at(there);
    elsewhere.get("/v1/me").await.ok();
    let out = person.request(Method::DELETE, "/v1/sessions/current");
    assert_eq!(person.send(out).await.status, 200);
    assert_eq!(elsewhere.get("/v1/me").await.status, 401, "at once");
}

async fn who_stands_by_takes_over(platform: &Platform) {
    let relay = r#"cast_eventlog_relay_active{source="membership"}"#;
    let consumer = r#"cast_eventlog_consumer_active{consumer="cockpit.facts",source="membership"}"#;
    let works = active(platform, Service::Membership, relay).await;
    platform
        .kill_replica(Service::Membership, works)
        .await
        .unwrap();
    let applies = active(platform, Service::Cockpit, consumer).await;
    platform
        .kill_replica(Service::Cockpit, applies)
        .await
        .unwrap();
    // The first request after the death of a replica succeeds like every other.
    journey::play(platform).await;
    integrity::check(platform).await;
    assert_ne!(active(platform, Service::Membership, relay).await, works);
    assert_ne!(active(platform, Service::Cockpit, consumer).await, applies);
    platform
        .start_replica(Service::Membership, works)
        .await
        .unwrap();
    platform
        .start_replica(Service::Cockpit, applies)
        .await
        .unwrap();
}

/// The load and its results.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    reads: AtomicU32,
    writes: AtomicU32,
}

impl Load {
    /// Reads at alternating gateways: every response must be a success, at once.
    async fn read(&self, mut doors: Vec<Visitor>) {
        while !self.over.load(Ordering::Relaxed) {
            for door in &mut doors {
                door.get("/v1/me").await.ok();
                door.get("/v1/organisations?pageSize=3").await.ok();
                self.reads.fetch_add(2, Ordering::Relaxed);
            }
        }
    }

    /// Idempotent changes: each takes place exactly once.
    async fn write(&self, mut doors: Vec<Visitor>, person: usize) {
        let read = doors[0].get("/v1/me/person").await.ok();
        let mut etag = read["etag"].as_str().unwrap().to_owned();
        for number in 0.. {
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            self.writes.fetch_add(1, Ordering::Relaxed);
            // Alternates, so each change is an event.
            let division = ["110105", "110106"][number % 2];
            let change = json!({"divisionCode": division, "etag": etag});
            let mut tries = 0;
            etag = loop {
                let door = &mut doors[tries % 2];
                let request = door
                    .request(Method::PATCH, "/v1/me/person")
                    .header("idempotency-key", format!("rolling-{person}-{number}"))
                    .json(&change);
                let answer = door.send(request).await;
                if answer.status == StatusCode::SERVICE_UNAVAILABLE && tries < 20 {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                break answer.ok()["etag"].as_str().unwrap().to_owned();
            };
        }
    }
}

async fn a_service_is_replaced_while_it_is_used(platform: &Platform) {
    let load = Arc::new(Load::default());
    let mut people = Vec::new();
    for number in 0..4 {
        let address = format!("rolling.{number}@journey.example");
        let mut person = Visitor::new(platform.gateway_url());
        let form = person.sign_up_form(platform, &address).await;
        let account = person.post("/v1/accounts", form).await.ok();
        let doors: Vec<Visitor> = gateways(platform)
            .iter()
            .map(|url| person.at(url))
            .collect();
        let (reads, writes) = (load.clone(), load.clone());
        let (reading, writing) = (doors.clone(), doors);
        people.push((
            account["personId"].as_str().unwrap().to_owned(),
            tokio::spawn(async move { reads.read(reading).await }),
            tokio::spawn(async move { writes.write(writing, number).await }),
        ));
    }
    for replica in 0..2 {
        platform
            .stop_replica(Service::Identity, replica)
            .await
            .unwrap();
        platform
            .start_replica(Service::Identity, replica)
            .await
            .unwrap();
    }
    // A replica that is killed: the gateway retries calls without side effects.
    platform.kill_replica(Service::Identity, 0).await.unwrap();
    // The time during which the replica is away.
    tokio::time::sleep(Duration::from_millis(500)).await;
    platform.start_replica(Service::Identity, 0).await.unwrap();
    load.over.store(true, Ordering::Relaxed);

    let mut ids = Vec::new();
    for (id, reading, writing) in people {
        reading.await.expect("every read was answered");
        writing.await.expect("every change was made");
        ids.push(id);
    }
    let url = platform.database_url(Service::Identity).unwrap();
    let mut identity = PgConnection::connect(url).await.unwrap();
    let moved = "select count(*) from eventlog.event_log where event_type = 'PersonMoved' and aggregate_id::text = any($1)";
    platform.settled().await.unwrap();
    let moved: i64 = sqlx::query_scalar(moved)
        .bind(&ids)
        .fetch_one(&mut identity)
        .await
        .unwrap();
    let (reads, writes) = (
        load.reads.load(Ordering::Relaxed),
        load.writes.load(Ordering::Relaxed),
    );
    assert!(reads > 50 && writes > 20, "{reads} reads, {writes} writes");
    assert_eq!(moved, i64::from(writes), "each change once");
}

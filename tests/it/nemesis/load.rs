//! The load. Each person repeats a change with the same key until it is answered, as a careful program does; so at the
//! end every change has been acknowledged or refused.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::Service;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::{journal::Journal, stage::Stage};
use crate::visitor::Visitor;

const PEOPLE: usize = 6;
const ACTIVITIES: usize = 8;
const SEATS: usize = 4;
/// A gateway that has not responded within this time has failed its caller.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// Response times.
#[derive(Debug, Default)]
pub struct Times {
    answers: AtomicU64,
    good: AtomicU64,
    longest: Mutex<Duration>,
}

impl Times {
    fn note(&self, took: Duration, good: bool) {
        self.answers.fetch_add(1, Ordering::SeqCst);
        self.good.fetch_add(u64::from(good), Ordering::SeqCst);
        let mut longest = self.longest.lock().unwrap();
        *longest = took.max(*longest);
    }

    #[track_caller]
    pub fn within(&self, limit: Duration, what: &str) {
        let longest = *self.longest.lock().unwrap();
        assert!(longest < limit, "{what} took {longest:.1?}");
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, good) = (
            self.answers.load(Ordering::SeqCst),
            self.good.load(Ordering::SeqCst),
        );
        let longest = *self.longest.lock().unwrap();
        write!(f, "{good} of {all} succeeded, longest wait {longest:.1?}")
    }
}

#[derive(Debug, Default)]
pub struct Waits {
    pub reads: Times,
    pub writes: Times,
}

pub struct People {
    people: Vec<(Uuid, Vec<Visitor>)>,
    activities: Vec<Uuid>,
    waits: Arc<Waits>,
}

impl People {
    /// Registers the people, and publishes their activities.
    pub async fn arrive(stage: &Stage) -> Self {
        let platform = &stage.platform;
        let gateways: Vec<String> = platform
            .replica_addresses(Service::Gateway)
            .into_iter()
            .map(|replica| replica.url)
            .collect();
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let address = format!("nemesis.{number}@journey.example");
            let mut person = Visitor::new(platform.gateway_url());
            let form = person.sign_up_form(platform, &address).await;
            let account = person.post("/v1/accounts", form).await.ok();
            let id = account["personId"].as_str().unwrap().parse().unwrap();
            let doors = gateways.iter().map(|url| person.at(url)).collect();
            people.push((id, doors));
        }
        let mut desk = Visitor::new(platform.gateway_url());
        desk.sign_in("+8619900000004", "wangshang-kexie-2026").await;
        let found = desk
            .get("/v1/organisations?query=中国计算机学会")
            .await
            .ok();
        let society = found["organisations"][0]["organisationId"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut activities = Vec::new();
        for number in 0..ACTIVITIES {
            let draft = json!({
                "title": format!("风雨中的报告会 {number}"), "kind": "LECTURE", "divisionCode": "110108", "place": "一号报告厅",
                "startsAt": in_a_month(0), "endsAt": in_a_month(2), "capacity": SEATS, "creditMinutes": 60,
            });
            let path = format!("/v1/organisations/{society}/activities");
            let id = desk.post(&path, draft).await.ok()["activityId"]
                .as_str()
                .unwrap()
                .to_owned();
            desk.post(&format!("/v1/activities/{id}:publish"), json!({}))
                .await
                .ok();
            activities.push(id.parse().unwrap());
        }
        Self {
            people,
            activities,
            waits: Arc::default(),
        }
    }

    /// Starts the load.
    pub fn work(self, seed: u64) -> AtWork {
        let over = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for (number, (id, doors)) in (0..).zip(self.people) {
            let person = Person {
                id,
                doors,
                random: StdRng::seed_from_u64(seed.wrapping_add(number)),
                activities: self.activities.clone(),
                waits: self.waits.clone(),
                over: over.clone(),
                journal: Journal::default(),
            };
            tasks.push(tokio::spawn(person.live()));
        }
        AtWork {
            over,
            tasks,
            waits: self.waits,
        }
    }
}

fn in_a_month(hours: i64) -> String {
    let at = OffsetDateTime::now_utc() + time::Duration::days(30) + time::Duration::hours(hours);
    at.format(&Rfc3339).unwrap()
}

pub struct AtWork {
    over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Journal>>,
    waits: Arc<Waits>,
}

impl AtWork {
    /// Time until one write and one read have succeeded.
    pub async fn next_success(&self) -> Duration {
        let start = Instant::now();
        for times in [&self.waits.writes, &self.waits.reads] {
            let before = times.good.load(Ordering::SeqCst);
            while times.good.load(Ordering::SeqCst) == before {
                assert!(
                    start.elapsed() < Duration::from_secs(120),
                    "nothing works any more"
                );
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        start.elapsed()
    }

    /// Finishes the requests in flight.
    pub async fn end(self) -> (Journal, Arc<Waits>) {
        self.over.store(true, Ordering::SeqCst);
        let mut journal = Journal::default();
        for task in self.tasks {
            journal.add(task.await.unwrap());
        }
        (journal, self.waits)
    }
}

struct Person {
    id: Uuid,
    /// The same person at each gateway.
    doors: Vec<Visitor>,
    random: StdRng,
    activities: Vec<Uuid>,
    waits: Arc<Waits>,
    over: Arc<AtomicBool>,
    journal: Journal,
}

impl Person {
    async fn live(mut self) -> Journal {
        self.journal.moves.insert(self.id, 0);
        let mut seats: Vec<(Uuid, Uuid)> = Vec::new();
        let mut number = 0;
        while !self.over.load(Ordering::SeqCst) {
            number += 1;
            match self.random.random_range(0..10) {
                0..=3 => self.read().await,
                4..=6 => self.moves(number).await,
                7..=8 => self.register(&mut seats).await,
                _ => self.cancel(&mut seats).await,
            }
        }
        self.journal
    }

    async fn read(&mut self) {
        let path = [
            "/v1/me",
            "/v1/me/registrations",
            "/v1/organisations?pageSize=3",
        ][self.random.random_range(0..3)];
        self.get(path).await;
    }

    /// A read: a success, or a 503 with a retry delay.
    async fn get(&mut self, path: &str) -> Option<Value> {
        let door = self.random.random_range(0..self.doors.len());
        let request = self.doors[door]
            .request(Method::GET, path)
            .timeout(GIVEN_UP);
        let start = Instant::now();
        let response = request.send().await;
        let status = response.as_ref().ok().map(reqwest::Response::status);
        self.waits
            .reads
            .note(start.elapsed(), status == Some(StatusCode::OK));
        let response = response.unwrap_or_else(|error| panic!("no answer to {path}: {error}"));
        if response.status() != StatusCode::OK {
            let retry = response.headers().contains_key("retry-after");
            let (status, body) = (response.status(), response.text().await.unwrap_or_default());
            let passing = matches!(status.as_u16(), 503 | 504);
            assert!(
                passing && (retry || status == 504),
                "{path}: {status} {body}"
            );
            return None;
        }
        response.json().await.ok()
    }

    /// Repeats a change until it is answered.
    async fn change(
        &mut self,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let begun = Instant::now();
        loop {
            let door = self.random.random_range(0..self.doors.len());
            let request = self.doors[door]
                .request(method.clone(), path)
                .timeout(GIVEN_UP)
                .header("idempotency-key", key)
                .json(body);
            let start = Instant::now();
            let response = request.send().await;
            let took = start.elapsed();
            let response = response.unwrap_or_else(|error| panic!("no answer to {path}: {error}"));
            let status = response.status();
            let done = !matches!(status.as_u16(), 503 | 504);
            self.waits.writes.note(took, done);
            let body: Value = response.json().await.unwrap_or(Value::Null);
            if done {
                return (status, body);
            }
            assert!(
                begun.elapsed() < Duration::from_secs(180),
                "{path} is never answered: {status} {body}"
            );
            let pause = self.random.random_range(50..300);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn moves(&mut self, number: u64) {
        let Some(person) = self.get("/v1/me/person").await else {
            return;
        };
        // Alternates, so each change is an event.
        let division = if person["divisionCode"] == "110105" {
            "110106"
        } else {
            "110105"
        };
        let key = format!("move-{}-{number}", self.id);
        let change = json!({"divisionCode": division, "etag": person["etag"]});
        let (status, body) = self
            .change(Method::PATCH, "/v1/me/person", &key, &change)
            .await;
        assert_eq!(status, 200, "{body}");
        *self.journal.moves.entry(self.id).or_default() += 1;
    }

    async fn register(&mut self, seats: &mut Vec<(Uuid, Uuid)>) {
        let activity = self.activities[self.random.random_range(0..self.activities.len())];
        let path = format!("/v1/activities/{activity}/registrations");
        let key = Uuid::now_v7().to_string();
        let (status, body) = self
            .change(
                Method::POST,
                &path,
                &key,
                &json!({"divisionCode": "110108"}),
            )
            .await;
        match (status.as_u16(), body["code"].as_str()) {
            (200, _) => {
                let id: Uuid = body["registrationId"].as_str().unwrap().parse().unwrap();
                assert!(
                    seats.iter().all(|(_, at)| *at != activity),
                    "two seats for one person"
                );
                seats.push((id, activity));
                self.journal.seats.push((id, activity, self.id));
            }
            (_, Some("ALREADY_REGISTERED")) => {
                assert!(
                    seats.iter().any(|(_, at)| *at == activity),
                    "a seat that was not acknowledged"
                );
            }
            (_, Some("ACTIVITY_FULL")) => {}
            _ => panic!("{status} {body}"),
        }
    }

    async fn cancel(&mut self, seats: &mut Vec<(Uuid, Uuid)>) {
        if seats.is_empty() {
            return;
        }
        let (id, _) = seats.swap_remove(self.random.random_range(0..seats.len()));
        let path = format!("/v1/registrations/{id}:cancel");
        let key = Uuid::now_v7().to_string();
        let (status, body) = self.change(Method::POST, &path, &key, &json!({})).await;
        assert_eq!(status, 200, "{body}");
        self.journal.cancelled.push(id);
    }
}

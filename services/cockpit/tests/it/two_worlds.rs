//! What a viewer may not know changes no byte of any answer: see [`testkit::two_worlds`].

use cockpit::catalogue::CATALOGUE;
use eventlog::Event;
use kit::{access::Caller, clock::Clock};
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};
use testkit::{
    Database,
    two_worlds::{self, Answer, Leak, Questions, Report},
};
use tonic::Response;

use crate::{
    consuming::choices,
    stage::{self, CAST, Served},
    world::{ORGANISATIONS, World},
};

/// Questions a method.
const MOST: usize = 120;

struct Told {
    /// Deleted when it is dropped.
    database: Database,
    service: Served,
}

/// Whether an event is about this organisation: they name it by its id.
fn about(event: &Event, organisation: &str) -> bool {
    let payload = &event.payload;
    payload
        .windows(organisation.len())
        .any(|part| part == organisation.as_bytes())
}

/// A cockpit that has heard what happened, of the first society only if `whole`, and of people only if `whole`.
async fn tell(whole: bool) -> Told {
    let database = stage::database().await;
    stage::organisations(&database.pool).await;
    let world = World::played(&choices(1_500));
    let clock = Clock::fixed(world.log.last().unwrap().occurred_at);
    let cockpit = stage::cockpit(&database.pool, clock);
    let other = ORGANISATIONS[0].to_string();
    for source in cockpit::facts::SOURCES {
        let mut heard = world.log_of(source);
        // How fresh the cockpit is it says to all who may read it: the last fact of a source is heard in both worlds.
        let last = heard.last().map(|event| event.id);
        if !whole {
            heard.retain(|event| {
                // Members of the viewer's own society are described in both.
                Some(event.id) == last
                    || event.event_type == "PersonDescribed"
                    || source != "identity" && !about(event, &other)
            });
        }
        for (position, event) in (1..).zip(&mut heard) {
            event.position = position;
        }
        stage::apply(&cockpit, &heard).await;
    }
    Told {
        service: stage::service(&cockpit).await,
        database,
    }
}

impl Told {
    fn as_seen_by(&self, viewer: &Caller) -> two_worlds::World {
        let [other, own, branch] = ORGANISATIONS.map(|id| id.to_string());
        two_worlds::World {
            channel: self.service.channel(),
            viewer: viewer.clone(),
            names: vec![
                ("other", other),
                ("own", own),
                ("branch", branch),
                ("headquarters", CAST.to_string()),
            ],
        }
    }
}

fn questions() -> Questions {
    let metrics: Vec<&'static str> = CATALOGUE.iter().map(|metric| metric.name).collect();
    Questions::at_most(MOST)
        .text("metric", &metrics)
        .text(
            "organisation_id",
            &[
                "",
                "{own}",
                "{branch}",
                "{other}",
                "{headquarters}",
                "no id",
            ],
        )
        .text("province_code", &["110000", "330000", "440000", "999999"])
        .text("from_day", &["", "2026-03-31", "2026-04-20"])
        .text("to_day", &["", "2026-04-20"])
        .text(
            "filters",
            &[
                "organisation_kind=NATIONAL_SOCIETY",
                "organisation={branch}",
            ],
        )
        .text("group_by", &["organisation", "age_band"])
}

fn pool() -> DescriptorPool {
    DescriptorPool::decode(proto_cockpit::DESCRIPTORS).expect("the contract")
}

async fn compare(role: Option<&'static str>, leak: Option<Leak<'_>>) -> Report {
    let tellings = [tell(false).await, tell(true).await];
    let mut worlds = Vec::new();
    for told in &tellings {
        let pool = &told.database.pool;
        let viewer = match role {
            Some("headquarters.leader") => stage::leader(pool).await,
            Some(role) => stage::person_with(pool, role, ORGANISATIONS[1]).await,
            None => stage::outsider(),
        };
        worlds.push(told.as_seen_by(&viewer));
    }
    let worlds: [two_worlds::World; 2] = worlds.try_into().expect("two worlds");
    two_worlds::compare(&pool(), &questions(), &worlds, leak).await
}

#[tokio::test]
async fn an_analyst_learns_nothing_of_other_societies_and_of_people() {
    let report = compare(Some("society.analyst"), None).await;
    assert!(
        report.differences.is_empty(),
        "the viewer learns what they may not: {:#?}",
        report.differences
    );
    // The questions reach something, and a method that is added is asked, too.
    assert!(report.answered > 30, "{report:?}");
    assert!(report.methods.len() >= 5, "{:?}", report.methods);
}

#[tokio::test]
async fn who_holds_no_role_learns_nothing_at_all() {
    let report = compare(None, None).await;
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    assert_eq!(report.answered, 0);
}

/// A leader knows what differs: the test can fail.
#[tokio::test]
async fn a_leader_is_told_what_the_others_are_not() {
    let report = compare(Some("headquarters.leader"), None).await;
    let told: Vec<&str> = report
        .differences
        .iter()
        .filter_map(|difference| difference.method.split('/').next_back())
        .collect();
    for method in ["GetOverview", "QueryMetric", "GetProvince", "QuerySlices"] {
        assert!(told.contains(&method), "{method}: {told:?}");
    }
}

/// Counts in one world what lies outside of the viewer's scope.
fn counted(method: &MethodDescriptor, answer: Answer) -> Answer {
    let (metadata, mut message, extensions) = answer?.into_parts();
    if method.name() == "GetOverview" {
        add_one(&mut message, "figures");
    }
    Ok(Response::from_parts(metadata, message, extensions))
}

fn add_one(message: &mut DynamicMessage, list: &str) {
    let field = message
        .descriptor()
        .get_field_by_name(list)
        .expect("a list");
    if let Value::List(entries) = message.get_field_mut(&field)
        && let Some(Value::Message(first)) = entries.first_mut()
        && let Some(Value::I64(value)) = first
            .get_field_by_name("value")
            .map(std::borrow::Cow::into_owned)
    {
        first.set_field_by_name("value", Value::I64(value + 1));
    }
}

/// Refuses in one world as if there were no such organisation.
fn absent(method: &MethodDescriptor, answer: Answer) -> Answer {
    if method.name() == "QueryMetric" && answer.is_err() {
        return Err(tonic::Status::not_found("no such organisation"));
    }
    answer
}

#[tokio::test]
async fn a_leak_is_found() {
    for (leak, method) in [
        (&counted as Leak<'_>, "GetOverview"),
        (&absent as Leak<'_>, "QueryMetric"),
    ] {
        let report = compare(Some("society.analyst"), Some(leak)).await;
        let told: Vec<&str> = report
            .differences
            .iter()
            .filter_map(|difference| difference.method.split('/').next_back())
            .collect();
        assert_eq!(told, [method]);
    }
}

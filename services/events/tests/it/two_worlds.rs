//! What a viewer may not know changes no byte of any answer: see [`testkit::two_worlds`].

use kit::access::Caller;
use prost_reflect::DescriptorPool;
use proto_events::v1::{self as wire, Activity, CreateRegistrationRequest};
use serde_json::json;
use testkit::two_worlds::{self, Questions, Report};

use crate::{
    covers::png,
    registration_forms::{definition, sent},
    world::{World, as_, cancel, desk_of, draft, named_person, ok, person, person_id},
};

/// Questions a method.
const MOST: usize = 60;

/// What differs: everything that a registrant tells the organiser, and what the organiser has not published.
struct Secrets {
    /// With the same first character in both worlds: those above see `王**`.
    name: &'static str,
    text: &'static str,
    /// Whether there are a draft and its form besides.
    drafts: bool,
    /// How many files a registrant attaches.
    files: u8,
}

const ONE: Secrets = Secrets {
    name: "王芳",
    text: "花生过敏",
    drafts: false,
    files: 0,
};
const OTHER: Secrets = Secrets {
    name: "王小明",
    text: "海鲜过敏，不吃鸡蛋",
    drafts: false,
    files: 2,
};

struct Told {
    world: World,
    names: Vec<(&'static str, String)>,
    activity: Activity,
}

impl Told {
    fn as_seen_by(&self, viewer: &Caller) -> two_worlds::World {
        let mut names = self.names.clone();
        if let Ok(person) = viewer.person() {
            names.push(("viewer", person.person_id.to_string()));
            names.push(("viewer.number", person.person_number.clone()));
        }
        two_worlds::World {
            channel: self.world.channel(),
            viewer: viewer.clone(),
            names,
        }
    }

    async fn answer(&self, by: &Caller, text: &str, files: u8) -> wire::Registration {
        let mut posters = Vec::new();
        for shade in 0..files {
            let poster = png(16, shade);
            posters.push(self.world.attached(by, &self.activity, &poster).await);
        }
        let request = CreateRegistrationRequest {
            activity_id: self.activity.activity_id.clone(),
            form_version: 1,
            answers: sent(
                json!({ "meal": true, "without": text, "health": text, "poster": posters }),
            ),
            ..Default::default()
        };
        let made = self
            .world
            .registrations()
            .create_registration(as_(by, request))
            .await;
        ok(made)
    }
}

/// The form, with a file that may be attached.
fn with_poster() -> serde_json::Value {
    let mut form = definition();
    let poster =
        json!({ "key": "poster", "type": "file", "title": { "zh": "海报" }, "exported": true });
    let fields = &mut form["pages"][0]["sections"][0]["fields"];
    fields.as_array_mut().expect("fields").push(poster);
    form
}

/// A published activity with a form, with people who are registered and one who cancelled.
async fn tell(secrets: &Secrets) -> Told {
    let world = World::new().await;
    let drafted = world.draft(20).await;
    world.with_form(&drafted, with_poster()).await;
    let activity = world.publish(&drafted).await;
    let mut names: Vec<(&'static str, String)> = vec![
        ("society", world.society.to_string()),
        ("other", world.other_society.to_string()),
        ("headquarters", world.headquarters.to_string()),
        ("activity", activity.activity_id.clone()),
        ("staff", person_id(&world.staff).to_string()),
    ];
    let staff = world
        .staff
        .person()
        .map(|staff| staff.person_number.clone());
    names.push(("staff.number", staff.unwrap_or_default()));
    let mut told = Told {
        world,
        names,
        activity,
    };
    for (registration, number) in [
        ("registration.first", "person.first"),
        ("registration.cancelled", "person.cancelled"),
    ] {
        let registrant = named_person(Some(secrets.name));
        let made = told.answer(&registrant, secrets.text, secrets.files).await;
        if registration == "registration.cancelled" {
            ok(cancel(&told.world.registrations(), &registrant, &made, "").await);
        }
        let person_number = registrant
            .person()
            .map(|person| person.person_number.clone());
        told.names.push((registration, made.registration_id));
        told.names.push((number, person_number.unwrap_or_default()));
    }
    if secrets.drafts {
        let request = wire::CreateActivityRequest {
            title: secrets.text.to_owned(),
            ..draft(told.world.society, 30)
        };
        let unpublished = told
            .world
            .activities()
            .create_activity(as_(&told.world.staff, request))
            .await;
        told.world.with_form(&ok(unpublished), definition()).await;
    }
    told
}

fn questions() -> Questions {
    let registrations = [
        "{registration.first}",
        "{registration.cancelled}",
        "{activity}",
        "no id",
    ];
    Questions::at_most(MOST)
        .text(
            "organisation_id",
            &["{society}", "{other}", "{headquarters}", "no id"],
        )
        .text("activity_id", &["{activity}", "{society}"])
        .text("registration_id", &registrations)
        .text("person_number", &["{person.first}", "{person.cancelled}"])
        .text(
            "query",
            &[
                "",
                "王芳",
                "王小明",
                "花生过敏",
                "人工智能",
                "{person.first}",
            ],
        )
        .text("division_code", &["110108", "440100", "999999"])
        .text("etag", &["*", "v0", "v1"])
        .text("title", &["另一场报告会"])
        .text("reason", &["改期", ""])
        .text("ticket", &["no ticket"])
        .text("token", &["no token"])
        .text("name", &["王芳", "封面.png"])
        .text("body", &["各位好"])
        .text("purpose", &["准备会务"])
        .text("answers", &["meal=true", "without=花生过敏"])
        .text("letter_id", &["{activity}"])
        .text("export_id", &["{activity}"])
        .text("upload_id", &["{activity}"])
        .text("cover_id", &["{activity}"])
}

fn pool() -> DescriptorPool {
    DescriptorPool::decode(proto_events::DESCRIPTORS).expect("the contract")
}

/// Asks as the same viewer in both worlds.
async fn compare(tellings: [&Told; 2], viewers: [&Caller; 2]) -> Report {
    let worlds = [0, 1].map(|at| tellings[at].as_seen_by(viewers[at]));
    two_worlds::compare(&pool(), &questions(), &worlds, None).await
}

#[track_caller]
fn same(report: &Report) {
    assert!(
        report.differences.is_empty(),
        "the viewer learns what they may not: {:#?}",
        report.differences
    );
    // The questions reach something, and a method that is added is asked, too.
    assert!(
        report.answered > 30,
        "{} of {} answered",
        report.answered,
        report.asked
    );
    assert!(report.methods.len() >= 50, "{:?}", report.methods);
}

#[tokio::test]
async fn staff_above_learn_neither_names_nor_answers() {
    let (one, other) = (tell(&ONE).await, tell(&OTHER).await);
    let first = desk_of(one.world.pool(), one.world.headquarters).await;
    let second = desk_of(other.world.pool(), other.world.headquarters).await;
    same(&compare([&one, &other], [&first, &second]).await);
}

#[tokio::test]
async fn another_society_learns_nothing_at_all() {
    let secrets = Secrets {
        drafts: true,
        ..OTHER
    };
    let (one, other) = (tell(&ONE).await, tell(&secrets).await);
    let (first, second) = (one.world.stranger.clone(), other.world.stranger.clone());
    same(&compare([&one, &other], [&first, &second]).await);
}

#[tokio::test]
async fn a_registrant_learns_nothing_of_the_others() {
    let secrets = Secrets {
        drafts: true,
        ..OTHER
    };
    let (one, other) = (tell(&ONE).await, tell(&secrets).await);
    let (first, second) = (person(), person());
    let (mut one, mut other) = (one, other);
    for (told, person) in [(&mut one, &first), (&mut other, &second)] {
        let own = told.answer(person, "不吃辣", 1).await;
        // A ticket names its registration, and is signed by a key of its world.
        let ticket = told.world.ticket(person, &own).await;
        told.names.push(("ticket.own", ticket.token));
        told.names
            .push(("registration.own", own.registration_id.clone()));
        let answers = ok(told.world.own_answers(person, &own).await);
        let upload = answers.files[0].upload_id.clone();
        told.names.push(("upload.own", upload));
    }
    let worlds = [one.as_seen_by(&first), other.as_seen_by(&second)];
    let asked = questions().text(
        "registration_id",
        &["{registration.own}", "{registration.first}"],
    );
    let asked = asked.text("upload_id", &["{upload.own}", "{activity}"]);
    let report = two_worlds::compare(&pool(), &asked, &worlds, None).await;
    same(&report);
}

/// The organiser knows what differs: the test can fail.
#[tokio::test]
async fn the_organiser_is_told_what_the_others_are_not() {
    let (one, other) = (tell(&ONE).await, tell(&OTHER).await);
    let (first, second) = (one.world.staff.clone(), other.world.staff.clone());
    let report = compare([&one, &other], [&first, &second]).await;
    let told: Vec<&str> = report
        .differences
        .iter()
        .filter_map(|difference| difference.method.split('/').next_back())
        .collect();
    assert!(told.contains(&"ListRegistrations"), "{told:?}");
    assert!(told.contains(&"GetRegistrationAnswers"), "{told:?}");
}

//! What a viewer may not know changes no byte of any answer: see [`testkit::two_worlds`].

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};
use proto_membership::v1 as wire;
use serde_json::json;
use testkit::two_worlds::{self, Answer, Leak, Questions, Report};
use tonic::{Response, Status};

use crate::{
    journey::create_request,
    logos::png,
    own_form::sent,
    world::{Actor, World},
};

/// Questions a method.
const MOST: usize = 60;

/// What differs: everything that an applicant tells the society, and what the society tells them.
struct Secrets {
    /// Of the same length, and with the same first character in both worlds: those above see `王**`.
    name: &'static str,
    text: &'static str,
    /// Whether there are a draft and a withdrawn draft besides, which only their applicant sees.
    drafts: bool,
    /// Whether others have applied to the society, and joined it.
    others: bool,
}

const ONE: Secrets = Secrets {
    name: "王芳",
    text: "清华大学",
    drafts: false,
    others: false,
};
const OTHER: Secrets = Secrets {
    name: "王小明",
    text: "中国科学院计算技术研究所",
    drafts: true,
    others: false,
};

struct Told {
    world: World,
    names: Vec<(&'static str, String)>,
}

impl Told {
    fn as_seen_by(&self, viewer: &Actor) -> two_worlds::World {
        let mut names = self.names.clone();
        names.push(("viewer", viewer.id.to_string()));
        names.push(("viewer.number", viewer.number.clone()));
        two_worlds::World {
            channel: self.world.stage.channel.clone(),
            viewer: viewer.caller(),
            names,
        }
    }
}

async fn apply(world: &World, person: &Actor, secrets: &Secrets, files: &[String]) -> String {
    let mut request = create_request(world.society);
    request.answers = sent(json!({ "graduate": !files.is_empty(), "diploma": files }));
    let form = request.form.as_mut().unwrap();
    form.employer = secrets.text.to_owned();
    form.position = secrets.text.to_owned();
    form.research_field = secrets.text.to_owned();
    form.statement = secrets.text.to_owned();
    let draft = world
        .applications()
        .create_application(world.by(person, request))
        .await
        .unwrap()
        .into_inner();
    world
        .submit(person, &draft.application_id)
        .await
        .unwrap()
        .application_id
}

/// A society with an application in every state, and a member who was suspended.
async fn tell(secrets: &Secrets) -> Told {
    let world = World::new().await;
    let mut names: Vec<(&'static str, String)> = vec![
        ("society", world.society.to_string()),
        ("other", world.other_society.to_string()),
        ("headquarters", world.headquarters.to_string()),
    ];
    for (name, staff) in [
        ("reviewer", &world.reviewer),
        ("approver", &world.approver),
        ("desk", &world.desk),
    ] {
        names.push((name, staff.number.clone()));
    }
    world.with_files().await;
    // Each world has made a key of its own for member cards.
    let keys = wire::GetCardKeysRequest::default();
    let keys = world.verification().get_card_keys(keys).await.unwrap();
    let key = keys.into_inner().keys.remove(0);
    names.extend([("card key", key.kid), ("card key itself", key.x)]);
    let mut applicants = Vec::new();
    for number in [
        "person.first",
        "person.final",
        "person.returned",
        "person.rejected",
        "person.member",
        "person.withdrawn",
    ] {
        let person = world.person(secrets.name);
        names.push((number, person.number.clone()));
        applicants.push(person);
    }
    // A longer text makes a larger picture.
    let side = u32::try_from(secrets.text.len()).unwrap();
    let file = world.attached(&applicants[0], &png(side, 10)).await;
    let first = apply(&world, &applicants[0], secrets, std::slice::from_ref(&file)).await;
    let apply = async |person: &Actor| apply(&world, person, secrets, &[]).await;
    let last = apply(&applicants[1]).await;
    world.pass(&world.reviewer, &last).await.unwrap();
    let returned = apply(&applicants[2]).await;
    give_back(&world, &returned, secrets.text).await;
    let rejected = apply(&applicants[3]).await;
    world.pass(&world.reviewer, &rejected).await.unwrap();
    let request = wire::RejectApplicationRequest {
        application_id: rejected.clone(),
        reason: secrets.text.into(),
        ..Default::default()
    };
    world
        .applications()
        .reject_application(world.by(&world.approver, request))
        .await
        .unwrap();
    let mut memberships = Vec::new();
    for person in &applicants[4..6] {
        let application = apply(person).await;
        world.pass(&world.reviewer, &application).await.unwrap();
        let approved = world.approve(&world.approver, &application).await.unwrap();
        memberships.push(approved.membership_id);
        names.push((
            if memberships.len() == 1 {
                "application.member"
            } else {
                "application.withdrawn"
            },
            application,
        ));
    }
    let request = wire::SuspendMembershipRequest {
        membership_id: memberships[0].clone(),
        reason: secrets.text.into(),
        ground: 1,
        ..Default::default()
    };
    world
        .memberships()
        .suspend_membership(world.by(&world.desk, request))
        .await
        .unwrap();
    world.withdraw_consent(&applicants[5]).await;
    if secrets.drafts {
        world.draft(&world.person(secrets.name)).await;
        let person = world.person(secrets.name);
        let draft = world.draft(&person).await;
        world
            .withdraw(&person, &draft.application_id)
            .await
            .unwrap();
    }
    if secrets.others {
        world.submitted(&world.person("赵云")).await;
        world.member(&world.person("钱学")).await;
    }
    names.extend([
        ("application.first", first),
        ("file.first", file),
        ("application.final", last),
        ("application.returned", returned),
        ("application.rejected", rejected),
        ("membership.suspended", memberships[0].clone()),
        ("membership.withdrawn", memberships[1].clone()),
    ]);
    Told { world, names }
}

async fn give_back(world: &World, application_id: &str, reason: &str) {
    let request = wire::ReturnApplicationRequest {
        application_id: application_id.into(),
        reason: reason.into(),
        ..Default::default()
    };
    world
        .applications()
        .return_application(world.by(&world.reviewer, request))
        .await
        .unwrap();
}

fn questions(most: usize) -> Questions {
    let applications = [
        "{application.first}",
        "{application.final}",
        "{application.returned}",
        "{application.rejected}",
        "{application.member}",
        "{application.withdrawn}",
        "{society}",
    ];
    Questions::at_most(most)
        .text(
            "organisation_id",
            &["{society}", "{other}", "{headquarters}", "no id"],
        )
        .text("application_id", &applications)
        .text("application_ids", &applications)
        .text(
            "membership_id",
            &[
                "{membership.suspended}",
                "{membership.withdrawn}",
                "{society}",
            ],
        )
        .text("answers", &["graduate=true", "graduate=false"])
        .text("upload_id", &["{file.first}", "{society}"])
        .text("consent_id", &["{society}"])
        .text("parent_id", &["", "{headquarters}", "{society}"])
        .text(
            "query",
            &[
                "",
                "王芳",
                "王小明",
                "清华大学",
                "B200000001M",
                "{person.member}",
                "计算机",
            ],
        )
        .text("name", &["王芳", "王小明"])
        .text(
            "member_number",
            &["B200000001M", "B200000002M", "B200000009M"],
        )
        .text(
            "person_number",
            &["{person.member}", "{person.withdrawn}", "{person.first}"],
        )
        .text("etag", &["*", "1", "2"])
        .text("reason", &["请补充材料", ""])
        .text("token", &["no token"])
        .text("division_code", &["110108", "999999"])
        .text("parent_code", &["", "110000"])
        .text("code", &["X-99"])
        .text("short_name", &["计算机"])
        .text("employer", &["清华大学"])
        .text("research_field", &["清华大学"])
}

/// Asks as the same viewer in both worlds.
async fn compare(
    tellings: [&Told; 2],
    viewers: [&Actor; 2],
    most: usize,
    leak: Option<Leak<'_>>,
) -> Report {
    let worlds = [0, 1].map(|at| tellings[at].as_seen_by(viewers[at]));
    two_worlds::compare(&pool(), &questions(most), &worlds, leak).await
}

fn pool() -> DescriptorPool {
    DescriptorPool::decode(proto_membership::DESCRIPTORS).unwrap()
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
        report.answered > 50,
        "{} of {} answered",
        report.answered,
        report.asked
    );
    assert!(report.methods.len() >= 30, "{:?}", report.methods);
}

#[tokio::test]
async fn staff_above_learn_neither_names_nor_forms_nor_reasons_nor_drafts() {
    let (one, other) = (tell(&ONE).await, tell(&OTHER).await);
    let viewer = async |told: &Told| {
        let world = &told.world;
        let actor = world
            .staff("organisation.administrator", world.headquarters)
            .await;
        world
            .grant(&actor, "society.member_desk", world.headquarters)
            .await;
        world
            .grant(&actor, "society.reviewer", world.headquarters)
            .await;
        actor
    };
    let viewers = (viewer(&one).await, viewer(&other).await);
    same(&compare([&one, &other], [&viewers.0, &viewers.1], MOST, None).await);
}

#[tokio::test]
async fn another_society_learns_nothing_at_all() {
    let secrets = Secrets {
        others: true,
        ..OTHER
    };
    let (one, other) = (tell(&ONE).await, tell(&secrets).await);
    let (first, second) = (one.world.stranger.clone(), other.world.stranger.clone());
    same(&compare([&one, &other], [&first, &second], MOST, None).await);
}

#[tokio::test]
async fn a_visitor_and_a_scientist_learn_nothing_at_all() {
    let secrets = Secrets {
        others: true,
        ..OTHER
    };
    let (one, other) = (tell(&ONE).await, tell(&secrets).await);
    let (first, second) = (one.world.person("路人"), other.world.person("路人"));
    same(&compare([&one, &other], [&first, &second], MOST, None).await);
}

/// Only the person who has withdrawn their consent differs; the desk knew the name before.
#[tokio::test]
async fn the_society_no_longer_learns_who_has_withdrawn_their_consent() {
    let tell_withdrawn = async |name: &'static str| {
        let told = tell(&ONE).await;
        let world = &told.world;
        let person = Actor {
            name: name.to_owned(),
            ..world.person("")
        };
        let application = apply(world, &person, &Secrets { text: name, ..ONE }, &[]).await;
        world.pass(&world.reviewer, &application).await.unwrap();
        let approved = world.approve(&world.approver, &application).await.unwrap();
        world.withdraw_consent(&person).await;
        let mut told = told;
        told.names.extend([
            ("person.gone", person.number.clone()),
            ("application.gone", application),
            ("membership.gone", approved.membership_id),
        ]);
        told
    };
    let (one, other) = (
        tell_withdrawn("欧阳修").await,
        tell_withdrawn("司马光华").await,
    );
    let (first, second) = (one.world.desk.clone(), other.world.desk.clone());
    let asked = questions(MOST)
        .text("query", &["", "欧阳修", "司马光华", "{person.gone}"])
        .text("name", &["欧阳修", "司马光华"])
        .text("membership_id", &["{membership.gone}"])
        .text("application_id", &["{application.gone}"]);
    let worlds = [one.as_seen_by(&first), other.as_seen_by(&second)];
    let report = two_worlds::compare(&pool(), &asked, &worlds, None).await;
    assert!(report.differences.is_empty(), "{:#?}", report.differences);
    assert!(report.answered > 50);
}

/// Ten leaks, one at a time: each is found.
#[tokio::test]
async fn planted_leaks_are_found() {
    let (one, other) = (tell(&ONE).await, tell(&ONE).await);
    let (first, second) = (one.world.desk.clone(), other.world.desk.clone());
    same(&compare([&one, &other], [&first, &second], MOST, None).await);

    type Planted = fn(&MethodDescriptor, Answer) -> Answer;
    fn on_list(
        method: &MethodDescriptor,
        answer: Answer,
        change: impl Fn(&mut DynamicMessage),
    ) -> Answer {
        match (method.name(), answer) {
            ("ListMemberships", Ok(mut answer)) => {
                change(answer.get_mut());
                Ok(answer)
            }
            (_, answer) => answer,
        }
    }
    fn members(message: &mut DynamicMessage, change: impl Fn(&mut Vec<Value>)) {
        if let Some(Value::List(members)) = message.get_field_by_name_mut("memberships") {
            change(members);
        }
    }
    fn first_member(message: &mut DynamicMessage, field: &str, value: Value) {
        members(message, |members| {
            if let Some(Value::Message(member)) = members.first_mut() {
                member.set_field_by_name(field, value.clone());
            }
        });
    }
    let leaks: [(&str, Planted); 10] = [
        ("a name", |m, a| {
            on_list(m, a, |l| {
                first_member(l, "member_name", Value::String("王小明".into()))
            })
        }),
        ("an etag", |m, a| {
            on_list(m, a, |l| first_member(l, "etag", Value::String("9".into())))
        }),
        ("a state", |m, a| {
            on_list(m, a, |l| first_member(l, "state", Value::EnumNumber(3)))
        }),
        ("a field that is there", |m, a| {
            on_list(m, a, |l| {
                first_member(l, "joined_on", Value::String(String::new()))
            })
        }),
        ("the order", |m, a| {
            on_list(m, a, |l| members(l, |list| list.reverse()))
        }),
        ("one fewer", |m, a| {
            on_list(m, a, |l| members(l, |list| drop(list.pop())))
        }),
        ("the end of the pages", |m, a| {
            on_list(m, a, |l| {
                l.set_field_by_name("next_page_token", Value::String("x".into()))
            })
        }),
        ("a header", |m, a| match (m.name(), a) {
            ("ListMemberships", Ok(mut answer)) => {
                answer
                    .metadata_mut()
                    .insert("x-total", "7".parse().unwrap());
                Ok(answer)
            }
            (_, a) => a,
        }),
        ("the words of an error", |_, a| {
            a.map_err(|status| {
                Status::new(status.code(), format!("{} of 王小明", status.message()))
            })
        }),
        ("an error instead of an empty answer", |m, a| {
            match (m.name(), a) {
                ("ListMemberships", Ok(answer)) if is_empty(&answer) => Err(Status::not_found("")),
                (_, a) => a,
            }
        }),
    ];
    for (leaked, leak) in leaks {
        let report = compare([&one, &other], [&first, &second], 12, Some(&leak)).await;
        assert!(!report.differences.is_empty(), "{leaked} was not found");
    }
}

fn is_empty(answer: &Response<DynamicMessage>) -> bool {
    let message = answer.get_ref();
    let field = message.descriptor().get_field_by_name("memberships");
    field.is_some_and(|field| !message.has_field(&field))
}

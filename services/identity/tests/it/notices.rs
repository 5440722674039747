//! What people are told, once each, and by which way.

use std::collections::BTreeMap;

use bytes::Bytes;
use eventlog::{ApplyError, Event, Handler as _};
use futures::StreamExt as _;
use identity::{
    deliveries::{Kind, Transports},
    notices::{asked::Asked, outgoing::Outgoing},
};
use kit::notices::Notice;
use prost::Message as _;
use proto_identity::v1::{
    self as wire, Account, NoticeCategory, notice_choice::Mail, notices_client::NoticesClient,
};
use proto_notices::{
    templates::{ActivityCancelled, ApplicationReturned, ApplicationsSubmitted},
    v1::{NoticeAsked, NoticePeople, notice_asked::To},
};
use time::Duration;
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::world::{Browser, NOW, PASSWORD, URL, World, fields, phone, reason, refused};

const REVIEW: &str = "applications.review";

impl World {
    fn asked(&self) -> Asked {
        Asked {
            clock: self.clock.clone(),
            unread: self.parts.unread.clone(),
        }
    }

    /// Applies an event of another service, as its consumer does.
    async fn hear(&self, event: &Event) -> Result<(), ApplyError> {
        let mut tx = self.pool().begin().await.unwrap();
        let outcome = self.asked().apply(&mut tx, event).await;
        match outcome {
            Ok(()) => tx.commit().await.unwrap(),
            Err(_) => tx.rollback().await.unwrap(),
        }
        outcome
    }

    async fn told(&self, notice: &Notice) -> Event {
        let event = self.event(&asked(notice));
        self.hear(&event).await.unwrap();
        event
    }

    fn event(&self, asked: &NoticeAsked) -> Event {
        Event {
            position: 1,
            id: Uuid::now_v7(),
            source: "membership".to_owned(),
            aggregate: "Notice".to_owned(),
            aggregate_id: Uuid::now_v7(),
            event_type: "NoticeAsked".to_owned(),
            payload: asked.encode_to_vec().into(),
            occurred_at: self.clock.now(),
            traceparent: None,
        }
    }

    /// Sends the messages about notices that are due; returns them as kind, recipient and text.
    async fn sent(&self) -> Vec<(Kind, String, String)> {
        let before = self.outbox.0.lock().unwrap().len();
        let way: std::sync::Arc<dyn identity::deliveries::Transport> =
            std::sync::Arc::new(self.outbox.clone());
        let outgoing = Outgoing {
            db: self.db.clone(),
            keys: self.parts.keys.clone(),
            clock: self.clock.clone(),
            public_url: URL.to_owned(),
            transports: Transports {
                sms: way.clone(),
                mail: way,
            },
        };
        let worker = outgoing.worker();
        while worker.run_due().await.unwrap() > 0 {}
        let messages = self.outbox.0.lock().unwrap();
        messages[before..]
            .iter()
            .map(|(kind, to, content)| (*kind, to.clone(), content.text.clone()))
            .collect()
    }
}

/// What is inside a notice as it is asked for.
fn asked(notice: &Notice) -> NoticeAsked {
    notice.asked().clone()
}

fn returned() -> ApplicationReturned<'static> {
    ApplicationReturned {
        organisation_id: Uuid::from_u128(7),
        organisation_name: "中国计算机学会",
    }
}

fn submitted(organisation_id: Uuid) -> ApplicationsSubmitted<'static> {
    ApplicationsSubmitted {
        organisation_id,
        organisation_name: "中国计算机学会",
    }
}

fn id(account: &Account) -> Uuid {
    account.person_id.parse().unwrap()
}

fn client(browser: &Browser) -> NoticesClient<Channel> {
    NoticesClient::new(browser.channel.clone())
}

async fn list(browser: &Browser, unread: bool) -> wire::ListNoticesResponse {
    let message = wire::ListNoticesRequest {
        unread,
        ..Default::default()
    };
    let request = browser.signed(message).await.unwrap();
    let answer = client(browser).list_notices(request).await;
    answer.unwrap().into_inner()
}

async fn unread(browser: &Browser) -> i32 {
    let request = browser.signed(wire::CountUnreadNoticesRequest {});
    let request = request.await.unwrap();
    let answer = client(browser).count_unread_notices(request).await;
    answer.unwrap().into_inner().unread
}

async fn mark(browser: &Browser, message: wire::MarkNoticesReadRequest) -> Result<i32, Status> {
    let request = browser.signed(message).await?;
    let answer = client(browser).mark_notices_read(request).await?;
    Ok(answer.into_inner().unread)
}

async fn choose(
    browser: &Browser,
    choices: &[(NoticeCategory, Mail, bool)],
) -> Result<wire::NoticeChoices, Status> {
    let choices = choices
        .iter()
        .map(|(category, mail, sms)| wire::NoticeChoice {
            category: (*category).into(),
            mail: (*mail).into(),
            sms: *sms,
            fixed: false,
        });
    let message = wire::UpdateNoticeChoicesRequest {
        choices: choices.collect(),
        request_id: String::new(),
    };
    let request = browser.signed(message).await?;
    let answer = client(browser).update_notice_choices(request).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn a_notice_is_in_the_inbox_with_its_words_and_where_it_goes_on() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let (other, _) = world.signed_up(&phone()).await;
    world
        .told(&Notice::to_person(id(&account), returned()))
        .await;
    let inbox = list(&person, false).await;
    let [notice] = &inbox.notices[..] else {
        panic!("{inbox:?}");
    };
    assert_eq!(notice.category(), NoticeCategory::Applications);
    assert_eq!(notice.title_zh, "入会申请被退回修改");
    assert_eq!(notice.title_en, "Your application was returned");
    assert!(notice.text_zh.starts_with("中国计算机学会退回了"));
    assert_eq!(notice.link, format!("/join/{}", Uuid::from_u128(7)));
    assert_eq!((notice.count, notice.read_at.is_none()), (1, true));
    assert_eq!((unread(&person).await, unread(&other).await), (1, 0));
    assert!(list(&other, false).await.notices.is_empty());
}

#[tokio::test]
async fn an_event_that_is_applied_again_tells_nothing_new() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let event = world
        .told(&Notice::to_person(id(&account), returned()))
        .await;
    // A replay, a consumer that starts from the first event, and after the notice was read and forgotten.
    world.hear(&event).await.unwrap();
    assert_eq!(list(&person, false).await.notices.len(), 1);
    sqlx::query("delete from notices")
        .execute(world.pool())
        .await
        .unwrap();
    world.hear(&event).await.unwrap();
    assert_eq!(unread(&person).await, 0);
    // Another service may have used the same id: it is another event.
    let elsewhere = Event {
        source: "events".to_owned(),
        ..event
    };
    world.hear(&elsewhere).await.unwrap();
    assert_eq!(unread(&person).await, 1);
}

#[tokio::test]
async fn two_that_apply_the_same_event_at_once_tell_it_once() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let event = world.event(&asked(&Notice::to_person(id(&account), returned())));
    let (one, two) = tokio::join!(world.hear(&event), world.hear(&event));
    one.unwrap();
    two.unwrap();
    assert_eq!(unread(&person).await, 1);
}

#[tokio::test]
async fn an_event_of_half_a_year_ago_tells_nothing() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let mut event = world.event(&asked(&Notice::to_person(id(&account), returned())));
    event.occurred_at = NOW - Duration::days(181);
    world.hear(&event).await.unwrap();
    assert_eq!(unread(&person).await, 0);
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_for_the_quarantine_and_changes_nothing() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let good = asked(&Notice::to_person(id(&account), returned()));
    let with = |change: fn(&mut NoticeAsked)| {
        let mut asked = good.clone();
        change(&mut asked);
        world.event(&asked)
    };
    let mut garbled = world.event(&good);
    garbled.payload = Bytes::from_static(b"\xff\xff");
    for (what, event) in [
        ("no such template", with(|a| a.template = "no_such".into())),
        ("a parameter is missing", with(|a| a.params.clear())),
        (
            "a parameter too many",
            with(|a| drop(a.params.insert("name".into(), "王示例".into()))),
        ),
        ("no one", with(|a| a.to = None)),
        (
            "an empty list",
            with(|a| a.to = Some(To::People(NoticePeople::default()))),
        ),
        (
            "no id",
            with(|a| {
                a.to = Some(To::People(NoticePeople {
                    person_ids: vec!["王示例".into()],
                }))
            }),
        ),
        (
            "too many",
            with(|a| {
                let ids = (0..1_001).map(|n| Uuid::from_u128(n).to_string());
                a.to = Some(To::People(NoticePeople {
                    person_ids: ids.collect(),
                }))
            }),
        ),
        (
            "a permission that no role has",
            world.event(&asked(&Notice::to_holders(
                "no.such",
                world.society,
                submitted(world.society),
            ))),
        ),
        ("garbled", garbled),
    ] {
        match world.hear(&event).await {
            // It is stored and shown: nothing of the event's content is in it.
            Err(ApplyError::Poison(words)) => assert!(!words.contains('王'), "{words}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    assert_eq!(unread(&person).await, 0);
    assert_eq!(world.count("select count(*) from asked_notices").await, 0);
    // After the cause is mended it is replayed as if it were new.
    world.hear(&world.event(&good)).await.unwrap();
    assert_eq!(unread(&person).await, 1);
}

#[tokio::test]
async fn people_who_are_not_known_are_left_out_and_the_others_told() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let people = [Uuid::now_v7(), id(&account), id(&account)];
    let cancelled = ActivityCancelled {
        activity_id: Uuid::from_u128(9),
        activity_title: "学术年会",
    };
    world.told(&Notice::to_people(&people, cancelled)).await;
    assert_eq!(unread(&person).await, 1);
    assert_eq!(world.count("select count(*) from notices").await, 1);
}

#[tokio::test]
async fn those_who_hold_the_permission_nearest_are_told_and_their_work_is_counted_together() {
    let world = World::new().await;
    let (near, near_account) = world.staff(1, "society.reviewer", world.society).await;
    let (above, _) = world.staff(2, "society.reviewer", world.headquarters).await;
    let (elsewhere, _) = world
        .staff(3, "society.reviewer", world.other_society)
        .await;
    let notice = Notice::to_holders(REVIEW, world.society, submitted(world.society));
    for _ in 0..400 {
        world.told(&notice).await;
    }
    let inbox = list(&near, false).await;
    let [one] = &inbox.notices[..] else {
        panic!("{} notices", inbox.notices.len());
    };
    assert_eq!(one.count, 400);
    assert!(one.text_zh.contains("400"), "{}", one.text_zh);
    assert_eq!((unread(&above).await, unread(&elsewhere).await), (0, 0));
    // Once it is read, what is new begins anew.
    let ids = wire::MarkNoticesReadRequest {
        notice_ids: vec![one.notice_id.clone()],
        ..Default::default()
    };
    assert_eq!(mark(&near, ids).await.unwrap(), 0);
    world.told(&notice.clone().times(3)).await;
    assert_eq!(list(&near, true).await.notices[0].count, 3);
    // An application of their own is for those above.
    world.told(&notice.clone().except(id(&near_account))).await;
    assert_eq!(unread(&above).await, 1);
    assert_eq!(list(&near, true).await.notices[0].count, 3);
    // One daily mail a person, not one a notice; these people have phones alone, so none goes out.
    assert_eq!(
        world
            .count("select count(*) from jobs.jobs where kind = 'notice.digest'")
            .await,
        2
    );
}

#[tokio::test]
async fn what_is_read_is_read_and_what_came_since_is_not() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let (stranger, _) = world.signed_up(&phone()).await;
    let notice = Notice::to_person(id(&account), returned());
    world.told(&notice).await;
    let first = list(&person, false).await;
    world.clock.set(NOW + Duration::minutes(5));
    world.told(&notice).await;
    let these = wire::MarkNoticesReadRequest {
        notice_ids: vec![first.notices[0].notice_id.clone()],
        ..Default::default()
    };
    // Ids of others are passed over.
    assert_eq!(mark(&stranger, these.clone()).await.unwrap(), 0);
    assert_eq!(unread(&person).await, 2);
    let until = wire::MarkNoticesReadRequest {
        until: first.listed_at,
        request_id: "one".to_owned(),
        ..Default::default()
    };
    assert_eq!(mark(&person, until.clone()).await.unwrap(), 1);
    assert_eq!(mark(&person, until).await.unwrap(), 1, "the same answer");
    assert_eq!(list(&person, true).await.notices.len(), 1);
    let both = wire::MarkNoticesReadRequest {
        until: first.listed_at,
        ..these
    };
    for message in [both, wire::MarkNoticesReadRequest::default()] {
        let status = mark(&person, message).await.unwrap_err();
        assert_eq!(reason(&status), "INVALID_ARGUMENT");
        assert_eq!(fields(&status), ["notice_ids"]);
    }
}

#[tokio::test]
async fn the_list_comes_page_by_page_newest_first() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    for minute in 0..5 {
        world.clock.set(NOW + Duration::minutes(minute));
        world
            .told(&Notice::to_person(id(&account), returned()))
            .await;
    }
    let mut message = wire::ListNoticesRequest {
        page_size: 2,
        ..Default::default()
    };
    let mut seen = Vec::new();
    loop {
        let request = person.signed(message.clone()).await.unwrap();
        let page = client(&person).list_notices(request).await.unwrap();
        let page = page.into_inner();
        seen.extend(page.notices.iter().map(|n| n.told_at.unwrap().seconds));
        message.page_token = page.next_page_token;
        if message.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{seen:?}");
}

#[tokio::test]
async fn a_message_waits_for_the_morning_and_does_not_go_out_for_what_was_read() {
    let world = World::new().await;
    let (person, account) = world.signed_up("night@example.org").await;
    // 23:00 in Beijing.
    world.clock.set(NOW + Duration::hours(13));
    let notice = Notice::to_person(id(&account), returned());
    world.told(&notice).await;
    assert_eq!(world.sent().await, []);
    world.clock.set(NOW + Duration::hours(22));
    let sent = world.sent().await;
    let [(Kind::Mail, to, text)] = &sent[..] else {
        panic!("{} messages", sent.len());
    };
    assert_eq!(to, "night@example.org");
    assert!(text.contains(&format!("{URL}/join/{}", Uuid::from_u128(7))));
    assert!(text.contains("returned your application"), "{text}");
    assert_eq!(world.sent().await, [], "once");
    // The next evening it is read in time.
    world.clock.set(NOW + Duration::hours(37));
    let person = world.again(person).await;
    world.told(&notice).await;
    let until = wire::MarkNoticesReadRequest {
        until: list(&person, true).await.listed_at,
        ..Default::default()
    };
    mark(&person, until).await.unwrap();
    world.clock.set(NOW + Duration::hours(46));
    assert_eq!(world.sent().await, []);
    // What is urgent goes out at night as well.
    world.clock.set(NOW + Duration::hours(61));
    world.told(&notice.urgent(true)).await;
    assert_eq!(world.sent().await.len(), 1);
}

#[tokio::test]
async fn choices_are_honoured_also_when_they_change_while_a_message_waits() {
    let world = World::new().await;
    let number = phone();
    let (person, account) = world.signed_up(&number).await;
    let cancelled = ActivityCancelled {
        activity_id: Uuid::from_u128(9),
        activity_title: "学术年会",
    };
    let notice = Notice::to_person(id(&account), cancelled);
    world.told(&notice).await;
    let sent = world.sent().await;
    let [(Kind::Sms, _, text)] = &sent[..] else {
        panic!("{} messages", sent.len());
    };
    // No more than a hint.
    assert!(
        !text.contains("学术年会") && !text.contains("http"),
        "{text}"
    );
    world.told(&notice).await;
    let activities = NoticeCategory::Activities;
    let kept = choose(&person, &[(activities, Mail::Off, false)])
        .await
        .unwrap();
    assert!(!kept.has_mail && kept.has_phone);
    let mine = kept.choices.iter().find(|c| c.category() == activities);
    assert_eq!(mine.unwrap().mail(), Mail::Off);
    assert_eq!(world.sent().await, []);
    world.told(&notice).await;
    assert_eq!(world.sent().await, []);
    assert_eq!(unread(&person).await, 3, "the inbox has everything");
    // The desk is a matter for those alone who work at one.
    let desk = NoticeCategory::Desk;
    assert!(kept.choices.iter().all(|choice| choice.category() != desk));
    world
        .hold(id(&account), "society.reviewer", world.society)
        .await;
    let all = choose(&person, &[(activities, Mail::Daily, true)])
        .await
        .unwrap();
    assert!(all.choices.iter().any(|choice| choice.category() == desk));
}

#[tokio::test]
async fn the_daily_mail_has_what_is_unread_and_comes_once() {
    let world = World::new().await;
    let (person, account) = world.signed_up("daily@example.org").await;
    let applications = NoticeCategory::Applications;
    choose(&person, &[(applications, Mail::Daily, false)])
        .await
        .unwrap();
    let notice = Notice::to_person(id(&account), returned());
    world.told(&notice).await;
    world.told(&notice).await;
    assert_eq!(world.sent().await, []);
    world.clock.set(NOW + Duration::hours(23));
    let sent = world.sent().await;
    let [(Kind::Mail, _, text)] = &sent[..] else {
        panic!("{} messages", sent.len());
    };
    assert_eq!(text.matches("· 中国计算机学会退回").count(), 2, "{text}");
    assert!(text.contains(&format!("{URL}/me/inbox")));
    // Nothing new, no mail.
    world.clock.set(NOW + Duration::hours(47));
    assert_eq!(world.sent().await, []);
}

#[tokio::test]
async fn security_cannot_be_switched_off() {
    let world = World::new().await;
    let (person, _) = world.signed_up(&phone()).await;
    let (security, desk) = (NoticeCategory::Security, NoticeCategory::Desk);
    for (choices, at) in [
        (vec![(security, Mail::Off, false)], 0),
        (
            vec![(desk, Mail::Off, false), (desk, Mail::Daily, false)],
            1,
        ),
    ] {
        let status = choose(&person, &choices).await.unwrap_err();
        assert_eq!(fields(&status), [format!("choices[{at}].category")]);
    }
    assert_eq!(refused(choose(&person, &[]).await), "INVALID_ARGUMENT");
    assert_eq!(world.count("select count(*) from notice_choices").await, 0);
}

#[tokio::test]
async fn a_sign_in_on_a_new_device_is_told_and_one_on_a_known_device_is_not() {
    let world = World::new().await;
    let number = phone();
    let (mut person, _) = world.signed_up(&number).await;
    assert_eq!(unread(&person).await, 0, "signing up is no news");
    person.sign_in(&number, PASSWORD).await.unwrap();
    assert_eq!(unread(&person).await, 0);
    // At night: it does not wait.
    world.clock.set(NOW + Duration::hours(14));
    let mut other = world.browser();
    other.sign_in(&number, PASSWORD).await.unwrap();
    let inbox = list(&other, true).await;
    assert_eq!(inbox.notices[0].template, "new_device");
    assert_eq!(inbox.notices[0].link, "/me/security");
    let sent = world.sent().await;
    let [(Kind::Sms, ..)] = &sent[..] else {
        panic!("{} messages", sent.len());
    };
    other.sign_in(&number, PASSWORD).await.unwrap();
    assert_eq!(unread(&other).await, 1);
    // A wrong password is no sign-in.
    let mut stranger = world.browser();
    stranger
        .sign_in(&number, "not the password")
        .await
        .unwrap_err();
    assert_eq!(unread(&other).await, 1);
}

/// The templates in an inbox, the newest first.
async fn templates(browser: &Browser) -> Vec<String> {
    let notices = list(browser, false).await.notices;
    notices.into_iter().map(|notice| notice.template).collect()
}

#[tokio::test]
async fn a_child_learns_what_the_guardian_has_answered() {
    let world = World::new().await;
    let (child, guardian, ward) = world.claimed(1).await;
    assert!(templates(&child).await.is_empty());
    guardian.refuse(&ward).await.unwrap();
    assert_eq!(templates(&child).await, ["guardian_refused"]);
    let ward = guardian
        .claim(&child.guardian_code().await.unwrap())
        .await
        .unwrap();
    world.clock.set(NOW + Duration::minutes(1));
    guardian.confirm_once(&ward, "once").await.unwrap();
    guardian.confirm_once(&ward, "once").await.unwrap();
    guardian.confirm_once(&ward, "another").await.unwrap();
    assert_eq!(
        templates(&child).await,
        ["guardian_confirmed", "guardian_refused"]
    );
    world.clock.set(NOW + Duration::minutes(2));
    guardian.withdraw(&ward).await.unwrap();
    assert_eq!(templates(&child).await[0], "guardian_withdrew");
    // It is the child's matter: the guardian has done it.
    assert!(templates(&guardian).await.is_empty());
}

#[tokio::test]
async fn open_pages_are_told_of_what_is_new_and_what_was_read_elsewhere() {
    let world = World::new().await;
    let (person, account) = world.signed_up(&phone()).await;
    let stop = tokio_util::sync::CancellationToken::new();
    tokio::spawn(world.parts.unread.clone().run(stop.clone()));
    let request = person.signed(wire::WatchUnreadNoticesRequest {}).await;
    let stream = client(&person).watch_unread_notices(request.unwrap()).await;
    let mut stream = stream.unwrap().into_inner();
    let mut next = async || {
        let wait = std::time::Duration::from_secs(10);
        let next = tokio::time::timeout(wait, stream.next()).await;
        next.expect("in time").unwrap().unwrap().unread
    };
    assert_eq!(next().await, 0);
    // Nothing is said to this replica: it looks by itself.
    world
        .told(&Notice::to_person(id(&account), returned()))
        .await;
    assert_eq!(next().await, 1);
    let until = wire::MarkNoticesReadRequest {
        until: list(&person, true).await.listed_at,
        ..Default::default()
    };
    mark(&person, until).await.unwrap();
    assert_eq!(next().await, 0);
    stop.cancel();
}

#[tokio::test]
async fn notices_are_forgotten_and_that_they_were_told_a_little_later() {
    let world = World::new().await;
    let (_, account) = world.signed_up(&phone()).await;
    world
        .told(&Notice::to_person(id(&account), returned()))
        .await;
    let mut conn = world.pool().acquire().await.unwrap();
    let before = NOW + Duration::seconds(1);
    let swept = identity::notices::store::sweep(&mut conn, before).await;
    assert_eq!(swept.unwrap(), 1);
    let swept = identity::notices::store::sweep_asked(&mut conn, before).await;
    assert_eq!(swept.unwrap(), 1);
}

#[test]
fn a_notice_says_what_is_asked_for_and_nothing_else() {
    let person = Uuid::now_v7();
    let event = asked(
        &Notice::to_person(person, returned())
            .except(person)
            .times(2),
    );
    assert_eq!(event.template, "application_returned");
    assert_eq!((event.count, event.urgent), (2, false));
    assert_eq!(event.except_person_id, person.to_string());
    let names: BTreeMap<_, _> = event.params.into_iter().collect();
    assert_eq!(
        names.keys().collect::<Vec<_>>(),
        ["organisation_id", "organisation_name"]
    );
}

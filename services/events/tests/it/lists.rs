//! Lists: public activities, activities of an organisation, registrations for its staff.

use events::activities::store as activities_store;
use kit::wire::timestamp;
use proto_events::v1::{
    Activity, CreateActivityRequest, ListActivitiesRequest, ListOrganisationActivitiesRequest,
    ListRegistrationsRequest, activity, registration,
};
use time::Duration;

use crate::world::{
    NOW, World, anonymous, as_, cancel, client, draft, named_person, ok, person, refused,
};

/// The properties in which the activities of a list differ.
struct Wanted<'a> {
    title: &'a str,
    start: i64,
    hours: i64,
    division_code: &'a str,
    kind: activity::Kind,
}

const PLAIN: Wanted<'static> = Wanted {
    title: "学术沙龙",
    start: 24,
    hours: 2,
    division_code: "",
    kind: activity::Kind::Lecture,
};

impl World {
    async fn listed(&self, wanted: Wanted<'_>) -> Activity {
        let start = NOW + Duration::hours(wanted.start);
        let request = CreateActivityRequest {
            title: wanted.title.to_owned(),
            kind: wanted.kind.into(),
            division_code: wanted.division_code.to_owned(),
            starts_at: Some(timestamp(start)),
            ends_at: Some(timestamp(start + Duration::hours(wanted.hours))),
            credit_minutes: 30,
            ..draft(self.society, 10)
        };
        let draft = ok(self
            .activities()
            .create_activity(as_(&self.staff, request))
            .await);
        // Published before its start, also if that is in the past.
        self.clock.set(NOW.min(start - Duration::HOUR));
        let activity = self.publish(&draft).await;
        self.clock.set(NOW);
        activity
    }

    async fn titles(&self, request: ListActivitiesRequest) -> Vec<String> {
        let page = ok(self
            .activities()
            .list_activities(as_(&anonymous(), request))
            .await);
        page.activities
            .into_iter()
            .map(|activity| activity.title)
            .collect()
    }
}

fn all() -> ListActivitiesRequest {
    ListActivitiesRequest::default()
}

#[tokio::test]
async fn the_public_list_has_what_is_published_and_not_over_the_next_first() {
    let world = World::new().await;
    for (title, start, hours) in [
        ("明天", 24, 2),
        ("正在进行", -1, 2),
        ("已结束", -5, 5),
        ("下周", 168, 2),
        ("长期展览", -2_000, 3_000),
    ] {
        world
            .listed(Wanted {
                title,
                start,
                hours,
                ..PLAIN
            })
            .await;
    }
    world.draft(5).await;
    assert_eq!(
        world.titles(all()).await,
        ["长期展览", "正在进行", "明天", "下周"]
    );
    let from = |hours| ListActivitiesRequest {
        ends_after: Some(timestamp(NOW + Duration::hours(hours))),
        ..all()
    };
    assert_eq!(
        world.titles(from(-2)).await,
        ["长期展览", "已结束", "正在进行", "明天", "下周"]
    );
    assert_eq!(world.titles(from(26)).await, ["长期展览", "下周"]);
    assert_eq!(world.titles(from(2_000)).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_part_of_a_chinese_title_is_found_however_it_is_typed() {
    let world = World::new().await;
    for (nth, title) in [
        "全国科普日：走进ＡＩ",
        "人工智能 AI 公开课",
        "青少年科技竞赛",
        "科学普及工作会",
        "100% 折扣_下划线",
    ]
    .into_iter()
    .enumerate()
    {
        world
            .listed(Wanted {
                title,
                start: 24 + nth as i64,
                ..PLAIN
            })
            .await;
    }
    let find = async |query: &str| {
        world
            .titles(ListActivitiesRequest {
                query: query.to_owned(),
                ..all()
            })
            .await
    };
    assert_eq!(find("科普").await, ["全国科普日：走进ＡＩ"]);
    assert_eq!(
        find("ai").await,
        ["全国科普日：走进ＡＩ", "人工智能 AI 公开课"]
    );
    assert_eq!(find("ＡＩ公").await, ["人工智能 AI 公开课"]);
    assert_eq!(find("科").await.len(), 3);
    assert_eq!(find(" 科技 竞赛 ").await, ["青少年科技竞赛"]);
    // All pairs are there, but not next to each other.
    assert_eq!(find("科学普及日").await, Vec::<String>::new());
    assert_eq!(find("%").await, ["100% 折扣_下划线"]);
    assert_eq!(find("_下").await, ["100% 折扣_下划线"]);
    assert_eq!(find("' or 1=1 --").await, Vec::<String>::new());
    assert_eq!(find("  ").await.len(), 5);
}

#[tokio::test]
async fn the_public_list_is_narrowed_by_division_kind_and_organisation() {
    let world = World::new().await;
    for (nth, (title, division_code, kind)) in [
        ("广州市天河区", "440106", activity::Kind::Lecture),
        ("广州市", "440100", activity::Kind::Training),
        ("广东省", "440000", activity::Kind::Lecture),
        ("深圳市", "440300", activity::Kind::Lecture),
        ("北京市", "110000", activity::Kind::Volunteering),
        ("线上活动", "", activity::Kind::Lecture),
    ]
    .into_iter()
    .enumerate()
    {
        world
            .listed(Wanted {
                title,
                start: 24 + nth as i64,
                division_code,
                kind,
                ..PLAIN
            })
            .await;
    }
    let within = async |code: &str| {
        world
            .titles(ListActivitiesRequest {
                division_code: code.to_owned(),
                ..all()
            })
            .await
    };
    assert_eq!(
        within("440000").await,
        ["广州市天河区", "广州市", "广东省", "深圳市"]
    );
    assert_eq!(within("440100").await, ["广州市天河区", "广州市"]);
    assert_eq!(within("440106").await, ["广州市天河区"]);
    assert_eq!(within("310000").await, Vec::<String>::new());
    let lectures = ListActivitiesRequest {
        kind: activity::Kind::Lecture.into(),
        division_code: "440000".to_owned(),
        query: "广".to_owned(),
        organisation_id: world.society.to_string(),
        ..all()
    };
    assert_eq!(
        world.titles(lectures.clone()).await,
        ["广州市天河区", "广东省"]
    );
    let others = ListActivitiesRequest {
        organisation_id: world.other_society.to_string(),
        ..lectures
    };
    assert_eq!(world.titles(others).await, Vec::<String>::new());
}

#[tokio::test]
async fn paging_shows_every_activity_once_while_time_passes() {
    let world = World::new().await;
    let mut wanted = Vec::new();
    for nth in 0..11 {
        // Several start at the same moment; some are going on.
        let start = [-3, -3, 5, 5, 5, 30][nth % 6];
        let title = format!("活动{nth:02}");
        world
            .listed(Wanted {
                title: &title,
                start,
                hours: 4,
                ..PLAIN
            })
            .await;
        wanted.push(title);
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListActivitiesRequest {
            page_size: 3,
            page_token: page_token.clone(),
            ..all()
        };
        let page = ok(world
            .activities()
            .list_activities(as_(&anonymous(), request))
            .await);
        assert!(page.activities.len() <= 3);
        seen.extend(
            page.activities
                .into_iter()
                .map(|a| (a.starts_at.unwrap().seconds, a.title)),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
        let other = ListActivitiesRequest {
            page_token: page_token.clone(),
            query: "活动".to_owned(),
            ..all()
        };
        let foreign = world
            .activities()
            .list_activities(as_(&anonymous(), other))
            .await;
        assert_eq!(refused(foreign), "PAGE_TOKEN_INVALID");
        // The activity in progress at the first page ends before the last page is read.
        world.clock.set(world.clock.now() + Duration::MINUTE * 40);
    }
    assert!(seen.is_sorted_by_key(|(start, _)| *start));
    let mut titles: Vec<String> = seen.into_iter().map(|(_, title)| title).collect();
    titles.sort();
    assert_eq!(titles, wanted);
}

#[tokio::test]
async fn staff_list_all_activities_of_their_organisation_the_latest_first() {
    let world = World::new().await;
    for nth in 0..5 {
        world
            .listed(Wanted {
                title: &format!("活动{nth}"),
                start: 24 + nth,
                ..PLAIN
            })
            .await;
    }
    let draft = world.draft(5).await;
    let list = async |who: &kit::access::Caller, state: activity::State, page_token: &str| {
        let request = ListOrganisationActivitiesRequest {
            organisation_id: world.society.to_string(),
            state: state.into(),
            page_size: 4,
            page_token: page_token.to_owned(),
        };
        world
            .activities()
            .list_organisation_activities(as_(who, request))
            .await
    };
    let any = activity::State::Unspecified;
    let first = ok(list(&world.staff, any, "").await);
    let second = ok(list(&world.staff, any, &first.next_page_token).await);
    assert!(second.next_page_token.is_empty());
    let both: Vec<Activity> = [first.activities, second.activities].concat();
    assert_eq!(both.len(), 6);
    assert!(both.is_sorted_by_key(|a| std::cmp::Reverse(a.starts_at.unwrap().seconds)));
    let drafts = ok(list(&world.staff, activity::State::Draft, "").await);
    assert_eq!(drafts.activities, [draft]);
    for outsider in [&world.stranger, &person()] {
        assert_eq!(refused(list(outsider, any, "").await), "PERMISSION_DENIED");
    }
}

#[tokio::test]
async fn organisers_list_registrations_and_the_disclosure_is_audited() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let people: Vec<_> = ["赵一", "钱二", "孙三", "李四", "周五"]
        .map(|name| named_person(Some(name)))
        .into();
    let mut registrations = Vec::new();
    for person in &people {
        registrations.push(world.register(person, &activity).await);
    }
    ok(cancel(&world.registrations(), &people[1], &registrations[1], "").await);
    let list = async |who: &kit::access::Caller, state: registration::State, page_token: &str| {
        let request = ListRegistrationsRequest {
            activity_id: activity.activity_id.clone(),
            state: state.into(),
            page_size: 3,
            page_token: page_token.to_owned(),
            answers: Vec::new(),
        };
        world
            .registrations()
            .list_registrations(as_(who, request))
            .await
    };
    let any = registration::State::Unspecified;
    let first = ok(list(&world.staff, any, "").await);
    let second = ok(list(&world.staff, any, &first.next_page_token).await);
    let names: Vec<String> = [first.registrations, second.registrations]
        .concat()
        .into_iter()
        .map(|registration| registration.person_name)
        .collect();
    assert_eq!(
        names,
        ["赵一", "钱二", "孙三", "李四", "周五"],
        "in the order they came"
    );
    let system = client(world.society, &["registrations.read"]);
    let cancelled = ok(list(&system, registration::State::Cancelled, "").await);
    assert_eq!(cancelled.registrations.len(), 1);
    let records: Vec<(String, String, String)> = sqlx::query_as(
        "select actor, subject, outcome from audit.records where action like '%/ListRegistrations' order by record_id",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    let subject = format!("activity:{}", activity.activity_id);
    let record = |who: &kit::access::Caller| (who.actor(), subject.clone(), "ok".to_owned());
    assert_eq!(
        records,
        [record(&world.staff), record(&world.staff), record(&system)]
    );
    for outsider in [
        &world.stranger,
        &people[0],
        &client(world.other_society, &["registrations.read"]),
    ] {
        assert_eq!(refused(list(outsider, any, "").await), "PERMISSION_DENIED");
    }
}

/// The public list is planned for its filter; the setting that causes it ends with the transaction.
#[tokio::test]
async fn the_setting_for_the_public_list_does_not_leak() {
    let world = World::new().await;
    let mut conn = world.pool().acquire().await.unwrap();
    let filter = activities_store::Filter {
        now: NOW,
        ends_after: NOW,
        query: String::new(),
        kind: None,
        organisation_id: None,
        division_prefix: String::new(),
    };
    use sqlx::Connection as _;
    let mut tx = conn.begin().await.unwrap();
    activities_store::published(&mut tx, &filter, None, 10)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mode: String = sqlx::query_scalar("show plan_cache_mode")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(mode, "auto");
}

//! Typed text as keyboards, spreadsheets and chat programs produce it; through all layers.

use kit::wire::timestamp;
use proto_events::v1::{
    Activity, CancelActivityRequest, CheckInRequest, CreateActivityRequest, GetTicketRequest,
    ListActivitiesRequest, UpdateActivityRequest,
};
use time::Duration;
use tonic::{Response, Status};

use crate::world::{NOW, World, anonymous, as_, draft, field, named_person, ok};

/// Text without a visible character, or with characters that hide or reorder others.
const HIDDEN: [&str; 6] = [
    "\u{200b}\u{200b}\u{200b}",
    "科普\u{202e}会讲",
    "科普\u{2067}会讲",
    "　 　",
    "科普\u{1b}[31m会讲",
    "科普\u{0}会讲",
];

impl World {
    async fn create(&self, request: CreateActivityRequest) -> Result<Response<Activity>, Status> {
        self.activities()
            .create_activity(as_(&self.staff, request))
            .await
    }

    async fn update(&self, request: UpdateActivityRequest) -> Result<Response<Activity>, Status> {
        self.activities()
            .update_activity(as_(&self.staff, request))
            .await
    }

    async fn find(&self, query: &str) -> Vec<String> {
        let request = ListActivitiesRequest {
            query: query.to_owned(),
            ..Default::default()
        };
        let answer = self
            .activities()
            .list_activities(as_(&anonymous(), request))
            .await;
        let found = ok(answer).activities.into_iter();
        found.map(|activity| activity.title).collect()
    }
}

#[tokio::test]
async fn every_word_of_a_search_is_looked_for() {
    let world = World::new().await;
    for (nth, title) in [
        "人工智能前沿报告会",
        "人工智能 AI 公开课",
        "院士·专家 COVID-19 讲座",
        "100% 折扣_下划线",
    ]
    .into_iter()
    .enumerate()
    {
        let starts = NOW + Duration::hours(24 + nth as i64);
        let request = CreateActivityRequest {
            title: title.to_owned(),
            starts_at: Some(timestamp(starts)),
            ends_at: Some(timestamp(starts + Duration::hours(2))),
            ..draft(world.society, 10)
        };
        let activity = ok(world.create(request).await);
        world.publish(&activity).await;
    }
    let report: &[&str] = &["人工智能前沿报告会"];
    let open: &[&str] = &["人工智能 AI 公开课"];
    let talk: &[&str] = &["院士·专家 COVID-19 讲座"];
    let sale: &[&str] = &["100% 折扣_下划线"];
    for (query, found) in [
        ("人工智能 报告会", report),
        ("报告会\u{3000}前沿  人工智能", report),
        ("\u{200b}人工智能 \u{202d}报告会\u{202c}", report),
        ("人工智能 讲座", &[]),
        ("人工智能报告会", &[]),
        ("ＡＩ公", open),
        ("智能AI", open),
        ("公 ai", open),
        ("院士•专家", talk),
        ("院士・专家", talk),
        ("covid\u{2011}19", talk),
        ("100%", sale),
        ("折扣 _", sale),
        ("折%线", &[]),
        ("折扣__划线", &[]),
        ("\\", &[]),
        ("·", talk),
    ] {
        assert_eq!(world.find(query).await, found, "{query:?}");
    }
    for all in ["", "  ", "\u{200b}"] {
        assert_eq!(world.find(all).await.len(), 4, "{all:?}");
    }
}

#[tokio::test]
async fn invisible_or_misleading_text_is_refused_with_its_field() {
    let world = World::new().await;
    let good = draft(world.society, 5);
    let activity = world.published(5).await;
    let change = UpdateActivityRequest {
        activity_id: activity.activity_id.clone(),
        etag: activity.etag.clone(),
        ..Default::default()
    };
    for hidden in HIDDEN {
        let hidden = hidden.to_owned();
        for (wrong, request) in [
            (
                "title",
                CreateActivityRequest {
                    title: hidden.clone(),
                    ..good.clone()
                },
            ),
            (
                "place",
                CreateActivityRequest {
                    place: hidden.clone(),
                    ..good.clone()
                },
            ),
            (
                "description",
                CreateActivityRequest {
                    description: hidden.clone(),
                    ..good.clone()
                },
            ),
        ] {
            assert_eq!(field(world.create(request).await), wrong, "{hidden:?}");
        }
        let title = UpdateActivityRequest {
            title: Some(hidden.clone()),
            ..change.clone()
        };
        assert_eq!(field(world.update(title).await), "title", "{hidden:?}");
        let place = UpdateActivityRequest {
            place: Some(hidden.clone()),
            ..change.clone()
        };
        assert_eq!(field(world.update(place).await), "place", "{hidden:?}");
        let request = CancelActivityRequest {
            activity_id: activity.activity_id.clone(),
            reason: hidden.clone(),
            request_id: String::new(),
        };
        let answer = world
            .activities()
            .cancel_activity(as_(&world.staff, request))
            .await;
        assert_eq!(field(answer), "reason", "{hidden:?}");
    }
    // At least two visible characters, blanks not counted; and no combining mark alone.
    for (wrong, request) in [
        (
            "title",
            CreateActivityRequest {
                title: " 会 ".into(),
                ..good.clone()
            },
        ),
        (
            "title",
            CreateActivityRequest {
                title: "会\u{200b}".into(),
                ..good.clone()
            },
        ),
        (
            "description",
            CreateActivityRequest {
                description: "\u{7}".into(),
                ..good.clone()
            },
        ),
    ] {
        assert_eq!(field(world.create(request).await), wrong);
    }
    world.invariants().await;
}

#[tokio::test]
async fn a_refusal_says_in_both_languages_what_to_do() {
    use tonic_types::StatusExt as _;
    let world = World::new().await;
    for title in ["\u{200b}\u{200b}", "科普\u{202e}会讲", "会"] {
        let request = CreateActivityRequest {
            title: title.into(),
            ..draft(world.society, 5)
        };
        let details = world.create(request).await.unwrap_err().get_error_details();
        let violation = details.bad_request().unwrap().field_violations[0].clone();
        assert!(violation.description.is_ascii(), "{violation:?}");
        let chinese = violation.localized_message.unwrap();
        assert_eq!(chinese.locale, "zh-CN");
        assert!(chinese.message.contains('请'), "{chinese:?}");
        assert!(!chinese.message.contains(title), "{chinese:?}");
    }
}

#[tokio::test]
async fn text_is_stored_normalised() {
    let world = World::new().await;
    let request = CreateActivityRequest {
        title: " 科普\u{200b}报告\n会\u{3000}（三） ".into(),
        place: "一号\u{feff}厅\t".into(),
        description: "一\u{200b}  段\r\n\r\n\r\n 二段 \u{3000}".into(),
        ..draft(world.society, 5)
    };
    let activity = ok(world.create(request).await);
    assert_eq!(
        (
            activity.title.as_str(),
            activity.place.as_str(),
            activity.description.as_str()
        ),
        ("科普报告 会 （三）", "一号厅", "一 段\n\n二段")
    );
    let activity = world.publish(&activity).await;
    let request = CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: " 天气\u{200b}原因 ".into(),
        request_id: String::new(),
    };
    let cancelled = ok(world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await);
    assert_eq!(cancelled.cancel_reason, "天气原因");
}

#[tokio::test]
async fn a_ticket_is_read_with_what_a_scanner_adds() {
    let world = World::new().await;
    let activity = world.published(5).await;
    let scientist = named_person(Some("李思远"));
    let registration = world.register(&scientist, &activity).await;
    let request = GetTicketRequest {
        registration_id: registration.registration_id,
    };
    let ticket = ok(world
        .registrations()
        .get_ticket(as_(&scientist, request))
        .await);
    world.clock.set(NOW + Duration::hours(24));
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket: format!("\u{feff}{}\r\n", ticket.token),
        request_id: String::new(),
    };
    let answer = world.check_ins().check_in(as_(&world.staff, request)).await;
    assert!(!ok(answer).repeated);
}

//! Certificates of attendance: for whom, when, and what becomes of them. What is the same for every paper is tested in membership.

use futures::StreamExt as _;
use kit::access::Caller;
use proto_events::v1::{
    Activity, CancelActivityRequest, CheckInRequest, DownloadAttendanceCertificateRequest,
    GetAttendanceCertificateRequest, IssueAttendanceCertificateRequest, Registration,
    VerifyAttendanceCertificateRequest,
};
use proto_papers::v1::{Paper, PaperVerification, paper};
use time::Duration;
use tonic::{Response, Status};

use crate::world::{NOW, World, anonymous, as_, metadata, named_person, ok, refused};

async fn issue(
    world: &World,
    who: &Caller,
    registration: &Registration,
) -> Result<Response<Paper>, Status> {
    let request = IssueAttendanceCertificateRequest {
        registration_id: registration.registration_id.clone(),
        request_id: String::new(),
    };
    world
        .certificates()
        .issue_attendance_certificate(as_(who, request))
        .await
}

async fn get(
    world: &World,
    who: &Caller,
    registration: &Registration,
) -> Result<Response<Paper>, Status> {
    let request = GetAttendanceCertificateRequest {
        registration_id: registration.registration_id.clone(),
    };
    world
        .certificates()
        .get_attendance_certificate(as_(who, request))
        .await
}

async fn download(
    world: &World,
    who: &Caller,
    registration: &Registration,
) -> Result<Vec<u8>, Status> {
    let request = DownloadAttendanceCertificateRequest {
        registration_id: registration.registration_id.clone(),
    };
    let mut client = world.certificates();
    let mut answers = client
        .download_attendance_certificate(as_(who, request))
        .await?
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(answer) = answers.next().await {
        bytes.extend_from_slice(&answer?.content.unwrap_or_default().data);
    }
    Ok(bytes)
}

async fn verify(world: &World, paper: &Paper) -> PaperVerification {
    let request = VerifyAttendanceCertificateRequest {
        token: paper.url.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    ok(world
        .certificates()
        .verify_attendance_certificate(as_(&anonymous(), request))
        .await)
}

/// A person who was checked in on the day.
async fn attended(world: &World, who: &Caller, activity: &Activity) -> Registration {
    world.clock.set(NOW);
    let registration = world.register(who, activity).await;
    let ticket = world.ticket(who, &registration).await.token;
    world.clock.set(NOW + Duration::hours(23));
    let request = CheckInRequest {
        activity_id: activity.activity_id.clone(),
        ticket,
        request_id: String::new(),
    };
    ok(world.check_ins().check_in(as_(&world.staff, request)).await);
    registration
}

#[tokio::test]
async fn who_was_checked_in_has_a_certificate_after_the_end() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let li = named_person(Some("李思远"));
    let registration = attended(&world, &li, &activity).await;
    let early = issue(&world, &li, &registration).await.unwrap_err();
    assert_eq!(
        refused::<Paper>(Err(early.clone())),
        "CERTIFICATE_TOO_EARLY"
    );
    assert_eq!(metadata(&early, "ends_at"), "2026-05-02 12:00");
    world.clock.set(NOW + Duration::hours(26));
    let paper = ok(issue(&world, &li, &registration).await);
    assert_eq!(paper.number, "B-20-A2026-000001");
    assert_eq!(ok(issue(&world, &li, &registration).await), paper);
    assert!(
        download(&world, &li, &registration)
            .await
            .unwrap()
            .starts_with(b"%PDF-1.7")
    );
    let seen = verify(&world, &paper).await;
    assert_eq!(
        (seen.state(), seen.holder_name.as_str()),
        (paper::State::Issued, "李思远")
    );
    assert_eq!(seen.issuer_name, "中国计算机学会");
    let facts: Vec<&str> = seen.facts.iter().map(|fact| fact.zh.as_str()).collect();
    let expected = [
        "人工智能前沿报告会",
        "报告讲座",
        "2026年5月2日",
        "一号报告厅",
        "1小时30分钟",
    ];
    assert_eq!(facts, expected);
    world.invariants().await;
}

#[tokio::test]
async fn who_was_absent_or_never_verified_has_none() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let absent = named_person(Some("王小明"));
    let registration = world.register(&absent, &activity).await;
    let unnamed = named_person(None);
    let was_there = attended(&world, &unnamed, &activity).await;
    world.clock.set(NOW + Duration::hours(26));
    assert_eq!(
        refused(issue(&world, &absent, &registration).await),
        "CERTIFICATE_NOT_ATTENDED"
    );
    assert_eq!(
        refused(issue(&world, &unnamed, &was_there).await),
        "PAPER_NAME_MISSING"
    );
    // Verified since: the name of the caller counts.
    let mut verified = unnamed.clone();
    if let Caller::Person(person) = &mut verified {
        person.name = Some("欧阳明远".to_owned().into());
    }
    let paper = ok(issue(&world, &verified, &was_there).await);
    assert_eq!(verify(&world, &paper).await.holder_name, "欧阳明远");
    // By another client, which is told no name, it is the same paper.
    assert_eq!(ok(issue(&world, &unnamed, &was_there).await), paper);
    world.invariants().await;
}

#[tokio::test]
async fn it_is_the_persons_own_and_staff_see_that_it_was_issued() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let li = named_person(Some("李思远"));
    let registration = attended(&world, &li, &activity).await;
    world.clock.set(NOW + Duration::hours(26));
    ok(issue(&world, &li, &registration).await);
    for other in [named_person(Some("王小明")), world.stranger.clone()] {
        assert_eq!(
            refused(issue(&world, &other, &registration).await),
            "NOT_FOUND"
        );
        assert_eq!(
            refused(get(&world, &other, &registration).await),
            "NOT_FOUND"
        );
        assert_eq!(
            download(&world, &other, &registration)
                .await
                .unwrap_err()
                .code(),
            tonic::Code::NotFound
        );
    }
    let seen = ok(get(&world, &world.staff, &registration).await);
    assert_eq!(
        (seen.number.as_str(), seen.url.as_str()),
        ("B-20-A2026-000001", "")
    );
    assert_eq!(
        refused(issue(&world, &world.staff, &registration).await),
        "NOT_FOUND"
    );
    world.invariants().await;
}

#[tokio::test]
async fn a_cancelled_activity_revokes_its_certificates() {
    let world = World::new().await;
    let activity = world.published(10).await;
    let li = named_person(Some("李思远"));
    let registration = attended(&world, &li, &activity).await;
    world.clock.set(NOW + Duration::hours(26));
    let paper = ok(issue(&world, &li, &registration).await);
    let request = CancelActivityRequest {
        activity_id: activity.activity_id.clone(),
        reason: "签到记录有误，活动作废".to_owned(),
        request_id: String::new(),
    };
    // Whether an activity can still be cancelled after its end is a rule of its own; here it was.
    let cancelled = world
        .activities()
        .cancel_activity(as_(&world.staff, request))
        .await;
    if cancelled.is_err() {
        sqlx::query("update activities set state = 'cancelled', cancel_reason = '作废', cancelled_at = now()")
            .execute(world.pool())
            .await
            .expect("a cancelled activity");
    }
    let seen = verify(&world, &paper).await;
    assert_eq!(
        (seen.state(), seen.reason()),
        (paper::State::Revoked, paper::Reason::Cancelled)
    );
    assert_eq!((seen.holder_name.as_str(), seen.facts.len()), ("李**", 0));
    assert_eq!(
        refused(issue(&world, &li, &registration).await),
        "CERTIFICATE_CANCELLED"
    );
}

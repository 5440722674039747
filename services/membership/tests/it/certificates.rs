//! Certificates of membership: issued once, numbered without gaps, made of the same facts, verified by everybody who has one.

use futures::StreamExt as _;
use papers::order::Order;
use proto_membership::v1 as wire;
use proto_papers::v1::{self as shared, Paper, PaperVerification, paper};
use renderers::Renderer;
use tonic::{Code, Request, Response, Status};

use crate::world::{Actor, World, reason, refusal};

async fn issue(world: &World, person: &Actor, id: &str, request: &str) -> Result<Paper, Status> {
    let request = wire::IssueMembershipCertificateRequest {
        membership_id: id.into(),
        request_id: request.into(),
    };
    world
        .certificates()
        .issue_membership_certificate(world.by(person, request))
        .await
        .map(Response::into_inner)
}

async fn get(world: &World, person: &Actor, id: &str) -> Result<Paper, Status> {
    let request = wire::GetMembershipCertificateRequest {
        membership_id: id.into(),
    };
    world
        .certificates()
        .get_membership_certificate(world.by(person, request))
        .await
        .map(Response::into_inner)
}

async fn download(world: &World, person: &Actor, id: &str) -> Result<(String, Vec<u8>), Status> {
    let request = wire::DownloadMembershipCertificateRequest {
        membership_id: id.into(),
    };
    let mut client = world.certificates();
    let answers = client.download_membership_certificate(world.by(person, request));
    let mut answers = answers.await?.into_inner();
    let (mut name, mut length, mut bytes) = (String::new(), 0, Vec::new());
    while let Some(answer) = answers.next().await {
        let answer: shared::DownloadPaperResponse = answer?;
        let content = answer.content.unwrap();
        if !answer.file_name.is_empty() {
            assert_eq!(content.content_type, "application/pdf");
            (name, length) = (answer.file_name, answer.length);
        }
        bytes.extend_from_slice(&content.data);
    }
    assert_eq!(i64::try_from(bytes.len()).unwrap(), length);
    Ok((name, bytes))
}

/// Without a token of identity.
async fn open(world: &World, url: &str) -> Result<PaperVerification, Status> {
    let token = url.rsplit('/').next().unwrap();
    let request = wire::VerifyMembershipCertificateRequest {
        token: token.into(),
    };
    world
        .certificates()
        .verify_membership_certificate(Request::new(request))
        .await
        .map(Response::into_inner)
}

#[tokio::test]
async fn a_member_issues_a_certificate_and_everybody_who_has_it_can_verify_it() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let id = &member.membership_id;
    assert_eq!(reason(get(&world, &wang, id).await), "PAPER_NOT_ISSUED");
    assert_eq!(
        reason(download(&world, &wang, id).await),
        "PAPER_NOT_ISSUED"
    );

    let paper = issue(&world, &wang, id, "").await.unwrap();
    assert_eq!(paper.number, "B-20-M2026-000001");
    assert_eq!(
        (paper.kind(), paper.state()),
        (paper::Kind::Membership, paper::State::Issued)
    );
    assert!(
        paper
            .url
            .starts_with(&format!("{}/p/m/", crate::world::URL)),
        "{}",
        paper.url
    );
    assert!(!paper.url.contains("B-20"), "{}", paper.url);
    assert_eq!(get(&world, &wang, id).await.unwrap(), paper);

    let (name, pdf) = download(&world, &wang, id).await.unwrap();
    assert_eq!(name, "会员证明-B-20-M2026-000001.pdf");
    assert!(pdf.starts_with(b"%PDF-1.7"));
    // Made anew, from the same facts.
    world
        .clock
        .set(crate::world::NOW + time::Duration::days(40));
    assert_eq!(download(&world, &wang, id).await.unwrap().1, pdf);

    let seen = open(&world, &paper.url).await.unwrap();
    assert_eq!(
        (seen.state(), seen.reason()),
        (paper::State::Issued, paper::Reason::Unspecified)
    );
    assert_eq!(
        (seen.holder_name.as_str(), seen.issuer_name.as_str()),
        ("王芳", "中国计算机学会")
    );
    let facts: Vec<(&str, &str)> = seen
        .facts
        .iter()
        .map(|f| (f.key.as_str(), f.zh.as_str()))
        .collect();
    let expected = [
        ("member_number", "B200000001M"),
        ("category", "普通会员"),
        ("joined_on", "2026年5月1日"),
    ];
    assert_eq!(facts, expected);
    assert_eq!(world.audited("IssueMembershipCertificate").await, 1);
    world.check().await;
}

#[tokio::test]
async fn issued_again_it_is_the_same_paper_also_at_the_same_time() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    let (a, b, c) = tokio::join!(
        issue(&world, &wang, &id, "one"),
        issue(&world, &wang, &id, "one"),
        issue(&world, &wang, &id, "two"),
    );
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    assert_eq!((&a, &a), (&b, &c));
    assert_eq!(issue(&world, &wang, &id, "one").await.unwrap(), a);
    let all: i64 = sqlx::query_scalar("select count(*) from papers.papers")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(all, 1);
    world.check().await;
}

#[tokio::test]
async fn numbers_have_no_gaps_also_after_refusals_and_at_the_same_time() {
    let world = World::new().await;
    let mut members = Vec::new();
    for name in ["王芳", "李雷", "韩梅梅", "赵六", "钱七"] {
        let person = world.person(name);
        let id = world.member(&person).await.membership_id;
        members.push((person, id));
    }
    // One that cannot be printed takes no number.
    let odd = world.person("王🧿");
    let odd_id = world.member(&odd).await.membership_id;
    let refused = refusal(issue(&world, &odd, &odd_id, "").await);
    assert_eq!(refused.reason, "PAPER_CHARACTERS_MISSING");
    assert_eq!(refused.metadata["characters"], "U+1F9FF");
    let issued = members
        .iter()
        .map(|(person, id)| issue(&world, person, id, ""));
    let papers = futures::future::join_all(issued).await;
    let mut numbers: Vec<String> = papers
        .into_iter()
        .map(|paper| paper.unwrap().number)
        .collect();
    numbers.sort();
    let expected: Vec<String> = (1..=5).map(|n| format!("B-20-M2026-{n:06}")).collect();
    assert_eq!(numbers, expected);
    world.check().await;
}

#[tokio::test]
async fn a_suspended_membership_revokes_the_paper_until_it_is_reinstated_and_an_end_for_good() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    let paper = issue(&world, &wang, &id, "").await.unwrap();
    let later = crate::world::NOW + time::Duration::days(3);
    world.clock.set(later);
    world.suspend(&world.desk, &id).await.unwrap();
    let seen = open(&world, &paper.url).await.unwrap();
    assert_eq!(
        (seen.state(), seen.reason()),
        (paper::State::Revoked, paper::Reason::Suspended)
    );
    assert_eq!(seen.revoked_at.unwrap().seconds, later.unix_timestamp());
    assert_eq!((seen.holder_name.as_str(), seen.facts.len()), ("王**", 0));
    assert_eq!(
        reason(download(&world, &wang, &id).await),
        "CERTIFICATE_NOT_IN_FORCE"
    );
    assert_eq!(
        reason(issue(&world, &wang, &id, "").await),
        "CERTIFICATE_NOT_IN_FORCE"
    );
    world.reinstate(&world.desk, &id).await.unwrap();
    let seen = open(&world, &paper.url).await.unwrap();
    assert_eq!(seen.state(), paper::State::Issued);
    world.resign(&wang, &id).await.unwrap();
    let seen = open(&world, &paper.url).await.unwrap();
    assert_eq!(
        (seen.state(), seen.reason()),
        (paper::State::Revoked, paper::Reason::Ended)
    );
    world.check().await;
}

#[tokio::test]
async fn another_fact_makes_another_paper_and_supersedes_the_first() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    let first = issue(&world, &wang, &id, "").await.unwrap();
    for table in ["memberships", "applications"] {
        let change = format!("update {table} set category = 'STUDENT'");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .execute(world.pool())
            .await
            .unwrap();
    }
    let second = issue(&world, &wang, &id, "").await.unwrap();
    assert_eq!(second.number, "B-20-M2026-000002");
    let seen = open(&world, &first.url).await.unwrap();
    assert_eq!(
        (seen.state(), seen.reason()),
        (paper::State::Revoked, paper::Reason::Superseded)
    );
    let seen = open(&world, &second.url).await.unwrap();
    assert_eq!(
        (seen.state(), seen.facts[1].zh.as_str()),
        (paper::State::Issued, "学生会员")
    );
    world.check().await;
}

#[tokio::test]
async fn others_do_not_learn_of_it_and_staff_learn_no_link() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    issue(&world, &wang, &id, "").await.unwrap();
    let li = world.person("李雷");
    for other in [&li, &world.stranger] {
        for refused in [
            refusal(get(&world, other, &id).await),
            refusal(issue(&world, other, &id, "").await),
            refusal(download(&world, other, &id).await),
        ] {
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::NotFound, "NOT_FOUND")
            );
        }
    }
    let seen = get(&world, &world.desk, &id).await.unwrap();
    assert_eq!(
        (seen.number.as_str(), seen.url.as_str()),
        ("B-20-M2026-000001", "")
    );
    assert_eq!(world.audited("GetMembershipCertificate").await, 1);
    assert_eq!(
        reason(issue(&world, &world.desk, &id, "").await),
        "NOT_FOUND"
    );
    assert_eq!(
        reason(download(&world, &world.desk, &id).await),
        "NOT_FOUND"
    );
    world.check().await;
}

#[tokio::test]
async fn a_forged_changed_or_foreign_link_certifies_nothing() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let id = world.member(&wang).await.membership_id;
    let url = issue(&world, &wang, &id, "").await.unwrap().url;
    let elsewhere = World::new().await;
    let other = elsewhere.member(&wang).await.membership_id;
    let foreign = issue(&elsewhere, &wang, &other, "").await.unwrap().url;
    let card = wire::GetMembershipCardRequest {
        membership_id: id.clone(),
    };
    let card = world
        .memberships()
        .get_membership_card(world.by(&wang, card))
        .await
        .unwrap()
        .into_inner()
        .token;
    for forged in [
        foreign,
        card,
        format!("{url}A"),
        url[..url.len() - 4].into(),
        "x".into(),
        "a".repeat(2_000),
    ] {
        let refused = refusal(open(&world, &forged).await);
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::NotFound, "PAPER_INVALID"),
            "{forged}"
        );
    }
    assert!(open(&world, &url).await.is_ok());
    world.check().await;
}

#[tokio::test]
async fn names_are_sealed_and_leave_no_trace() {
    let world = World::new().await;
    let person = world.person("欧阳明远");
    let id = world.member(&person).await.membership_id;
    let paper = issue(&world, &person, &id, "again").await.unwrap();
    let clear: bool = sqlx::query_scalar(
        "select exists (select 1 from papers.papers where position('欧阳'::bytea in facts_sealed) > 0)",
    )
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert!(!clear);
    let records: Vec<String> = sqlx::query_scalar("select r::text from audit.records r")
        .fetch_all(world.pool())
        .await
        .unwrap();
    assert!(
        records
            .iter()
            .any(|record| record.contains(&paper.paper_id))
    );
    assert!(records.iter().all(|record| !record.contains("欧阳")));
}

/// The program may be missing, die, or hang: nothing is issued, and the caller is told to come again.
#[tokio::test]
async fn without_a_renderer_nothing_is_issued() {
    let order = Order {
        template: "membership".into(),
        version: 1,
        holder: "王芳".into(),
        issuer: String::new(),
        number: String::new(),
        issued_on: (2026, 5, 1),
        link: String::new(),
        facts: Default::default(),
        check_only: true,
    };
    for program in ["/nowhere/renderer", "/bin/true", "/bin/cat"] {
        let renderer = Renderer::new(std::path::Path::new(program));
        let failed = order
            .made_by(&renderer, uuid::Uuid::nil())
            .await
            .unwrap_err();
        assert!(
            matches!(failed, renderers::Failure::Away(_)),
            "{program}: {failed:?}"
        );
    }
}

/// A person who asks for many at once takes no place of others; the refusal says when to come back.
#[tokio::test]
async fn one_person_has_few_papers_made_at_a_time() {
    let world = World::new().await;
    let (wang, li) = (world.person("王芳"), world.person("李雷"));
    let id = world.member(&wang).await.membership_id;
    let other = world.member(&li).await.membership_id;
    issue(&world, &wang, &id, "").await.unwrap();
    let many = futures::future::join_all((0..12).map(|_| download(&world, &wang, &id)));
    let (many, of_another) = tokio::join!(many, issue(&world, &li, &other, ""));
    of_another.unwrap();
    let (made, refused): (Vec<_>, Vec<_>) = many.into_iter().partition(Result::is_ok);
    assert!(
        made.len() >= 4 && !refused.is_empty(),
        "{} of 12",
        made.len()
    );
    for answer in refused {
        let refused = refusal(answer);
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::ResourceExhausted, "PAPER_BUSY")
        );
    }
    // Afterwards there is room again.
    download(&world, &wang, &id).await.unwrap();
    world.check().await;
}

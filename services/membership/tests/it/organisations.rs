//! The tree: establishing and changing organisations.

use futures::future::join_all;
use proto_membership::v1::{
    self as wire, Organisation, OrganisationEstablished,
    organisation::{Kind, SubjectClass},
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::world::{Actor, World, organisation_id, reason, refusal};

pub fn create_request(parent: Uuid, code: &str, name: &str) -> wire::CreateOrganisationRequest {
    wire::CreateOrganisationRequest {
        parent_id: parent.to_string(),
        code: code.into(),
        name: name.into(),
        short_name: String::new(),
        kind: Kind::Branch.into(),
        division_code: String::new(),
        subject_class: 0,
        request_id: String::new(),
    }
}

pub async fn create(
    world: &World,
    actor: &Actor,
    request: wire::CreateOrganisationRequest,
) -> Result<Organisation, Status> {
    world
        .organisations()
        .create_organisation(world.by(actor, request))
        .await
        .map(Response::into_inner)
}

async fn update(
    world: &World,
    actor: &Actor,
    request: wire::UpdateOrganisationRequest,
) -> Result<Organisation, Status> {
    world
        .organisations()
        .update_organisation(world.by(actor, request))
        .await
        .map(Response::into_inner)
}

pub async fn get(world: &World, id: &str) -> Result<Organisation, Status> {
    let request = wire::GetOrganisationRequest {
        organisation_id: id.into(),
    };
    world
        .organisations()
        .get_organisation(Request::new(request))
        .await
        .map(Response::into_inner)
}

fn opened(organisation: &Organisation) -> wire::UpdateOrganisationRequest {
    wire::UpdateOrganisationRequest {
        organisation_id: organisation.organisation_id.clone(),
        accepts_applications: Some(true),
        etag: organisation.etag.clone(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_branch_is_established_and_everybody_below_the_society_reaches_it() {
    let world = World::new().await;
    let admin = world
        .staff("organisation.administrator", world.society)
        .await;
    let mut request = create_request(world.society, "B-20-ARCH", " 体系结构\n专业委员会 ");
    request.division_code = "110108".into();
    let branch = create(&world, &admin, request).await.unwrap();
    assert_eq!(branch.name, "体系结构 专业委员会");
    assert_eq!(
        (branch.kind(), branch.accepts_applications),
        (Kind::Branch, false)
    );
    assert_eq!(get(&world, &branch.organisation_id).await.unwrap(), branch);
    let events = world.events::<OrganisationEstablished>().await;
    let event = events.last().unwrap();
    assert_eq!(
        event.path,
        format!(
            "/{}/{}/{}/",
            world.headquarters, world.society, branch.organisation_id
        )
    );
    assert_eq!(
        (event.code.as_str(), event.division_code.as_str()),
        ("B-20-ARCH", "110108")
    );
    // The grant on the society reaches the new branch at once.
    let request = wire::ListMembershipsRequest {
        organisation_id: branch.organisation_id,
        ..Default::default()
    };
    world
        .memberships()
        .list_memberships(world.by(&admin, request))
        .await
        .unwrap();
    world.check().await;
}

#[tokio::test]
async fn what_cannot_stand_there_is_refused_by_field() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    let good = create_request(world.society, "B-20-X", "某某专业委员会");
    let bad: [(wire::CreateOrganisationRequest, &str, &str); 9] = [
        (
            wire::CreateOrganisationRequest {
                kind: Kind::LocalSociety.into(),
                subject_class: 1,
                ..good.clone()
            },
            "ORGANISATION_MISPLACED",
            "kind",
        ),
        (
            wire::CreateOrganisationRequest {
                kind: Kind::Headquarters.into(),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "kind",
        ),
        (
            wire::CreateOrganisationRequest {
                subject_class: SubjectClass::Science.into(),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "subject_class",
        ),
        (
            wire::CreateOrganisationRequest {
                parent_id: world.headquarters.to_string(),
                kind: Kind::NationalSociety.into(),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "subject_class",
        ),
        (
            wire::CreateOrganisationRequest {
                division_code: "999999".into(),
                ..good.clone()
            },
            "DIVISION_UNKNOWN",
            "division_code",
        ),
        (
            wire::CreateOrganisationRequest {
                code: "A-01".into(),
                ..good.clone()
            },
            "ORGANISATION_CODE_TAKEN",
            "code",
        ),
        (
            wire::CreateOrganisationRequest {
                code: "小写".into(),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "code",
        ),
        (
            wire::CreateOrganisationRequest {
                name: "  \t ".into(),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "name",
        ),
        (
            wire::CreateOrganisationRequest {
                name: "长".repeat(81),
                ..good.clone()
            },
            "INVALID_ARGUMENT",
            "name",
        ),
    ];
    for (request, expected, field) in bad {
        let refused = refusal(create(&world, &admin, request).await);
        assert_eq!(
            (refused.reason.as_str(), &*refused.fields),
            (expected, &[field.to_owned()][..])
        );
    }
    let nowhere = create_request(Uuid::now_v7(), "B-20-X", "某某专业委员会");
    assert_eq!(
        reason(create(&world, &admin, nowhere).await),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        reason(create(&world, &world.stranger, good.clone()).await),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        reason(create(&world, &world.approver, good).await),
        "PERMISSION_DENIED"
    );
    world.check().await;
}

#[tokio::test]
async fn of_many_who_take_the_same_code_at_once_one_gets_it() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    let request =
        |nth: usize| create_request(world.society, "B-20-X", &format!("第{nth}专业委员会"));
    let answers = join_all((0..8).map(|nth| create(&world, &admin, request(nth)))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for answer in answers.into_iter().filter(Result::is_err) {
        let refused = refusal(answer);
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::AlreadyExists, "ORGANISATION_CODE_TAKEN")
        );
    }
    // The same request again is no second one.
    let mut again = create_request(world.society, "B-20-Y", "某某专业委员会");
    again.request_id = "once".into();
    let first = create(&world, &admin, again.clone()).await.unwrap();
    assert_eq!(create(&world, &admin, again).await.unwrap(), first);
    world.check().await;
}

#[tokio::test]
async fn an_organisation_says_what_it_is_and_an_outdated_etag_changes_nothing() {
    let world = World::new().await;
    let admin = world
        .staff("organisation.administrator", world.society)
        .await;
    let before = get(&world, &world.society.to_string()).await.unwrap();
    let request = wire::UpdateOrganisationRequest {
        organisation_id: before.organisation_id.clone(),
        short_name: Some("CCF".into()),
        introduction: Some("计算机及相关领域的学术团体。".into()),
        website: Some("https://www.ccf.org.cn".into()),
        accepts_applications: None,
        review_days: None,
        etag: before.etag.clone(),
        request_id: String::new(),
    };
    let after = update(&world, &admin, request.clone()).await.unwrap();
    assert_eq!(
        (after.short_name.as_str(), after.accepts_applications),
        ("CCF", true)
    );
    assert_eq!(get(&world, &before.organisation_id).await.unwrap(), after);
    assert_eq!(
        reason(update(&world, &admin, request.clone()).await),
        "ETAG_MISMATCH"
    );
    let foreign = wire::UpdateOrganisationRequest {
        etag: after.etag.clone(),
        ..request.clone()
    };
    assert_eq!(
        reason(update(&world, &world.stranger, foreign).await),
        "PERMISSION_DENIED"
    );
    let insecure = wire::UpdateOrganisationRequest {
        website: Some("http://a".into()),
        etag: after.etag.clone(),
        ..request
    };
    assert_eq!(
        refusal(update(&world, &admin, insecure).await).fields,
        ["website"]
    );
    for website in [
        "https://user:pw@evil.example",
        "https://www.ccf.org.cn\n",
        "https://www.ccf.org.cn/\u{202e}nc.gro",
    ] {
        let request = wire::UpdateOrganisationRequest {
            website: Some(website.into()),
            etag: "*".into(),
            ..opened(&after)
        };
        let refused = refusal(update(&world, &admin, request).await);
        assert_eq!(
            (refused.code, refused.fields.as_slice()),
            (Code::InvalidArgument, &["website".to_owned()][..]),
            "{website:?}"
        );
    }
    assert_eq!(get(&world, &before.organisation_id).await.unwrap(), after);
    world.check().await;
}

#[tokio::test]
async fn an_organisation_that_opens_for_applications_gets_a_prefix_of_its_own() {
    let world = World::new().await;
    let admin = world.staff("platform.system", world.headquarters).await;
    let beijing = organisation_id(world.pool(), "P-11").await;
    let mut local = Vec::new();
    for nth in 0..6 {
        let mut request =
            create_request(beijing, &format!("BJ-{nth}"), &format!("北京第{nth}学会"));
        request.kind = Kind::LocalSociety.into();
        request.subject_class = SubjectClass::Science.into();
        local.push(create(&world, &admin, request).await.unwrap());
    }
    // A code of CAST's form whose prefix another one has: A-43W is A43.
    let mut request = create_request(world.headquarters, "A-43", "某某学会");
    request.kind = Kind::NationalSociety.into();
    request.subject_class = SubjectClass::Science.into();
    local.push(create(&world, &admin, request).await.unwrap());
    let opened = join_all(local.iter().map(|o| update(&world, &admin, opened(o)))).await;
    assert!(
        opened
            .iter()
            .all(|answer| answer.as_ref().unwrap().accepts_applications)
    );
    let prefixes: Vec<String> = sqlx::query_scalar(
        "select prefix from number_ranges join organisations using (organisation_id)
         where code like 'BJ-%' or code = 'A-43' order by prefix",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    assert_eq!(prefixes, ["000", "001", "002", "003", "004", "005", "006"]);

    // Closed and opened again, it keeps its numbers.
    let first = opened[0].as_ref().unwrap();
    let mut closed = opened_request(first, false);
    let first = update(&world, &admin, closed).await.unwrap();
    closed = opened_request(&first, true);
    update(&world, &admin, closed).await.unwrap();
    let person = world.person("王芳");
    let draft = world
        .create(&person, first.organisation_id.parse().unwrap())
        .await
        .unwrap();
    world.submit(&person, &draft.application_id).await.unwrap();
    world.check().await;
}

fn opened_request(organisation: &Organisation, accepts: bool) -> wire::UpdateOrganisationRequest {
    wire::UpdateOrganisationRequest {
        accepts_applications: Some(accepts),
        ..opened(organisation)
    }
}

#[tokio::test]
async fn an_organisation_that_does_not_exist_is_not_found() {
    let world = World::new().await;
    assert_eq!(
        reason(get(&world, &Uuid::now_v7().to_string()).await),
        "NOT_FOUND"
    );
    assert_eq!(
        refusal(get(&world, "学会").await).fields,
        ["organisation_id"]
    );
}

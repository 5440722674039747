//! Search and lists of organisations.

use proto_membership::v1::{
    self as wire, ListOrganisationsRequest, Organisation,
    organisation::{Kind, SubjectClass},
};
use tonic::{Request, Status};

use crate::world::{World, organisation_id, reason, refusal};

async fn list(
    world: &World,
    request: ListOrganisationsRequest,
) -> Result<Vec<Organisation>, Status> {
    let answer = world
        .organisations()
        .list_organisations(Request::new(request))
        .await?;
    Ok(answer.into_inner().organisations)
}

/// The names that are found, best first.
async fn names(world: &World, query: &str) -> Vec<String> {
    let request = ListOrganisationsRequest {
        query: query.into(),
        page_size: 500,
        ..Default::default()
    };
    list(world, request)
        .await
        .unwrap()
        .into_iter()
        .map(|o| o.name)
        .collect()
}

/// All pages, of this size.
async fn walk(world: &World, request: ListOrganisationsRequest) -> Vec<Organisation> {
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListOrganisationsRequest {
            page_token,
            ..request.clone()
        };
        let page = world
            .organisations()
            .list_organisations(Request::new(request))
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.organisations);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen;
        }
    }
}

#[tokio::test]
async fn a_part_of_a_name_finds_it() {
    let world = World::new().await;
    assert_eq!(names(&world, "计算机").await, ["中国计算机学会"]);
    assert_eq!(names(&world, "计算机学会").await, ["中国计算机学会"]);
    assert_eq!(names(&world, "中国 计算机").await, ["中国计算机学会"]);
    assert_eq!(
        names(&world, "计算机\u{3000}学会").await,
        ["中国计算机学会"]
    );
    assert_eq!(names(&world, "b-20").await[0], "中国计算机学会");
    assert_eq!(names(&world, "B20").await[0], "中国计算机学会");
    assert_eq!(names(&world, "Ｂ－２０").await[0], "中国计算机学会");
    assert_eq!(names(&world, "火锅").await, [] as [String; 0]);
    assert_eq!(names(&world, "%").await, [] as [String; 0]);
    assert_eq!(names(&world, "_\\").await, [] as [String; 0]);
    let tea = names(&world, "茶").await;
    assert!(tea.contains(&"中国茶叶学会".to_owned()), "{tea:?}");
}

#[tokio::test]
async fn the_best_come_first() {
    let world = World::new().await;
    // Exact short name before everything that contains it.
    assert_eq!(names(&world, "中国科协").await[0], "中国科学技术协会");
    assert_eq!(names(&world, "北京市科协").await[0], "北京市科学技术协会");
    // Names that begin with it before names that contain it; among those the earlier, then the shorter.
    let physics = names(&world, "物理").await;
    assert_eq!(physics[0], "中国物理学会");
    let admin = world.staff("platform.system", world.headquarters).await;
    for (code, name) in [("X-1", "物理教学委员会"), ("X-2", "应用物理委员会")] {
        let request = crate::organisations::create_request(
            organisation_id(world.pool(), "A-02").await,
            code,
            name,
        );
        crate::organisations::create(&world, &admin, request)
            .await
            .unwrap();
    }
    let physics = names(&world, "物理").await;
    assert_eq!(physics[0], "物理教学委员会");
    let place = |name: &str| physics.iter().position(|found| found == name).unwrap();
    assert!(
        place("中国物理学会") < place("应用物理委员会"),
        "the same place, the shorter first"
    );
    assert_eq!(names(&world, "X-2").await, ["应用物理委员会"]);
}

#[tokio::test]
async fn characters_may_be_left_out_when_nothing_fits_exactly() {
    let world = World::new().await;
    assert_eq!(names(&world, "北京科协").await, ["北京市科学技术协会"]);
    assert_eq!(names(&world, "中科协").await[0], "中国科学技术协会");
    assert!(
        names(&world, "兵团科协")
            .await
            .contains(&"新疆生产建设兵团科学技术协会".to_owned())
    );
    // Not the other way round.
    assert_eq!(names(&world, "协科京北").await, [] as [String; 0]);
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let world = World::new().await;
    let count = async |request: ListOrganisationsRequest| {
        let request = ListOrganisationsRequest {
            page_size: 500,
            ..request
        };
        list(&world, request).await.unwrap().len()
    };
    let all = ListOrganisationsRequest::default;
    assert_eq!(count(all()).await, 243);
    assert_eq!(
        count(ListOrganisationsRequest {
            kind: Kind::NationalSociety.into(),
            ..all()
        })
        .await,
        210
    );
    assert_eq!(
        count(ListOrganisationsRequest {
            kind: Kind::RegionalAssociation.into(),
            ..all()
        })
        .await,
        32
    );
    let science = ListOrganisationsRequest {
        subject_class: SubjectClass::Science.into(),
        ..all()
    };
    assert_eq!(count(science.clone()).await, 46);
    assert_eq!(
        count(ListOrganisationsRequest {
            query: "中国".into(),
            kind: Kind::RegionalAssociation.into(),
            ..all()
        })
        .await,
        0
    );
    assert_eq!(
        count(ListOrganisationsRequest {
            parent_id: world.headquarters.to_string(),
            ..all()
        })
        .await,
        242
    );
    assert_eq!(
        count(ListOrganisationsRequest {
            division_code: "650000".into(),
            ..all()
        })
        .await,
        2
    );
    assert_eq!(
        count(ListOrganisationsRequest {
            division_code: "650100".into(),
            ..all()
        })
        .await,
        0
    );
    let unknown = ListOrganisationsRequest {
        division_code: "999999".into(),
        ..all()
    };
    assert_eq!(reason(list(&world, unknown).await), "DIVISION_UNKNOWN");
    let malformed = ListOrganisationsRequest {
        parent_id: "x".into(),
        ..all()
    };
    assert_eq!(refusal(list(&world, malformed).await).fields, ["parent_id"]);
}

#[tokio::test]
async fn without_a_query_they_come_by_code_and_every_page_follows_the_one_before() {
    let world = World::new().await;
    for page_size in [1, 7, 500] {
        let all = walk(
            &world,
            ListOrganisationsRequest {
                page_size,
                ..Default::default()
            },
        )
        .await;
        assert_eq!(all.len(), 243);
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}

#[tokio::test]
async fn the_pages_of_a_search_hold_every_find_once_however_it_is_run() {
    let world = World::new().await;
    // Twelve hundred with the same word make it too frequent to rank.
    sqlx::query(
        "insert into organisations (organisation_id, parent_id, path, code, name, kind, subject_class, established_at, changed_at)
         select id, $1, (select path from organisations where organisation_id = $1) || id || '/', 'G-' || n,
                '第' || n || '号科普小站' || case when n % 2 = 0 then '分站' else '' end, 'GRASSROOTS', 'SUBJECT_CLASS_UNSPECIFIED', now(), now()
         from (select n, gen_random_uuid() as id from generate_series(1, 1200) n) as numbered",
    )
    .bind(world.society)
    .execute(world.pool())
    .await
    .unwrap();
    for (query, expected) in [
        ("科普小站", 1_200),
        ("小站分站", 600),
        ("科普 分站", 600),
        ("普站", 1_200),
        ("号小站", 1_200),
    ] {
        for page_size in [100, 499] {
            let request = ListOrganisationsRequest {
                query: query.into(),
                page_size,
                ..Default::default()
            };
            let found = walk(&world, request).await;
            let ids: std::collections::HashSet<_> =
                found.iter().map(|o| &o.organisation_id).collect();
            assert_eq!(
                (found.len(), ids.len()),
                (expected, expected),
                "{query}, {page_size} a page"
            );
        }
    }
    // An exact match comes first, also among too many.
    sqlx::query("update organisations set short_name = '科普小站' where code = 'G-777'")
        .execute(world.pool())
        .await
        .unwrap();
    assert_eq!(names(&world, "科普小站").await[0], "第777号科普小站");
}

#[tokio::test]
async fn a_page_token_of_another_search_is_refused() {
    let world = World::new().await;
    let request = ListOrganisationsRequest {
        query: "中国".into(),
        page_size: 3,
        ..Default::default()
    };
    let page = world
        .organisations()
        .list_organisations(Request::new(request.clone()))
        .await
        .unwrap()
        .into_inner();
    assert!(!page.next_page_token.is_empty());
    for other in [
        ListOrganisationsRequest {
            query: "物理".into(),
            ..request.clone()
        },
        ListOrganisationsRequest {
            kind: Kind::Branch.into(),
            ..request.clone()
        },
        ListOrganisationsRequest {
            query: String::new(),
            ..request
        },
    ] {
        let other = ListOrganisationsRequest {
            page_token: page.next_page_token.clone(),
            ..other
        };
        assert_eq!(reason(list(&world, other).await), "PAGE_TOKEN_INVALID");
    }
    let long = wire::ListOrganisationsRequest {
        query: "长".repeat(61),
        ..Default::default()
    };
    assert_eq!(refusal(list(&world, long).await).fields, ["query"]);
}

//! The service at the size of the country: 150,000 organisations, 200,000 members of one society, 20,000 applications to review.
//! Prints how long calls take and fails when one of them reads a large table from end to end. Takes a minute, so it runs on request:
//!
//! `cargo test -p membership --release --test it -- --ignored --nocapture measure`

#![allow(clippy::print_stdout)]

use std::time::{Duration, Instant};

use kit::crypto::Keys;
use proto_membership::v1::{self as wire, application::State, membership};
use sqlx::PgPool;
use tonic::Request;
use uuid::Uuid;

use crate::{
    journey::form,
    world::{Actor, World, keys},
};

const MEMBERS: usize = 200_000;
const WAITING: usize = 20_000;

/// Grass-roots bodies below every county's association, named as such bodies are.
async fn plant_organisations(pool: &PgPool) {
    for statement in [
        "insert into organisations (organisation_id, parent_id, path, code, name, short_name, kind, division_code, subject_class,
                                    established_at, changed_at)
         select d.id, p.organisation_id, p.path || d.id || '/', 'R-' || d.code, d.name || '科学技术协会', d.name || '科协',
                'REGIONAL_ASSOCIATION', d.code, 'SUBJECT_CLASS_UNSPECIFIED', now(), now()
         from (select *, gen_random_uuid() as id from divisions where level <> 'PROVINCE') d
         join organisations p on p.code = 'P-' || left(d.code, 2)",
        "insert into organisations (organisation_id, parent_id, path, code, name, kind, division_code, subject_class,
                                    established_at, changed_at)
         select b.id, p.organisation_id, p.path || b.id || '/', 'G-' || b.code || '-' || b.n,
                b.name || (array['实验小学', '第一中学', '农业技术', '新材料', '职业技术学院', '人民医院', '电力设备', '汽车零部件', '茶叶',
                                 '苹果种植', '生物医药', '软件园', '计算机', '大学', '社区'])[1 + (b.n * 7 + ascii(b.name)) % 15]
                       || (array['有限公司', '集团', '', '研究所', '第' || b.n || '分部'])[1 + b.n % 5]
                       || (array['科学技术协会', '科协', '专业技术协会', '学会'])[1 + b.n % 4],
                'GRASSROOTS', b.code, 'SUBJECT_CLASS_UNSPECIFIED', now(), now()
         from (select d.*, n, gen_random_uuid() as id from divisions d, generate_series(1, 46) n where level <> 'PROVINCE') b
         join organisations p on p.code = 'R-' || b.code",
        "insert into access.organisations
         select organisation_id, parent_id, code, name, kind, coalesce(division_code, ''), subject_class, path from organisations
         on conflict do nothing",
    ] {
        sqlx::query(statement).execute(pool).await.unwrap();
    }
}

/// Everything a member has, written as the service would have written it.
pub async fn plant_people(world: &World, keys: &Keys, members: usize, waiting: usize) {
    let encoded = prost::Message::encode_to_vec(&form());
    let total = members + waiting;
    for chunk in (0..total).collect::<Vec<_>>().chunks(10_000) {
        let people: Vec<Uuid> = chunk.iter().map(|_| Uuid::now_v7()).collect();
        let applications: Vec<Uuid> = chunk.iter().map(|_| Uuid::now_v7()).collect();
        let serials: Vec<i32> = chunk
            .iter()
            .map(|nth| i32::try_from(nth + 1).unwrap())
            .collect();
        let names: Vec<Vec<u8>> = people
            .iter()
            .zip(chunk)
            .map(|(id, nth)| keys.seal("membership.name", id.as_bytes(), name(*nth).as_bytes()))
            .collect();
        let forms: Vec<Vec<u8>> = applications
            .iter()
            .map(|id| keys.seal("membership.form", id.as_bytes(), &encoded))
            .collect();
        let hashes: Vec<Vec<u8>> = chunk
            .iter()
            .map(|nth| {
                let value = [world.society.as_bytes(), name(*nth).as_bytes()].concat();
                keys.keyed_hash("membership.name", &value).to_vec()
            })
            .collect();
        sqlx::query(
            "with people as (
                 select *, gen_random_uuid() as consent_id, serial <= $7 as member,
                        now() - make_interval(mins => serial) as at, case when serial % 50 = 0 then 'SENIOR' else 'ORDINARY' end as category
                 from unnest($2::uuid[], $3::uuid[], $4::int[], $5::bytea[], $6::bytea[], $8::bytea[])
                      as p (person_id, application_id, serial, name_sealed, form_sealed, name_hash)
             ), agreed as (
                 insert into consents
                 select consent_id, person_id, $1, 'membership-2026-1', '…', '{name,form}', at, null from people
             ), applied as (
                 insert into applications
                 select application_id, $1, person_id, lpad(serial::text, 16, '0'),
                        case when member then 'APPROVED' when serial % 3 = 0 then 'IN_FINAL_REVIEW' else 'IN_FIRST_REVIEW' end,
                        category, form_sealed, name_sealed, '110108', consent_id, $1, null, 46, 0, 4, at, at, case when member then at end
                 from people
             )
             insert into memberships
             select gen_random_uuid(), $1, person_id, lpad(serial::text, 16, '0'), application_id,
                    'B20' || lpad(serial::text, 7, '0') || case category when 'SENIOR' then 'H' else 'M' end, category,
                    case when serial % 1000 = 0 then 'SUSPENDED' when serial % 20 = 0 then 'RESIGNED' else 'ACTIVE' end,
                    '110108', consent_id, name_sealed, name_hash, at::date, 1, at, at
             from people where member",
        )
        .bind(world.society)
        .bind(&people)
        .bind(&applications)
        .bind(&serials)
        .bind(&names)
        .bind(&forms)
        .bind(i32::try_from(members).unwrap())
        .bind(&hashes)
        .execute(world.pool())
        .await
        .unwrap();
    }
}

fn name(nth: usize) -> String {
    format!("会员{nth}")
}

/// Tables that no call may read from end to end, and how often that has happened.
async fn full_reads(pool: &PgPool) -> Vec<(String, i64)> {
    // Sessions hand their numbers in when they are idle for a moment.
    tokio::time::sleep(Duration::from_secs(2)).await;
    sqlx::query_as(
        "select relname::text, coalesce(seq_scan, 0) from pg_stat_user_tables
         where relname in ('organisations', 'memberships', 'applications', 'consents') and schemaname = 'public' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn timed<T, F: Future<Output = Result<T, tonic::Status>>>(
    what: &str,
    call: impl Fn() -> F,
) -> T {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..30 {
        let start = Instant::now();
        last = Some(
            call()
                .await
                .unwrap_or_else(|status| panic!("{what}: {status:?}")),
        );
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "{what:<58} p50 {:>8.2?}  max {:>8.2?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
    last.unwrap()
}

#[tokio::test]
#[ignore = "fills a database with 150,000 organisations and 220,000 people"]
async fn measure() {
    let world = World::new().await;
    let start = Instant::now();
    plant_organisations(world.pool()).await;
    plant_people(&world, &keys(), MEMBERS, WAITING).await;
    sqlx::query("update number_ranges set last = $2 where organisation_id = $1")
        .bind(world.society)
        .bind(i32::try_from(MEMBERS).unwrap())
        .execute(world.pool())
        .await
        .unwrap();
    sqlx::query("vacuum analyze")
        .execute(world.pool())
        .await
        .unwrap();
    println!("planted in {:.1?}", start.elapsed());
    let before = full_reads(world.pool()).await;
    searches(&world).await;
    reviews(&world).await;
    members(&world).await;
    verifications(&world).await;
    assert_eq!(
        full_reads(world.pool()).await,
        before,
        "a call has read a large table from end to end"
    );
}

async fn searches(world: &World) {
    for query in [
        "",
        "计算机学会",
        "物理",
        "计算机",
        "学会",
        "小学",
        "分部",
        "电",
        "昆山 茶叶",
        "北京科协",
        "b20",
        "火锅",
    ] {
        let what = format!("search {query:?}");
        let answer = timed(&what, || async {
            let request = wire::ListOrganisationsRequest {
                query: query.into(),
                ..Default::default()
            };
            world
                .organisations()
                .list_organisations(Request::new(request))
                .await
        })
        .await
        .into_inner();
        let token = answer.next_page_token;
        if !token.is_empty() {
            timed(&format!("search {query:?}, second page"), || async {
                let request = wire::ListOrganisationsRequest {
                    query: query.into(),
                    page_token: token.clone(),
                    ..Default::default()
                };
                world
                    .organisations()
                    .list_organisations(Request::new(request))
                    .await
            })
            .await;
        }
    }
    let filters = [
        (
            "societies",
            wire::ListOrganisationsRequest {
                kind: 3,
                ..Default::default()
            },
        ),
        (
            "学会 among societies",
            wire::ListOrganisationsRequest {
                query: "学会".into(),
                kind: 3,
                ..Default::default()
            },
        ),
        (
            "in 江苏",
            wire::ListOrganisationsRequest {
                division_code: "320000".into(),
                ..Default::default()
            },
        ),
        (
            "学会 in 昆山",
            wire::ListOrganisationsRequest {
                query: "学会".into(),
                division_code: "320583".into(),
                ..Default::default()
            },
        ),
        (
            "below CAST",
            wire::ListOrganisationsRequest {
                parent_id: world.headquarters.to_string(),
                ..Default::default()
            },
        ),
    ];
    for (what, request) in filters {
        timed(&format!("list {what}"), || async {
            world
                .organisations()
                .list_organisations(Request::new(request.clone()))
                .await
        })
        .await;
    }
}

async fn reviews(world: &World) {
    for (what, states) in [
        ("waiting", vec![]),
        ("approved", vec![State::Approved.into()]),
        ("all states", (2..=7).collect::<Vec<i32>>()),
    ] {
        timed(&format!("ListApplications, {what}"), || async {
            let request = wire::ListApplicationsRequest {
                organisation_id: world.society.to_string(),
                states: states.clone(),
                ..Default::default()
            };
            world
                .applications()
                .list_applications(world.by(&world.reviewer, request))
                .await
        })
        .await;
    }
}

async fn members(world: &World) {
    let base = || wire::ListMembershipsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let lists = [
        ("first page", base()),
        (
            "suspended",
            wire::ListMembershipsRequest {
                state: membership::State::Suspended.into(),
                ..base()
            },
        ),
        (
            "seniors",
            wire::ListMembershipsRequest {
                category: 3,
                ..base()
            },
        ),
        (
            "resigned seniors",
            wire::ListMembershipsRequest {
                category: 3,
                state: 3,
                ..base()
            },
        ),
    ];
    for (what, request) in lists {
        timed(&format!("members, {what}"), || async {
            world
                .memberships()
                .list_memberships(world.by(&world.desk, request.clone()))
                .await
        })
        .await;
    }
    let searches = [
        ("by member number", "B200123457M".to_owned()),
        ("by person number", format!("{:016}", 123_457)),
        ("by name", name(123_456)),
    ];
    for (what, query) in searches {
        let request = wire::SearchMembershipsRequest {
            organisation_id: world.society.to_string(),
            query,
            ..Default::default()
        };
        timed(&format!("members, {what}"), || async {
            world
                .memberships()
                .search_memberships(world.by(&world.desk, request.clone()))
                .await
        })
        .await;
    }
}

async fn verifications(world: &World) {
    let system: Actor = world.system(world.society, "members.verify");
    let query = |nth: usize| {
        let serial = 1 + nth * 7_919 % MEMBERS;
        let class = if serial.is_multiple_of(50) { 'H' } else { 'M' };
        wire::MembershipQuery {
            member_number: format!("B20{serial:07}{class}"),
            person_number: String::new(),
        }
    };
    timed("verify one", || async {
        let request = wire::VerifyMembershipRequest {
            organisation_id: world.society.to_string(),
            query: Some(query(12_345)),
        };
        world
            .verification()
            .verify_membership(world.by(&system, request))
            .await
    })
    .await;
    let by_person = |nth: usize| wire::MembershipQuery {
        member_number: String::new(),
        person_number: format!("{:016}", 1 + nth * 7_919 % MEMBERS),
    };
    for (what, queries) in [
        (
            "by member number",
            (0..1_000).map(query).collect::<Vec<_>>(),
        ),
        ("by person number", (0..1_000).map(by_person).collect()),
    ] {
        let answer = timed(&format!("verify 1,000 {what}"), || async {
            let request = wire::BatchVerifyMembershipsRequest {
                organisation_id: world.society.to_string(),
                queries: queries.clone(),
            };
            world
                .verification()
                .batch_verify_memberships(world.by(&system, request))
                .await
        })
        .await;
        assert!(
            answer
                .into_inner()
                .verifications
                .iter()
                .all(|v| v.state != 0)
        );
    }
}

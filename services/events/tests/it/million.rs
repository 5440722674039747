//! The public list with a million activities: every filter reads little more than the rows it returns. Takes a minute or two, so it is
//! run by hand: `cargo test -p events --test it -- --ignored --nocapture million`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use events::activities::{
    Kind, search,
    store::{Filter, published},
};
use sqlx::{Connection as _, PgConnection};
use time::Duration;
use uuid::Uuid;

use crate::world::NOW;

/// Three years back and three months ahead, 850 a day; two thousand organisations, six thousand counties, a million titles
/// made of a few common words and a rare one.
const FILL: &str = "
    insert into activities (activity_id, organisation_id, title, title_search, search_keys, description, kind, state,
                            starts_at, ends_at, division_code, place, credit_minutes, created_at, published_at)
    select gen_random_uuid(), md5((n % 2000)::text)::uuid, title, title,
           (select array_agg(distinct key) from (
                select substr(title, at, width) as key
                from generate_series(1, char_length(title)) as at, generate_series(1, 2) as width
                where at + width <= char_length(title) + 1
                union all
                select '@' || to_char(ends_at at time zone 'UTC', 'YYYY-MM')) as keys),
           repeat('活动介绍。', 40),
           (array['academic_meeting', 'lecture', 'popular_science', 'training', 'volunteering'])[1 + n / 7 % 5],
           case when n % 20 = 0 then 'draft' else 'published' end, starts_at, ends_at,
           ((11 + n % 50) * 10000 + (1 + n / 50 % 13) * 100 + 1 + n / 650 % 9)::text, '会议厅', 0, starts_at,
           case when n % 20 = 0 then null else starts_at end
    from (
        select n, starts_at,
               -- One in fifty lasts for weeks.
               starts_at + case when n % 50 = 7 then interval '40 days' else interval '3 hours' end as ends_at,
               (array['全国', '全省', '全市', '青年', '国际'])[1 + n % 5] || chr(19968 + n % 3000) || chr(19968 + n / 3000 * 13 % 3000)
               || (array['科普', '学术', '技术', '人工智能', '农业'])[1 + n / 5 % 5]
               || (array['报告会', '研讨会', '公开课', '服务日', '竞赛'])[1 + n / 25 % 5] as title
        from generate_series(0, 999999) as n,
             lateral (select $1::timestamptz - interval '1095 days' + n * interval '102 seconds' as starts_at) as timed
    ) as made";

#[tokio::test]
#[ignore = "a measurement"]
async fn a_page_of_the_public_list_of_a_million_activities() {
    let database = crate::world::database().await;
    let mut conn = PgConnection::connect(&database.url).await.unwrap();
    let began = Instant::now();
    sqlx::query(FILL)
        .bind(NOW)
        .execute(&mut conn)
        .await
        .unwrap();
    sqlx::query(
        "insert into seats (activity_id, capacity) select activity_id, 100 from activities",
    )
    .execute(&mut conn)
    .await
    .unwrap();
    for statement in ["vacuum analyze activities", "vacuum analyze seats"] {
        sqlx::query(statement).execute(&mut conn).await.unwrap();
    }
    println!("filled in {:.0} s", began.elapsed().as_secs_f64());
    let all = Filter {
        now: NOW,
        ends_after: NOW,
        query: String::new(),
        kind: None,
        organisation_id: None,
        division_prefix: String::new(),
    };
    let society: Uuid = sqlx::query_scalar("select md5('42')::uuid")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let rare: String = sqlx::query_scalar("select substr(title, 3, 2) from activities where starts_at > $1 and state = 'published' limit 1")
        .bind(NOW)
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let ways = [
        ("all", all.clone()),
        (
            "all, a year ago",
            Filter {
                ends_after: NOW - Duration::days(365),
                ..all.clone()
            },
        ),
        (
            "a kind",
            Filter {
                kind: Some(Kind::Training),
                ..all.clone()
            },
        ),
        (
            "a province",
            Filter {
                division_prefix: "44".into(),
                ..all.clone()
            },
        ),
        (
            "a county",
            Filter {
                division_prefix: "440302".into(),
                ..all.clone()
            },
        ),
        (
            "a county without any",
            Filter {
                division_prefix: "999999".into(),
                ..all.clone()
            },
        ),
        (
            "an organisation",
            Filter {
                organisation_id: Some(society),
                ..all.clone()
            },
        ),
        (
            "a common word",
            Filter {
                query: "科普".into(),
                ..all.clone()
            },
        ),
        (
            "a long word",
            Filter {
                query: "人工智能公开课".into(),
                ..all.clone()
            },
        ),
        (
            "a rare word",
            Filter {
                query: rare,
                ..all.clone()
            },
        ),
        (
            "a word that is nowhere",
            Filter {
                query: "量子纠缠".into(),
                ..all.clone()
            },
        ),
        (
            "everything at once",
            Filter {
                query: "科普".into(),
                kind: Some(Kind::Lecture),
                division_prefix: "44".into(),
                organisation_id: Some(society),
                ..all
            },
        ),
    ];
    for (way, filter) in ways {
        let mut took = Vec::new();
        let mut rows = 0;
        for _ in 0..7 {
            let mut tx = conn.begin().await.unwrap();
            let began = Instant::now();
            let first = published(&mut tx, &filter, None, 51).await.unwrap();
            took.push(began.elapsed().as_secs_f64() * 1_000.0);
            rows = first.len();
            if let Some(last) = first.last() {
                let after = Some((last.content.schedule.starts_at, last.activity_id));
                published(&mut tx, &filter, after, 51).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        took.sort_by(f64::total_cmp);
        println!(
            "{way}: {rows} rows, median {:.1} ms, worst {:.1} ms, parts {:?}",
            took[3],
            took[6],
            search::parts_of_query(&filter.query)
        );
    }
}

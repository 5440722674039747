//! Nothing personal lies anywhere in the clear.

use proto_identity::v1::{self as wire, request_code_request::Purpose};
use sqlx::{AssertSqlSafe, Row as _};
use time::Duration;

use crate::world::{PASSWORD, World, resident_id};

/// Every row of every table as text, with bytes both as they are and as hex.
async fn everything(world: &World) -> Vec<(String, String)> {
    let tables = sqlx::query(
        "select table_schema, table_name from information_schema.tables
         where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let name = format!(
            "{}.{}",
            table.get::<String, _>(0),
            table.get::<String, _>(1)
        );
        let sql = format!("select row_to_json(t)::text || coalesce((select string_agg(encode(decode(substr(v, 3), 'hex'), 'escape'), ' ')
                   from json_each_text(row_to_json(t)) as j(k, v) where v ~ '^\\\\x([0-9a-f]{{2}})+$'), '') from {name} t");
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql))
            .fetch_all(world.pool())
            .await
            .unwrap();
        all.extend(rows.into_iter().map(|row| (name.clone(), row)));
    }
    all
}

#[tokio::test]
async fn no_table_holds_a_number_an_address_a_name_a_password_a_code_or_a_secret() {
    let world = World::new().await;
    let (phone, mail) = ("18600019999", "xiaoming.geheim@example.org");
    let mut browser = world.browser();
    let (code_id, code) = world.code(&browser, Purpose::SignUp, phone).await;
    let sign_up = wire::CreateAccountRequest {
        display_name: "独特称呼甲".into(),
        request_id: "once".into(),
        ..crate::world::sign_up(&code_id, &code)
    };
    let account = browser.create_account(&sign_up).await.unwrap();
    let number = resident_id(77);
    browser.verify("独特姓名乙", &number).await.unwrap();
    let other = world.browser();
    other.request_code(Purpose::SignUp, mail).await.unwrap();
    world.wait(Duration::seconds(61));
    let mut again = world.browser();
    again.sign_in(phone, PASSWORD).await.unwrap();
    let (administrator, _) = world
        .staff(78, "organisation.administrator", world.society)
        .await;
    let request = crate::clients::machine(world.society, &["members.read"]);
    let (_, client_secret) = crate::clients::register(&administrator, request)
        .await
        .unwrap();

    let all = everything(&world).await;
    let control: Vec<_> = all
        .iter()
        .filter(|(_, row)| row.contains(&account.person_number))
        .collect();
    assert!(!control.is_empty(), "the search finds what is there");
    let session = browser.session.clone().unwrap();
    for secret in [
        phone,
        mail,
        "xiaoming",
        "独特称呼甲",
        "独特姓名乙",
        number.as_str(),
        PASSWORD,
        session.as_str(),
        client_secret.as_str(),
        // Its digits alone are too short to search for.
        &format!("验证码 {code}"),
    ] {
        for (table, row) in &all {
            assert!(!row.contains(secret), "{secret} in {table}: {row}");
            // bytea that was not shown as text: look for the UTF-8 bytes as escapes.
            let escaped: String = secret
                .bytes()
                .map(|b| {
                    if b.is_ascii() {
                        char::from(b).to_string()
                    } else {
                        format!("\\{b:03o}")
                    }
                })
                .collect();
            assert!(!row.contains(&escaped), "{secret} in {table}: {row}");
        }
    }
}

#[tokio::test]
async fn events_say_who_and_where_and_nothing_else() {
    let world = World::new().await;
    let (_, account) = world.verified(1).await;
    let payloads: Vec<(String, Vec<u8>)> =
        sqlx::query_as("select event_type, payload from eventlog.outbox order by seq")
            .fetch_all(world.pool())
            .await
            .unwrap();
    let expected = prost::Message::encode_to_vec(&wire::PersonRegistered {
        division_code: "110108".into(),
    });
    assert_eq!(payloads[0], ("PersonRegistered".to_owned(), expected));
    // The year of birth and nothing finer.
    let expected = prost::Message::encode_to_vec(&wire::PersonVerified {
        division_code: "110108".into(),
        gender: wire::Gender::Male.into(),
        birth_year: 1990,
    });
    assert_eq!(payloads[1], ("PersonVerified".to_owned(), expected));
    let ids: Vec<uuid::Uuid> =
        sqlx::query_scalar("select distinct aggregate_id from eventlog.outbox")
            .fetch_all(world.pool())
            .await
            .unwrap();
    assert_eq!(
        ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [account.person_id]
    );
}

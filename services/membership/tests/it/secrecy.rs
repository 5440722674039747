//! Where personal data is, and where it must not be.

use proto_membership::v1 as wire;

use crate::{journey::form, world::World};

/// Looks for a text in every table of the database, in text and in bytes.
async fn tables_with(world: &World, needle: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(world.pool())
    .await
    .unwrap();
    let bytes = format!(
        r"%\\x%{}%",
        needle
            .bytes()
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
    );
    let mut found = Vec::new();
    for table in tables {
        let query = format!(
            "select exists(select 1 from {table} t where t::text like $1 or t::text like $2)"
        );
        let there: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .bind(format!("%{needle}%"))
            .bind(&bytes)
            .fetch_one(world.pool())
            .await
            .unwrap();
        if there {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn names_forms_and_reasons_stand_nowhere_in_the_clear() {
    let world = World::new().await;
    let wang = world.person("王芳菲");
    let application = world.in_final_review(&wang).await;
    world
        .send_back(&world.approver, &application.application_id)
        .await
        .unwrap();
    world
        .submit(&wang, &application.application_id)
        .await
        .unwrap();
    world
        .pass(&world.reviewer, &application.application_id)
        .await
        .unwrap();
    let request = wire::ApproveApplicationRequest {
        application_id: application.application_id.clone(),
        // The answer is remembered, and it has name and form in it.
        request_id: "remembered".into(),
        ..Default::default()
    };
    let approved = world
        .applications()
        .approve_application(world.by(&world.approver, request))
        .await
        .unwrap();
    world
        .suspend(&world.desk, &approved.into_inner().membership_id)
        .await
        .unwrap();

    let form = form();
    for secret in [
        "王芳菲",
        form.employer.as_str(),
        form.position.as_str(),
        form.research_field.as_str(),
        form.statement.as_str(),
        "请补充工作单位全称",
        "学术不端调查期间",
    ] {
        assert_eq!(
            tables_with(&world, secret).await,
            [] as [String; 0],
            "{secret}"
        );
    }
    // The search itself works: what is not secret is found, in text and in the bytes of events.
    assert!(
        tables_with(&world, "中国计算机学会")
            .await
            .contains(&"public.organisations".to_owned())
    );
    assert!(
        tables_with(&world, "B200000001M")
            .await
            .contains(&"eventlog.outbox".to_owned())
    );
    world.check().await;
}

#[tokio::test]
async fn staff_who_read_leave_a_record_and_the_applicant_does_not() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let application = world.submitted(&wang).await;
    world
        .application(&wang, &application.application_id)
        .await
        .unwrap();
    assert_eq!(world.audited("GetApplication").await, 0);
    world
        .application(&world.reviewer, &application.application_id)
        .await
        .unwrap();
    assert_eq!(world.audited("GetApplication").await, 1);
    let (actor, subject): (String, String) = sqlx::query_as(
        "select actor, subject from audit.records where action like '%GetApplication'",
    )
    .fetch_one(world.pool())
    .await
    .unwrap();
    assert_eq!(actor, format!("person:{}", world.reviewer.id));
    assert_eq!(
        subject,
        format!("application:{}", application.application_id)
    );
    // A caller who may not see it reads nothing, so there is nothing to record.
    let _ = world
        .application(&world.stranger, &application.application_id)
        .await;
    assert_eq!(world.audited("GetApplication").await, 1);
}

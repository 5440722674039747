//! Invariants of a platform at rest: no log has a gap, no event is lost or in quarantine, no invariant of a service is
//! violated, and the cockpit's figures equal a recount of the sources.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use testkit::{Platform, Service};

async fn connect(platform: &Platform, service: Service) -> PgConnection {
    PgConnection::connect(platform.database_url(service).unwrap())
        .await
        .unwrap()
}

async fn number(conn: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query(query).fetch_one(conn).await.unwrap().get(0)
}

/// Checks all of it.
pub async fn check(platform: &Platform) {
    platform.settled().await.unwrap();
    nothing_quarantined(platform).await;
    for &service in Service::Cockpit.hears() {
        let mut conn = connect(platform, service).await;
        let head = eventlog::verify(&mut conn).await.unwrap();
        assert!(head > 0, "{service} has told nothing");
    }
    for service in Service::callable() {
        invariants(platform, service).await;
    }
    recount(platform).await;
}

async fn nothing_quarantined(platform: &Platform) {
    for service in Service::callable() {
        let mut conn = connect(platform, service).await;
        let quarantined = number(&mut conn, "select count(*) from eventlog.quarantine").await;
        assert_eq!(quarantined, 0, "{service} has quarantined events");
    }
}

/// Each statement of `services/<service>/invariants.sql` finds violations.
async fn invariants(platform: &Platform, service: Service) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../services");
    let Ok(text) = std::fs::read_to_string(root.join(service.name()).join("invariants.sql")) else {
        return;
    };
    let mut conn = connect(platform, service).await;
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .map(|l| l.to_owned() + "\n")
        .collect();
    for statement in code
        .split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
    {
        let rows = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .fetch_all(&mut conn)
            .await
            .unwrap();
        assert!(
            rows.is_empty(),
            "{service}: {} rows violate\n{statement}",
            rows.len()
        );
    }
}

/// The cockpit's figures against the tables of the services.
async fn recount(platform: &Platform) {
    let mut identity = connect(platform, Service::Identity).await;
    let mut membership = connect(platform, Service::Membership).await;
    let mut events = connect(platform, Service::Events).await;
    let mut cockpit = connect(platform, Service::Cockpit).await;
    let sources = [
        (
            "people_registered",
            number(&mut identity, "select count(*) from persons").await,
        ),
        (
            "memberships_active",
            number(
                &mut membership,
                "select count(*) from memberships where state = 'ACTIVE'",
            )
            .await,
        ),
        (
            "seats_taken",
            number(
                &mut events,
                "select coalesce(sum(taken), 0)::bigint from seats",
            )
            .await,
        ),
        (
            "attendances",
            number(
                &mut events,
                "select count(*) from registrations where state = 'attended'",
            )
            .await,
        ),
        (
            "credited_minutes",
            number(
                &mut events,
                "select coalesce(sum(minutes), 0)::bigint from credits",
            )
            .await,
        ),
    ];
    for (metric, expected) in sources {
        let query =
            "select coalesce(sum(delta), 0)::bigint from facts join generations using (generation)
                     where state = 'serving' and metric = $1";
        let shown: i64 = sqlx::query(query)
            .bind(metric)
            .fetch_one(&mut cockpit)
            .await
            .unwrap()
            .get(0);
        assert_eq!(shown, expected, "{metric}");
    }
}

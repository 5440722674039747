//! Starts, kills and stops a whole platform with stand-in services and real PostgreSQL and NATS.
#![allow(clippy::disallowed_methods, reason = "tests choose")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use platform::{Addresses, DEMO, Options, Platform, Scratch, Service};

/// A directory with programs that behave like the services, and like the one that fills them.
fn stand_ins(scratch: &Scratch) -> PathBuf {
    let directory = scratch.path().join("programs");
    std::fs::create_dir_all(&directory).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fake_service.py");
    let script = directory.join("fake_service.py");
    std::fs::copy(source, &script).unwrap();
    for name in Service::ALL.map(Service::name).into_iter().chain([DEMO]) {
        let program = directory.join(name);
        let text = format!(
            "#!/bin/sh\nexec python3 {} {name} \"$@\"\n",
            script.display()
        );
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

fn options(home: Option<PathBuf>, programs: PathBuf) -> Options {
    Options {
        home,
        programs,
        seeds: "seeds".into(),
        postgres_url: None,
        nats_url: None,
        replicas: 1,
        people: None,
        environment: vec![("CAST_LOG".into(), "debug".into())],
        progress: |_| (),
    }
}

/// The calls of the stand-ins: (service, command, environment), in order.
fn told(programs: &Path) -> Vec<(String, Vec<String>, BTreeMap<String, String>)> {
    let text = std::fs::read_to_string(programs.join("told")).unwrap();
    let lines = text.lines().map(|line| {
        let mut told: serde_json::Value = serde_json::from_str(line).unwrap();
        (
            told["service"].as_str().unwrap().to_owned(),
            serde_json::from_value(told["command"].take()).unwrap(),
            serde_json::from_value(told["environment"].take()).unwrap(),
        )
    });
    lines.collect()
}

fn soon<F: Future>(future: F) -> tokio::time::Timeout<F> {
    tokio::time::timeout(Duration::from_secs(60), future)
}

#[tokio::test]
async fn services_are_migrated_seeded_started_and_stopped_in_order() {
    let scratch = Scratch::new("stand-ins").unwrap();
    let programs = stand_ins(&scratch);
    let platform = Platform::start(options(None, programs.clone()))
        .await
        .unwrap();

    let told = told(&programs);
    let commands: Vec<String> = told
        .iter()
        .map(|(name, command, _)| format!("{name} {}", command[0]))
        .collect();
    let (prepared, served) = commands.split_at(11);
    assert_eq!(
        prepared,
        [
            "identity migrate",
            "membership migrate",
            "events migrate",
            "cockpit migrate",
            "identity seed",
            "membership seed",
            "events seed",
            "cockpit seed",
            "demo identity",
            "demo membership",
            "demo events",
        ]
    );
    assert_eq!(
        served
            .iter()
            .filter(|command| command.ends_with(" serve"))
            .count(),
        5
    );

    let environment = |name: &str| {
        &told
            .iter()
            .rev()
            .find(|(service, _, _)| service == name)
            .unwrap()
            .2
    };
    let (identity, gateway) = (environment("identity"), environment("gateway"));
    assert!(
        identity["CAST_DATABASE_URL"].contains("/cast_identity"),
        "{}",
        identity["CAST_DATABASE_URL"]
    );
    assert!(identity["CAST_DATA_KEYS"].starts_with("1:"));
    assert_ne!(
        identity["CAST_DATA_KEYS"],
        environment("membership")["CAST_DATA_KEYS"]
    );
    assert_eq!(
        identity["CAST_INTERNAL_SECRET"],
        gateway["CAST_INTERNAL_SECRET"]
    );
    assert_eq!(identity["CAST_INTERNAL_SECRET"], platform.internal_secret());
    assert_eq!(
        gateway["CAST_IDENTITY_URL"],
        format!("http://{}", identity["CAST_LISTEN"])
    );
    assert_eq!(gateway["CAST_PUBLIC_URL"], platform.gateway_url());
    assert_eq!(gateway["CAST_LOG"], "debug");
    assert!(!gateway.contains_key("CAST_DATA_KEYS") && !gateway.contains_key("CAST_DATABASE_URL"));

    platform.stop().await.unwrap();
    let stopped = std::fs::read_to_string(programs.join("stopped")).unwrap();
    assert_eq!(
        stopped.lines().collect::<Vec<_>>(),
        ["gateway", "cockpit", "events", "membership", "identity"]
    );
}

#[tokio::test]
async fn a_demonstration_is_loaded_beside_the_running_services_and_called_one() {
    let scratch = Scratch::new("stand-ins").unwrap();
    let programs = stand_ins(&scratch);
    let mut options = options(None, programs.clone());
    options.people = Some(1_000);
    let platform = Platform::start(options).await.unwrap();
    let told = told(&programs);
    let filled: Vec<&String> = told
        .iter()
        .filter(|(name, command, _)| name == DEMO && command.contains(&"1000".to_owned()))
        .map(|(_, command, _)| &command[0])
        .collect();
    assert_eq!(filled, ["identity", "membership", "events"]);
    for (name, command, environment) in &told {
        let marked = environment.contains_key("CAST_DEMONSTRATION");
        assert_eq!(marked, name == "gateway", "{name} {command:?}");
    }
    for service in Service::ALL {
        assert!(platform.pid(service).is_some(), "{service} was ended");
    }
    platform.stop().await.unwrap();
    assert_eq!(
        std::fs::read_to_string(programs.join("stopped"))
            .unwrap()
            .lines()
            .count(),
        5
    );
}

#[tokio::test]
async fn a_service_that_dies_is_reported_with_its_last_words_and_can_be_started_again() {
    let scratch = Scratch::new("stand-ins").unwrap();
    let platform = Platform::start(options(None, stand_ins(&scratch)))
        .await
        .unwrap();

    let (death, killed) =
        soon(async { tokio::join!(platform.death(), platform.kill_service(Service::Events)) })
            .await
            .unwrap();
    killed.unwrap();
    assert_eq!(death.name, "events");
    assert!(
        death.last_words.contains("events was told ['serve']"),
        "{}",
        death.last_words
    );
    assert_eq!(platform.pid(Service::Events), None);

    platform.start_service(Service::Events).await.unwrap();
    assert!(platform.pid(Service::Events).is_some());
    let ready = platform::http::get(&format!("{}/readyz", platform.admin_url(Service::Events)))
        .await
        .unwrap();
    assert_eq!(ready.0, 200);

    let nats = platform.nats().unwrap();
    let (death, stopped) = soon(async { tokio::join!(platform.death(), nats.kill()) })
        .await
        .unwrap();
    stopped.unwrap();
    assert_eq!(death.name, "NATS");
}

#[tokio::test]
async fn a_service_that_does_not_start_is_an_error_with_its_last_words() {
    let scratch = Scratch::new("stand-ins").unwrap();
    let programs = stand_ins(&scratch);
    std::fs::write(programs.join("cockpit.broken"), "").unwrap();
    let error = Platform::start(options(None, programs.clone()))
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("cannot serve: broken on purpose"),
        "{error:#}"
    );

    std::fs::remove_file(programs.join("gateway")).unwrap();
    let error = Platform::start(options(None, programs)).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("gateway is missing: run `cargo build --workspace --bins`"),
        "{error:#}"
    );
}

#[tokio::test]
async fn a_kept_platform_runs_once_keeps_its_data_and_secrets_and_tells_where_it_is() {
    let scratch = Scratch::new("stand-ins").unwrap();
    let programs = stand_ins(&scratch);
    let home = scratch.path().join("home");
    let start = || Platform::start(options(Some(home.clone()), programs.clone()));

    assert!(Addresses::of_running(&home).unwrap().is_none());
    let first = start().await.unwrap();
    let secret = first.internal_secret().to_owned();
    let addresses = Addresses::of_running(&home).unwrap().unwrap();
    assert_eq!(addresses.gateway_url, first.gateway_url());
    assert_eq!(addresses.internal_secret().unwrap(), secret);
    let mode = |name: &str| {
        std::fs::metadata(home.join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode("secrets.json"), mode("platform.json")),
        (0o600, 0o600)
    );

    let error = start().await.unwrap_err();
    assert!(
        format!("{error:#}").contains("running already"),
        "{error:#}"
    );

    let pool = sqlx::PgPool::connect(&addresses.postgres_url)
        .await
        .unwrap();
    sqlx::raw_sql("create table kept ()")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    first.stop().await.unwrap();
    assert!(Addresses::of_running(&home).unwrap().is_none());

    let second = start().await.unwrap();
    assert_eq!(second.internal_secret(), secret);
    let pool = sqlx::PgPool::connect(&second.addresses().postgres_url)
        .await
        .unwrap();
    sqlx::raw_sql("select from kept")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    second.stop().await.unwrap();
}

#[test]
fn messages_are_read_in_order_and_by_address() {
    let scratch = Scratch::new("mailbox").unwrap();
    let write = |name: &str, to: &str, text: &str| {
        let message =
            serde_json::json!({"kind": "code", "to": to, "subject": "s", "text": text, "at": ""});
        std::fs::write(scratch.path().join(name), message.to_string()).unwrap();
    };
    write("2.json", "a@example.org", "second");
    write("1.json", "A@example.org", "first");
    write("3.json", "b@example.org", "other");
    std::fs::write(scratch.path().join("4.json.new"), "half").unwrap();
    let texts = |address| {
        let messages = platform::mailbox::read(scratch.path(), address).unwrap();
        messages
            .into_iter()
            .map(|message| message.text)
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(Some("a@example.org")), ["first", "second"]);
    assert_eq!(texts(None), ["first", "second", "other"]);
    write("5.json", "+8619206439419", "to a phone");
    for written in [
        "+8619206439419",
        "19206439419",
        "86 192-0643-9419",
        "+86 192 0643 9419",
    ] {
        assert_eq!(texts(Some(written)), ["to a phone"], "{written}");
    }
    assert!(texts(Some("19206439418")).is_empty());
    std::fs::remove_file(scratch.path().join("5.json")).unwrap();
    assert!(
        platform::mailbox::read(&scratch.path().join("none"), None)
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_initialisation_that_was_cut_off_is_done_again() {
    let scratch = Scratch::new("cut-off").unwrap();
    let home = scratch.path().join("postgres");
    let start = || platform::Postgres::start(&home, None, platform::Keeping::Throwaway);
    let first = start().await.unwrap();
    first.stop().await.unwrap();
    // The first files exist and the last do not, as after a power failure.
    let (data, unfinished) = (
        first.home().join("data"),
        first.home().join("data.unfinished"),
    );
    std::fs::rename(&data, &unfinished).unwrap();
    std::fs::remove_file(unfinished.join("global/pg_control")).unwrap();
    let second = start().await.unwrap();
    assert!(data.join("global/pg_control").exists() && !unfinished.exists());
    second.stop().await.unwrap();
    platform::reset(scratch.path()).unwrap();
}

#[tokio::test]
async fn a_server_whose_supervisor_was_killed_too_is_replaced() {
    let scratch = Scratch::new("orphan").unwrap();
    let home = scratch.path().join("postgres");
    let port = platform::free_port();
    let start = || platform::Postgres::start(&home, Some(port), platform::Keeping::Throwaway);
    let first = start().await.unwrap();
    let orphan = first.pid().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{orphan}/status")).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    let killed = std::process::Command::new("kill")
        .args(["-s", "KILL", parent.unwrap().trim()])
        .status();
    assert!(killed.unwrap().success());
    drop(first);
    assert!(std::path::Path::new(&format!("/proc/{orphan}")).exists());

    let second = start().await.unwrap();
    assert_ne!(second.pid(), Some(orphan));
    let pool = sqlx::PgPool::connect(&second.url("postgres"))
        .await
        .unwrap();
    pool.close().await;
    second.stop().await.unwrap();
    platform::reset(scratch.path()).unwrap();
}

#[tokio::test]
async fn the_database_lies_elsewhere_when_its_user_cannot_reach_the_place() {
    let scratch = Scratch::new("locked").unwrap();
    // Only root runs the server as another user, whose access may fail.
    if std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) != 0)
    {
        return;
    }
    std::fs::set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let wanted = scratch.path().join("home/postgres");
    let postgres = platform::Postgres::start(&wanted, None, platform::Keeping::Throwaway)
        .await
        .unwrap();
    let home = postgres.home().to_owned();
    assert!(home.starts_with("/var/tmp"), "{}", home.display());
    sqlx::PgPool::connect(&postgres.url("postgres"))
        .await
        .unwrap()
        .close()
        .await;
    postgres.stop().await.unwrap();

    platform::reset(wanted.parent().unwrap()).unwrap();
    assert!(!home.exists() && !wanted.exists());
}

//! Databases that earlier versions have stored (`tests/stored`): the programs of this version migrate them, keep what is
//! in them, and go on with it.

mod content;
mod readable;
mod used;
mod version;

use kit::crypto::Keys;
use sqlx::{Connection as _, PgConnection};
use testkit::{Scratch, Service};

use crate::{integrity, journey};
use version::Version;

#[tokio::test(flavor = "multi_thread")]
#[allow(
    clippy::print_stdout,
    reason = "the harness shows it if a check below fails"
)]
async fn a_platform_comes_up_on_what_earlier_versions_stored_and_keeps_it() {
    let versions = Version::all();
    assert!(!versions.is_empty(), "no version is stored");
    for version in &versions {
        println!("version {}", version.name());
        keeps(version).await;
    }
}

async fn keeps(version: &Version) {
    let postgres = testkit::private_postgres().await;
    let home = Scratch::new("stored").unwrap();
    version.copy_secrets(home.path());
    for service in Service::callable() {
        version.restore(service, &postgres).await;
        let url = postgres.url(service.database().unwrap());
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let before = content::of(&mut conn, service).await;
        version::migrate(service, &url, home.path()).await;
        let after = content::of(&mut conn, service).await;
        let changes = version.changes(service);
        content::check_kept(service, &before, &after, &changes);
        let keys = Keys::parse(&version.data_keys(service)).unwrap();
        readable::check(&mut conn, service, &keys).await;
        conn.close().await.unwrap();
    }
    let platform = testkit::platform_in(home.path(), postgres.url("postgres")).await;
    integrity::check(&platform).await;
    used::check(&platform, &version.issued()).await;
    journey::play(&platform).await;
    integrity::check(&platform).await;
    platform.stop().await.unwrap();
}

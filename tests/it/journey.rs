//! The main journey, as played by `cast journey`, on a platform of its own.

use std::{path::PathBuf, process::Command};

use testkit::Platform;

use crate::{integrity, metrics, search_engines};

/// `cast journey` is beside the programs of the services.
fn cast() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let directory = program.parent().and_then(|deps| deps.parent()).unwrap();
    let cast = directory.join("cast");
    assert!(
        cast.is_file(),
        "{} is missing: cargo build --workspace --bin cast",
        cast.display()
    );
    cast
}

/// Plays it; fails with its output.
pub async fn play(platform: &Platform) {
    let mut command = Command::new(cast());
    command
        .arg("journey")
        .args(["--gateway", platform.gateway_url()])
        .arg("--mailbox")
        .arg(&platform.addresses().mailbox);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journey_succeeds_again_and_again_leaves_everything_in_order_and_shows_in_the_metrics()
{
    let platform = testkit::platform().await;
    play(&platform).await;
    play(&platform).await;
    integrity::check(&platform).await;
    metrics::check(&platform).await;
    search_engines::check(&platform).await;
    platform.stop().await.unwrap();
}

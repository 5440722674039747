//! A platform filled with synthetic people.

use std::path::Path;

use testkit::Service;

#[tokio::test(flavor = "multi_thread")]
async fn what_must_hold_holds_after_filling_and_the_cockpit_counts_the_made_up_past() {
    let platform = testkit::platform().await;
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds");
    for service in Service::with_demo() {
        platform.stop_service(service).await.unwrap();
        platform.populate(service, &seeds, 2_000).await.unwrap();
        platform.start_service(service).await.unwrap();
    }
    crate::integrity::check(&platform).await;
    // The journey works as on an empty platform.
    crate::journey::play(&platform).await;
    crate::integrity::check(&platform).await;
    platform.stop().await.unwrap();
}

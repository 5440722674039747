//! Faults of the whole platform: programs are killed, NATS loses everything, PostgreSQL restarts. Afterwards the
//! journey succeeds and all invariants hold.

use testkit::Service;

use crate::{integrity, journey};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_bad_night_nothing_is_lost_and_the_journey_succeeds() {
    let platform = testkit::platform().await;
    journey::play(&platform).await;

    for service in [
        Service::Identity,
        Service::Membership,
        Service::Events,
        Service::Cockpit,
    ] {
        platform.kill_service(service).await.unwrap();
        platform.start_service(service).await.unwrap();
    }
    platform.nats().unwrap().wipe().await.unwrap();
    journey::play(&platform).await;
    integrity::check(&platform).await;

    // The cockpit is down while the others work; then it has to catch up with a NATS that has lost everything.
    platform.kill_service(Service::Cockpit).await.unwrap();
    platform.kill_service(Service::Membership).await.unwrap();
    platform.start_service(Service::Membership).await.unwrap();
    platform.nats().unwrap().wipe().await.unwrap();
    platform.start_service(Service::Cockpit).await.unwrap();
    platform.postgres().unwrap().restart().await.unwrap();
    for service in [
        Service::Identity,
        Service::Membership,
        Service::Events,
        Service::Cockpit,
    ] {
        platform.ready(service).await.unwrap();
    }
    journey::play(&platform).await;
    integrity::check(&platform).await;
    platform.stop().await.unwrap();
}

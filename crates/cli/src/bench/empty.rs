//! The empty gRPC call that others stand beside: the standard health check (`grpc.health.v1.Health/Check`). It passes the same server,
//! connection and outer layers, carries no token, asks no database and answers two bytes.

use anyhow::Result;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{load, load::Outcome, stage::Stage};

/// As it is called in the tables.
pub const NAME: &str = "empty gRPC call (health check)";

/// One round of it.
pub async fn round(stage: &Stage, channel: &Channel, callers: usize) -> Result<Outcome> {
    let client = HealthClient::new(channel.clone());
    load::closed(callers, stage.plan.length, move |_| {
        let mut client = client.clone();
        async move {
            // No name: the server as a whole.
            client.check(HealthCheckRequest::default()).await?;
            Ok(())
        }
    })
    .await
}

//! The baseline of an empty gRPC call: the standard health check (`grpc.health.v1.Health/Check`). It uses the same
//! server, connection and outer layers, has no token, does not access the database and returns two bytes.

use anyhow::Result;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{load, load::Outcome, stage::Stage};

/// Its name in the tables.
pub const NAME: &str = "empty gRPC call (health check)";

/// Runs one round.
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

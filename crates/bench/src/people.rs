//! Synthetic people who are signed in, by the thousand.
//!
//! Signing in costs a password hash each, so their sessions are inserted into identity's database, in the form of its
//! own code, and identity issues the access tokens for them, as it does for the gateway with every request.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use platform::{Service, internal_token};
use proto::cast::identity::v1::{ResolveSessionRequest, sessions_client::SessionsClient};
use tokio::sync::Mutex;
use tonic::{Request, metadata::AsciiMetadataValue};

use super::{database, load, stage::Stage};

/// The access tokens of this many people, as `authorization` metadata. They are valid for more than three minutes.
pub async fn signed_in(stage: &Stage, people: usize) -> Result<Arc<[AsciiMetadataValue]>> {
    ensure!(
        people as u64 <= stage.plan.scale,
        "this needs {people} people; choose a greater --scale"
    );
    let url = stage.platform.database_url(Service::Identity);
    database::open_sessions(url.context("identity has a database")?, people).await?;
    let client = SessionsClient::new(stage.channel(Service::Identity).await?);
    let internal = AsciiMetadataValue::try_from(internal_token(stage.platform.internal_secret())?)?;
    let tokens = Arc::new(Mutex::new(vec![None; people]));
    let begun = Instant::now();
    let collected = tokens.clone();
    load::shared(16, people, move |person| {
        let (mut client, internal, collected) =
            (client.clone(), internal.clone(), collected.clone());
        async move {
            let secret = database::session_secret(person);
            let mut request = Request::new(ResolveSessionRequest { secret });
            request.metadata_mut().insert("x-cast-internal", internal);
            let answer = client.resolve_session(request).await?.into_inner();
            let bearer = format!("Bearer {}", answer.access_token);
            collected.lock().await[person] = Some(AsciiMetadataValue::try_from(bearer)?);
            Ok(())
        }
    })
    .await?;
    // Tokens are valid for five minutes and internal ones for one.
    ensure!(
        begun.elapsed() < Duration::from_secs(50),
        "signing people in took too long"
    );
    let tokens = tokens.lock().await;
    tokens
        .iter()
        .map(|token| token.clone().context("a person got no token"))
        .collect()
}

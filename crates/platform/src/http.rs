//! A minimal HTTP client for readiness probes on this machine.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// GETs `url` (plain HTTP) within five seconds: status and body.
pub async fn get(url: &str) -> Result<(StatusCode, Bytes)> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let request = Request::get(url)
        .body(Empty::new())
        .with_context(|| format!("{url} is no address"))?;
    let answer = async {
        let response = client.request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        anyhow::Ok((status, body))
    };
    tokio::time::timeout(Duration::from_secs(5), answer)
        .await
        .with_context(|| format!("{url} does not answer"))?
        .with_context(|| format!("{url} cannot be reached"))
}

//! The society's own system: an OAuth client with client_credentials (RFC 6749 section 4.4).

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::json;
use tonic::metadata::AsciiMetadataValue;

use super::society::{SOCIETY, society};
use journey::{
    demo::Accounts,
    visitor::{Visitor, text},
};

/// A client that may verify members of the society.
#[derive(Debug, Clone)]
pub struct Machine {
    client_id: String,
    client_secret: String,
    url: String,
}

impl Machine {
    /// Registers one, as the society's administrator does.
    pub async fn register(gateway: &str, stranger: &Visitor, demo: &Accounts) -> Result<Self> {
        let role = "organisation.administrator";
        let mut administrator = demo.staff(stranger, role, SOCIETY).await?;
        let path = format!("/v1/organisations/{}/clients", society()?);
        let wanted = json!({"kind": "MACHINE", "name": "会员系统", "scopes": ["members.verify", "members.read"]});
        let created = administrator.post(&path, wanted).await?;
        Ok(Self {
            client_id: text(&created["client"], "clientId")?.to_owned(),
            client_secret: text(&created, "clientSecret")?.to_owned(),
            url: format!("{gateway}/oauth2/token"),
        })
    }

    /// A new access token.
    pub async fn token(&self, http: &reqwest::Client) -> Result<String> {
        let answer = http
            .request(Method::POST, &self.url)
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await?;
        let status = answer.status();
        let body: serde_json::Value = answer.json().await?;
        ensure!(status.is_success(), "no token: {status} {body}");
        Ok(text(&body, "access_token")?.to_owned())
    }

    /// A new access token, ready for the metadata `authorization`.
    pub async fn bearer(&self) -> Result<AsciiMetadataValue> {
        let token = self.token(&reqwest::Client::new()).await?;
        AsciiMetadataValue::try_from(format!("Bearer {token}")).context("a token is text")
    }
}

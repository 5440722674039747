//! A visitor of the public API, with a session cookie like a browser and parsing of problems like a program.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow, bail};
use reqwest::{Client, Method, header, redirect};
use serde_json::{Value, json};

/// A response.
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The JSON body; null if there is none.
    pub body: Value,
    /// Where a redirect leads.
    pub location: Option<String>,
}

impl Answer {
    /// The stable code of the problem, if it is one.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A client of the platform.
#[derive(Clone)]
pub struct Visitor {
    http: Client,
    base: String,
    mailbox: PathBuf,
    cookie: Option<String>,
    bearer: Option<String>,
}

impl Visitor {
    /// An anonymous visitor. `base` is the gateway's URL, `mailbox` the folder of the development transport.
    pub fn new(base: &str, mailbox: &Path) -> Result<Self> {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self {
            http,
            base: base.to_owned(),
            mailbox: mailbox.to_owned(),
            cookie: None,
            bearer: None,
        })
    }

    /// The same client without a session.
    pub fn stranger(&self) -> Self {
        Self {
            cookie: None,
            bearer: None,
            ..self.clone()
        }
    }

    /// The same client with an access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            bearer: Some(token.to_owned()),
            ..self.stranger()
        }
    }

    /// The session cookie's value, once signed in.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// The URL of the gateway.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request with this visitor's credentials.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let mut request = self
            .http
            .request(method, url)
            .header(header::ACCEPT_LANGUAGE, "zh-CN");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("__Host-session={cookie}"));
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        request
    }

    /// Sends a request and returns any response. A new session is kept.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let response = request
            .send()
            .await
            .context("the gateway does not answer")?;
        let text = |name| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let location = text(header::LOCATION);
        if let Some(cookie) = text(header::SET_COOKIE)
            && let Some(secret) = cookie.strip_prefix("__Host-session=")
        {
            let secret = secret.split(';').next().unwrap_or_default();
            self.cookie = (!secret.is_empty()).then(|| secret.to_owned());
        }
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer {
            status,
            body,
            location,
        })
    }

    /// GET; anything but 200 is an error.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        let answer = self.try_get(path).await?;
        expect(answer, 200, path)
    }

    /// GET; returns any response.
    pub async fn try_get(&mut self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// POST; anything but 200 is an error.
    pub async fn post(&mut self, path: &str, body: Value) -> Result<Value> {
        let answer = self.try_post(path, body).await?;
        expect(answer, 200, path)
    }

    /// POST; returns any response.
    pub async fn try_post(&mut self, path: &str, body: Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(&body))
            .await
    }

    /// POST that must be refused with this code.
    pub async fn refused(&mut self, path: &str, body: Value, code: &str) -> Result<()> {
        let answer = self.try_post(path, body).await?;
        if answer.code() != code {
            bail!(
                "{path}: expected {code}, got {} {}",
                answer.status,
                answer.body
            );
        }
        Ok(())
    }

    /// PATCH; anything but 200 is an error.
    pub async fn patch(&mut self, path: &str, body: Value) -> Result<Value> {
        let answer = self
            .send(self.request(Method::PATCH, path).json(&body))
            .await?;
        expect(answer, 200, path)
    }

    /// DELETE; anything but 200 is an error.
    pub async fn delete(&mut self, path: &str) -> Result<Value> {
        let answer = self.send(self.request(Method::DELETE, path)).await?;
        expect(answer, 200, path)
    }

    /// Signs in with a password.
    pub async fn sign_in(&mut self, address: &str, password: &str) -> Result<()> {
        self.post(
            "/v1/sessions",
            json!({"address": address, "password": password}),
        )
        .await
        .map(drop)
    }

    /// Signs up with a one-time code and stays signed in. Returns the account.
    pub async fn sign_up(
        &mut self,
        address: &str,
        password: &str,
        display_name: &str,
    ) -> Result<Value> {
        self.sign_up_in(address, password, display_name, "110108")
            .await
    }

    /// As [`sign_up`](Self::sign_up), for a person who works in this county (GB/T 2260).
    pub async fn sign_up_in(
        &mut self,
        address: &str,
        password: &str,
        display_name: &str,
        division_code: &str,
    ) -> Result<Value> {
        let asked = self
            .post(
                "/v1/codes",
                json!({"purpose": "SIGN_UP", "address": address}),
            )
            .await?;
        let code = self.one_time_code(address).await?;
        let account = json!({
            "codeId": asked["codeId"],
            "code": code,
            "password": password,
            "displayName": display_name,
            "divisionCode": division_code,
        });
        self.post("/v1/accounts", account).await
    }

    /// The six digits of the last message to an address; waits for it.
    pub async fn one_time_code(&self, address: &str) -> Result<String> {
        for _ in 0..200 {
            let messages = platform::mailbox::read(&self.mailbox, Some(address))?;
            if let Some(code) = messages.into_iter().rev().find_map(|message| message.code) {
                return Ok(code);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(anyhow!(
            "no message with a code for {address} in ten seconds"
        ))
    }
}

fn expect(answer: Answer, status: u16, path: &str) -> Result<Value> {
    if answer.status != status {
        bail!(
            "{path}: expected {status}, got {} {}",
            answer.status,
            answer.body
        );
    }
    Ok(answer.body)
}

/// A text field of a response.
pub fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value[field]
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| anyhow!("no {field} in {value}"))
}

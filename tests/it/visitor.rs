//! A visitor with a browser.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use testkit::Platform;

/// The password of all accounts created here.
pub const PASSWORD: &str = "Besuch-2026-Kexie";

/// Calls one gateway and keeps a session cookie.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
    cookie: Option<String>,
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

impl Visitor {
    pub fn new(gateway: &str) -> Self {
        Self {
            client: Client::new(),
            base: gateway.to_owned(),
            cookie: None,
        }
    }

    /// The same person at another gateway.
    pub fn at(&self, gateway: &str) -> Self {
        Self {
            base: gateway.to_owned(),
            ..self.clone()
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        request
    }

    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Answer { status, body }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, path).json(&body);
        self.send(request).await
    }

    pub async fn sign_in(&mut self, address: &str, password: &str) {
        let who = json!({"address": address, "password": password});
        self.post("/v1/sessions", who).await.ok();
    }

    /// The secret in the session cookie, once signed in.
    pub fn secret(&self) -> Option<String> {
        Some(self.cookie.as_ref()?.split_once('=')?.1.to_owned())
    }

    /// The form of a registration, with the one-time code received.
    pub async fn sign_up_form(&mut self, platform: &Platform, address: &str) -> Value {
        let wanted = json!({"purpose": "SIGN_UP", "address": address});
        let asked = self.post("/v1/codes", wanted).await.ok();
        json!({
            "codeId": asked["codeId"],
            "code": one_time_code(platform, address).await,
            "password": PASSWORD,
            "displayName": "来访者",
            "divisionCode": "110108",
        })
    }
}

/// The six digits of the last message to an address; waits for it.
pub async fn one_time_code(platform: &Platform, address: &str) -> String {
    code_after(platform, address, 0).await
}

/// The six digits of the last message to an address that has received this many messages before; waits for it.
pub async fn code_after(platform: &Platform, address: &str, earlier: usize) -> String {
    for _ in 0..200 {
        let messages = platform.mailbox(address).unwrap().into_iter().skip(earlier);
        if let Some(code) = messages.rev().find_map(|message| message.code) {
            return code;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no message with a code for {address} in ten seconds");
}

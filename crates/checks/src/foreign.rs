//! Sites as others have written them: OpenID clients from npm and PyPI, installed as they are, sign people in through the platform.

use std::process::Command;

use anyhow::{Context as _, Result};
use journey::{demo::Accounts, visitor::Visitor};
use platform::{build, workspace};
use serde_json::{Value, json};

use super::{context::Context, seeds, tools};

/// Where the clients say that they live. No program listens there: the scripts play the browser, and stop at this address.
const REDIRECT: &str = "http://localhost:9/callback";
const POST_LOGOUT: &str = "http://localhost:9/bye";
/// The society that registers them, and a person who is to sign in.
const SOCIETY: &str = "B-20";
const PERSON: (&str, &str) = ("society.reviewer", SOCIETY);

/// Drives the clients one after the other, each with a registration and a session of its own.
pub async fn run(context: &mut Context) -> Result<String> {
    let node = tools::openid_client()?;
    let python = tools::authlib()?;
    let platform = context.platform().await?;
    let url = platform.gateway_url().to_owned();
    let accounts = Accounts::read(&workspace().join("seeds"))?;
    let stranger = Visitor::new(&url, &platform.addresses().mailbox)?;
    let mut administrator = accounts
        .staff(&stranger, "organisation.administrator", SOCIETY)
        .await?;
    let organisation = seeds::organisation(SOCIETY)?;
    let scripts = workspace().join("crates/checks/clients");
    let mut js = Command::new("node");
    js.arg(&node)
        .current_dir(node.parent().context("no folder")?);
    let mut py = Command::new(&python);
    py.arg(scripts.join("authlib_client.py"));
    for (name, mut command) in [("openid-client", js), ("Authlib", py)] {
        let request = json!({
            "kind": "WEB",
            "name": format!("现成软件 {name}"),
            "scopes": ["openid", "profile", "phone", "offline_access"],
            "redirectUris": [REDIRECT],
            "postLogoutRedirectUris": [POST_LOGOUT],
        });
        let path = format!("/v1/organisations/{organisation}/clients");
        let created = administrator.post(&path, request).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let person = accounts.staff(&stranger, PERSON.0, PERSON.1).await?;
        let secret = person.cookie().context("a session comes with a cookie")?;
        command
            .env("CAST_PUBLIC_URL", &url)
            .env("CLIENT_ID", text(&created["client"]["clientId"]))
            .env("CLIENT_SECRET", text(&created["clientSecret"]))
            .env("REDIRECT_URI", REDIRECT)
            .env("POST_LOGOUT_URI", POST_LOGOUT)
            .env("COOKIE", format!("__Host-session={secret}"));
        // Others must not wait for the scripts.
        let ended = tokio::task::spawn_blocking(move || build::run(&mut command)).await?;
        ended.with_context(|| format!("{name} does not get along with the platform"))?;
    }
    Ok("openid-client (JavaScript) and Authlib (Python), as they come".to_owned())
}

//! Sites as others have written them: OpenID clients from npm, PyPI and Debian, installed as they are, sign people in through the platform.

use std::{net::TcpListener, process::Command};

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

/// A program that plays a site, and what the site is registered with besides the usual.
struct Site {
    name: &'static str,
    program: Command,
    registration: Value,
}

/// Drives the clients one after the other, each with a registration and a session of its own.
pub async fn run(context: &mut Context) -> Result<String> {
    let sites = sites()?;
    let platform = context.platform().await?;
    let url = platform.gateway_url().to_owned();
    let accounts = Accounts::read(&workspace().join("seeds"))?;
    let stranger = Visitor::new(&url, &platform.addresses().mailbox)?;
    let mut administrator = accounts
        .staff(&stranger, "organisation.administrator", SOCIETY)
        .await?;
    let organisation = seeds::organisation(SOCIETY)?;
    for site in sites {
        let Site {
            name,
            mut program,
            registration,
        } = site;
        let mut request = json!({
            "kind": "WEB",
            "name": format!("现成软件 {name}"),
            "scopes": ["openid", "profile", "phone", "offline_access"],
            "redirectUris": [REDIRECT],
            "postLogoutRedirectUris": [POST_LOGOUT],
        });
        for (field, value) in registration.as_object().into_iter().flatten() {
            request[field] = value.clone();
        }
        let path = format!("/v1/organisations/{organisation}/clients");
        let created = administrator.post(&path, request).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let person = accounts.staff(&stranger, PERSON.0, PERSON.1).await?;
        let secret = person.cookie().context("a session comes with a cookie")?;
        program
            .env("CAST_PUBLIC_URL", &url)
            .env("CLIENT_ID", text(&created["client"]["clientId"]))
            .env("CLIENT_SECRET", text(&created["clientSecret"]))
            .env("REDIRECT_URI", REDIRECT)
            .env("POST_LOGOUT_URI", POST_LOGOUT)
            .env("COOKIE", format!("__Host-session={secret}"));
        // Others must not wait for the scripts.
        let ended = tokio::task::spawn_blocking(move || build::run(&mut program)).await?;
        ended.with_context(|| format!("{name} does not get along with the platform"))?;
    }
    Ok(
        "openid-client (JavaScript; plain, and with private_key_jwt, PAR and DPoP), Authlib (Python), openid_connect (Ruby) and \
        mod_auth_openidc (C), as they come"
            .to_owned(),
    )
}

fn sites() -> Result<Vec<Site>> {
    tools::packaged_clients()?;
    let node = tools::openid_client()?;
    let python = tools::authlib()?;
    let scripts = workspace().join("crates/checks/clients");
    let script = |interpreter: &str, name: &str| {
        let mut program = Command::new(interpreter);
        program.arg(scripts.join(name));
        program
    };
    let in_node = |name: &str| {
        let mut program = Command::new("node");
        program.arg(node.join(name)).current_dir(&node);
        program
    };
    let plain = |name, program| Site {
        name,
        program,
        registration: json!({}),
    };
    let python = python.to_str().context("a path that is no text")?;
    let keys = free_port()?.to_string();
    let mut strict = in_node("openid-client-strict.mjs");
    strict.env("JWKS_PORT", &keys);
    let site = free_port()?.to_string();
    let home = format!("http://localhost:{site}");
    let mut apache = script(python, "apache.py");
    apache.env("SITE_PORT", &site);
    Ok(vec![
        plain("openid-client", in_node("openid-client.mjs")),
        Site {
            name: "openid-client, with a key of its own",
            program: strict,
            registration: json!({
                "authentication": {
                    "method": "PRIVATE_KEY_JWT",
                    "jwksUri": format!("http://127.0.0.1:{keys}/jwks.json"),
                },
                "protocol": {
                    "idTokenAlgorithm": "ES256",
                    "pushedRequestsOnly": true,
                    "dpopOnly": true,
                },
            }),
        },
        plain("Authlib", script(python, "authlib_client.py")),
        plain("openid_connect", script("ruby", "openid_connect.rb")),
        Site {
            name: "mod_auth_openidc",
            program: apache,
            registration: json!({
                "redirectUris": [format!("{home}/callback")],
                "postLogoutRedirectUris": [format!("{home}/bye")],
            }),
        },
    ])
}

/// A port that no program listens at.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

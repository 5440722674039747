//! OAuth clients, and the tokens that systems get.

use proto_identity::v1::{self as wire, client::Kind};
use time::Duration;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Browser, World, detail, fields, reason, refused};

pub fn machine(organisation: Uuid, scopes: &[&str]) -> wire::CreateClientRequest {
    wire::CreateClientRequest {
        organisation_id: organisation.to_string(),
        kind: Kind::Machine.into(),
        name: "会员系统".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..Default::default()
    }
}

pub async fn register(
    by: &Browser,
    message: wire::CreateClientRequest,
) -> Result<(wire::Client, String), Status> {
    let request = by.signed(message).await?;
    let answer = by.clients().create_client(request).await?.into_inner();
    Ok((answer.client.unwrap(), answer.client_secret))
}

pub async fn credentials(
    world: &World,
    client_id: &str,
    secret: &str,
    scope: &str,
) -> wire::IssueTokenResponse {
    let gateway = world.browser();
    let message = wire::IssueTokenRequest {
        grant_type: "client_credentials".to_owned(),
        client_id: client_id.to_owned(),
        client_secret: secret.to_owned(),
        scope: scope.to_owned(),
        ..Default::default()
    };
    gateway
        .sign_on()
        .issue_token(gateway.via_gateway(message))
        .await
        .unwrap()
        .into_inner()
}

async fn rotate(
    by: &Browser,
    client_id: &str,
    id: &str,
) -> Result<wire::RotateClientSecretResponse, Status> {
    let message = wire::RotateClientSecretRequest {
        client_id: client_id.to_owned(),
        request_id: id.to_owned(),
        secret_days: 0,
    };
    by.clients()
        .rotate_client_secret(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

async fn disable(by: &Browser, client_id: &str) -> Result<wire::Client, Status> {
    let message = wire::DisableClientRequest {
        client_id: client_id.to_owned(),
        request_id: String::new(),
    };
    by.clients()
        .disable_client(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

#[tokio::test]
async fn a_societys_system_gets_a_token_for_its_organisation_and_scopes() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let request = machine(world.society, &["members.read", "members.verify"]);
    let (client, secret) = register(&administrator, request).await.unwrap();
    assert!(
        secret.starts_with("cast_") && secret.len() == 48,
        "{secret}"
    );
    let answer = credentials(&world, &client.client_id, &secret, "").await;
    assert_eq!(
        (
            answer.error.as_str(),
            answer.scope.as_str(),
            answer.expires_in
        ),
        ("", "members.read members.verify", 270)
    );
    assert!(answer.id_token.is_empty());
    // The verifier of every service takes it, and the access layer knows its organisation.
    let keys = std::sync::Arc::new(identity::keys::Published(world.db.clone()));
    let verifier = kit::access::Verifier::new(crate::world::URL, keys, world.clock.clone());
    let claims = verifier.verify(&answer.access_token).await.unwrap();
    assert_eq!(
        (claims.sub.as_str(), claims.organisation_id),
        (client.client_id.as_str(), Some(world.society))
    );
    assert_eq!(claims.scope.as_deref(), Some("members.read members.verify"));
    let narrowed = credentials(&world, &client.client_id, &secret, "members.verify").await;
    assert_eq!(narrowed.scope, "members.verify");
    assert_eq!(
        credentials(&world, &client.client_id, &secret, "grants.manage")
            .await
            .error,
        "invalid_scope"
    );
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_client_and_a_disabled_one_look_alike() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (client, secret) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    let mut answers = vec![
        credentials(&world, &client.client_id, "cast_wrong", "").await,
        credentials(&world, &client.client_id, "", "").await,
        credentials(&world, &Uuid::now_v7().to_string(), &secret, "").await,
        credentials(&world, "nonsense", &secret, "").await,
        credentials(&world, &client.client_id.to_uppercase(), &secret, "").await,
    ];
    assert!(
        disable(&administrator, &client.client_id)
            .await
            .unwrap()
            .disabled
    );
    assert!(
        disable(&administrator, &client.client_id)
            .await
            .unwrap()
            .disabled,
        "again"
    );
    answers.push(credentials(&world, &client.client_id, &secret, "").await);
    for answer in &answers {
        assert_eq!(answer.error, "invalid_client");
        assert_eq!(answer.error_description, answers[0].error_description);
        assert!(answer.access_token.is_empty());
    }
    assert_eq!(
        refused(rotate(&administrator, &client.client_id, "").await),
        "CLIENT_DISABLED"
    );
}

#[tokio::test]
async fn after_a_rotation_the_old_secret_works_for_a_day() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (client, old) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    let answer = rotate(&administrator, &client.client_id, "once")
        .await
        .unwrap();
    let new = answer.client_secret;
    let works = async |secret: &str| {
        credentials(&world, &client.client_id, secret, "")
            .await
            .error
            .is_empty()
    };
    assert!(works(&old).await && works(&new).await);
    let again = rotate(&administrator, &client.client_id, "once")
        .await
        .unwrap();
    assert_eq!(
        (again.client_secret.as_str(), again.old_secret_expires_at),
        ("", answer.old_secret_expires_at)
    );
    world.wait(Duration::hours(24));
    assert!(!works(&old).await && works(&new).await);
    let newest = rotate(&administrator, &client.client_id, "twice")
        .await
        .unwrap()
        .client_secret;
    assert!(!works(&old).await && works(&new).await && works(&newest).await);
}

#[tokio::test]
async fn a_secret_is_shown_once_even_if_the_request_is_repeated() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        request_id: "once".into(),
        ..machine(world.society, &["members.read"])
    };
    let (client, secret) = register(&administrator, message.clone()).await.unwrap();
    let (again, nothing) = register(&administrator, message).await.unwrap();
    assert_eq!((again, nothing.as_str()), (client, ""));
    assert!(!secret.is_empty());
    assert_eq!(world.count("select count(*) from clients").await, 1);
}

#[tokio::test]
async fn nobody_lets_a_system_do_what_they_may_not_do_themselves() {
    let world = World::new().await;
    let (security, _) = world
        .staff(1, "platform.security", world.headquarters)
        .await;
    let (desk, _) = world.staff(2, "society.member_desk", world.society).await;
    let (stranger, _) = world
        .staff(3, "organisation.administrator", world.other_society)
        .await;
    let attempt =
        async |by: &Browser| refused(register(by, machine(world.society, &["members.read"])).await);
    assert_eq!(
        attempt(&security).await,
        "PERMISSION_DENIED",
        "may manage clients, may not read members"
    );
    assert_eq!(
        attempt(&desk).await,
        "PERMISSION_DENIED",
        "may read members, may not manage clients"
    );
    assert_eq!(attempt(&stranger).await, "PERMISSION_DENIED");
    let web = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec!["https://site.example.cn/cb".into()],
        ..machine(world.society, &[])
    };
    register(&security, web)
        .await
        .expect("signing people in discloses nothing without their consent");
}

#[tokio::test]
async fn nobody_gets_hold_of_a_system_that_does_what_they_may_not_do_themselves() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (security, account) = world
        .staff(2, "platform.security", world.headquarters)
        .await;
    let (client, secret) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    let id = &client.client_id;
    for status in [
        rotate(&security, id, "").await.unwrap_err(),
        disable(&security, id).await.unwrap_err(),
    ] {
        assert_eq!(reason(&status), "PERMISSION_DENIED");
        assert_eq!(
            detail(&status, "permission").as_deref(),
            Some("members.read")
        );
    }
    let actor = format!("person:{}", account.person_id);
    assert_eq!(world.records(&actor, "PERMISSION_DENIED").await, 2);
    assert!(credentials(&world, id, &secret, "").await.error.is_empty());
    // A site that signs people in holds no power over them.
    let web = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec!["https://site.example.cn/cb".into()],
        ..machine(world.society, &[])
    };
    let (site, _) = register(&administrator, web).await.unwrap();
    rotate(&security, &site.client_id, "").await.unwrap();
    disable(&security, &site.client_id).await.unwrap();
    rotate(&administrator, id, "").await.unwrap();
}

#[tokio::test]
async fn out_of_reach_a_client_does_not_exist() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (stranger, _) = world
        .staff(2, "organisation.administrator", world.other_society)
        .await;
    let (client, _) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    for id in [client.client_id.clone(), Uuid::now_v7().to_string()] {
        assert_eq!(
            refused(rotate(&stranger, &id, "").await),
            "CLIENT_NOT_FOUND"
        );
        assert_eq!(refused(disable(&stranger, &id).await), "CLIENT_NOT_FOUND");
    }
    let list = wire::ListClientsRequest {
        organisation_id: world.society.to_string(),
        ..Default::default()
    };
    let request = stranger.signed(list.clone()).await.unwrap();
    assert_eq!(
        refused(stranger.clients().list_clients(request).await),
        "PERMISSION_DENIED"
    );
    let request = administrator.signed(list).await.unwrap();
    let clients = administrator
        .clients()
        .list_clients(request)
        .await
        .unwrap()
        .into_inner()
        .clients;
    assert_eq!(clients, [client]);
}

#[tokio::test]
async fn what_is_wrong_with_a_registration_is_named() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let site = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec!["https://site.example.cn/cb".into()],
        ..machine(world.society, &[])
    };
    let system = machine(world.society, &["members.read"]);
    for (message, field) in [
        (
            wire::CreateClientRequest {
                scopes: vec!["members.read".into(), "x".into()],
                ..system.clone()
            },
            "scopes[1]",
        ),
        (
            wire::CreateClientRequest {
                scopes: Vec::new(),
                ..system.clone()
            },
            "scopes",
        ),
        (
            wire::CreateClientRequest {
                name: " ".into(),
                ..system.clone()
            },
            "name",
        ),
        (
            wire::CreateClientRequest {
                kind: 0,
                ..system.clone()
            },
            "kind",
        ),
        (
            wire::CreateClientRequest {
                redirect_uris: site.redirect_uris.clone(),
                ..system
            },
            "redirect_uris",
        ),
        (
            wire::CreateClientRequest {
                redirect_uris: Vec::new(),
                ..site.clone()
            },
            "redirect_uris",
        ),
        (
            wire::CreateClientRequest {
                redirect_uris: vec!["http://site.example.cn/cb".into()],
                ..site.clone()
            },
            "redirect_uris[0]",
        ),
        (
            wire::CreateClientRequest {
                scopes: vec!["profile".into()],
                ..site
            },
            "scopes",
        ),
    ] {
        assert_eq!(
            fields(&register(&administrator, message).await.unwrap_err()),
            [field]
        );
    }
}

#[tokio::test]
async fn the_last_use_is_noted_once_an_hour() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (client, secret) = register(&administrator, machine(world.society, &["members.read"]))
        .await
        .unwrap();
    assert_eq!(client.last_used_at, None);
    let last_used = async || {
        let list = wire::ListClientsRequest {
            organisation_id: world.society.to_string(),
            ..Default::default()
        };
        let request = administrator.signed(list).await.unwrap();
        let clients = administrator
            .clients()
            .list_clients(request)
            .await
            .unwrap()
            .into_inner()
            .clients;
        clients[0].last_used_at.unwrap().seconds
    };
    credentials(&world, &client.client_id, &secret, "").await;
    let first = last_used().await;
    world.wait(Duration::minutes(59));
    credentials(&world, &client.client_id, &secret, "").await;
    assert_eq!(last_used().await, first);
    world.wait(Duration::minutes(1));
    credentials(&world, &client.client_id, &secret, "").await;
    assert_eq!(last_used().await, first + 3_600);
}

/// The change of everything that a client is registered with to what it is now.
fn unchanged(client: &wire::Client) -> wire::UpdateClientRequest {
    wire::UpdateClientRequest {
        client_id: client.client_id.clone(),
        name: client.name.clone(),
        scopes: client.scopes.clone(),
        redirect_uris: client.redirect_uris.clone(),
        post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
        backchannel_logout_uri: client.backchannel_logout_uri.clone(),
        pkce_optional: client.pkce_optional,
        version: client.version,
        request_id: String::new(),
        authentication: client.authentication.clone(),
        protocol: client.protocol,
    }
}

async fn update(by: &Browser, message: wire::UpdateClientRequest) -> Result<wire::Client, Status> {
    let request = by.signed(message).await?;
    by.clients()
        .update_client(request)
        .await
        .map(Response::into_inner)
}

async fn get(by: &Browser, client_id: &str) -> Result<wire::Client, Status> {
    let message = wire::GetClientRequest {
        client_id: client_id.to_owned(),
    };
    by.clients()
        .get_client(by.signed(message).await?)
        .await
        .map(Response::into_inner)
}

fn site(world: &World) -> wire::CreateClientRequest {
    wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec!["https://site.example.cn/cb".into()],
        post_logout_redirect_uris: vec!["https://site.example.cn/bye".into()],
        backchannel_logout_uri: "https://site.example.cn/logout".into(),
        pkce_optional: true,
        ..machine(world.society, &[])
    }
}

#[tokio::test]
async fn a_client_is_read_and_changed_and_a_change_of_an_older_version_is_refused() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (client, _) = register(&administrator, site(&world)).await.unwrap();
    assert_eq!(
        get(&administrator, &client.client_id).await.unwrap(),
        client
    );
    let wanted = wire::UpdateClientRequest {
        name: "改版后的网站".into(),
        scopes: vec!["openid".into(), "email".into()],
        redirect_uris: vec!["https://site.example.cn/new".into()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: String::new(),
        pkce_optional: false,
        ..unchanged(&client)
    };
    let changed = update(&administrator, wanted.clone()).await.unwrap();
    assert_eq!(changed.version, client.version + 1);
    assert_eq!(
        wire::UpdateClientRequest {
            version: client.version,
            ..unchanged(&changed)
        },
        wanted
    );
    assert_eq!(
        refused(update(&administrator, wanted).await),
        "CLIENT_CHANGED"
    );
    // Two administrators at once: one of them sees that the other was first.
    let (a, b) = tokio::join!(
        update(&administrator, unchanged(&changed)),
        update(&administrator, unchanged(&changed))
    );
    assert_eq!(a.is_ok() as u8 + b.is_ok() as u8, 1);
    let bad = wire::UpdateClientRequest {
        backchannel_logout_uri: "http://site.example.cn/".into(),
        ..unchanged(&get(&administrator, &client.client_id).await.unwrap())
    };
    let status = update(&administrator, bad).await.unwrap_err();
    assert_eq!(fields(&status), ["backchannel_logout_uri"]);
    disable(&administrator, &client.client_id).await.unwrap();
    let last = get(&administrator, &client.client_id).await.unwrap();
    assert_eq!(
        refused(update(&administrator, unchanged(&last)).await),
        "CLIENT_DISABLED"
    );
}

#[tokio::test]
async fn no_change_gives_a_system_what_its_changer_may_not_do_and_strangers_see_nothing() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let (security, _) = world
        .staff(2, "platform.security", world.headquarters)
        .await;
    let (stranger, _) = world
        .staff(3, "organisation.administrator", world.other_society)
        .await;
    let request = machine(world.society, &["members.read"]);
    let (client, _) = register(&administrator, request).await.unwrap();
    let wider = wire::UpdateClientRequest {
        scopes: vec!["members.read".into(), "members.verify".into()],
        ..unchanged(&client)
    };
    assert_eq!(
        refused(update(&security, wider.clone()).await),
        "PERMISSION_DENIED"
    );
    assert_eq!(
        refused(update(&stranger, wider.clone()).await),
        "CLIENT_NOT_FOUND"
    );
    assert_eq!(
        refused(get(&stranger, &client.client_id).await),
        "CLIENT_NOT_FOUND"
    );
    let unknown = Uuid::now_v7().to_string();
    assert_eq!(
        refused(get(&administrator, &unknown).await),
        "CLIENT_NOT_FOUND"
    );
    let changed = update(&administrator, wider).await.unwrap();
    assert_eq!(changed.scopes, ["members.read", "members.verify"]);
}

#[tokio::test]
async fn an_old_secret_ends_at_once_if_wanted_and_a_secret_at_its_time() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(1, "organisation.administrator", world.society)
        .await;
    let message = wire::CreateClientRequest {
        secret_days: 30,
        ..machine(world.society, &["members.read"])
    };
    let (client, old) = register(&administrator, message).await.unwrap();
    assert!(client.secret_expires_at.is_some());
    let new = rotate(&administrator, &client.client_id, "").await.unwrap();
    let works = async |secret: &str| {
        credentials(&world, &client.client_id, secret, "")
            .await
            .error
            .is_empty()
    };
    assert!(works(&old).await && works(&new.client_secret).await);
    let message = wire::EndOldClientSecretRequest {
        client_id: client.client_id.clone(),
        request_id: String::new(),
    };
    for _ in 0..2 {
        let request = administrator.signed(message.clone()).await.unwrap();
        let client = administrator
            .clients()
            .end_old_client_secret(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(client.old_secret_expires_at, None);
    }
    assert!(!works(&old).await && works(&new.client_secret).await);

    let message = wire::RotateClientSecretRequest {
        client_id: client.client_id.clone(),
        request_id: String::new(),
        secret_days: 1,
    };
    let request = administrator.signed(message).await.unwrap();
    let short = administrator
        .clients()
        .rotate_client_secret(request)
        .await
        .unwrap()
        .into_inner()
        .client_secret;
    assert!(works(&short).await);
    world.wait(Duration::days(1));
    assert!(!works(&short).await);
}

#[tokio::test]
async fn production_tells_sites_of_sign_outs_at_the_default_port_of_https() {
    let world = World::new().await;
    let (administrator, _) = world
        .staff(900, "organisation.administrator", world.society)
        .await;
    let production = Browser {
        channel: world.production().await,
        ..administrator.clone()
    };
    let site = |address: &str| wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: vec!["openid".into()],
        redirect_uris: vec!["https://site.example.cn/callback".into()],
        backchannel_logout_uri: address.into(),
        ..machine(world.society, &[])
    };
    for address in [
        "https://site.example.cn:8443/logout",
        "http://localhost:3000/logout",
    ] {
        assert!(
            register(&administrator, site(address)).await.is_ok(),
            "{address}"
        );
        let status = register(&production, site(address)).await.unwrap_err();
        assert_eq!(fields(&status), ["backchannel_logout_uri"], "{address}");
    }
    let good = site("https://site.example.cn/logout");
    let (client, _) = register(&production, good).await.unwrap();
    let wider = wire::UpdateClientRequest {
        backchannel_logout_uri: "https://site.example.cn:8443/logout".into(),
        ..unchanged(&client)
    };
    let status = update(&production, wider).await.unwrap_err();
    assert_eq!(fields(&status), ["backchannel_logout_uri"]);
}

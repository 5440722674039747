//! By what sites know people, and what they learn of memberships.

use bytes::Bytes;
use eventlog::{ApplyError, Event, Handler as _};
use identity::memberships::Memberships;
use prost::Name;
use proto_identity::v1::{
    self as wire, AuthorizationStep as Step, client::Kind, decide_authorization_request::Decision,
};
use proto_membership::v1::{
    MembershipActivated, MembershipCategory, MembershipMoved, membership::State,
};
use serde_json::{Value, json};
use time::Duration;
use uuid::Uuid;

use crate::{
    authorizations::{agreed, begin, decide, resume},
    client_authentication::{administrator, web},
    clients::machine,
    outside::http,
    sign_on::{REDIRECT, Site, id_claims, issue, query, userinfo},
    world::{Browser, NOW, World, fields},
};

fn pairwise(message: wire::CreateClientRequest) -> wire::CreateClientRequest {
    wire::CreateClientRequest {
        protocol: Some(wire::ClientProtocol {
            pairwise_subjects: true,
            ..Default::default()
        }),
        ..message
    }
}

async fn tokens(world: &World, site: &Site, browser: &Browser) -> wire::IssueTokenResponse {
    agreed(browser, site).await;
    let answer = begin(browser, site, &[]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    let tokens = issue(world, site.exchange(&code)).await;
    assert_eq!(tokens.error, "", "{}", tokens.error_description);
    tokens
}

async fn introspected(world: &World, site: &Site, token: &str) -> Value {
    let gateway = world.browser();
    let message = wire::IntrospectTokenRequest {
        client_id: site.id.clone(),
        client_secret: site.secret.clone(),
        token: token.into(),
        ..Default::default()
    };
    let request = gateway.via_gateway(message);
    let answer = gateway.sign_on().introspect_token(request).await.unwrap();
    serde_json::from_str(&answer.into_inner().claims_json).unwrap()
}

#[tokio::test]
async fn oidcc_pairwise_subjects_are_one_in_an_organisation_and_another_in_the_next() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let (elsewhere, _) = world
        .staff(901, "organisation.administrator", world.other_society)
        .await;
    let here = Site::registered(&by_whom, pairwise(web(&world))).await;
    let beside = Site::registered(&by_whom, pairwise(web(&world))).await;
    let there = wire::CreateClientRequest {
        organisation_id: world.other_society.to_string(),
        ..pairwise(web(&world))
    };
    let there = Site::registered(&elsewhere, there).await;
    let (browser, account) = world.verified(1).await;
    let mut subjects = Vec::new();
    for site in [&here, &beside, &there] {
        let tokens = tokens(&world, site, &browser).await;
        let sub = id_claims(&world, &tokens.id_token, &site.id).await["sub"].clone();
        // The same wherever the site looks, and the id of the person nowhere: not even in the access token.
        let told = userinfo(&world, &tokens.access_token).await.unwrap();
        assert_eq!(told["sub"], sub);
        for token in [&tokens.access_token, &tokens.refresh_token] {
            assert_eq!(introspected(&world, site, token).await["sub"], sub);
        }
        let payload: Value = signing::Jws::read(&tokens.access_token)
            .unwrap()
            .unverified()
            .unwrap();
        assert_eq!(payload["sub"], sub);
        assert!(!payload.to_string().contains(&account.person_id));
        let refresh = wire::IssueTokenRequest {
            grant_type: "refresh_token".into(),
            client_id: site.id.clone(),
            client_secret: site.secret.clone(),
            refresh_token: tokens.refresh_token,
            ..Default::default()
        };
        let renewed = issue(&world, refresh).await;
        assert_eq!(
            id_claims(&world, &renewed.id_token, &site.id).await["sub"],
            sub
        );
        subjects.push(sub.as_str().unwrap().to_owned());
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_ne!(subjects[0], subjects[2]);
    assert!(!subjects.contains(&account.person_id));
}

#[tokio::test]
async fn a_hint_and_a_claim_mean_the_person_by_the_subject_of_the_site() {
    let world = World::new().await;
    let site = Site::registered(&administrator(&world).await, pairwise(web(&world))).await;
    let (browser, account) = world.verified(1).await;
    let (other, _) = world.verified(2).await;
    let ours = tokens(&world, &site, &browser).await.id_token;
    let theirs = tokens(&world, &site, &other).await.id_token;
    let sub = id_claims(&world, &ours, &site.id).await["sub"].clone();
    let claim = |sub: &Value| json!({ "id_token": { "sub": { "value": sub } } }).to_string();
    let (named, by_id, unknown) = (
        claim(&sub),
        claim(&json!(account.person_id)),
        claim(&json!("unheard-of")),
    );
    for (more, error) in [
        (("id_token_hint", ours.as_str()), None),
        (("id_token_hint", theirs.as_str()), Some("login_required")),
        (("claims", named.as_str()), None),
        // The id of a person is not what this site knows them by.
        (("claims", by_id.as_str()), Some("login_required")),
        (("claims", unknown.as_str()), Some("login_required")),
    ] {
        let answer = begin(&browser, &site, &[("prompt", "none"), more]).await;
        let told = query(&answer.redirect_to);
        assert_eq!(told.get("error").map(String::as_str), error, "{more:?}");
    }
}

#[tokio::test]
async fn signing_out_and_being_told_of_it_say_the_subject_of_the_site() {
    let world = World::new().await;
    let (address, received) = http("200 OK", "").await;
    let message = wire::CreateClientRequest {
        backchannel_logout_uri: address,
        ..pairwise(web(&world))
    };
    let site = Site::registered(&administrator(&world).await, message).await;
    let (browser, _) = world.verified(1).await;
    let id_token = tokens(&world, &site, &browser).await.id_token;
    let sub = id_claims(&world, &id_token, &site.id).await["sub"].clone();
    let message = wire::EndSessionRequest {
        parameters: vec![wire::SentParameter {
            name: "id_token_hint".into(),
            value: id_token,
        }],
        session_secret: browser.session.clone().unwrap(),
        confirmed: false,
    };
    let request = browser.via_gateway(message);
    let ended = browser.sign_on().end_session(request).await.unwrap();
    assert!(ended.into_inner().ended, "the hint is of this session");
    let worker = crate::logouts::sender(&world, true);
    while worker.run_due().await.unwrap() > 0 {}
    let posts = received.0.lock().unwrap();
    let (_, token) = posts[0].1.split_once("logout_token=").unwrap();
    let told: Value = signing::Jws::read(token).unwrap().unverified().unwrap();
    assert_eq!(told["sub"], sub);
}

#[tokio::test]
async fn a_site_keeps_the_subjects_that_it_has_begun_with() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let (client, _) = crate::clients::register(&by_whom, pairwise(web(&world)))
        .await
        .unwrap();
    let message = wire::UpdateClientRequest {
        client_id: client.client_id.clone(),
        name: client.name.clone(),
        scopes: client.scopes.clone(),
        redirect_uris: client.redirect_uris.clone(),
        version: client.version,
        protocol: Some(wire::ClientProtocol::default()),
        ..Default::default()
    };
    let request = by_whom.signed(message).await.unwrap();
    let status = by_whom.clients().update_client(request).await.unwrap_err();
    assert_eq!(fields(&status), ["protocol.pairwise_subjects"]);
}

fn event<M: prost::Message + Name>(aggregate_id: Uuid, message: &M) -> Event {
    Event {
        position: 1,
        id: Uuid::now_v7(),
        source: "membership".into(),
        aggregate: "Membership".into(),
        aggregate_id,
        event_type: M::NAME.into(),
        payload: Bytes::from(message.encode_to_vec()),
        occurred_at: NOW - Duration::days(30),
        traceparent: None,
    }
}

async fn hear(world: &World, event: &Event) -> Result<(), ApplyError> {
    let mut conn = world.pool().acquire().await.unwrap();
    Memberships.apply(&mut conn, event).await
}

#[tokio::test]
async fn a_site_learns_of_memberships_of_its_organisation_if_the_person_agrees() {
    let world = World::new().await;
    let message = wire::CreateClientRequest {
        kind: Kind::Web.into(),
        scopes: ["openid", "memberships"].map(Into::into).to_vec(),
        redirect_uris: vec![REDIRECT.into()],
        ..machine(world.society, &[])
    };
    let site = Site::registered(&administrator(&world).await, message).await;
    let (browser, account) = world.verified(1).await;
    let mut held = Vec::new();
    for organisation in [world.society, world.other_society] {
        let membership_id = Uuid::now_v7();
        let begun = MembershipActivated {
            organisation_id: organisation.to_string(),
            person_id: account.person_id.clone(),
            application_id: Uuid::now_v7().to_string(),
            member_number: "B200000001M".into(),
            category: MembershipCategory::Senior.into(),
            division_code: "110108".into(),
        };
        hear(&world, &event(membership_id, &begun)).await.unwrap();
        held.push(membership_id);
    }
    let scope = [("scope", "openid memberships")];
    let asked = begin(&browser, &site, &scope).await;
    assert_eq!(asked.step(), Step::Consent);
    decide(&browser, &asked.authorization_id, Decision::ConsentGiven)
        .await
        .unwrap();
    let answer = resume(&browser, &asked.authorization_id).await.unwrap();
    let code = query(&answer.redirect_to)["code"].clone();
    let tokens = issue(&world, site.exchange(&code)).await;
    let told =
        async || userinfo(&world, &tokens.access_token).await.unwrap()["memberships"].clone();
    let own = |state: &str| {
        json!([{
            "organisation_id": world.society,
            "organisation": "中国计算机学会",
            "category": "SENIOR",
            "state": state,
            "since": "2026-10-22",
        }])
    };
    // Of its own organisation alone, without the number.
    assert_eq!(told().await, own("ACTIVE"));
    let claims = id_claims(&world, &tokens.id_token, &site.id).await;
    assert_eq!(claims["memberships"], own("ACTIVE"));
    let moved = MembershipMoved {
        organisation_id: world.society.to_string(),
        person_id: account.person_id.clone(),
        category: MembershipCategory::Senior.into(),
        division_code: "110108".into(),
        from_state: State::Active.into(),
        to_state: State::Suspended.into(),
    };
    hear(&world, &event(held[0], &moved)).await.unwrap();
    assert_eq!(told().await, own("SUSPENDED"));
    // A change of what is not known is kept for later.
    let early = hear(&world, &event(Uuid::now_v7(), &moved)).await;
    assert!(matches!(early, Err(ApplyError::Poison(_))));
    // A site without the scope is told nothing.
    let plain = Site::registered(&administrator(&world).await, web(&world)).await;
    agreed(&browser, &plain).await;
    let answer = begin(&browser, &plain, &[]).await;
    let code = query(&answer.redirect_to)["code"].clone();
    let others = issue(&world, plain.exchange(&code)).await;
    let told = userinfo(&world, &others.access_token).await.unwrap();
    assert!(told.get("memberships").is_none());
}

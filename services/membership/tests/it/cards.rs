//! Member cards: what the link says, and that no other key can make one.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use proto_membership::v1::{self as wire, CardVerification, MembershipCard, membership::State};
use tonic::{Code, Request, Response, Status};

use crate::world::{Actor, World, reason, refusal};

async fn card(
    world: &World,
    person: &Actor,
    membership_id: &str,
) -> Result<MembershipCard, Status> {
    let request = wire::GetMembershipCardRequest {
        membership_id: membership_id.into(),
    };
    world
        .memberships()
        .get_membership_card(world.by(person, request))
        .await
        .map(Response::into_inner)
}

/// Without a token.
async fn open(world: &World, token: &str) -> Result<CardVerification, Status> {
    let request = wire::VerifyCardRequest {
        token: token.into(),
    };
    world
        .verification()
        .verify_card(Request::new(request))
        .await
        .map(Response::into_inner)
}

#[tokio::test]
async fn everybody_can_open_the_link_and_sees_the_state_at_this_moment() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let card_of_wang = card(&world, &wang, &member.membership_id).await.unwrap();
    assert_eq!(
        card_of_wang.url,
        format!("{}/v/{}", crate::world::URL, card_of_wang.token)
    );
    assert_eq!(card_of_wang.membership, Some(member.clone()));
    assert!(
        card_of_wang.token.len() < 320,
        "{}",
        card_of_wang.token.len()
    );

    let seen = open(&world, &card_of_wang.token).await.unwrap();
    assert_eq!((seen.in_force, seen.state()), (true, State::Active));
    assert_eq!(
        (seen.member_number.as_str(), seen.masked_name.as_str()),
        ("B200000001M", "王*")
    );
    assert_eq!(
        (seen.organisation_name.as_str(), seen.joined_on.as_str()),
        ("中国计算机学会", "2026-05-01")
    );

    world
        .suspend(&world.desk, &member.membership_id)
        .await
        .unwrap();
    let seen = open(&world, &card_of_wang.token).await.unwrap();
    assert_eq!((seen.in_force, seen.state()), (false, State::Suspended));
    world.resign(&wang, &member.membership_id).await.unwrap();
    assert_eq!(
        open(&world, &card_of_wang.token).await.unwrap().state(),
        State::Resigned
    );
    assert_eq!(
        reason(card(&world, &wang, &member.membership_id).await),
        "MEMBERSHIP_ENDED"
    );
    world.check().await;
}

#[tokio::test]
async fn a_forged_changed_or_foreign_card_is_no_card() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let token = card(&world, &wang, &member.membership_id)
        .await
        .unwrap()
        .token;
    let elsewhere = World::new().await;
    let foreign_member = elsewhere.member(&wang).await;
    let foreign = card(&elsewhere, &wang, &foreign_member.membership_id)
        .await
        .unwrap()
        .token;

    let parts: Vec<&str> = token.split('.').collect();
    let payload = String::from_utf8(BASE64.decode(parts[1]).unwrap()).unwrap();
    let other_number = BASE64.encode(payload.replace("B200000001M", "B200000002M"));
    let no_algorithm = BASE64.encode(r#"{"alg":"none"}"#);
    let forgeries = [
        foreign,
        format!("{}.{other_number}.{}", parts[0], parts[2]),
        format!("{no_algorithm}.{}.", parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}."),
        format!("{token}A"),
        token[..token.len() - 4].to_owned(),
        "x".into(),
        "令牌".into(),
        "a".repeat(2_000),
    ];
    for forgery in forgeries {
        let refused = refusal(open(&world, &forgery).await);
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::NotFound, "CARD_INVALID"),
            "{forgery}"
        );
    }
    assert_eq!(refusal(open(&world, "").await).code, Code::InvalidArgument);
    assert_eq!(
        refusal(open(&world, &"a".repeat(2_001)).await).code,
        Code::InvalidArgument
    );
    assert!(open(&world, &token).await.is_ok());
}

#[tokio::test]
async fn a_third_party_checks_the_signature_with_the_published_key() {
    let world = World::new().await;
    let wang = world.person("王芳");
    let member = world.member(&wang).await;
    let token = card(&world, &wang, &member.membership_id)
        .await
        .unwrap()
        .token;
    let keys = world
        .verification()
        .get_card_keys(Request::new(wire::GetCardKeysRequest {}))
        .await
        .unwrap();
    let keys = keys.into_inner().keys;
    assert_eq!(keys.len(), 1);
    let parts: Vec<&str> = token.split('.').collect();
    let header = String::from_utf8(BASE64.decode(parts[0]).unwrap()).unwrap();
    assert_eq!(
        header,
        format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, keys[0].kid)
    );
    let public = UnparsedPublicKey::new(&ED25519, BASE64.decode(&keys[0].x).unwrap());
    let signed = format!("{}.{}", parts[0], parts[1]);
    public
        .verify(signed.as_bytes(), &BASE64.decode(parts[2]).unwrap())
        .unwrap();
    let payload = String::from_utf8(BASE64.decode(parts[1]).unwrap()).unwrap();
    let id = BASE64.encode(
        uuid::Uuid::try_parse(&member.membership_id)
            .unwrap()
            .as_bytes(),
    );
    assert!(
        payload.starts_with(&format!(r#"{{"m":"{id}","#)),
        "{payload}"
    );
    assert!(payload.contains(r#""n":"B200000001M""#) && !payload.contains("王"));
}

#[tokio::test]
async fn every_replica_signs_with_the_same_key_also_when_several_start_first() {
    let world = World::new().await;
    let replicas = futures::future::join_all((0..4).map(|_| world.replica())).await;
    for replica in &replicas {
        let channel = replica.channel.clone();
        let mut client = wire::verification_client::VerificationClient::new(channel);
        let keys = client
            .get_card_keys(Request::new(wire::GetCardKeysRequest {}))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(keys.keys.len(), 1);
    }
    let kept: i64 = sqlx::query_scalar("select count(*) from card_keys")
        .fetch_one(world.pool())
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_card_is_shown_to_the_member_alone() {
    let world = World::new().await;
    let member = world.member(&world.person("王芳")).await;
    for other in [&world.person("李明"), &world.desk] {
        assert_eq!(
            reason(card(&world, other, &member.membership_id).await),
            "NOT_FOUND"
        );
    }
}

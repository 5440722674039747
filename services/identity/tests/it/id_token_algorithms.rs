//! ID tokens and logout tokens, signed as the client has chosen.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use proto_identity::v1::{self as wire, client::Kind, client_protocol::IdTokenAlgorithm};
use serde_json::Value;

use crate::{
    authorizations::{agreed, begin},
    client_authentication::{administrator, web},
    sign_on::{Site, issue, query},
    world::{URL, World},
};

/// The claims of a token, verified by another library with the published keys.
async fn verified(world: &World, token: &str, audience: &str, by: Algorithm) -> Value {
    let gateway = world.browser();
    let request = gateway.via_gateway(wire::GetKeySetRequest {});
    let set = gateway.sign_on().get_key_set(request).await.unwrap();
    let set: JwkSet = serde_json::from_str(&set.into_inner().key_set_json).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, by);
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(by);
    validation.validate_exp = false;
    validation.set_audience(&[audience]);
    validation.set_issuer(&[URL]);
    jsonwebtoken::decode(token, &key, &validation)
        .unwrap()
        .claims
}

#[tokio::test]
async fn oidcc_id_tokens_are_signed_as_the_client_has_chosen() {
    let world = World::new().await;
    let by_whom = administrator(&world).await;
    let (browser, account) = world.verified(1).await;
    for (chosen, by) in [
        (IdTokenAlgorithm::Unspecified, Algorithm::RS256),
        (IdTokenAlgorithm::Rs256, Algorithm::RS256),
        (IdTokenAlgorithm::Es256, Algorithm::ES256),
        (IdTokenAlgorithm::Eddsa, Algorithm::EdDSA),
    ] {
        let message = wire::CreateClientRequest {
            kind: Kind::Web.into(),
            protocol: Some(wire::ClientProtocol {
                id_token_algorithm: chosen.into(),
                ..Default::default()
            }),
            ..web(&world)
        };
        let site = Site::registered(&by_whom, message).await;
        agreed(&browser, &site).await;
        let code = async |more: &[(&str, &str)]| {
            let answer = begin(&browser, &site, more).await;
            query(&answer.redirect_to)["code"].clone()
        };
        let tokens = issue(&world, site.exchange(&code(&[]).await)).await;
        let claims = verified(&world, &tokens.id_token, &site.id, by).await;
        assert_eq!(claims["sub"], account.person_id);
        let refresh = wire::IssueTokenRequest {
            grant_type: "refresh_token".into(),
            client_id: site.id.clone(),
            client_secret: site.secret.clone(),
            refresh_token: tokens.refresh_token.clone(),
            ..Default::default()
        };
        let renewed = issue(&world, refresh).await;
        verified(&world, &renewed.id_token, &site.id, by).await;
        // It comes back as a hint, and an access token does not, although a key may be the same.
        code(&[("prompt", "none"), ("id_token_hint", &tokens.id_token)]).await;
        let access = [
            ("prompt", "none"),
            ("id_token_hint", tokens.access_token.as_str()),
        ];
        let answer = begin(&browser, &site, &access).await;
        assert_eq!(query(&answer.redirect_to)["error"], "invalid_request");
        // Nor does an ID token open anything.
        assert!(
            crate::sign_on::userinfo(&world, &tokens.id_token)
                .await
                .is_none()
        );
        let keys = std::sync::Arc::new(identity::keys::Published(world.db.clone()));
        let verifier = kit::access::Verifier::new(URL, keys, world.clock.clone());
        assert!(verifier.verify(&tokens.id_token).await.is_err());
    }
}

//! Access tokens as identity signs them.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    access::{Claims, KeySource, tokens},
    clock::Clock,
};
use uuid::Uuid;

use crate::world::{Actor, URL};

/// Signs tokens as identity does.
pub struct Issuer {
    key: EncodingKey,
    public: Vec<u8>,
}

pub struct Published(String);

#[async_trait::async_trait]
impl KeySource for Published {
    async fn key_set(&self) -> anyhow::Result<String> {
        Ok(self.0.clone())
    }
}

impl Issuer {
    pub fn new() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let pkcs8 = pair.to_pkcs8().unwrap();
        Self {
            key: EncodingKey::from_ed_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn published(&self) -> Published {
        let x = BASE64.encode(&self.public);
        Published(format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"test","x":"{x}"}}]}}"#
        ))
    }

    pub fn token(&self, actor: &Actor, clock: &Clock) -> String {
        let now = clock.now().unix_timestamp();
        let is_person = actor.organisation.is_none();
        let claims = Claims {
            iss: URL.to_owned(),
            aud: tokens::AUDIENCE.to_owned(),
            sub: actor.id.to_string(),
            client_id: if is_person {
                "portal".to_owned()
            } else {
                actor.id.to_string()
            },
            jti: Uuid::now_v7().to_string(),
            iat: now,
            exp: now + 300,
            nbf: None,
            account_id: is_person.then(Uuid::now_v7),
            sid: is_person.then(Uuid::now_v7),
            person_number: is_person.then(|| actor.number.clone()),
            verified: is_person && actor.verified,
            name: (is_person && actor.verified).then(|| actor.name.clone()),
            organisation_id: actor.organisation,
            scope: actor.organisation.map(|_| actor.scope.to_owned()),
        };
        let header = Header {
            typ: Some(tokens::TYPE.to_owned()),
            kid: Some("test".to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}

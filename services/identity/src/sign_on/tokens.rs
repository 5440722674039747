//! The tokens that sites and systems get.

use kit::{
    access::{
        Claims,
        tokens::{AUDIENCE, LEEWAY_SECONDS, MAX_LIFETIME_SECONDS},
    },
    errors::Result,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    rpc::SignOn,
    rules,
    store::{Code, Subject},
};
use crate::{
    clients::store::Row,
    sealing::{DISPLAY_NAME, PERSON_NAME},
};

/// One factor, of whatever kind (OpenID Connect Core 1.0 section 2: values of `acr` are ours to define). Step-up will add another.
const ONE_FACTOR: &str = "urn:cast:acr:one-factor";
/// An ID token is verified when it arrives; what lives on is the site's own session.
const ID_TOKEN_SECONDS: i64 = 600;

/// Claims of an access token for a site: it opens `userinfo` and nothing else.
#[derive(Serialize, Deserialize)]
pub(super) struct SiteClaims {
    iss: String,
    aud: String,
    pub(super) sub: Uuid,
    pub(super) client_id: Uuid,
    pub(super) scope: String,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

impl SignOn {
    fn userinfo_audience(&self) -> String {
        format!("{}/userinfo", self.issuer)
    }

    /// An access token for a system of an organisation.
    pub(super) fn machine_token(
        &self,
        client: &Row,
        scope: String,
        now: OffsetDateTime,
    ) -> Result<String> {
        let iat = now.unix_timestamp();
        self.signing.access_token(&Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: client.client_id.to_string(),
            client_id: client.client_id.to_string(),
            jti: kit::chance::id(now).to_string(),
            iat,
            exp: iat + MAX_LIFETIME_SECONDS,
            nbf: None,
            account_id: None,
            sid: None,
            person_number: None,
            verified: false,
            name: None,
            organisation_id: Some(client.organisation_id),
            scope: Some(scope),
        })
    }

    /// An access token for a site.
    pub(super) fn site_token(
        &self,
        client: &Row,
        code: &Code,
        now: OffsetDateTime,
    ) -> Result<String> {
        let iat = now.unix_timestamp();
        self.signing.access_token(&SiteClaims {
            iss: self.issuer.clone(),
            aud: self.userinfo_audience(),
            sub: code.person_id,
            client_id: client.client_id,
            scope: code.scopes.join(" "),
            jti: kit::chance::id(now),
            iat,
            exp: iat + MAX_LIFETIME_SECONDS,
        })
    }

    /// The ID token that goes with an access token (OpenID Connect Core 1.0 section 3.1.3.6).
    pub(super) fn id_token(
        &self,
        client: &Row,
        code: &Code,
        subject: &Subject,
        access_token: &str,
        now: OffsetDateTime,
    ) -> Result<String> {
        let mut claims = self.subject_claims(subject, &code.scopes)?;
        let iat = now.unix_timestamp();
        let protocol = json!({
            "iss": self.issuer,
            "aud": client.client_id,
            "iat": iat,
            "exp": iat + ID_TOKEN_SECONDS,
            "auth_time": code.auth_time.unix_timestamp(),
            "acr": ONE_FACTOR,
            "amr": [code.method],
            "at_hash": rules::half_hash(access_token),
        });
        if let Value::Object(protocol) = protocol {
            claims.extend(protocol);
        }
        if !code.nonce.is_empty() {
            claims.insert("nonce".to_owned(), json!(code.nonce));
        }
        self.signing.id_token(&claims)
    }

    /// The claims of a person by scope (OpenID Connect Core 1.0 section 5.4); `person_number` is ours.
    pub(super) fn subject_claims(
        &self,
        subject: &Subject,
        scopes: &[String],
    ) -> Result<Map<String, Value>> {
        let has = |scope: &str| scopes.iter().any(|s| s == scope);
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(subject.person_id));
        if has("profile") {
            let called =
                DISPLAY_NAME.open(&self.keys, subject.account_id, &subject.display_name_sealed)?;
            let name = match &subject.name_sealed {
                Some(sealed) => PERSON_NAME.open(&self.keys, subject.person_id, sealed)?,
                None => called.clone(),
            };
            claims.insert("name".to_owned(), json!(name));
            claims.insert("preferred_username".to_owned(), json!(called));
            claims.insert(
                "updated_at".to_owned(),
                json!(subject.updated_at.unix_timestamp()),
            );
        }
        if has("person_number") {
            claims.insert("person_number".to_owned(), json!(subject.person_number));
        }
        Ok(claims)
    }

    /// The claims of an access token for a site, if it is one of ours and valid now.
    pub(super) fn read_site_token(&self, token: &str, now: OffsetDateTime) -> Option<SiteClaims> {
        let claims: SiteClaims = self.signing.read_access_token(token)?;
        let now = now.unix_timestamp();
        let ours = claims.iss == self.issuer && claims.aud == self.userinfo_audience();
        let valid = now < claims.exp.saturating_add(LEEWAY_SECONDS)
            && claims.iat <= now.saturating_add(LEEWAY_SECONDS);
        (ours && valid).then_some(claims)
    }
}

//! The tokens that sites and systems get.

use kit::{
    access::{
        self, Claims,
        tokens::{AUDIENCE, LEEWAY_SECONDS, MAX_LIFETIME_SECONDS},
    },
    clock::business_date,
    errors::Result,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    demand::rules::{ONE_FACTOR, discloses},
    families::rules::Family,
    rpc::SignOn,
    rules,
    store::{self, Granted, Subject},
};
use crate::{
    clients::store::Row,
    memberships,
    sealing::{ADDRESS, DISPLAY_NAME, PERSON_NAME},
};

/// An ID token is verified when it arrives; what lives on is the site's own session.
const ID_TOKEN_SECONDS: i64 = 600;

/// A token of a system is refused five minutes after it was issued at the latest, by services whose clock is tolerant too: nothing ends it
/// before, also if its client is disabled.
pub(super) const MACHINE_SECONDS: i64 = MAX_LIFETIME_SECONDS - LEEWAY_SECONDS;

/// Claims of an access token for a site: it opens `userinfo` and nothing else.
#[derive(Serialize, Deserialize)]
pub(super) struct SiteClaims {
    iss: String,
    aud: String,
    /// By what the site knows the person.
    pub(super) sub: String,
    pub(super) client_id: Uuid,
    pub(super) scope: String,
    /// The family; absent in tokens of the release before, which expire within minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fam: Option<Uuid>,
    pub(super) jti: Uuid,
    pub(super) iat: i64,
    pub(super) exp: i64,
    /// The key that it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cnf: Option<Confirmation>,
}

/// What the bearer of a token has to prove (RFC 7800 section 3.1).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Confirmation {
    /// The thumbprint of the key (RFC 9449 section 6.1).
    pub(super) jkt: String,
}

/// What is read of an ID token that comes back as a hint. Others may be in it.
#[derive(Debug, Deserialize)]
pub(super) struct HintClaims {
    iss: String,
    /// The client that it was issued to.
    pub(super) aud: String,
    /// About whom, by what the client knows them.
    pub(super) sub: String,
    /// In which session.
    pub(super) sid: Option<Uuid>,
    /// Of logout tokens alone.
    events: Option<Value>,
}

/// Of whom claims are said, with all that a site may learn.
pub(super) struct Who {
    subject: Subject,
    /// By what the site knows them.
    sub: String,
    /// Sealed.
    addresses: Vec<Vec<u8>>,
    /// In the organisation of the site.
    memberships: Vec<MembershipClaim>,
}

/// A membership in the organisation of the site.
#[derive(Serialize)]
struct MembershipClaim {
    organisation_id: Uuid,
    organisation: String,
    category: String,
    state: String,
    /// A day.
    since: String,
}

/// How and when a person proved themselves.
struct Authentication<'a> {
    auth_time: OffsetDateTime,
    method: &'a str,
    session_id: Option<Uuid>,
}

impl SignOn {
    pub(super) fn userinfo_audience(&self) -> String {
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
            exp: iat + MACHINE_SECONDS,
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

    /// An access token of a family, bound to a key if there is one.
    pub(super) fn token_of_family(
        &self,
        (family_id, person_id): (Uuid, Uuid),
        client: &Row,
        scopes: &[String],
        key: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<String> {
        let iat = now.unix_timestamp();
        self.signing.access_token(&SiteClaims {
            iss: self.issuer.clone(),
            aud: self.userinfo_audience(),
            sub: self.subject_of(client, person_id),
            client_id: client.client_id,
            scope: scopes.join(" "),
            fam: Some(family_id),
            jti: kit::chance::id(now),
            iat,
            exp: iat + MAX_LIFETIME_SECONDS,
            cnf: key.map(|key| Confirmation {
                jkt: key.to_owned(),
            }),
        })
    }

    /// The ID token that goes with an access token (OpenID Connect Core 1.0 section 3.1.3.6).
    pub(super) fn id_token(
        &self,
        client: &Row,
        granted: &Granted,
        who: &Who,
        access_token: &str,
        now: OffsetDateTime,
    ) -> Result<String> {
        let mut claims = self.subject_claims(who, &granted.scopes, &granted.id_token_claims)?;
        let authentication = Authentication {
            auth_time: granted.auth_time,
            method: &granted.method,
            session_id: Some(granted.session_id),
        };
        let protocol = self.protocol_claims(client, &authentication, access_token, now);
        claims.extend(protocol);
        if !granted.nonce.is_empty() {
            claims.insert("nonce".to_owned(), json!(granted.nonce));
        }
        self.signing.id_token(client.id_token_algorithm, &claims)
    }

    /// The ID token that goes with a refreshed access token (OpenID Connect Core 1.0 section 12.2): who signed in and when, nothing new.
    pub(super) fn refreshed_id_token(
        &self,
        client: &Row,
        family: &Family,
        access_token: &str,
        now: OffsetDateTime,
    ) -> Result<String> {
        let authentication = Authentication {
            auth_time: family.auth_time,
            method: &family.method,
            session_id: family.session_id,
        };
        let mut claims = self.protocol_claims(client, &authentication, access_token, now);
        let sub = self.subject_of(client, family.person_id);
        claims.insert("sub".to_owned(), json!(sub));
        self.signing.id_token(client.id_token_algorithm, &claims)
    }

    fn protocol_claims(
        &self,
        client: &Row,
        of: &Authentication<'_>,
        access_token: &str,
        now: OffsetDateTime,
    ) -> Map<String, Value> {
        let iat = now.unix_timestamp();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iss", json!(self.issuer));
        say("aud", json!(client.client_id));
        say("iat", json!(iat));
        say("exp", json!(iat + ID_TOKEN_SECONDS));
        say("auth_time", json!(of.auth_time.unix_timestamp()));
        say("acr", json!(ONE_FACTOR));
        say("amr", json!([of.method]));
        say("at_hash", json!(rules::half_hash(access_token)));
        if let Some(session_id) = of.session_id {
            say("sid", json!(session_id));
        }
        claims
    }

    /// The person, as this client may learn of them; `None` if there is none.
    pub(super) async fn who(
        &self,
        conn: &mut PgConnection,
        client: &Row,
        person_id: Uuid,
    ) -> Result<Option<Who>> {
        let Some(subject) = store::subject(conn, person_id).await? else {
            return Ok(None);
        };
        let addresses = store::addresses(conn, subject.account_id).await?;
        let organisation_id = client.organisation_id;
        let of = match client.scopes.iter().any(|scope| scope == "memberships") {
            true => memberships::store::of(conn, person_id, organisation_id).await?,
            false => Vec::new(),
        };
        let organisation = match of.is_empty() {
            true => None,
            false => access::organisation(conn, organisation_id).await?,
        };
        let organisation = organisation.map(|o| o.name).unwrap_or_default();
        let said = of.into_iter().map(|membership| MembershipClaim {
            organisation_id,
            organisation: organisation.clone(),
            category: membership.category,
            state: membership.state,
            since: business_date(membership.since).to_string(),
        });
        Ok(Some(Who {
            sub: self.subject_of(client, person_id),
            memberships: said.collect(),
            subject,
            addresses,
        }))
    }

    /// The claims of a person by scope (OpenID Connect Core 1.0 section 5.4); `person_number` is ours.
    pub(super) fn subject_claims(
        &self,
        who: &Who,
        scopes: &[String],
        single: &[String],
    ) -> Result<Map<String, Value>> {
        let Who {
            subject, addresses, ..
        } = who;
        let says = |claim: &str| discloses(scopes, single, claim);
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(who.sub));
        if says("memberships") {
            claims.insert("memberships".to_owned(), json!(who.memberships));
        }
        if says("name") || says("preferred_username") {
            let called =
                DISPLAY_NAME.open(&self.keys, subject.account_id, &subject.display_name_sealed)?;
            let name = match &subject.name_sealed {
                Some(sealed) => PERSON_NAME.open(&self.keys, subject.person_id, sealed)?,
                None => called.clone(),
            };
            if says("name") {
                claims.insert("name".to_owned(), json!(name));
            }
            if says("preferred_username") {
                claims.insert("preferred_username".to_owned(), json!(called));
            }
        }
        if says("updated_at") {
            let updated_at = subject.updated_at.unix_timestamp();
            claims.insert("updated_at".to_owned(), json!(updated_at));
        }
        if says("person_number") {
            claims.insert("person_number".to_owned(), json!(subject.person_number));
        }
        // The first of each kind; all were proven by a code.
        for (value, verified, is) in [
            ("email", "email_verified", '@'),
            ("phone_number", "phone_number_verified", '+'),
        ] {
            if !says(value) && !says(verified) {
                continue;
            }
            for sealed in addresses {
                let address = ADDRESS.open(&self.keys, subject.account_id, sealed)?;
                if !address.contains(is) || (is == '+' && address.contains('@')) {
                    continue;
                }
                if says(value) {
                    claims.insert(value.to_owned(), json!(address));
                }
                if says(verified) {
                    claims.insert(verified.to_owned(), json!(true));
                }
                break;
            }
        }
        Ok(claims)
    }

    /// What an ID token of ours says, expired or not.
    pub(super) fn read_id_token(&self, token: &str) -> Option<HintClaims> {
        let claims: HintClaims = self.signing.read_id_token(token)?;
        (claims.iss == self.issuer && claims.events.is_none()).then_some(claims)
    }

    /// The claims of an access token of a system, if it is one of ours and valid now.
    pub(super) fn read_machine_token(&self, token: &str, now: OffsetDateTime) -> Option<Claims> {
        let claims: Claims = self.signing.read_access_token(token)?;
        let ours = claims.iss == self.issuer && claims.aud == AUDIENCE;
        let of_system = claims.organisation_id.is_some() && claims.sub == claims.client_id;
        let valid = now.unix_timestamp() < claims.exp.saturating_add(LEEWAY_SECONDS);
        (ours && of_system && valid).then_some(claims)
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

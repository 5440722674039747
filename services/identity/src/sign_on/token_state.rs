//! Whether a token is good, and ending it: introspection (RFC 7662) and revocation (RFC 7009).

use kit::{Call, errors::Result};
use proto_identity::v1::{
    IntrospectTokenRequest, IntrospectTokenResponse, RevokeTokenRequest, RevokeTokenResponse,
};
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    OAuthError,
    client_authentication::Presented,
    exchange::{caller_of, token_type},
    families::{
        rules::{Family, Refresh, Use, is_alive, judge, narrowed},
        store,
    },
    rpc::SignOn,
    tokens::SiteClaims,
};
use crate::{
    clients::{self, Kind, store::Row},
    secrets::secret_hash,
};

impl SignOn {
    pub(super) async fn revoke(
        &self,
        call: Call<RevokeTokenRequest>,
    ) -> Result<RevokeTokenResponse> {
        let refused = |error: OAuthError| RevokeTokenResponse {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
        };
        let (input, now) = (&call.message, call.now);
        let presented = Presented {
            client_id: &input.client_id,
            secret: &input.client_secret,
            assertion: input.client_assertion.as_ref(),
            endpoint: "/oauth2/revoke",
        };
        let client = match self.clients.authentic(&call, &presented).await? {
            Ok(client) => client,
            Err(error) => return Ok(refused(error)),
        };
        if input.token.is_empty() {
            let error = OAuthError::new("invalid_request", "token is missing");
            return Ok(refused(error));
        }
        if self.read_machine_token(&input.token, now).is_some() {
            return Ok(refused(OAuthError::new(
                "unsupported_token_type",
                "tokens of client_credentials end by themselves, within five minutes",
            )));
        }
        let mut tx = call.begin(&self.db).await?;
        let family_id = match self.read_site_token(&input.token, now) {
            Some(claims) => claims.fam,
            None => store::family_of(&mut tx, &secret_hash(&input.token)).await?,
        };
        let family = match family_id {
            Some(id) => store::lock(&mut tx, id, now).await?,
            None => None,
        };
        // What is no token, or one of another client, is of no use to this one: nothing more is said (RFC 7009 section 2.2).
        if let Some(family) = family.filter(|family| family.client_id == client.client_id)
            && store::end(&mut tx, family.family_id, now).await?
        {
            let record = format!("person:{}", family.person_id);
            let caller = caller_of(&client, call.origin().clone());
            tx.audit_for(&caller, &record, "ok").await?;
        }
        tx.commit(RevokeTokenResponse::default()).await
    }

    pub(super) async fn introspect(
        &self,
        call: Call<IntrospectTokenRequest>,
    ) -> Result<IntrospectTokenResponse> {
        let refused = |error: OAuthError| IntrospectTokenResponse {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
            ..IntrospectTokenResponse::default()
        };
        let input = &call.message;
        let presented = Presented {
            client_id: &input.client_id,
            secret: &input.client_secret,
            assertion: input.client_assertion.as_ref(),
            endpoint: "/oauth2/introspect",
        };
        let client = match self.clients.authentic(&call, &presented).await? {
            Ok(client) => client,
            Err(error) => return Ok(refused(error)),
        };
        if client.kind == Kind::PublicApp {
            return Ok(refused(OAuthError::new(
                "unauthorized_client",
                "a client without secret may not introspect",
            )));
        }
        if input.token.is_empty() {
            let error = OAuthError::new("invalid_request", "token is missing");
            return Ok(refused(error));
        }
        let mut conn = self.db.read().await?;
        let claims = self
            .state(&mut conn, &client, &input.token, call.now)
            .await?;
        let claims = claims.unwrap_or_else(|| json!({ "active": false }));
        Ok(IntrospectTokenResponse {
            claims_json: claims.to_string(),
            ..IntrospectTokenResponse::default()
        })
    }

    /// What is said of a token that is good, and that this client may ask about.
    async fn state(
        &self,
        conn: &mut PgConnection,
        asking: &Row,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Value>> {
        if let Some(claims) = self.read_machine_token(token, now) {
            let Ok(id) = Uuid::try_parse(&claims.client_id) else {
                return Ok(None);
            };
            let Some(client) = neighbour(conn, asking, id).await? else {
                return Ok(None);
            };
            let issued = claims.scope.as_deref().unwrap_or_default();
            let scopes = still_registered(issued, &client.scopes);
            if scopes.is_empty() && !issued.is_empty() {
                return Ok(None);
            }
            return Ok(Some(json!({
                "active": true,
                "token_type": "Bearer",
                "scope": scopes,
                "client_id": claims.client_id,
                "sub": claims.sub,
                "iss": claims.iss,
                "aud": claims.aud,
                "iat": claims.iat,
                "exp": claims.exp,
                "jti": claims.jti,
            })));
        }
        if let Some(claims) = self.read_site_token(token, now) {
            return self.site_token_state(conn, asking, &claims, now).await;
        }
        let hash = secret_hash(token);
        let Some(family_id) = store::family_of(conn, &hash).await? else {
            return Ok(None);
        };
        let successor = secret_hash(&self.successor(token));
        let used = store::refresh(conn, &hash, &successor).await?;
        let unused = |token: Refresh| judge(token, now) == Use::Rotate;
        let family = store::read(conn, family_id, now).await?;
        let Some(family) =
            family.filter(|family| is_alive(family, now) && used.is_some_and(unused))
        else {
            return Ok(None);
        };
        let Some(client) = neighbour(conn, asking, family.client_id).await? else {
            return Ok(None);
        };
        if !self.discloses(conn, family.person_id, now).await? {
            return Ok(None);
        }
        let scopes = narrowed("", &family.scopes, &client.scopes).unwrap_or_default();
        let mut claims = json!({
            "active": true,
            "scope": scopes.join(" "),
            "client_id": family.client_id,
            "sub": self.subject_of(&client, family.person_id),
            "iss": self.issuer,
            "exp": family.expires_at.unix_timestamp(),
            "sid": family.session_id,
        });
        if let Some(jkt) = &family.dpop_jkt {
            claims["cnf"] = json!({ "jkt": jkt });
        }
        Ok(Some(claims))
    }

    async fn site_token_state(
        &self,
        conn: &mut PgConnection,
        asking: &Row,
        claims: &SiteClaims,
        now: OffsetDateTime,
    ) -> Result<Option<Value>> {
        let Some(family_id) = claims.fam else {
            return Ok(None);
        };
        let family: Option<Family> = store::read(conn, family_id, now).await?;
        let Some(family) = family.filter(|family| is_alive(family, now)) else {
            return Ok(None);
        };
        let Some(client) = neighbour(conn, asking, family.client_id).await? else {
            return Ok(None);
        };
        if !self.discloses(conn, family.person_id, now).await? {
            return Ok(None);
        }
        let scopes = narrowed(&claims.scope, &family.scopes, &client.scopes).unwrap_or_default();
        let key = claims.cnf.as_ref().map(|cnf| cnf.jkt.as_str());
        let mut said = json!({
            "active": true,
            "token_type": token_type(key),
            "scope": scopes.join(" "),
            "client_id": claims.client_id,
            "sub": claims.sub,
            "iss": self.issuer,
            "aud": self.userinfo_audience(),
            "iat": claims.iat,
            "exp": claims.exp,
            "jti": claims.jti,
            "sid": family.session_id,
        });
        if let Some(key) = key {
            said["cnf"] = json!({ "jkt": key });
        }
        Ok(Some(said))
    }
}

/// What is left of the scopes of a system's token for a client that has these now.
fn still_registered(issued: &str, registered: &[String]) -> String {
    let left: Vec<&str> = issued
        .split(' ')
        .filter(|scope| registered.iter().any(|r| r == scope))
        .collect();
    left.join(" ")
}

/// The client itself, or another one of its organisation, that is not disabled: about others nothing is said.
async fn neighbour(conn: &mut PgConnection, asking: &Row, client_id: Uuid) -> Result<Option<Row>> {
    let client = clients::store::read(conn, client_id).await?;
    let near = |client: &Row| {
        client.organisation_id == asking.organisation_id && client.disabled_at.is_none()
    };
    Ok(client.filter(near))
}

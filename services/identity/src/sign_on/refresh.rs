//! Refresh tokens (RFC 6749 section 6): replaced with each use, so that one that was copied is noticed (RFC 9700 section 4.14.2).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::Call;
use proto_identity::{
    reasons,
    v1::{IssueTokenRequest, IssueTokenResponse},
};

use super::{
    OAuthError,
    exchange::{Issued, LIFETIME, caller_of, token_type},
    families::{
        rules::{self, Family, Use},
        store,
    },
    rpc::SignOn,
};
use crate::{
    clients::{self, store::Row},
    secrets::secret_hash,
};

impl SignOn {
    pub(super) async fn for_refresh(
        &self,
        call: &Call<IssueTokenRequest>,
        client: &Row,
        key: Option<&str>,
    ) -> Issued {
        const REFUSED: OAuthError = OAuthError::new(
            "invalid_grant",
            "the refresh token is not valid for this client",
        );
        let (presented, now) = (&call.message.refresh_token, call.now);
        if presented.is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "refresh_token is missing",
            )));
        }
        let (token_hash, successor) = (secret_hash(presented), self.successor(presented));
        let successor_hash = secret_hash(&successor);
        let mut tx = call.begin(&self.db).await?;
        let Some(family_id) = store::family_of(&mut tx, &token_hash).await? else {
            return Ok(Err(REFUSED));
        };
        let family = store::lock(&mut tx, family_id, now).await?;
        let of_client = |family: &Family| family.client_id == client.client_id;
        // What another client has copied stays good for the right one, as with codes.
        let Some(family) = family.filter(of_client) else {
            return Ok(Err(REFUSED));
        };
        // Without its key a copied token neither renews nor ends anything.
        if family.dpop_jkt.is_some() && family.dpop_jkt.as_deref() != key {
            return Ok(Err(REFUSED));
        }
        let record = format!("person:{}", family.person_id);
        let caller = caller_of(client, call.origin().clone());
        let token = store::refresh(&mut tx, &token_hash, &successor_hash).await?;
        let Some(token) = token.filter(|_| rules::is_alive(&family, now)) else {
            return Ok(Err(REFUSED));
        };
        let used = rules::judge(token, now);
        if used == Use::Reused {
            store::end(&mut tx, family_id, now).await?;
            tx.audit_for(&caller, &record, "REFRESH_TOKEN_USED_BEFORE")
                .await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        if !self.discloses(&mut tx, family.person_id, now).await? {
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            tx.audit_for(&caller, &record, outcome).await?;
            tx.commit(()).await?;
            return Ok(Err(REFUSED));
        }
        let requested = &call.message.scope;
        let Some(scopes) = rules::narrowed(requested, &family.scopes, &client.scopes) else {
            return Ok(Err(OAuthError::new(
                "invalid_scope",
                "scope exceeds what the refresh token was issued for",
            )));
        };
        if used == Use::Rotate {
            store::use_refresh(&mut tx, &token_hash, now).await?;
            store::insert_refresh(&mut tx, &successor_hash, family_id, now).await?;
            store::touch(&mut tx, family_id, now).await?;
        }
        clients::store::note_use(&mut tx, client, now).await?;
        let of = (family_id, family.person_id);
        let access_token = self.token_of_family(of, client, &scopes, key, now)?;
        let id_token = match scopes.iter().any(|scope| scope == "openid") {
            true => self.refreshed_id_token(client, &family, &access_token, now)?,
            false => String::new(),
        };
        let answer = IssueTokenResponse {
            access_token,
            id_token,
            refresh_token: successor,
            expires_in: LIFETIME,
            scope: scopes.join(" "),
            token_type: token_type(key),
            ..IssueTokenResponse::default()
        };
        Ok(Ok(tx.commit(answer).await?))
    }

    /// The token that replaces this one. Made of it with a key of ours: the second of two tabs gets the same, although only hashes are kept,
    /// and a token alone tells nothing of its successor.
    pub(super) fn successor(&self, token: &str) -> String {
        let hash = self
            .keys
            .keyed_hash("identity.refresh-token", token.as_bytes());
        URL_SAFE_NO_PAD.encode(hash)
    }
}

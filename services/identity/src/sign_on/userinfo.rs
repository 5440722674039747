//! The userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use kit::{Call, errors::Result};
use proto_identity::{
    reasons,
    v1::{GetUserInfoRequest, GetUserInfoResponse},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    OAuthError,
    demand::rules::still_covered,
    exchange::caller_of,
    families::{
        self,
        rules::{Family, narrowed},
    },
    possession::rules::Request,
    rpc::SignOn,
};
use crate::clients;

impl SignOn {
    pub(super) async fn user_info(
        &self,
        call: Call<GetUserInfoRequest>,
    ) -> Result<GetUserInfoResponse> {
        let nothing = GetUserInfoResponse::default;
        let Some(claims) = self.read_site_token(&call.message.access_token, call.now) else {
            return Ok(nothing());
        };
        match (&claims.cnf, call.message.dpop) {
            (None, false) => {}
            (Some(bound), true) => {
                let proven = self.proven(&call, &bound.jkt).await?;
                if let Err(error) = proven {
                    return Ok(GetUserInfoResponse {
                        error: error.code.to_owned(),
                        error_description: error.words.to_owned(),
                        ..nothing()
                    });
                }
            }
            // A token that is bound must not be used as one that is not, nor the other way round (RFC 9449 section 7.2).
            _ => return Ok(nothing()),
        }
        let mut tx = call.begin(&self.db).await?;
        let client = clients::store::read(&mut tx, claims.client_id).await?;
        let Some(client) = client.filter(|client| client.disabled_at.is_none()) else {
            return Ok(nothing());
        };
        let registered = &client.scopes;
        let (person_id, scopes, single) = match claims.fam {
            Some(family_id) => {
                let family = families::store::read(&mut tx, family_id, call.now).await?;
                let alive = |family: &Family| families::rules::is_alive(family, call.now);
                let Some(family) = family.filter(alive) else {
                    return Ok(nothing());
                };
                let scopes = narrowed(&claims.scope, &family.scopes, registered);
                let single = still_covered(&family.userinfo_claims, registered);
                (family.person_id, scopes.unwrap_or_default(), single)
            }
            // Of the release before.
            None => {
                let issued: Vec<String> = claims.scope.split(' ').map(str::to_owned).collect();
                let scopes = narrowed("", &issued, registered);
                let Ok(person_id) = Uuid::try_parse(&claims.sub) else {
                    return Ok(nothing());
                };
                (person_id, scopes.unwrap_or_default(), Vec::new())
            }
        };
        let Some(who) = self.who(&mut tx, &client, person_id).await? else {
            return Ok(nothing());
        };
        let caller = caller_of(&client, call.origin().clone());
        let record = format!("person:{person_id}");
        if !self.discloses(&mut tx, person_id, call.now).await? {
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            tx.audit_for(&caller, &record, outcome).await?;
            return tx.commit(nothing()).await;
        }
        let disclosed = self.subject_claims(&who, &scopes, &single)?;
        tx.audit_for(&caller, &record, "ok").await?;
        tx.commit(GetUserInfoResponse {
            claims_json: Value::Object(disclosed).to_string(),
            ..nothing()
        })
        .await
    }

    /// Whether the caller has proven to have the key that the token is bound to.
    async fn proven(
        &self,
        call: &Call<GetUserInfoRequest>,
        jkt: &str,
    ) -> Result<std::result::Result<(), OAuthError>> {
        let input = &call.message;
        let address = self.endpoint("/oauth2/userinfo");
        let request = Request {
            method: &input.http_method,
            address: &address,
            access_token: Some(&input.access_token),
        };
        let possessed = self
            .possessed(&input.dpop_proof, &request, call.now)
            .await?;
        Ok(match possessed {
            Ok(key) if key == jkt => Ok(()),
            Ok(_) => Err(OAuthError::new(
                "invalid_dpop_proof",
                "the DPoP proof is of another key than the token",
            )),
            Err(error) => Err(error),
        })
    }
}

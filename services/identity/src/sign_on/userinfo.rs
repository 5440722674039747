//! The userinfo endpoint (OpenID Connect Core 1.0 section 5.3).

use kit::{access, audit, errors::Result};
use proto::{
    cast::identity::v1::{GetUserInfoRequest, GetUserInfoResponse},
    reasons,
};
use serde_json::Value;
use tonic::{Request, Response};

use super::{exchange::caller_of, store};
use crate::{Identity, clients};

const USERINFO: &str = "cast.identity.v1.SignOn/GetUserInfo";

impl Identity {
    pub(super) async fn get_user_info(
        &self,
        request: Request<GetUserInfoRequest>,
    ) -> Result<Response<GetUserInfoResponse>> {
        let origin = access::origin(&request);
        let input = request.into_inner();
        let now = self.clock.now();
        let nothing = || Response::new(GetUserInfoResponse::default());
        let Some(claims) = self.read_site_token(&input.access_token, now).await? else {
            return Ok(nothing());
        };
        let mut tx = self.db.begin().await?;
        let client = clients::store::read(&mut tx, claims.client_id).await?;
        let Some(client) = client.filter(|client| client.disabled_at.is_none()) else {
            return Ok(nothing());
        };
        let Some(subject) = store::subject(&mut tx, claims.sub).await? else {
            return Ok(nothing());
        };
        if !self.discloses(&mut tx, claims.sub).await? {
            let subject = format!("person:{}", claims.sub);
            let outcome = reasons::MINOR_AT_THIRD_PARTY.code;
            let caller = caller_of(&client, origin);
            audit::record(&mut tx, &caller, USERINFO, &subject, outcome, now).await?;
            tx.commit().await?;
            return Ok(nothing());
        }
        let scopes: Vec<String> = claims.scope.split(' ').map(str::to_owned).collect();
        let disclosed = self.subject_claims(&subject, &scopes)?;
        let caller = caller_of(&client, origin);
        audit::record(
            &mut tx,
            &caller,
            USERINFO,
            &format!("person:{}", claims.sub),
            "ok",
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(Response::new(GetUserInfoResponse {
            claims_json: Value::Object(disclosed).to_string(),
        }))
    }
}

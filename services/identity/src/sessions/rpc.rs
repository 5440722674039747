//! The methods of sessions.

use kit::{
    access, audit,
    errors::{Problem, Result},
    wire,
};
use proto::cast::identity::v1::{
    CreateSessionRequest, DeleteSessionRequest, ListSessionsRequest, ListSessionsResponse,
    ResolveSessionRequest, ResolveSessionResponse, RevokeOtherSessionsRequest,
    RevokeOtherSessionsResponse, Session, sessions_server::Sessions,
};
use secrecy::SecretString;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Method, Opened, SessionError, detach, rules, store};
use crate::{
    Identity,
    codes::Purpose,
    credentials::{self, addresses::Address, store::Credentials},
    devices,
    secrets::secret_hash,
    throttles::{self, Visitor, rules::Action},
};

const CREATE: &str = "cast.identity.v1.Sessions/CreateSession";
const DELETE: &str = "cast.identity.v1.Sessions/DeleteSession";
const REVOKE_OTHERS: &str = "cast.identity.v1.Sessions/RevokeOtherSessions";

#[tonic::async_trait]
impl Sessions for Identity {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        Ok(self.create_session(request).await?)
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        Ok(self.list_sessions(request).await?)
    }

    async fn delete_session(
        &self,
        request: Request<DeleteSessionRequest>,
    ) -> Result<Response<()>, Status> {
        Ok(self.delete_session(request).await?)
    }

    async fn revoke_other_sessions(
        &self,
        request: Request<RevokeOtherSessionsRequest>,
    ) -> Result<Response<RevokeOtherSessionsResponse>, Status> {
        Ok(self.revoke_other_sessions(request).await?)
    }

    async fn resolve_session(
        &self,
        request: Request<ResolveSessionRequest>,
    ) -> Result<Response<ResolveSessionResponse>, Status> {
        Ok(self.resolve_session(request).await?)
    }
}

impl Identity {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<Session>> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let input = request.into_inner();
        let address = credentials::address("address", &input.address)?;
        let opened = match (
            input.password.is_empty(),
            input.code_id.is_empty() || input.code.is_empty(),
        ) {
            (false, true) => {
                self.by_password(&visitor, &address, &input.password)
                    .await?
            }
            (true, false) => {
                let code_id = wire::parse_id("code_id", &input.code_id)?;
                self.by_code(&visitor, &address, code_id, &input.code)
                    .await?
            }
            _ => return Err(SessionError::PasswordOrCode.into()),
        };
        Ok(opened.attach(session(&opened.row, Some(opened.row.session_id))))
    }

    async fn by_password(
        &self,
        visitor: &Visitor,
        address: &Address,
        password: &str,
    ) -> Result<Opened> {
        let address_hash = self.address_hash(address);
        let admission = self.admit(visitor, Action::Password, &address_hash).await?;
        let caller = &visitor.caller;
        let account = {
            let mut conn = self.db.read().await?;
            credentials::store::by_address(&mut conn, &address_hash).await?
        };
        // Without an account the hasher works as long on a dummy.
        let stored = account
            .as_ref()
            .map(|account| account.password_hash.clone());
        let verified = match self
            .hasher
            .verify(&admission.lane, SecretString::from(password), stored)
            .await
        {
            Ok(verified) => verified,
            Err(busy) => {
                // Not carried out, so not held against anybody.
                let mut tx = self.db.begin().await?;
                throttles::store::forgive(&mut tx, &admission.counters, self.clock.now()).await?;
                tx.commit().await?;
                return Err(busy.into());
            }
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let subject = account.as_ref().map_or("account:unknown".to_owned(), |a| {
            format!("account:{}", a.account_id)
        });
        match account.filter(|_| verified) {
            // Changed since it was read: the password may be another one by now.
            Some(Credentials {
                account_id,
                version,
                ..
            }) if credentials::store::hold(&mut tx, account_id, version).await? => {
                throttles::store::forgive(&mut tx, &admission.counters, now).await?;
                let opened = self
                    .open_session(&mut tx, visitor, account_id, Method::Password)
                    .await?;
                audit::record(&mut tx, caller, CREATE, &subject, "ok", now).await?;
                tx.commit().await?;
                Ok(opened)
            }
            _ => {
                audit::record(&mut tx, caller, CREATE, &subject, "SIGN_IN_FAILED", now).await?;
                tx.commit().await?;
                Err(SessionError::Failed.into())
            }
        }
    }

    async fn by_code(
        &self,
        visitor: &Visitor,
        address: &Address,
        code_id: Uuid,
        code: &str,
    ) -> Result<Opened> {
        let proof = self
            .try_code(visitor, Purpose::SignIn, code_id, code, Some(address))
            .await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        proof.consume(&mut tx, now).await?;
        let account = credentials::store::by_address(&mut tx, &proof.address_hash).await?;
        // A code that is right was sent to an address with an account, and accounts do not vanish.
        let account = account
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("a sign-in code without account")))?;
        let opened = self
            .open_session(&mut tx, visitor, account.account_id, Method::Code)
            .await?;
        audit::record(
            &mut tx,
            &visitor.caller,
            CREATE,
            &format!("account:{}", account.account_id),
            "ok",
            now,
        )
        .await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>> {
        let caller = access::caller(&request);
        let person = caller.person()?;
        let mut conn = self.db.read().await?;
        let rows = store::list(&mut conn, person.account_id, self.clock.now()).await?;
        let sessions = rows
            .iter()
            .map(|row| session(row, person.session_id))
            .collect();
        Ok(Response::new(ListSessionsResponse { sessions }))
    }

    async fn delete_session(&self, request: Request<DeleteSessionRequest>) -> Result<Response<()>> {
        let caller = access::caller(&request);
        let person = caller.person()?;
        let input = request.into_inner();
        let session_id = match input.session_id.as_str() {
            "current" => person.session_id.ok_or(SessionError::NotFound)?,
            id => wire::parse_id("session_id", id)?,
        };
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let Some(alive) = store::revoke(&mut tx, person.account_id, session_id, now).await? else {
            return Err(SessionError::NotFound.into());
        };
        if alive {
            audit::record(
                &mut tx,
                &caller,
                DELETE,
                &format!("session:{session_id}"),
                "ok",
                now,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(if person.session_id == Some(session_id) {
            detach(())
        } else {
            Response::new(())
        })
    }

    async fn revoke_other_sessions(
        &self,
        request: Request<RevokeOtherSessionsRequest>,
    ) -> Result<Response<RevokeOtherSessionsResponse>> {
        let caller = access::caller(&request);
        let visitor = Visitor::of(&self.keys, &caller, &request);
        let person = caller.person()?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        devices::store::forget_all(&mut tx, person.account_id, visitor.device_secret.as_ref())
            .await?;
        let revoked = store::revoke_all(&mut tx, person.account_id, person.session_id, now).await?;
        let subject = format!("account:{}", person.account_id);
        audit::record(&mut tx, &caller, REVOKE_OTHERS, &subject, "ok", now).await?;
        tx.commit().await?;
        Ok(Response::new(RevokeOtherSessionsResponse {
            revoked: i32::try_from(revoked).unwrap_or(i32::MAX),
        }))
    }

    async fn resolve_session(
        &self,
        request: Request<ResolveSessionRequest>,
    ) -> Result<Response<ResolveSessionResponse>> {
        let origin = rules::shortened(access::origin(&request).address);
        let input = request.into_inner();
        let now = self.clock.now();
        let mut conn = self.db.read().await?;
        let live = store::resolve(&mut conn, &secret_hash(&input.secret), now)
            .await?
            .ok_or(SessionError::Ended)?;
        if live.last_used_at <= now - rules::TOUCH {
            // Whoever is signed in reads on also while nothing can be written.
            if let Err(error) = store::touch(&mut conn, live.session_id, &origin, now).await {
                tracing::warn!(%error, "the use of a session was not noted");
            }
        }
        drop(conn);
        let token = self.session_token(&live, now)?;
        Ok(Response::new(ResolveSessionResponse {
            session_id: live.session_id.to_string(),
            access_token: token.text,
            expires_at: Some(wire::timestamp(token.expires_at)),
        }))
    }
}

fn session(row: &store::Row, current: Option<Uuid>) -> Session {
    Session {
        session_id: row.session_id.to_string(),
        current: current == Some(row.session_id),
        device: row.device.clone(),
        origin: row.origin.clone(),
        created_at: Some(wire::timestamp(row.created_at)),
        last_used_at: Some(wire::timestamp(row.last_used_at)),
        expires_at: Some(wire::timestamp(rules::expires_at(
            row.expires_at,
            row.last_used_at,
        ))),
    }
}

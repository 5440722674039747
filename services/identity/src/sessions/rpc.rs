//! The methods of sessions.

use kit::{
    Call,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
    wire,
};
use proto_identity::v1::{
    CreateSessionRequest, DeleteSessionRequest, ListSessionsRequest, ListSessionsResponse,
    ResolveSessionRequest, ResolveSessionResponse, RevokeOtherSessionsRequest,
    RevokeOtherSessionsResponse, Session,
};
use proto_notices::templates;
use secrecy::SecretString;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Method, Opened, SessionError, detach, end_all, end_one, open, rules, store};
use crate::{
    codes::{Purpose, proof::Proofs},
    contract,
    credentials::{self, address_hash, addresses::Address, hasher::Hasher, store::Credentials},
    devices,
    keys::Signing,
    notices::{Telling, tell},
    secrets::secret_hash,
    session_tokens::Tokens,
    throttles::{self, Throttles, Visitor, rules::Action},
};

/// Opens sessions, ends them, and turns them into access tokens.
pub struct Sessions {
    /// Where sessions are.
    pub db: Db,
    /// Of sealed names and hashed addresses.
    pub keys: Keys,
    /// The platform's public URL: issuer of every token.
    pub issuer: String,
    /// Verifies passwords.
    pub hasher: Hasher,
    /// Signs tokens.
    pub signing: Signing,
    /// The last access token of each session.
    pub tokens: Tokens,
    /// Slows down those who guess.
    pub throttles: Throttles,
    /// Tries one-time codes.
    pub proofs: Proofs,
}

impl contract::Sessions for Sessions {
    async fn create_session(&self, call: Call<CreateSessionRequest>) -> Result<Session> {
        let (call, input) = call.split();
        let visitor = Visitor::of(&self.keys, &call);
        let address = credentials::address("address", &input.address)?;
        let opened = match (
            input.password.is_empty(),
            input.code_id.is_empty() || input.code.is_empty(),
        ) {
            (false, true) => {
                self.by_password(&call, &visitor, &address, &input.password)
                    .await?
            }
            (true, false) => {
                let code_id = wire::parse_id("code_id", &input.code_id)?;
                self.by_code(&call, &visitor, &address, code_id, &input.code)
                    .await?
            }
            _ => return Err(SessionError::PasswordOrCode.into()),
        };
        opened.attach(&call)?;
        Ok(session(&opened.row, Some(opened.row.session_id)))
    }

    async fn list_sessions(&self, call: Call<ListSessionsRequest>) -> Result<ListSessionsResponse> {
        let person = call.caller.person()?;
        let mut conn = self.db.read().await?;
        let rows = store::list(&mut conn, person.account_id, call.now).await?;
        let sessions = rows
            .iter()
            .map(|row| session(row, person.session_id))
            .collect();
        Ok(ListSessionsResponse { sessions })
    }

    async fn delete_session(&self, call: Call<DeleteSessionRequest>) -> Result<()> {
        let person = call.caller.person()?;
        let session_id = match call.message.session_id.as_str() {
            "current" => person.session_id.ok_or(SessionError::NotFound)?,
            id => wire::parse_id("session_id", id)?,
        };
        let mut tx = call.begin(&self.db).await?;
        let alive = end_one(&mut tx, person.account_id, session_id, call.now)
            .await?
            .ok_or(SessionError::NotFound)?;
        if alive {
            tx.audit(&format!("session:{session_id}")).await?;
        }
        tx.commit(()).await?;
        if person.session_id == Some(session_id) {
            detach(&call)?;
        }
        Ok(())
    }

    async fn revoke_other_sessions(
        &self,
        call: Call<RevokeOtherSessionsRequest>,
    ) -> Result<RevokeOtherSessionsResponse> {
        let visitor = Visitor::of(&self.keys, &call);
        let person = call.caller.person()?;
        let account_id = person.account_id;
        let mut tx = call.begin(&self.db).await?;
        devices::store::forget_all(&mut tx, account_id, visitor.device_secret.as_ref()).await?;
        let revoked = end_all(&mut tx, account_id, person.session_id, call.now).await?;
        tx.audit(&format!("account:{account_id}")).await?;
        tx.commit(RevokeOtherSessionsResponse {
            revoked: i32::try_from(revoked).unwrap_or(i32::MAX),
        })
        .await
    }

    async fn resolve_session(
        &self,
        call: Call<ResolveSessionRequest>,
    ) -> Result<ResolveSessionResponse> {
        let now = call.now;
        let mut conn = self.db.read().await?;
        let live = store::resolve(&mut conn, &secret_hash(&call.message.secret), now)
            .await?
            .ok_or(SessionError::Ended)?;
        if live.last_used_at <= now - rules::TOUCH {
            let origin = rules::shortened(call.origin().address);
            // Those who are signed in read on also while nothing can be written.
            if let Err(error) = store::touch(&mut conn, live.session_id, &origin, now).await {
                tracing::warn!(%error, "the use of a session was not noted");
            }
        }
        drop(conn);
        let token = self.session_token(&live, now)?;
        Ok(ResolveSessionResponse {
            session_id: live.session_id.to_string(),
            access_token: token.text,
            expires_at: Some(wire::timestamp(token.expires_at)),
        })
    }
}

impl Sessions {
    async fn by_password(
        &self,
        call: &Call<()>,
        visitor: &Visitor,
        address: &Address,
        password: &str,
    ) -> Result<Opened> {
        let address_hash = address_hash(&self.keys, address);
        let admission = self
            .throttles
            .admit(visitor, Action::Password, &address_hash)
            .await?;
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
                // Not carried out, so not held against the visitor.
                self.throttles.forgive(&admission, call.now).await?;
                return Err(busy.into());
            }
        };
        let mut tx = call.begin(&self.db).await?;
        let subject = account.as_ref().map_or("account:unknown".to_owned(), |a| {
            format!("account:{}", a.account_id)
        });
        match account.filter(|_| verified) {
            // Changed since it was read: the password may be another one by now.
            Some(Credentials {
                account_id,
                person_id,
                version,
                ..
            }) if credentials::store::hold(&mut tx, account_id, version).await? => {
                throttles::store::forgive(&mut tx, &admission.counters, call.now).await?;
                let method = Method::Password;
                let opened = open(&mut tx, &self.keys, visitor, account_id, method).await?;
                tell_owner(&mut tx, person_id, &opened).await?;
                tx.audit(&subject).await?;
                tx.commit(()).await?;
                Ok(opened)
            }
            _ => {
                tx.audit_as(&subject, "SIGN_IN_FAILED").await?;
                tx.commit(()).await?;
                Err(SessionError::Failed.into())
            }
        }
    }

    async fn by_code(
        &self,
        call: &Call<()>,
        visitor: &Visitor,
        address: &Address,
        code_id: Uuid,
        code: &str,
    ) -> Result<Opened> {
        let proof = self
            .proofs
            .check(visitor, Purpose::SignIn, code_id, code, Some(address))
            .await?;
        let mut tx = call.begin(&self.db).await?;
        proof.consume(&mut tx, call.now).await?;
        let account = credentials::store::by_address(&mut tx, &proof.address_hash).await?;
        // A code that is right was sent to an address with an account, and accounts do not vanish.
        let account = account
            .ok_or_else(|| Problem::internal(anyhow::anyhow!("a sign-in code without account")))?;
        let account_id = account.account_id;
        let opened = open(&mut tx, &self.keys, visitor, account_id, Method::Code).await?;
        tell_owner(&mut tx, account.person_id, &opened).await?;
        tx.audit(&format!("account:{account_id}")).await?;
        tx.commit(()).await?;
        Ok(opened)
    }
}

/// Tells the person if a device signs in that the account does not know, while it knows others.
async fn tell_owner(conn: &mut PgConnection, person_id: Uuid, opened: &Opened) -> Result<()> {
    if opened.met != devices::Met::Further {
        return Ok(());
    }
    let telling = Telling {
        what: &templates::NewDevice {}.into(),
        people: &[person_id],
        count: 1,
        urgent: false,
        told_at: opened.opened_at,
    };
    Ok(tell(conn, &telling, opened.opened_at).await?)
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

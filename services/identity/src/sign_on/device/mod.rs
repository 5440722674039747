//! Signing in on devices without a browser (RFC 8628): the device shows eight letters, the person enters them here, sees which site it is and
//! what it would learn, and confirms.

pub mod rules;
pub mod store;

use kit::{
    Call,
    access::{self, PersonCaller},
    errors::{Problem, Result},
};
use proto_identity::{
    reasons,
    v1::{
        BeginDeviceSignInRequest, BeginDeviceSignInResponse, DecideDeviceSignInRequest,
        DecideDeviceSignInResponse, DeviceSignIn, FindDeviceSignInRequest, IssueTokenRequest,
    },
};
use sqlx::PgConnection;
use time::OffsetDateTime;

use self::{
    rules::Poll,
    store::{New, Row},
};
use super::{
    OAuthError, client_authentication::Presented, demand::rules::agreed_before, exchange::Issued,
    rpc::SignOn, rules as oauth, store as consents,
};
use crate::{
    clients::{self, store::Row as Client},
    secrets::{random_secret, secret_hash},
    sessions::SessionError,
};

/// The endpoint.
const PATH: &str = "/oauth2/device_authorization";
/// So many codes are tried until one is free; two are the same once in billions.
const TRIES: usize = 5;

type Begun = std::result::Result<BeginDeviceSignInResponse, OAuthError>;

impl SignOn {
    pub(super) async fn begin_device(
        &self,
        call: Call<BeginDeviceSignInRequest>,
    ) -> Result<BeginDeviceSignInResponse> {
        let begun = self.device_begun(&call).await?;
        Ok(begun.unwrap_or_else(|error| BeginDeviceSignInResponse {
            error: error.code.to_owned(),
            error_description: error.words.to_owned(),
            ..BeginDeviceSignInResponse::default()
        }))
    }

    async fn device_begun(&self, call: &Call<BeginDeviceSignInRequest>) -> Result<Begun> {
        let (input, now) = (&call.message, call.now);
        let presented = Presented {
            client_id: &input.client_id,
            secret: &input.client_secret,
            assertion: input.client_assertion.as_ref(),
            endpoint: PATH,
        };
        let client = match self.clients.authentic(call, &presented).await? {
            Ok(client) => client,
            Err(error) => return Ok(Err(error)),
        };
        if !client.device_grant {
            return Ok(Err(OAuthError::new(
                "unauthorized_client",
                "this client is not registered for devices",
            )));
        }
        let scopes = match oauth::scopes(&input.scope, &client.scopes) {
            Ok(scopes) => scopes,
            Err(words) => return Ok(Err(OAuthError::new("invalid_scope", words))),
        };
        let scopes: Vec<String> = scopes.into_iter().map(str::to_owned).collect();
        let device_code = random_secret()?;
        let mut tx = call.begin(&self.db).await?;
        let counted_for = self
            .throttles
            .demand_kept(&mut tx, call.origin(), now)
            .await?;
        for _ in 0..TRIES {
            let Some(user_code) = rules::user_code(kit::chance::bytes()) else {
                continue;
            };
            let new = New {
                sign_in_id: kit::chance::id(now),
                device_hash: &secret_hash(&device_code),
                user_hash: &self.user_hash(&user_code),
                client_id: client.client_id,
                scopes: &scopes,
                counted_for: &counted_for,
                interval_seconds: rules::INTERVAL_SECONDS,
                created_at: now,
                expires_at: now + rules::LIFETIME,
            };
            if !store::insert(&mut tx, &new).await? {
                continue;
            }
            let shown = rules::spaced(&user_code);
            let answer = BeginDeviceSignInResponse {
                device_code,
                verification_uri: format!("{}/device", self.issuer),
                verification_uri_complete: format!("{}/device?code={shown}", self.issuer),
                user_code: shown,
                expires_in: i32::try_from(rules::LIFETIME.whole_seconds()).unwrap_or_default(),
                interval: rules::INTERVAL_SECONDS,
                ..BeginDeviceSignInResponse::default()
            };
            return Ok(Ok(tx.commit(answer).await?));
        }
        Err(Problem::internal(anyhow::anyhow!("no free code was found")))
    }

    pub(super) async fn find_device(
        &self,
        call: Call<FindDeviceSignInRequest>,
    ) -> Result<DeviceSignIn> {
        let person = call.caller.person()?;
        let row = self
            .entered(person, &call.message.user_code, call.now)
            .await?;
        let mut conn = self.db.read().await?;
        let client = self.client_of(&mut conn, &row).await?;
        let organisation = access::organisation(&mut conn, client.organisation_id).await?;
        let agreed = consents::consents(&mut conn, person.person_id, client.client_id).await?;
        Ok(DeviceSignIn {
            user_code: rules::spaced(&call.message.user_code),
            client_name: client.name,
            organisation_name: organisation.map(|o| o.name).unwrap_or_default(),
            agreed_scopes: agreed_before(&agreed, &row.scopes),
            scopes: row.scopes,
        })
    }

    pub(super) async fn decide_device(
        &self,
        call: Call<DecideDeviceSignInRequest>,
    ) -> Result<DecideDeviceSignInResponse> {
        let now = call.now;
        let person = call.caller.person()?;
        let session_id = person.session_id.ok_or(SessionError::Ended)?;
        let entered = self.entered(person, &call.message.user_code, now).await?;
        let mut tx = call.begin(&self.db).await?;
        let row = store::lock(&mut tx, entered.sign_in_id, now).await?;
        let row = row.filter(Row::is_pending).ok_or_else(wrong)?;
        let client = self.client_of(&mut tx, &row).await?;
        let record = format!("client:{}", client.client_id);
        let outcome = if call.message.approved {
            if !self.discloses(&mut tx, person.person_id, now).await? {
                drop(tx);
                let refusal = Err(Problem::of(&reasons::MINOR_AT_THIRD_PARTY));
                return call.audit_refusal(&self.db, &record, refusal).await;
            }
            let (person_id, client_id) = (person.person_id, client.client_id);
            consents::consent(&mut tx, person_id, client_id, &row.scopes, now).await?;
            store::approve(&mut tx, row.sign_in_id, person_id, session_id).await?;
            "ok"
        } else {
            store::refuse(&mut tx, row.sign_in_id).await?;
            "access_denied"
        };
        if let Some(key) = row.counted_for {
            self.throttles.demand_answered(&mut tx, key, now).await?;
        }
        tx.audit_as(&record, outcome).await?;
        tx.commit(DecideDeviceSignInResponse {}).await
    }

    /// What a device gets that asks whether it has been confirmed (section 3.4).
    pub(super) async fn for_device(
        &self,
        call: &Call<IssueTokenRequest>,
        client: &Client,
        key: Option<&str>,
    ) -> Issued {
        const UNKNOWN: OAuthError = OAuthError::new(
            "invalid_grant",
            "the device code is unknown, used, or of another client",
        );
        let now = call.now;
        if call.message.device_code.is_empty() {
            return Ok(Err(OAuthError::new(
                "invalid_request",
                "device_code is missing",
            )));
        }
        let device_hash = secret_hash(&call.message.device_code);
        let mut tx = call.begin(&self.db).await?;
        let id = store::of_device(&mut tx, &device_hash, client.client_id).await?;
        let row = match id {
            Some(id) => store::lock_any(&mut tx, id).await?,
            None => None,
        };
        let Some(row) = row else {
            return Ok(Err(UNKNOWN));
        };
        let answer = match rules::poll(&row.waiting(), now) {
            Poll::Issue => {
                let granted = store::granted(&mut tx, &row).await?;
                store::end(&mut tx, row.sign_in_id).await?;
                let Some(granted) = granted else {
                    tx.commit(()).await?;
                    return Ok(Err(UNKNOWN));
                };
                return self
                    .tokens_for(tx, call, client, granted, (&device_hash, key))
                    .await;
            }
            Poll::Pending => {
                store::asked(&mut tx, row.sign_in_id, row.interval_seconds, now).await?;
                OAuthError::new("authorization_pending", "the person has not decided yet")
            }
            Poll::SlowDown => {
                let slower = row.interval_seconds.saturating_add(rules::SLOWER_SECONDS);
                store::asked(&mut tx, row.sign_in_id, slower, now).await?;
                OAuthError::new("slow_down", "ask less often: five seconds more from now on")
            }
            Poll::Refused => {
                store::end(&mut tx, row.sign_in_id).await?;
                OAuthError::new("access_denied", "the person refused")
            }
            Poll::Expired => OAuthError::new("expired_token", "the device code is too old"),
        };
        tx.commit(()).await?;
        Ok(Err(answer))
    }

    /// The sign-in behind letters that a person has entered. Wrong ones slow down the account that enters them, and no other.
    async fn entered(
        &self,
        person: &PersonCaller,
        user_code: &str,
        now: OffsetDateTime,
    ) -> Result<Row> {
        let admission = self
            .throttles
            .admit_own("device-code", person.account_id, now)
            .await?;
        let found = {
            let mut conn = self.db.read().await?;
            match rules::is_code(user_code) {
                true => store::of_code(&mut conn, &self.user_hash(user_code), now).await?,
                false => None,
            }
        };
        let row = found.filter(Row::is_pending).ok_or_else(wrong)?;
        self.throttles.forgive(&admission, now).await?;
        Ok(row)
    }

    async fn client_of(&self, conn: &mut PgConnection, row: &Row) -> Result<Client> {
        let client = clients::store::read(conn, row.client_id).await?;
        let client = client.filter(|client| client.disabled_at.is_none() && client.device_grant);
        client.ok_or_else(wrong)
    }

    /// Eight letters can be guessed, so what is kept of them is made with a key.
    fn user_hash(&self, user_code: &str) -> [u8; 32] {
        self.keys
            .keyed_hash("identity.device-code", user_code.as_bytes())
    }
}

/// `DEVICE_CODE_WRONG`.
fn wrong() -> Problem {
    Problem::of(&reasons::DEVICE_CODE_WRONG)
}

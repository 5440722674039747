//! Admitting an attempt, or asking for work, or refusing it for a moment.

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::errors::{Problem, Result};
use proto_identity::reasons;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Admission, Counter, Throttles, Visitor,
    rules::{self, Action, Refused, Scope, Who},
    store, too_many, work,
};
use crate::credentials::hasher::Lane;

impl Throttles {
    /// Admits an attempt at an address in a transaction of its own; it must stand while the attempt is carried out.
    pub(crate) async fn admit(
        &self,
        visitor: &Visitor,
        action: Action,
        address_hash: &[u8; 32],
    ) -> Result<Admission> {
        let mut tx = self.db.begin().await?;
        let admission = self
            .admit_within(&mut tx, visitor, action, address_hash)
            .await?;
        tx.commit().await?;
        Ok(admission)
    }

    /// The same in the transaction of the caller, who commits also if the attempt fails.
    pub(crate) async fn admit_within(
        &self,
        conn: &mut PgConnection,
        visitor: &Visitor,
        action: Action,
        address_hash: &[u8; 32],
    ) -> Result<Admission> {
        let now = visitor.now;
        let origin = visitor.origin();
        let address = URL_SAFE_NO_PAD.encode(address_hash);
        let device = visitor.known_device(conn, address_hash).await?;
        let device_name = device.map(|device| device.to_string());
        let who = Who {
            address: &address,
            origin: &origin,
            device: device_name.as_deref(),
        };
        let known = match device {
            Some(_) => {
                let state = store::read(conn, &self.counter(Scope::Device, who).key).await?;
                rules::is_trusted(state, now)
            }
            None => false,
        };
        let counters: Vec<_> = rules::scopes(action, known)
            .iter()
            .map(|scope| self.counter(*scope, who))
            .collect();
        let scope = work::scope(&self.keys, action_name(action), address_hash, &origin);
        let worked = self.worked(conn, visitor, scope).await?;
        if let Err(refused) = store::admit(conn, &counters, worked, now).await? {
            return Err(self.refusal(refused, scope, now)?);
        }
        Ok(Admission {
            counters,
            device_id: device.filter(|_| known),
            lane: if known {
                Lane::known(who.device.unwrap_or_default().as_bytes())
            } else {
                Lane::stranger(origin.as_bytes())
            },
        })
    }

    /// Counts what an account attempts on itself, in a transaction of its own.
    pub(crate) async fn admit_own(
        &self,
        what: &str,
        id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Admission> {
        let name = format!("{what}\0{id}");
        let counters = vec![Counter::new(&self.keys, rules::OWN, &name)];
        let mut tx = self.db.begin().await?;
        match store::admit(&mut tx, &counters, false, now).await? {
            Ok(()) => tx.commit().await?,
            Err(Refused::Wait(wait)) => return Err(too_many(wait)),
            Err(Refused::Work(_)) => return Err(Problem::of(&reasons::TOO_MANY_REQUESTS)),
        }
        Ok(Admission {
            counters,
            device_id: None,
            lane: Lane::known(id.as_bytes()),
        })
    }

    /// Takes an attempt back from the counters, in a transaction of its own: it succeeded, or was never carried out.
    pub(crate) async fn forgive(&self, admission: &Admission, now: OffsetDateTime) -> Result<()> {
        let mut tx = self.db.begin().await?;
        store::forgive(&mut tx, &admission.counters, now).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the visitor brings a proof of work for this that has not served yet. It has then.
    ///
    /// It is used up also where none is needed any more, so that they cannot be collected.
    pub(crate) async fn worked(
        &self,
        conn: &mut PgConnection,
        visitor: &Visitor,
        scope: [u8; 16],
    ) -> Result<bool> {
        let solved = visitor
            .work
            .as_deref()
            .and_then(|text| work::check(&self.keys, text, scope, visitor.now));
        match solved {
            Some(solved) => Ok(store::spend(conn, &solved).await?),
            None => Ok(false),
        }
    }

    /// What the visitor is told.
    pub(crate) fn refusal(
        &self,
        refused: Refused,
        scope: [u8; 16],
        now: OffsetDateTime,
    ) -> Result<Problem> {
        let bits = match refused {
            Refused::Wait(wait) => return Ok(too_many(wait)),
            Refused::Work(bits) => bits,
        };
        let mut nonce = [0; 16];
        rand::fill(&mut nonce)
            .map_err(|_| Problem::internal(anyhow::anyhow!("the system gives no random bytes")))?;
        let challenge = work::challenge(&self.keys, bits, scope, nonce, now);
        Ok(Problem::of(&reasons::PROOF_OF_WORK_REQUIRED)
            .with("challenge", challenge)
            .with("difficulty", bits))
    }

    fn counter(&self, scope: Scope, who: Who<'_>) -> Counter {
        Counter::new(&self.keys, scope.policy(), &scope.key(who))
    }
}

fn action_name(action: Action) -> &'static str {
    match action {
        Action::Password => "password",
        Action::Code => "code",
    }
}

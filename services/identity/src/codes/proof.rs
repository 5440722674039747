//! Trying a code: the first step counts wrong tries and stands by itself; the second uses the code up within the transaction of what
//! it proves. Between the two there may be slow work (hashing a password) that a wrong code does not cause.

use kit::{crypto::Keys, db::Db, errors::Problem};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    CodeError, Purpose,
    rules::{self, Verdict},
    store,
};
use crate::{
    credentials::{address_hash, addresses::Address, hasher::Lane},
    sealing::CODE_ADDRESS,
    throttles::{self, Throttles, Visitor, rules::Action},
};

/// Tries codes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Proofs {
    /// Where codes are.
    pub db: Db,
    /// Codes and addresses are kept as keyed hashes.
    pub keys: Keys,
    /// Slows down those who guess.
    pub throttles: Throttles,
}

/// A code that was right when it was tried.
#[derive(Debug)]
pub struct Proof {
    code_id: Uuid,
    /// The address it was sent to, which belongs to the caller.
    pub address: Address,
    /// Look-up hash of the address.
    pub address_hash: [u8; 32],
    /// The code has served already. Good only for a request that is repeated.
    pub spent: bool,
}

impl Proofs {
    /// Tries a code. `address`: the one the visitor claims, where the request says so. Wrong tries count for the code and for the visitor.
    pub(crate) async fn check(
        &self,
        visitor: &Visitor,
        purpose: Purpose,
        code_id: Uuid,
        digits: &str,
        address: Option<&Address>,
    ) -> Result<Proof, Problem> {
        let now = visitor.now;
        let mut tx = self.db.begin().await?;
        let sent_to: Option<[u8; 32]> = store::address_of(&mut tx, code_id)
            .await?
            .and_then(|hash| hash.try_into().ok());
        let admission = self
            .throttles
            .admit_within(&mut tx, visitor, Action::Code, &sent_to.unwrap_or_default())
            .await?;
        let Some(stored) = store::lock(&mut tx, code_id).await? else {
            tx.commit().await?;
            return Err(CodeError::Wrong { attempts_left: 0 }.into());
        };
        let hash = store::code_hash(&self.keys, code_id, purpose, &stored.address_hash, digits);
        // The purpose is part of the hash. Both sides are keyed hashes, so an early end of the comparison tells nothing.
        let matches = hash.as_slice() == stored.code_hash
            && address.is_none_or(|claimed| {
                address_hash(&self.keys, claimed).as_slice() == stored.address_hash
            });
        let origin_hash = self
            .keys
            .keyed_hash("identity.code.origin", visitor.origin().as_bytes());
        let here = stored.origin_hash.as_deref() == Some(origin_hash.as_slice())
            || (stored.device_id.is_some() && stored.device_id == admission.device_id);
        let spent = match rules::judge(stored.state, matches, here, now) {
            Verdict::Right => false,
            Verdict::Spent => true,
            Verdict::Void => {
                tx.commit().await?;
                return Err(CodeError::Wrong { attempts_left: 0 }.into());
            }
            Verdict::Wrong(attempts_left) => {
                store::count_attempt(&mut tx, code_id, here).await?;
                tx.commit().await?;
                return Err(CodeError::Wrong { attempts_left }.into());
            }
        };
        throttles::store::forgive(&mut tx, &admission.counters, now).await?;
        tx.commit().await?;
        let text = CODE_ADDRESS.open(&self.keys, code_id, &stored.address_sealed)?;
        let address = Address::parse(&text).map_err(Problem::internal)?;
        Ok(Proof {
            code_id,
            address_hash: address_hash(&self.keys, &address),
            address,
            spent,
        })
    }
}

impl Proof {
    /// Where a password of the proved owner of the address waits to be hashed.
    pub fn lane(&self) -> Lane {
        Lane::known(&self.address_hash)
    }

    /// Uses the code up. Of two at the same time, one gets through.
    pub async fn consume(
        &self,
        conn: &mut PgConnection,
        now: OffsetDateTime,
    ) -> Result<(), Problem> {
        if store::consume(conn, self.code_id, now).await? {
            Ok(())
        } else {
            Err(CodeError::Wrong { attempts_left: 0 }.into())
        }
    }
}

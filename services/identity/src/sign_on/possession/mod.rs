//! Proofs of possession (RFC 9449): a client shows that it has the key that its tokens are bound to, so that a copied token is of no use.

pub mod rules;

use kit::errors::Result;
use signing::{ForeignKeys, Jws};
use time::OffsetDateTime;

use self::rules::{Proof, Request};
use super::{OAuthError, rpc::SignOn, spent};

/// The thumbprint of the key of a proof, or what the client is told.
type Possessed = std::result::Result<String, OAuthError>;

impl SignOn {
    /// The key that this proof shows, for the first time, for this request. Called outside of transactions.
    pub(super) async fn possessed(
        &self,
        proof: &str,
        request: &Request<'_>,
        now: OffsetDateTime,
    ) -> Result<Possessed> {
        let refused = |words| Ok(Err(OAuthError::new("invalid_dpop_proof", words)));
        let Some(jws) = Jws::read(proof) else {
            return refused("the DPoP proof is no JWT signed by RS256, PS256, ES256 or EdDSA");
        };
        if jws.typ().as_deref() != Some("dpop+jwt") {
            return refused("the DPoP proof must be of typ dpop+jwt");
        }
        let Some(key) = jws.own_key() else {
            return refused("the DPoP proof must bring its public key in jwk");
        };
        let jkt = key.thumbprint();
        let Ok(claims) = ForeignKeys::one(key).verify::<Proof>(&jws) else {
            return refused("the DPoP proof is not signed by its key, or lacks a claim");
        };
        let until = match rules::check(&claims, request, now) {
            Ok(until) => until,
            Err(words) => return refused(words),
        };
        let token = spent::hash(&["dpop", &jkt, &claims.jti]);
        let mut conn = self.db.read().await?;
        match spent::store::spend(&mut conn, &token, until).await? {
            true => Ok(Ok(jkt)),
            false => refused("the DPoP proof was used before"),
        }
    }

    /// The address of an endpoint, as proofs for it name it.
    pub(super) fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }
}

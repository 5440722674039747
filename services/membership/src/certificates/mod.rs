//! Certificates of membership (会员证明): what `crates/papers` needs to know of a membership.

mod rpc;
mod rules;
mod source;
mod store;

use std::sync::Arc;

use kit::{clock::Clock, crypto::Keys, db::Db, errors::Problem};
use papers::{Papers, Renderer};
use proto_membership::reasons;

pub use rpc::MembershipCertificates;

use source::Certified;

/// The membership is suspended or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the membership is not in force")]
pub(crate) struct NotInForce;

impl From<NotInForce> for Problem {
    fn from(_: NotInForce) -> Self {
        Problem::of(&reasons::CERTIFICATE_NOT_IN_FORCE)
    }
}

/// The certificates of a database. `public_url` is the address of the platform.
pub(crate) async fn papers(
    of: (&Db, &Keys, &Clock),
    renderer: Renderer,
    public_url: &str,
) -> anyhow::Result<Papers> {
    let source = Certified { keys: of.1.clone() };
    Papers::load(of, Arc::new(source), renderer, public_url).await
}

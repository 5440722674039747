//! Certificates of membership (会员证明): what `crates/papers` needs to know of a membership.

mod rpc;
mod rules;
mod source;
mod store;

use kit::errors::Problem;
use proto_membership::reasons;

pub use rpc::MembershipCertificates;
pub(crate) use source::papers;

/// The membership is suspended or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the membership is not in force")]
pub(crate) struct NotInForce;

impl From<NotInForce> for Problem {
    fn from(_: NotInForce) -> Self {
        Problem::of(&reasons::CERTIFICATE_NOT_IN_FORCE)
    }
}

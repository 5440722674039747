//! What a client is for.

use database::stored_enum;
use kit::errors::Problem;
use proto_identity::v1::client;

stored_enum! {
    /// What a client is for.
    pub enum Kind: client::Kind {
        /// A system that acts for the organisation itself.
        Machine = "machine",
        /// A site that signs people in and keeps a secret.
        Web = "web",
        /// An app that signs people in and can keep none.
        PublicApp = "public_app",
    }
}

/// The kind on the wire, which the caller has to give.
pub fn given(number: i32) -> Result<Kind, Problem> {
    Kind::from_wire(number).ok_or_else(|| {
        Problem::invalid(
            "kind",
            (
                "Missing; say what kind of client it is.",
                "请选择应用类型。",
            ),
        )
    })
}

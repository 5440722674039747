//! What a client is for.

use kit::errors::Problem;
use proto_identity::v1::client;

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A system that acts for the organisation itself.
    Machine,
    /// A site that signs people in and keeps a secret.
    Web,
    /// An app that signs people in and can keep none.
    PublicApp,
}

impl Kind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Web => "web",
            Self::PublicApp => "public_app",
        }
    }

    /// From how it is stored. The table allows no other value.
    pub fn parse(text: &str) -> Self {
        match text {
            "machine" => Self::Machine,
            "web" => Self::Web,
            _ => Self::PublicApp,
        }
    }

    /// On the wire.
    pub fn wire(self) -> client::Kind {
        match self {
            Self::Machine => client::Kind::Machine,
            Self::Web => client::Kind::Web,
            Self::PublicApp => client::Kind::PublicApp,
        }
    }
}

impl TryFrom<client::Kind> for Kind {
    type Error = Problem;

    fn try_from(kind: client::Kind) -> Result<Self, Problem> {
        match kind {
            client::Kind::Machine => Ok(Self::Machine),
            client::Kind::Web => Ok(Self::Web),
            client::Kind::PublicApp => Ok(Self::PublicApp),
            client::Kind::Unspecified => Err(Problem::invalid(
                "kind",
                (
                    "Missing; say what kind of client it is.",
                    "请选择应用类型。",
                ),
            )),
        }
    }
}

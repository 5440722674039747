//! The five services.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A service of the platform, and the name of its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Natural persons and how they prove who they are.
    Identity,
    /// Organisations and who belongs to them.
    Membership,
    /// Activities, registrations, check-in.
    Events,
    /// Indicators for the leadership.
    Cockpit,
    /// The only public door.
    Gateway,
}

impl Service {
    /// Every service, in the order in which they start. They stop in the opposite order.
    pub const ALL: [Self; 5] = [
        Self::Identity,
        Self::Membership,
        Self::Events,
        Self::Cockpit,
        Self::Gateway,
    ];

    /// The name of the program, of the Cargo package and in every message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Membership => "membership",
            Self::Events => "events",
            Self::Cockpit => "cockpit",
            Self::Gateway => "gateway",
        }
    }

    /// Whether it follows the events of another one: everybody those of identity and membership, the cockpit all.
    pub const fn hears(self, source: Self) -> bool {
        match (self, source) {
            (Self::Gateway, _) | (_, Self::Gateway | Self::Cockpit) => false,
            (Self::Identity, Self::Identity) | (Self::Membership, Self::Membership) => false,
            (_, Self::Events) => matches!(self, Self::Cockpit),
            (_, Self::Identity | Self::Membership) => true,
        }
    }

    /// Whether it owns a database. The gateway keeps nothing that another replica would need.
    pub const fn has_database(self) -> bool {
        !matches!(self, Self::Gateway)
    }

    /// The name of its database.
    pub fn database(self) -> String {
        format!("cast_{}", self.name())
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

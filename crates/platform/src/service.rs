//! The five services.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A service of the platform, and the name of its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Natural persons and their authentication.
    Identity,
    /// Organisations and their members.
    Membership,
    /// Activities, registrations, check-in.
    Events,
    /// Indicators for the leadership.
    Cockpit,
    /// The only public entry.
    Gateway,
}

impl Service {
    /// Every service, in start order. They stop in reverse order.
    pub const ALL: [Self; 5] = [
        Self::Identity,
        Self::Membership,
        Self::Events,
        Self::Cockpit,
        Self::Gateway,
    ];

    /// The name of the program, of the Cargo package and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Membership => "membership",
            Self::Events => "events",
            Self::Cockpit => "cockpit",
            Self::Gateway => "gateway",
        }
    }

    /// Whether it consumes the events of another one: every service those of identity and membership, the cockpit all.
    pub const fn hears(self, source: Self) -> bool {
        match (self, source) {
            (Self::Gateway, _) | (_, Self::Gateway | Self::Cockpit) => false,
            (Self::Identity, Self::Identity) | (Self::Membership, Self::Membership) => false,
            (_, Self::Events) => matches!(self, Self::Cockpit),
            (_, Self::Identity | Self::Membership) => true,
        }
    }

    /// Whether it owns a database. The gateway has no shared state.
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

//! Identity: natural persons and how they prove who they are.
//!
//! | module | |
//! |---|---|
//! | [`credentials`] | what people sign in with: addresses and passwords |
//! | [`accounts`] | signing up, another password, the way back |
//! | [`codes`] | one-time codes |
//! | [`deliveries`] | messages on their way to people |
//! | [`throttles`] | slowing down those who guess, without keeping others out |
//! | [`devices`] | browsers that have signed in before |
//! | [`sessions`] | what the cookie of a browser stands for |
//! | [`session_tokens`] | the last access token of each session |
//! | [`queues`] | waiting for one's turn without a connection |
//! | [`persons`] | the registry: one person, one number, one account |
//! | [`resident_id`] | resident identity numbers, and the authority that knows whose they are |
//! | [`verification`] | proving one's real name |
//! | [`guardians`] | who answers for a child |
//! | [`grants`] | who acts for which organisation |
//! | [`clients`], [`sign_on`] | OAuth clients; what stands behind the OpenID Connect endpoints |
//! | [`memberships`] | what sites of an organisation may be told of its members |
//! | [`logouts`] | telling sites that a session has ended |
//! | [`keys`] | what tokens are signed with |
//! | [`notices`] | what people are told: the inbox, and by which way they want to be told |
//! | [`audit`] | the viewer of the audit trail |
//! | [`appoint`] | the first administrator |
//! | [`seed`] | demo accounts |
//!
//! What must hold: no address, name or document number leaves its column unsealed; no answer tells whether another person has an account;
//! no call to another system happens inside a transaction; nothing that changes or discloses personal data goes without an audit record.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod accounts;
pub mod appoint;
pub mod audit;
pub mod clients;
pub mod codes;
mod contract;
pub mod credentials;
pub mod deliveries;
pub mod devices;
pub mod grants;
pub mod guardians;
pub mod keys;
pub mod logouts;
pub mod memberships;
pub mod notices;
pub mod outbound;
mod parts;
pub mod persons;
pub mod queues;
pub mod resident_id;
mod sealing;
pub mod secrets;
pub mod seed;
mod service;
pub mod session_tokens;
pub mod sessions;
pub mod settings;
pub mod sign_on;
mod sweep;
pub mod throttles;
pub mod verification;

pub use kit::lifecycle::install_crypto;
pub use parts::Parts;
pub use service::Service;
pub use sweep::{demands as sweep_demands, tell_of_expired};

//! Authentication and authorisation of callers.
//!
//! ```text
//! request ── layer ──  token and internal token verified (tokens, internal)
//!              │       method's access option looked up (policy), coarse decision (permits)
//!              └─ Caller in the request's extensions ── rpc: caller.require(conn, permission, organisation)
//! ```
//!
//! * [`roles`]: the list of roles and permissions.
//! * [`policy`]: the access rule of each method, checked when the service starts.
//! * [`on`]: the organisation that the permission has to reach; [`subject`]: staff never act on their own affairs.
//! * [`layer`]: the tower layer around every method.
//! * [`tokens`], [`internal`]: credentials of people, clients and services.
//! * [`store`], [`copies`]: the local tables of grants and organisations, and the events that feed them.

pub mod caller;
pub mod copies;
pub mod field;
pub mod internal;
pub mod layer;
pub mod on;
pub mod origin;
pub mod policy;
pub mod reach;
pub mod roles;
pub mod store;
pub mod subject;
pub mod subject_check;
pub mod tokens;

pub use caller::{Caller, ClientCaller, PersonCaller};
pub use copies::Copies;
pub use field::FieldPath;
pub use internal::{Internal, WithInternal};
pub use layer::{Access, permits};
pub use on::On;
pub use origin::Origin;
pub use policy::{Method, Policy, PolicyError, Rule};
pub use reach::Reach;
pub use store::{
    Held, Organisation, organisation, organisations, put_grant, put_organisation, remove_grant,
};
pub use subject::Subject;
pub use subject_check::SubjectCheck;
pub use tokens::{Claims, KeySource, TokenError, Verifier};

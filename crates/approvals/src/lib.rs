//! Approval routes: what an organisation designs as steps, and what walks them.
//!
//! ```text
//! draft ──second person──▶ route version ◀──keeps── case ──entries──▶ state = fold(route, entries)
//!                                                    ▲
//!                      caller, or in whose place ────┘ rights read in the transaction of the decision
//! ```
//!
//! * A service names its [`Kind`] of routes, names [`MIGRATOR`] among its schemas, forwards its methods to [`Desk`] and moves a
//!   [`Case`] in the transaction of what it decides, with that locked.
//! * A route is data, in numbered versions that never change, published by a person who has not worked on it; one that lacks people is
//!   not published. A case keeps the version with which it began.
//! * A step is decided by those who hold a permission on the organisation or the one above it, or by named people; always by those alone
//!   who hold the permission to review as well. A stand-in takes the place of another for some days, as long as that other could decide.
//! * What is handed in again takes the version that is published by then.
//! * Those who hand in never decide; where four eyes are asked, those who decided an earlier step do not let a later one pass; in a step
//!   a person has one vote, in whatever place.
//!
//! | module | |
//! |---|---|
//! | [`route`], [`check`] | the data, and whether it can be used |
//! | [`rules`], [`words`] | how a case walks |
//! | [`person`], [`people`] | who may decide |
//! | [`cases`], [`wire`], [`notices`] | a case, as it is stored, shown and told |
//! | [`reminders`] | what waits too long |
//! | [`desk`] | the methods of routes and stand-ins |
//! | [`store`] | the tables |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod cases;
pub mod check;
pub mod desk;
pub mod notices;
pub mod people;
pub mod person;
pub mod reminders;
pub mod route;
pub mod rules;
pub mod store;
pub mod wire;
pub mod words;

pub use cases::{By, Case};
pub use desk::Desk;
pub use people::{Deciding, Everyone, Kind};
pub use route::{Place, Quorum, Route, Step, Title, Who};
pub use rules::{Allowed, Refusal};
pub use wire::{Shown, without_route};
pub use words::{Decision, Standing};

/// Creates or updates the schema `approvals` in the database of a service.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

//! The tables of the schema `approvals`.

pub mod cases;
pub mod delegations;
pub mod people;
pub mod routes;

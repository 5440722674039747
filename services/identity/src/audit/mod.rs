//! The audit trail of identity, for the audit administrator. The records are written by the chassis (`kit::audit`), each in the
//! transaction of what it records.

pub mod rpc;
pub mod store;

pub use rpc::Audit;

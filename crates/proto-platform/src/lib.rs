//! Of the contract what no single service owns: the reasons that every service gives, permissions and roles; and the
//! transport of generated clients.

pub mod reasons;
pub mod roles;
mod transport;

pub use transport::Transport;

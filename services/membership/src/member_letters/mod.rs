//! Letters of an organisation to its members. How they are written and sent is the crate `letters`.

mod rpc;
mod source;
mod store;

pub use rpc::MemberLetters;
pub use source::letters;

//! Resident identity numbers (居民身份证号码, GB 11643): what they look like, the age they tell, and the authority that knows whose they are.

pub mod age;
pub mod description;
pub mod rules;
pub mod verifier;

pub use description::Description;
pub use rules::ResidentId;

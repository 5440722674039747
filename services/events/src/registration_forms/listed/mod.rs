//! What the list of registrations is filtered by: the answers that may be listed and are not sensitive, as rows beside the sealed ones. They
//! are written where answers are kept: by the admission, and when they change.

pub mod store;

pub use store::ListedAnswers;

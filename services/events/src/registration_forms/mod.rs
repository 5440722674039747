//! What an activity asks those who register, and what they answer.
//!
//! * [`rpc`]: the service.
//! * [`submitting`]: answers are evaluated before the admission, so that a rush waits for no form; the admission only compares the version.
//! * `evaluating`: answers beside the form, for a person and a day.
//! * `changing`: a registrant changes them while registration is open.
//! * [`kept`]: the forms that are answered now, ready to be evaluated.
//! * [`listed`]: the answers by which the list of registrations is filtered.
//! * [`store`]: answers, beside their registrations.
//!
//! How forms are drafted and published is the crate `form-versions`. A form is published apart from its activity, by a person who has not
//! worked on it, so that a second person has seen exactly what is asked; an activity is not published while a draft of its form waits.
//! Registrants keep the version that they answered.

mod changing;
mod evaluating;
mod kept;
pub mod listed;
pub mod rpc;
mod shown;
pub mod store;
pub mod submitting;

use files::uploads::Uploads;
use kit::{crypto::Keys, db::Db, sealed::SealedColumn};

pub use evaluating::Seat;
pub use kept::Forms;

/// Serves `cast.events.v1.RegistrationForms`.
#[derive(Clone, Debug)]
pub struct RegistrationForms {
    /// The database.
    pub db: Db,
    /// Opens answers.
    pub keys: Keys,
    /// What registrants attached.
    pub files: Uploads,
}

/// What a registrant answered, as JSON, bound to the registration.
pub const ANSWERS: SealedColumn = SealedColumn::new("events.registration-answers");

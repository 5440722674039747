//! The service `RegistrationFiles`: what registrants attach to their answers is uploaded and read here.

pub mod rpc;

use files::uploads::Uploads;
use kit::db::Db;

/// Serves `cast.events.v1.RegistrationFiles`.
#[derive(Clone, Debug)]
pub struct RegistrationFiles {
    /// The database.
    pub db: Db,
    /// What is uploaded.
    pub uploads: Uploads,
}

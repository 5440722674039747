//! The service `ApplicationFiles`: what applicants attach to their answers is uploaded and read here. Which files belong to an application is
//! said by its answers ([`applications::files`](crate::applications)).

mod rpc;

use files::uploads::Uploads;
use kit::db::Db;

/// The service.
#[derive(Clone, Debug)]
pub struct ApplicationFiles {
    pub(crate) db: Db,
    pub(crate) uploads: Uploads,
}

//! The methods `GetOverview` and `WatchOverview`.

use std::pin::Pin;

use futures::{Stream, StreamExt as _};
use kit::{access::Caller, errors::Result};
use proto::cast::cockpit::v1 as wire;
use tonic::Status;

use super::{screens::Screens, store, wire::overview};
use crate::{Cockpit, reading::reach};

/// What `WatchOverview` sends.
pub type Overviews = Pin<Box<dyn Stream<Item = Result<wire::Overview, Status>> + Send>>;

/// The overview of the caller's scope. Seven round trips to the database: the caller's reach, and the overview itself.
pub async fn get_overview(cockpit: &Cockpit, caller: &Caller) -> Result<wire::Overview> {
    let mut conn = cockpit.db.read().await?;
    let scope = reach(&mut conn, caller).await?;
    let numbers = store::read(&mut conn, &scope, cockpit.clock.now()).await?;
    Ok(overview(&numbers, &scope, &cockpit.heads))
}

/// The overview of the caller's scope as it changes: at once, then whenever it is another.
pub async fn watch_overview(
    cockpit: &Cockpit,
    screens: &Screens,
    caller: &Caller,
) -> Result<Overviews> {
    let scope = {
        let mut conn = cockpit.db.read().await?;
        reach(&mut conn, caller).await?
    };
    let stream = screens.watch(caller, scope);
    Ok(stream.map(|overview| Ok((*overview?).clone())).boxed())
}

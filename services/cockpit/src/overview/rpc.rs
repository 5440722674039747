//! The methods `GetOverview` and `WatchOverview`.

use futures::StreamExt as _;
use kit::{Call, call::Answers, errors::Result};
use proto_cockpit::v1 as wire;

use super::{store, streams::Streams, wire::overview};
use crate::{Cockpit, reading::reach};

/// The overview of the caller's scope. Seven round trips to the database: the caller's reach, and the overview itself.
pub async fn get_overview(
    cockpit: &Cockpit,
    call: Call<wire::GetOverviewRequest>,
) -> Result<wire::Overview> {
    let mut conn = cockpit.db.read().await?;
    let scope = reach(&mut conn, &call).await?;
    let numbers = store::read(&mut conn, &scope, call.now).await?;
    Ok(overview(&numbers, &scope, &cockpit.heads))
}

/// Streams the overview of the caller's scope: at once, then whenever it changes.
pub async fn watch_overview(
    cockpit: &Cockpit,
    streams: &Streams,
    call: Call<wire::WatchOverviewRequest>,
) -> Result<Answers<wire::Overview>> {
    let scope = {
        let mut conn = cockpit.db.read().await?;
        reach(&mut conn, &call).await?
    };
    let stream = streams.watch(&call.caller, scope);
    Ok(stream.map(|overview| Ok((*overview?).clone())).boxed())
}

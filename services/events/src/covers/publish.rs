//! Publishes a cover: makes its sizes, and shows them.

use files::{
    pictures::{Published, State, again, keep},
    uploads,
};
use kit::{
    Call,
    call::Write,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_events::{reasons, v1 as wire};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Cover, Covers, SIDES, refused, shown::seen, store};
use crate::{
    activities::{self, ActivityError, State as ActivityState, rpc::require_for_activity},
    content_routes,
};

/// Sizes are made and written outside of a transaction, so everything is checked before and again after. Two who publish at once: the
/// second one finds it published.
pub(super) async fn publish(
    covers: &Covers,
    call: Call<wire::PublishCoverRequest>,
) -> Result<wire::Cover> {
    let publisher = call.caller.person()?.person_id;
    let activity_id = parse_id("activity_id", &call.message.activity_id)?;
    let cover_id = parse_id("cover_id", &call.message.cover_id)?;

    let mut tx = call.begin(&covers.db).await?;
    require_for_activity(&call, &mut tx, activity_id).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let (_, cover) = publishable(&mut tx, activity_id, cover_id, publisher).await?;
    let file = uploads::claimed(&mut tx, cover.upload_id).await?;
    let file = file.ok_or_else(not_found)?;
    drop(tx);

    let made = covers.uploads.sizes(&file, &SIDES).await?;
    let folder = format!("covers/{cover_id}");
    let pictures = keep((&covers.db, &covers.store), &folder, &made, call.now).await?;

    let mut tx = call.begin(&covers.db).await?;
    require_for_activity(&call, &mut tx, activity_id).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let (activity, mut cover) = publishable(&mut tx, activity_id, cover_id, publisher).await?;
    for picture in &pictures {
        if !uploads::refer(&mut tx, &picture.object).await? {
            return Err(again());
        }
        store::add_picture(&mut tx, cover_id, picture).await?;
    }
    if let Some(earlier) = store::published(&mut tx, activity_id).await? {
        take_away(&mut tx, &earlier, State::Replaced, call.now).await?;
    }
    let (state, now) = (State::Published, call.now);
    store::decide(&mut tx, cover_id, state, Some(publisher), now).await?;
    let shown = Published::of(&pictures, &cover.alt_zh, &cover.alt_en);
    store::show(&mut tx, activity_id, Some(&shown)).await?;
    let title = &activity.content.title;
    let told = content_routes::changed(&mut tx, activity_id, title, publisher).await?;
    tx.notify(told.as_slice(), now).await?;
    tx.audit(&format!("activity:{activity_id}")).await?;
    (cover.state, cover.decided_at) = (state, Some(now));
    tx.commit(seen(cover, publisher)).await
}

/// A cover that this person may publish. The activity is locked.
async fn publishable(
    tx: &mut Write,
    activity_id: Uuid,
    cover_id: Uuid,
    publisher: Uuid,
) -> Result<(activities::Activity, Cover)> {
    let activity = changeable(tx, activity_id).await?;
    let cover = store::get(tx, activity_id, cover_id).await?;
    let cover = cover.ok_or_else(not_found)?;
    cover
        .state
        .publish(cover.proposed_by, publisher)
        .map_err(refused)?;
    Ok((activity, cover))
}

/// Locks an activity that still gets a cover: one under review keeps what is reviewed. Its registrations go on.
pub(super) async fn changeable(tx: &mut Write, activity_id: Uuid) -> Result<activities::Activity> {
    let activity = activities::store::lock_content(tx, activity_id).await?;
    let activity = activity.ok_or(ActivityError::NotFound)?;
    if activity.state == ActivityState::Cancelled {
        return Err(ActivityError::Cancelled.into());
    }
    content_routes::not_in_review(tx, activity_id).await?;
    Ok(activity)
}

/// Takes a cover away, with its files.
pub(super) async fn take_away(
    tx: &mut PgConnection,
    cover: &Cover,
    state: State,
    now: OffsetDateTime,
) -> Result<()> {
    store::decide(&mut *tx, cover.cover_id, state, None, now).await?;
    for object in store::remove_pictures(&mut *tx, cover.cover_id).await? {
        uploads::unreferenced(&mut *tx, &object, now).await?;
    }
    uploads::release(tx, &[cover.upload_id], now).await?;
    Ok(())
}

pub(super) fn not_found() -> Problem {
    Problem::of(&reasons::NOT_FOUND)
}

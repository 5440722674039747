//! Publishes a logo: makes its sizes, and shows them.

use files::{
    pictures::{again, keep},
    uploads,
};
use kit::{
    Call,
    call::Write,
    errors::{Problem, Result},
    wire::parse_id,
};
use proto_membership::{reasons, v1 as wire};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Logo, Logos, Published, SIDES, State, refused, shown::seen, store};

/// Pictures are made and written outside of a transaction, so everything is checked before and again after. Two who publish at
/// once: the second one finds it published. Dies in between: what was written is not referred to, and is deleted.
pub(super) async fn publish(
    logos: &Logos,
    call: Call<wire::PublishLogoRequest>,
) -> Result<wire::Logo> {
    let publisher = call.caller.person()?.person_id;
    let organisation_id = parse_id("organisation_id", &call.message.organisation_id)?;
    let logo_id = parse_id("logo_id", &call.message.logo_id)?;

    let mut tx = call.begin(&logos.db).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let logo = locked(&mut tx, organisation_id, logo_id).await?;
    logo.state
        .publish(logo.proposed_by, publisher)
        .map_err(refused)?;
    let file = uploads::claimed(&mut tx, logo.upload_id).await?;
    let file = file.ok_or_else(|| Problem::of(&reasons::NOT_FOUND))?;
    drop(tx);

    let made = logos.uploads.sizes(&file, &SIDES).await?;
    let folder = format!("logos/{logo_id}");
    let pictures = keep((&logos.db, &logos.store), &folder, &made, call.now).await?;

    let mut tx = call.begin(&logos.db).await?;
    if let Some(answer) = tx.replayed().await? {
        return Ok(answer);
    }
    let mut logo = locked(&mut tx, organisation_id, logo_id).await?;
    logo.state
        .publish(logo.proposed_by, publisher)
        .map_err(refused)?;
    for picture in &pictures {
        if !uploads::refer(&mut tx, &picture.object).await? {
            return Err(again());
        }
        store::add_picture(&mut tx, logo_id, picture).await?;
    }
    if let Some(earlier) = store::published(&mut tx, organisation_id).await? {
        take_away(&mut tx, &earlier, State::Replaced, call.now).await?;
    }
    store::decide(
        &mut tx,
        logo_id,
        State::Published,
        Some(publisher),
        call.now,
    )
    .await?;
    let shown = Published::of(&pictures, &logo.alt_zh, &logo.alt_en);
    store::show(&mut tx, organisation_id, Some(&shown), call.now).await?;
    tx.audit(&format!("organisation:{organisation_id}")).await?;
    logo.state = State::Published;
    logo.decided_at = Some(call.now);
    tx.commit(seen(logo, publisher)).await
}

/// Takes a logo away, with its files.
pub(super) async fn take_away(
    tx: &mut PgConnection,
    logo: &Logo,
    state: State,
    now: OffsetDateTime,
) -> Result<()> {
    store::decide(&mut *tx, logo.logo_id, state, None, now).await?;
    for object in store::remove_pictures(&mut *tx, logo.logo_id).await? {
        uploads::unreferenced(&mut *tx, &object, now).await?;
    }
    uploads::release(tx, &[logo.upload_id], now).await?;
    Ok(())
}

/// A logo of this organisation, whose logos are locked until the transaction ends.
pub(super) async fn locked(tx: &mut Write, organisation_id: Uuid, logo_id: Uuid) -> Result<Logo> {
    let not_found = || Problem::of(&reasons::NOT_FOUND);
    store::lock(tx, organisation_id)
        .await?
        .ok_or_else(not_found)?;
    let logo = store::get(tx, organisation_id, logo_id).await?;
    logo.ok_or_else(not_found)
}

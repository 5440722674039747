//! The tables `activity_covers` and `cover_pictures`, and the copy in `activities`.

use files::pictures::{Error, NewPicture, Published, State};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Cover;

/// A new proposal; the activity is locked. Refused if there is one already.
pub(super) async fn propose(
    conn: &mut PgConnection,
    cover: &Cover,
) -> Result<Result<(), Error>, sqlx::Error> {
    let done = sqlx::query!(
        "insert into activity_covers (cover_id, activity_id, upload_id, state, alt_zh, alt_en, proposed_by, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (activity_id) where state = 'PROPOSED' do nothing",
        cover.cover_id,
        cover.activity_id,
        cover.upload_id,
        cover.state.as_str(),
        cover.alt_zh,
        cover.alt_en,
        cover.proposed_by,
        cover.proposed_at
    )
    .execute(conn)
    .await?;
    Ok(match done.rows_affected() {
        0 => Err(Error::Proposed),
        _ => Ok(()),
    })
}

/// One cover of an activity.
pub(super) async fn get(
    conn: &mut PgConnection,
    activity_id: Uuid,
    cover_id: Uuid,
) -> Result<Option<Cover>, sqlx::Error> {
    sqlx::query_as!(
        Cover,
        r#"select cover_id, activity_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from activity_covers where cover_id = $1 and activity_id = $2"#,
        cover_id,
        activity_id
    )
    .fetch_optional(conn)
    .await
}

/// The covers of an activity, newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    activity_id: Uuid,
    limit: i64,
) -> Result<Vec<Cover>, sqlx::Error> {
    sqlx::query_as!(
        Cover,
        r#"select cover_id, activity_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from activity_covers where activity_id = $1 order by cover_id desc limit $2"#,
        activity_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The published cover of an activity.
pub(super) async fn published(
    conn: &mut PgConnection,
    activity_id: Uuid,
) -> Result<Option<Cover>, sqlx::Error> {
    sqlx::query_as!(
        Cover,
        r#"select cover_id, activity_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from activity_covers where activity_id = $1 and state = 'PUBLISHED'"#,
        activity_id
    )
    .fetch_optional(conn)
    .await
}

/// Moves a cover on. `published_by`: of one that is published now.
pub(super) async fn decide(
    conn: &mut PgConnection,
    cover_id: Uuid,
    state: State,
    published_by: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activity_covers set state = $2, published_by = coalesce($3, published_by), decided_at = $4 where cover_id = $1",
        cover_id,
        state.as_str(),
        published_by,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A size of a cover that is published.
pub(super) async fn add_picture(
    conn: &mut PgConnection,
    cover_id: Uuid,
    picture: &NewPicture,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into cover_pictures (object, cover_id, picture_hash, content_type, width, height)
         values ($1, $2, $3, $4, $5, $6)",
        picture.object,
        cover_id,
        picture.picture_hash,
        picture.content_type,
        picture.width,
        picture.height
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the sizes of a cover. Returns their objects.
pub(super) async fn remove_pictures(
    conn: &mut PgConnection,
    cover_id: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from cover_pictures where cover_id = $1 returning object",
        cover_id
    )
    .fetch_all(conn)
    .await
}

/// What an activity carries of its cover; `None` takes it away.
pub(super) async fn show(
    conn: &mut PgConnection,
    activity_id: Uuid,
    cover: Option<&Published>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update activities set cover = $2, version = version + 1 where activity_id = $1",
        activity_id,
        cover.map(Json) as Option<Json<&Published>>
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Object and type of a published picture.
pub(super) async fn picture(
    conn: &mut PgConnection,
    hash: &str,
) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select object, content_type from cover_pictures where picture_hash = $1 limit 1",
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.object, row.content_type)))
}

//! The tables `organisation_logos` and `logo_pictures`, and the copy in `organisations`.

use files::pictures::{Error, NewPicture};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Logo, Published, State};

/// A new proposal; the organisation must be locked. Refused if there is one already.
pub(super) async fn propose(
    conn: &mut PgConnection,
    logo: &Logo,
) -> Result<Result<(), Error>, sqlx::Error> {
    let done = sqlx::query!(
        "insert into organisation_logos (logo_id, organisation_id, upload_id, state, alt_zh, alt_en, proposed_by, proposed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (organisation_id) where state = 'PROPOSED' do nothing",
        logo.logo_id,
        logo.organisation_id,
        logo.upload_id,
        logo.state.as_str(),
        logo.alt_zh,
        logo.alt_en,
        logo.proposed_by,
        logo.proposed_at
    )
    .execute(conn)
    .await?;
    Ok(match done.rows_affected() {
        0 => Err(Error::Proposed),
        _ => Ok(()),
    })
}

/// One logo of an organisation.
pub(super) async fn get(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    logo_id: Uuid,
) -> Result<Option<Logo>, sqlx::Error> {
    sqlx::query_as!(
        Logo,
        r#"select logo_id, organisation_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from organisation_logos where logo_id = $1 and organisation_id = $2"#,
        logo_id,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// Keeps the logos of an organisation from being changed by others until the transaction ends. Returns what it is
/// called; `None`: no such organisation.
pub(super) async fn lock(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select name from organisations where organisation_id = $1 for no key update",
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// The logos of an organisation, newest first.
pub(super) async fn list(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    limit: i64,
) -> Result<Vec<Logo>, sqlx::Error> {
    sqlx::query_as!(
        Logo,
        r#"select logo_id, organisation_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from organisation_logos where organisation_id = $1 order by logo_id desc limit $2"#,
        organisation_id,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The published logo of an organisation.
pub(super) async fn published(
    conn: &mut PgConnection,
    organisation_id: Uuid,
) -> Result<Option<Logo>, sqlx::Error> {
    sqlx::query_as!(
        Logo,
        r#"select logo_id, organisation_id, upload_id, state as "state: State", alt_zh, alt_en, proposed_by, proposed_at, decided_at
           from organisation_logos where organisation_id = $1 and state = 'PUBLISHED'"#,
        organisation_id
    )
    .fetch_optional(conn)
    .await
}

/// Moves a logo on. `published_by`: of one that is published now.
pub(super) async fn decide(
    conn: &mut PgConnection,
    logo_id: Uuid,
    state: State,
    published_by: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisation_logos set state = $2, published_by = coalesce($3, published_by), decided_at = $4 where logo_id = $1",
        logo_id,
        state.as_str(),
        published_by,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn add_picture(
    conn: &mut PgConnection,
    logo_id: Uuid,
    picture: &NewPicture,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into logo_pictures (object, logo_id, picture_hash, content_type, width, height) values ($1, $2, $3, $4, $5, $6)",
        picture.object,
        logo_id,
        picture.picture_hash,
        picture.content_type,
        picture.width,
        picture.height
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the pictures of a logo, and returns their objects.
pub(super) async fn remove_pictures(
    conn: &mut PgConnection,
    logo_id: Uuid,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from logo_pictures where logo_id = $1 returning object",
        logo_id
    )
    .fetch_all(conn)
    .await
}

/// What organisations carry of their logo; `None` takes it away.
pub(super) async fn show(
    conn: &mut PgConnection,
    organisation_id: Uuid,
    logo: Option<&Published>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisations set logo = $2, changed_at = $3, version = version + 1 where organisation_id = $1",
        organisation_id,
        logo.map(Json) as Option<Json<&Published>>,
        now
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
        "select object, content_type from logo_pictures where picture_hash = $1 limit 1",
        hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.object, row.content_type)))
}

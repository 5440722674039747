//! Where drafts and versions are stored.

use async_trait::async_trait;
use forms::definition::Binding;
use kit::access::PersonCaller;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A published version.
#[derive(Clone, Debug)]
pub struct Version {
    /// 1, 2, 3 …
    pub number: i32,
    /// JSON of the crate `forms`, which was checked.
    pub definition: String,
    /// When it was published.
    pub published_at: OffsetDateTime,
}

/// A draft, or what is left of one.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `None`: there is no draft.
    pub definition: Option<String>,
    /// Who worked on it.
    pub editors: Vec<Uuid>,
    /// Their public numbers, in the same order.
    pub editor_numbers: Vec<String>,
    /// Of the etag. It goes on when the draft is gone, so that an etag never stands for two drafts.
    pub version: i64,
    /// When it was last saved, or went.
    pub changed_at: OffsetDateTime,
}

/// A form as its staff see it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The draft, or what is left of one.
    pub draft: Option<Draft>,
    /// The version that is published now.
    pub current: Option<Version>,
}

/// The tables of drafts and versions. `form_id` is the id of what a form belongs to.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// What the service knows of those who answer, so that a field can be filled in with it.
    fn bindings(&self) -> &'static [Binding] {
        &[Binding::PersonName, Binding::PersonNumber]
    }

    /// The latest version.
    async fn current(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Option<Version>, sqlx::Error>;

    /// One version.
    async fn version(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        number: i32,
    ) -> Result<Option<Version>, sqlx::Error>;

    /// All versions.
    async fn versions(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Vec<Version>, sqlx::Error>;

    /// The draft.
    async fn draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
    ) -> Result<Option<Draft>, sqlx::Error>;

    /// The draft, locked; its row is made if there is none, so that two who begin at once wait for each other.
    async fn lock_draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        now: OffsetDateTime,
    ) -> Result<Draft, sqlx::Error>;

    /// Writes a draft that is locked, or that there is none any more.
    async fn write_draft(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        draft: &Draft,
    ) -> Result<(), sqlx::Error>;

    /// Adds a version, with the draft locked.
    async fn publish(
        &self,
        conn: &mut PgConnection,
        form_id: Uuid,
        version: &Version,
        editors: &[Uuid],
        publisher: &PersonCaller,
    ) -> Result<(), sqlx::Error>;
}

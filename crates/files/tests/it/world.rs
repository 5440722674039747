//! A database, a folder, and people who upload.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use files::{
    Scanner, Store,
    uploads::{Kind, NewUpload, PART_BYTES, Purpose, Upload, Uploads},
};
use kit::{
    clock::Clock,
    crypto::Keys,
    db::Db,
    errors::{Problem, Result},
};
use sqlx::PgPool;
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::objects::Folder;

pub const NOW: OffsetDateTime = datetime!(2026-05-01 00:30 +8);

pub static LOGO: Purpose = Purpose {
    name: "logo",
    max_bytes: 5 << 20,
    kinds: &[Kind::Png, Kind::Jpeg],
};

pub struct World {
    pub database: testkit::Database,
    pub db: Db,
    pub folder: Folder,
    pub clock: Clock,
    pub uploads: Uploads,
    /// A person and what they upload for.
    pub of: (Uuid, Uuid),
}

pub fn keys() -> Keys {
    Keys::parse(&format!("1:{}", STANDARD.encode([1; 32]))).unwrap()
}

impl World {
    pub async fn new() -> Self {
        Self::scanned(None).await
    }

    pub async fn scanned(scanner: Option<Scanner>) -> Self {
        let database = testkit::database("files", async |pool: &PgPool| {
            files::MIGRATOR.run(pool).await
        })
        .await;
        let db = Db::new(database.pool.clone(), eventlog::Nudge::new());
        let folder = Folder::new();
        let uploads = Uploads::new(&db, &folder.store, &keys(), scanner, &LOGO);
        Self {
            database,
            db,
            folder,
            clock: Clock::fixed(NOW),
            uploads,
            of: (Uuid::now_v7(), Uuid::now_v7()),
        }
    }

    pub fn store(&self) -> &Store {
        &self.folder.store
    }

    pub async fn create(&self, name: &str, size: i64) -> Result<Upload> {
        self.create_as(self.of, name, size, "").await
    }

    pub async fn create_as(
        &self,
        of: (Uuid, Uuid),
        name: &str,
        size: i64,
        declared_type: &str,
    ) -> Result<Upload> {
        let mut tx = self.db.begin().await?;
        let new = NewUpload {
            name,
            size,
            declared_type,
        };
        let upload = self
            .uploads
            .create(&mut tx, of, &new, self.clock.now())
            .await?;
        tx.commit().await?;
        Ok(upload)
    }

    pub async fn put(&self, upload_id: Uuid, number: i32, content: Bytes) -> Result<Upload> {
        self.uploads
            .put_part(self.of, (upload_id, number), content, self.clock.now())
            .await
    }

    /// Every part of a file.
    pub async fn put_all(&self, upload_id: Uuid, content: &Bytes) -> Result<()> {
        for (at, part) in parts(content).into_iter().enumerate() {
            self.put(upload_id, i32::try_from(at + 1).unwrap(), part)
                .await?;
        }
        Ok(())
    }

    pub async fn complete(&self, upload_id: Uuid) -> Result<Upload> {
        self.uploads
            .complete(self.of, upload_id, None, self.clock.now())
            .await
    }

    /// A complete upload.
    pub async fn uploaded(&self, content: &Bytes) -> Uuid {
        let upload = self.create("a.png", content.len() as i64).await.unwrap();
        self.put_all(upload.upload_id, content).await.unwrap();
        self.complete(upload.upload_id).await.unwrap();
        upload.upload_id
    }

    /// Claims it in a transaction of its own.
    pub async fn claim(
        &self,
        (owner, scope): (Uuid, Uuid),
        upload_id: Uuid,
    ) -> std::result::Result<(), files::uploads::Error> {
        let mut tx = self.db.begin().await.unwrap();
        let now = self.clock.now();
        let claimed = files::uploads::claim(&mut tx, upload_id, owner, &LOGO, scope, now)
            .await
            .unwrap();
        claimed?;
        tx.commit().await.unwrap();
        Ok(())
    }

    pub async fn sweep(&self) {
        files::uploads::sweep(&self.db, self.store(), &self.clock)
            .await
            .unwrap();
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from files.{table}"));
        sqlx::query_scalar(query)
            .fetch_one(&self.database.pool)
            .await
            .unwrap()
    }
}

pub fn parts(content: &Bytes) -> Vec<Bytes> {
    let size = usize::try_from(PART_BYTES).unwrap();
    let starts = (0..content.len()).step_by(size);
    starts
        .map(|at| content.slice(at..content.len().min(at + size)))
        .collect()
}

/// A picture of about this many bytes: noise does not compress.
pub fn picture(side: u32) -> Bytes {
    let mut state = 7_u32;
    let pixels = image::RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = state.to_be_bytes();
        image::Rgb([a, b, c])
    });
    let mut content = std::io::Cursor::new(Vec::new());
    pixels
        .write_to(&mut content, image::ImageFormat::Png)
        .unwrap();
    content.into_inner().into()
}

/// The reason of a refusal.
pub fn code<T: std::fmt::Debug>(outcome: Result<T>) -> &'static str {
    outcome.unwrap_err().reason().code
}

/// The reason and the field of a refusal; both languages say something.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> (&'static str, String) {
    let problem: Problem = outcome.unwrap_err();
    let (field, words) = problem.violations().first().unwrap();
    assert!(!words.en.is_empty() && words.chinese() != words.en);
    (problem.reason().code, field.clone())
}

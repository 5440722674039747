//! Rows for `COPY … FROM STDIN (FORMAT binary)`, for bulk loads of millions of rows.

use sqlx::{
    PgConnection,
    postgres::{PgConnection as Connection, PgCopyIn},
};
use time::{Date, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// Chunk size in bytes, approximately.
const PIECE: usize = 1 << 20;
/// Epoch of PostgreSQL's dates and timestamps.
const EPOCH: OffsetDateTime = datetime!(2000-01-01 0:00 UTC);

/// A COPY in progress. Dropped without [`finish`](Self::finish), it fails and the transaction with it.
pub struct Copy<'c> {
    sink: PgCopyIn<&'c mut Connection>,
    buffer: Vec<u8>,
    columns: i16,
}

/// A row: set its columns in the order of the statement, each once.
#[derive(Debug)]
pub struct Row<'b>(&'b mut Vec<u8>);

impl<'c> Copy<'c> {
    /// Starts a COPY into these columns of a table, e.g. `persons`, `["person_id", "person_number"]`.
    pub async fn begin(
        conn: &'c mut PgConnection,
        table: &'static str,
        columns: &[&'static str],
    ) -> Result<Self, sqlx::Error> {
        let statement = format!(
            "copy {table} ({}) from stdin (format binary)",
            columns.join(", ")
        );
        let sink = conn.copy_in_raw(&statement).await?;
        let mut buffer = Vec::with_capacity(PIECE + PIECE / 8);
        // Signature, flags, length of the header's extension.
        buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        buffer.extend_from_slice(&[0; 8]);
        Ok(Self {
            sink,
            buffer,
            // No table has more than 1,600 columns.
            columns: columns.len() as i16,
        })
    }

    /// The next row.
    pub async fn row(&mut self) -> Result<Row<'_>, sqlx::Error> {
        if self.buffer.len() >= PIECE {
            self.sink.send(self.buffer.as_slice()).await?;
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(&self.columns.to_be_bytes());
        Ok(Row(&mut self.buffer))
    }

    /// Sends the rest; returns how many rows were copied.
    pub async fn finish(mut self) -> Result<u64, sqlx::Error> {
        self.buffer.extend_from_slice(&(-1i16).to_be_bytes());
        self.sink.send(self.buffer.as_slice()).await?;
        self.sink.finish().await
    }
}

impl std::fmt::Debug for Copy<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Copy").finish_non_exhaustive()
    }
}

impl Row<'_> {
    /// `bytea`.
    pub fn bytes(self, value: &[u8]) -> Self {
        // PostgreSQL takes no field beyond 1 GiB.
        self.0
            .extend_from_slice(&(value.len() as i32).to_be_bytes());
        self.0.extend_from_slice(value);
        self
    }

    /// `text`.
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// `text[]`.
    pub fn texts<T: AsRef<str>>(self, values: &[T]) -> Self {
        /// OID of `text`.
        const TEXT: i32 = 25;
        let mut array = Vec::new();
        // Dimensions, whether there are nulls, type, then length and first index of the one dimension.
        for number in [1, 0, TEXT, values.len() as i32, 1] {
            array.extend_from_slice(&number.to_be_bytes());
        }
        for value in values {
            array.extend_from_slice(&(value.as_ref().len() as i32).to_be_bytes());
            array.extend_from_slice(value.as_ref().as_bytes());
        }
        self.bytes(&array)
    }

    /// `uuid`.
    pub fn id(self, value: Uuid) -> Self {
        self.bytes(value.as_bytes())
    }

    /// `boolean`.
    pub fn flag(self, value: bool) -> Self {
        self.bytes(&[u8::from(value)])
    }

    /// `smallint`.
    pub fn small(self, value: i16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// `integer`.
    pub fn int(self, value: i32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// `bigint`.
    pub fn big(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// `timestamptz`.
    pub fn time(self, value: OffsetDateTime) -> Self {
        let micros = (value - EPOCH).whole_microseconds();
        // Years up to 9999 fit.
        self.bytes(&(micros as i64).to_be_bytes())
    }

    /// `date`.
    pub fn date(self, value: Date) -> Self {
        let days = value.to_julian_day() - EPOCH.date().to_julian_day();
        self.bytes(&days.to_be_bytes())
    }

    /// NULL of any type.
    pub fn null(self) -> Self {
        self.0.extend_from_slice(&(-1i32).to_be_bytes());
        self
    }

    /// NULL, or the value written by `put`.
    pub fn or_null<T>(self, value: Option<T>, put: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => put(self, value),
            None => self.null(),
        }
    }
}

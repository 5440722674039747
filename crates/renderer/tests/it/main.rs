//! Papers and clean copies as other programs read them: poppler, qpdf; and which characters papers can have.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod characters;
mod clean;
mod limits;
mod papers;
mod world;

//! Papers as other programs read them: poppler, qpdf; and which characters they can have.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod characters;
mod limits;
mod papers;
mod world;

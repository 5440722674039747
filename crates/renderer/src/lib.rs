//! Documents: certificates as PDF/A-2a, made of a template and facts, the same order giving the same bytes; and clean copies of documents
//! that people upload.
//!
//! ```text
//! order (JSON) ──▶ template: words with the facts in them ──▶ layout: what stands where ──▶ pdf: bytes
//!                                                     ▲
//!                            fonts: which glyph, how wide; none is an error, never an empty box
//! ```
//!
//! The library is pure but for [`fonts`], which reads font files. The program `renderer` answers orders of its standard input on its
//! standard output ([`frames`]), with limits on memory ([`limits`]); services start it and do not link it.
//!
//! | module | |
//! |---|---|
//! | [`order`] | what is asked for, and the answer |
//! | [`template`] | words of each template and version |
//! | [`edition`] | font files with licence, version, SHA-256 |
//! | [`fonts`] | glyphs and widths |
//! | [`lines`] | Chinese and English line breaking |
//! | [`layout`] | the page |
//! | [`pdf`] | the document |
//! | [`clean`] | clean copies |
//! | [`frames`], [`limits`] | the program |

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests choose"))]

pub mod clean;
pub mod edition;
mod error;
pub mod fonts;
pub mod frames;
pub mod layout;
pub mod limits;
pub mod lines;
pub mod order;
pub mod pdf;
pub mod template;

pub use error::Error;

use fonts::Fonts;
use order::{Made, Order};
use template::Template;

/// Makes the paper, or only checks that it can be made if the order says so: then there are no bytes.
pub fn render(order: &Order, fonts: &Fonts) -> Result<Made, Error> {
    let template = Template::of(&order.template, order.version)?;
    if template.fonts != fonts.edition().name {
        return Err(Error::TemplateUnknown);
    }
    let words = template.fill(order)?;
    let page = layout::page(&words, fonts)?;
    if order.check_only {
        return Ok(Made::default());
    }
    pdf::write(&page, order, fonts).map(|pdf| Made { pdf })
}

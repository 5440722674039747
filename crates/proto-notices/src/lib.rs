//! The package `cast.notices.v1` of the contract. How services ask identity to tell people something, and what may be told: the
//! [`templates`] of `templates.toml`.

mod template;

use std::collections::BTreeMap;

pub use template::{Category, Template, Words, fill};

include!(concat!(env!("OUT_DIR"), "/package.rs"));

/// A template with a value for each of its parameters. Made from the structs in [`templates`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What is told.
    pub template: &'static Template,
    /// The values, by parameter.
    pub params: BTreeMap<String, String>,
}

/// The template with this name.
pub fn template(name: &str) -> Option<&'static Template> {
    let at = templates::ALL.binary_search_by(|template| template.name.cmp(name));
    at.ok().map(|at| templates::ALL[at])
}

//! Editions of the fonts: which files, under which licence, with which SHA-256.

use serde::Deserialize;

/// An edition: data in `fonts/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// As templates name it: that of its file.
    #[serde(skip)]
    pub name: &'static str,
    /// Names of fonts in the order in which a character is looked for.
    pub regular: Vec<String>,
    /// The same for emphasised text.
    pub bold: Vec<String>,
    /// The files.
    #[serde(rename = "font")]
    pub fonts: Vec<FontFile>,
}

/// A font file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FontFile {
    /// As this edition names it.
    pub name: String,
    /// As the font names itself.
    pub family: String,
    /// Below the folder of fonts.
    pub file: String,
    /// In a collection; otherwise 0.
    pub index: u32,
    /// The Debian package it is from.
    pub package: String,
    /// The version of the package.
    pub version: String,
    /// SPDX.
    pub licence: String,
    /// In hexadecimal digits.
    pub sha256: String,
}

const NAME: &str = "debian-12";
const DATA: &str = include_str!("../fonts/debian-12.toml");

impl Edition {
    /// The edition that the templates of this version use.
    pub fn present() -> Result<Self, toml::de::Error> {
        let mut edition: Self = toml::from_str(DATA)?;
        edition.name = NAME;
        Ok(edition)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_font_of_a_chain_is_described_with_its_licence() {
        let edition = Edition::present().unwrap();
        for name in edition.regular.iter().chain(&edition.bold) {
            let font = edition.fonts.iter().find(|font| font.name == *name);
            let font = font.unwrap();
            assert_eq!(font.sha256.len(), 64, "{name}");
            assert!(!font.licence.is_empty() && !font.version.is_empty());
        }
    }
}

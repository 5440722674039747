//! Glyphs and widths. Fonts are read when a character first needs them, and refused if they are not the recorded files.

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
    sync::Arc,
};

use krilla::text::{Font, GlyphId};
use skrifa::{
    FontRef, MetadataProvider as _,
    charmap::MappingIndex,
    instance::{LocationRef, Size},
    string::StringId,
};

use crate::{
    edition::{Edition, FontFile},
    error::Error,
};

/// The weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Of running text.
    Regular,
    /// Of titles and names.
    Bold,
}

/// A glyph for a character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// The font, by its place in the edition.
    pub font: usize,
    /// In the font.
    pub id: GlyphId,
    /// In ems.
    pub advance: f32,
}

/// The fonts of an edition.
pub struct Fonts {
    edition: Edition,
    folder: PathBuf,
    faces: Vec<OnceCell<Face>>,
}

/// Whether every font may show something else for it.
fn is_private(character: char) -> bool {
    matches!(u32::from(character), 0xE000..=0xF8FF | 0xF0000..)
}

struct Face {
    data: Arc<Vec<u8>>,
    index: u32,
    mapping: MappingIndex,
    units_per_em: f32,
    font: Font,
}

impl Fonts {
    /// The fonts below this folder.
    pub fn new(edition: Edition, folder: &Path) -> Self {
        Self {
            faces: edition.fonts.iter().map(|_| OnceCell::new()).collect(),
            edition,
            folder: folder.to_owned(),
        }
    }

    /// Which ones they are.
    pub fn edition(&self) -> &Edition {
        &self.edition
    }

    /// Reads every font, for a start that fails if one is missing.
    pub fn read_all(&self) -> Result<(), Error> {
        (0..self.faces.len()).try_for_each(|at| self.face(at).map(drop))
    }

    /// The glyph for a character; `None` if no font has one.
    pub fn glyph(&self, character: char, weight: Weight) -> Result<Option<Glyph>, Error> {
        if is_private(character) {
            return Ok(None);
        }
        let chain = match weight {
            Weight::Regular => &self.edition.regular,
            Weight::Bold => &self.edition.bold,
        };
        for name in chain {
            let at = self
                .edition
                .fonts
                .iter()
                .position(|font| font.name == *name);
            let Some(at) = at else { continue };
            let face = self.face(at)?;
            if let Some((id, advance)) = face.glyph(character) {
                return Ok(Some(Glyph {
                    font: at,
                    id: GlyphId::new(id),
                    advance,
                }));
            }
        }
        Ok(None)
    }

    /// Glyphs for a text, or which characters have none.
    pub fn glyphs(&self, text: &str, weight: Weight) -> Result<Vec<Glyph>, Error> {
        let (mut glyphs, mut missing) = (Vec::new(), Vec::new());
        for character in text.chars() {
            match self.glyph(character, weight)? {
                Some(glyph) => glyphs.push(glyph),
                None if missing.contains(&character) => {}
                None => missing.push(character),
            }
        }
        if missing.is_empty() {
            return Ok(glyphs);
        }
        Err(Error::MissingGlyphs(missing))
    }

    /// The font, to embed it.
    pub(crate) fn font(&self, at: usize) -> Result<Font, Error> {
        Ok(self.face(at)?.font.clone())
    }

    fn face(&self, at: usize) -> Result<&Face, Error> {
        let cell = &self.faces[at];
        if let Some(face) = cell.get() {
            return Ok(face);
        }
        let face = Face::read(&self.edition.fonts[at], &self.folder)?;
        Ok(cell.get_or_init(|| face))
    }
}

impl Face {
    fn read(file: &FontFile, folder: &Path) -> Result<Self, Error> {
        let wrong = |why| Error::Font {
            name: file.name.clone(),
            why,
        };
        let data = std::fs::read(folder.join(&file.file))
            .map_err(|_| wrong("the file is missing; install the package of its edition"))?;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &data);
        if hex::encode(digest) != file.sha256 {
            return Err(wrong("the file is another version than the edition's"));
        }
        let data = Arc::new(data);
        let font =
            FontRef::from_index(&data, file.index).map_err(|_| wrong("no such font in it"))?;
        let families = font.localized_strings(StringId::FAMILY_NAME);
        if !families
            .map(|name| name.to_string())
            .any(|name| name == file.family)
        {
            return Err(wrong("another font stands at its place"));
        }
        let mapping = MappingIndex::new(&font);
        let units_per_em = f32::from(
            font.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em,
        );
        let embedded = Font::new(Arc::clone(&data).into(), file.index);
        Ok(Self {
            index: file.index,
            mapping,
            units_per_em,
            font: embedded.ok_or_else(|| wrong("it cannot be embedded"))?,
            data: Arc::clone(&data),
        })
    }

    fn glyph(&self, character: char) -> Option<(u32, f32)> {
        let font = FontRef::from_index(&self.data, self.index).ok()?;
        let id = self.mapping.charmap(&font).map(character)?;
        if id.to_u32() == 0 {
            return None;
        }
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let advance = metrics.advance_width(id)? / self.units_per_em;
        Some((id.to_u32(), advance))
    }
}

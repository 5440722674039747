//! The page: A4, upright. Everything is measured in points from the upper left corner.

use crate::{
    error::Error,
    fonts::{Fonts, Weight},
    lines::{Line, break_lines},
    template::Words,
};

/// Width of the page.
pub const WIDTH: f32 = 595.276;
/// Height of the page.
pub const HEIGHT: f32 = 841.89;
/// Where text begins and, from the right, ends.
const MARGIN: f32 = 88.0;
/// Width of text.
const MEASURE: f32 = WIDTH - 2.0 * MARGIN;
/// The code: its square, without a margin of its own.
pub const CODE: Square = Square {
    x: MARGIN,
    y: 588.0,
    size: 104.0,
};
/// Sizes of text become smaller by this step until it fits.
const SMALLER: f32 = 0.94;
/// The smallest size, as a part of the intended one.
const SMALLEST: f32 = 0.5;

/// A square.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Left.
    pub x: f32,
    /// Top.
    pub y: f32,
    /// Side.
    pub size: f32,
}

/// The language of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Chinese in simplified characters.
    Zh,
    /// English.
    En,
}

/// What a block of text is for those who do not see the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The title.
    Heading,
    /// Anything else.
    Paragraph,
}

/// The colour of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Of running text.
    Black,
    /// Of titles and the border.
    Blue,
    /// Of small print.
    Grey,
}

/// Lines that belong together.
#[derive(Clone, Debug)]
pub struct Block {
    /// What they are.
    pub role: Role,
    /// Their language.
    pub language: Language,
    /// Their weight.
    pub weight: Weight,
    /// Their colour.
    pub ink: Ink,
    /// Height of an em.
    pub size: f32,
    /// Blank behind each character, in ems.
    pub tracking: f32,
    /// The lines.
    pub lines: Vec<Placed>,
}

/// A line in its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Where it begins.
    pub x: f32,
    /// Its base line.
    pub y: f32,
    /// Its text.
    pub text: String,
}

/// The page.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it is, for the properties of the document.
    pub title: String,
    /// Text in the order in which it is read.
    pub blocks: Vec<Block>,
    /// Lines of ornament: from, to.
    pub rules: Vec<((f32, f32), (f32, f32))>,
}

/// How a text is set.
#[derive(Clone, Copy)]
struct Style {
    role: Role,
    language: Language,
    weight: Weight,
    ink: Ink,
    size: f32,
    tracking: f32,
}

const BODY: Style = Style {
    role: Role::Paragraph,
    language: Language::Zh,
    weight: Weight::Regular,
    ink: Ink::Black,
    size: 14.5,
    tracking: 0.0,
};

/// Where a line stands.
#[derive(Clone, Copy)]
enum At {
    Left(f32),
    Centre(f32),
    Right(f32),
}

/// Lays the words out.
pub fn page(words: &Words, fonts: &Fonts) -> Result<Page, Error> {
    all_there(words, fonts)?;
    let set = Setting { fonts };
    let (middle, right) = (WIDTH / 2.0, WIDTH - MARGIN);
    let english = Style {
        language: Language::En,
        size: 10.5,
        ..BODY
    };
    let small = Style {
        ink: Ink::Grey,
        size: 8.0,
        ..BODY
    };
    let bold = Style {
        weight: Weight::Bold,
        ..BODY
    };
    let mut blocks = Vec::new();
    let issuer = Style {
        ink: Ink::Blue,
        size: 17.0,
        tracking: 0.08,
        ..bold
    };
    blocks.push(set.line(&words.issuer, issuer, At::Centre(middle), 132.0, MEASURE)?);
    let title = Style {
        role: Role::Heading,
        ink: Ink::Blue,
        size: 38.0,
        tracking: 0.3,
        ..bold
    };
    blocks.push(set.line(&words.title.zh, title, At::Centre(middle), 198.0, MEASURE)?);
    let title_en = Style {
        ink: Ink::Blue,
        size: 13.0,
        tracking: 0.06,
        ..english
    };
    blocks.push(set.line(
        &words.title.en,
        title_en,
        At::Centre(middle),
        226.0,
        MEASURE,
    )?);
    let holder = Style {
        size: 28.0,
        tracking: 0.12,
        ..bold
    };
    let holder = set.line(
        &words.holder,
        holder,
        At::Centre(middle),
        312.0,
        MEASURE - 40.0,
    )?;
    let under = underline(&holder, &set)?;
    blocks.push(holder);
    let (zh, bottom) = set.paragraph(&words.body.zh, BODY, 2.0, (364.0, 478.0), 1.85)?;
    blocks.push(zh);
    let (en, _) = set.paragraph(&words.body.en, english, 0.0, (bottom + 16.0, 566.0), 1.5)?;
    blocks.push(en);
    // Beside the code: the number, issuer and day.
    let beside = right - (CODE.x + CODE.size + 24.0);
    let label = format!("{}　{}", words.number_label.zh, words.number);
    let number = Style { size: 11.0, ..BODY };
    blocks.push(set.line(&label, number, At::Right(right), CODE.y + 12.0, beside)?);
    let label_en = format!("{} {}", words.number_label.en, words.number);
    let number_en = Style {
        ink: Ink::Grey,
        size: 8.0,
        ..english
    };
    blocks.push(set.line(
        &label_en,
        number_en,
        At::Right(right),
        CODE.y + 26.0,
        beside,
    )?);
    let signed = Style { size: 14.0, ..bold };
    blocks.push(set.line(
        &words.issuer,
        signed,
        At::Right(right),
        CODE.y + 72.0,
        beside,
    )?);
    let day = Style { size: 12.0, ..BODY };
    blocks.push(set.line(
        &words.issued_on.zh,
        day,
        At::Right(right),
        CODE.y + 92.0,
        beside,
    )?);
    let day_en = Style {
        ink: Ink::Grey,
        size: 9.0,
        ..english
    };
    blocks.push(set.line(
        &words.issued_on.en,
        day_en,
        At::Right(right),
        CODE.y + 106.0,
        beside,
    )?);
    let scan = format!("{}　{}", words.scan.zh, words.scan.en);
    blocks.push(set.line(
        &scan,
        small,
        At::Left(CODE.x),
        CODE.y + CODE.size + 16.0,
        MEASURE,
    )?);
    let note_en = Style {
        language: Language::En,
        size: 7.5,
        ..small
    };
    blocks.push(set.line(&words.note.zh, small, At::Centre(middle), 752.0, MEASURE)?);
    blocks.push(set.line(&words.note.en, note_en, At::Centre(middle), 766.0, MEASURE)?);
    let title_rule = ((middle - 70.0, 246.0), (middle + 70.0, 246.0));
    let foot_rule = ((MARGIN, 730.0), (right, 730.0));
    Ok(Page {
        title: format!("{} {}", words.title.zh, words.title.en),
        blocks,
        rules: vec![title_rule, under, foot_rule],
    })
}

/// All characters that no font has, of all texts at once: a person who corrects them is told once.
fn all_there(words: &Words, fonts: &Fonts) -> Result<(), Error> {
    let bold = [&words.issuer, &words.title.zh, &words.holder].map(String::as_str);
    let regular = [
        &words.title.en,
        &words.body.zh,
        &words.body.en,
        &words.number_label.zh,
        &words.number_label.en,
        &words.number,
        &words.scan.zh,
        &words.scan.en,
        &words.note.zh,
        &words.note.en,
        &words.issued_on.zh,
        &words.issued_on.en,
    ]
    .map(String::as_str);
    fonts.glyphs(&bold.concat(), Weight::Bold)?;
    fonts.glyphs(&regular.concat(), Weight::Regular)?;
    Ok(())
}

/// From the left and from the top, in points.
type Point = (f32, f32);

/// A line under the name, a little longer than it.
fn underline(holder: &Block, set: &Setting<'_>) -> Result<(Point, Point), Error> {
    let width = match holder.lines.first() {
        Some(line) => set.width(&line.text, holder.weight, holder.tracking)? * holder.size,
        None => 0.0,
    };
    let half = (width / 2.0 + 28.0).clamp(110.0, MEASURE / 2.0);
    Ok(((WIDTH / 2.0 - half, 326.0), (WIDTH / 2.0 + half, 326.0)))
}

struct Setting<'a> {
    fonts: &'a Fonts,
}

impl Setting<'_> {
    /// Width in ems.
    fn width(&self, text: &str, weight: Weight, tracking: f32) -> Result<f32, Error> {
        let glyphs = self.fonts.glyphs(text, weight)?;
        let advances: f32 = glyphs.iter().map(|glyph| glyph.advance + tracking).sum();
        // No blank behind the last one.
        Ok((advances - tracking).max(0.0))
    }

    /// One line, smaller if it is too long.
    fn line(&self, text: &str, style: Style, at: At, y: f32, limit: f32) -> Result<Block, Error> {
        let ems = self.width(text, style.weight, style.tracking)?;
        let mut size = style.size;
        while ems * size > limit {
            size *= SMALLER;
            if size < style.size * SMALLEST {
                return Err(Error::TooLong);
            }
        }
        let width = ems * size;
        let x = match at {
            At::Left(x) => x,
            At::Centre(x) => x - width / 2.0,
            At::Right(x) => x - width,
        };
        let text = text.to_owned();
        Ok(block(style, size, vec![Placed { x, y, text }]))
    }

    /// Lines between two heights, smaller if they are too many. Returns where they end.
    fn paragraph(
        &self,
        text: &str,
        style: Style,
        indent: f32,
        (top, bottom): (f32, f32),
        leading: f32,
    ) -> Result<(Block, f32), Error> {
        // Every character has a glyph by now.
        let mut advance = |character: char| {
            let glyph = self.fonts.glyph(character, style.weight).ok().flatten();
            glyph.map_or(1.0, |glyph| glyph.advance)
        };
        let mut size = style.size;
        let lines: Vec<Line> = loop {
            let lines = break_lines(text, MEASURE / size, indent, &mut advance);
            if top + lines.len() as f32 * size * leading <= bottom {
                break lines;
            }
            size *= SMALLER;
            if size < style.size * SMALLEST {
                return Err(Error::TooLong);
            }
        };
        let height = size * leading;
        let placed = lines.into_iter().enumerate().map(|(nth, line)| Placed {
            x: if nth == 0 {
                MARGIN + indent * size
            } else {
                MARGIN
            },
            y: top + size + nth as f32 * height,
            text: line.text,
        });
        let placed: Vec<Placed> = placed.collect();
        let end = top + placed.len() as f32 * height;
        Ok((block(style, size, placed), end))
    }
}

fn block(style: Style, size: f32, lines: Vec<Placed>) -> Block {
    Block {
        role: style.role,
        language: style.language,
        weight: style.weight,
        ink: style.ink,
        size,
        tracking: style.tracking,
        lines,
    }
}

//! The document: PDF/A-2a, with its structure for those who have it read to them.

use std::num::NonZeroU16;

use krilla::{
    Document, SerializeSettings,
    color::rgb,
    configure::{Archival, ConfigurationBuilder},
    error::KrillaError,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag, SpanTag, Tag, TagGroup, TagTree},
    text::KrillaGlyph,
};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    error::Error,
    fonts::Fonts,
    layout::{self, Block, CODE, HEIGHT, Ink, Language, Page, Placed, Role, WIDTH},
    order::Order,
};

/// Red, green, blue.
type Colour = (u8, u8, u8);

const BLACK: Colour = (24, 24, 28);
const BLUE: Colour = (27, 54, 93);
const GOLD: Colour = (176, 141, 87);
const GREY: Colour = (96, 101, 110);

/// The bytes of the page.
pub fn write(page: &Page, order: &Order, fonts: &Fonts) -> Result<Vec<u8>, Error> {
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .finish();
    let configuration = configuration.map_err(|_| Error::Document("configuration".into()))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..Default::default()
    });
    let mut tree = TagTree::new().with_lang(Some("zh-CN".into()));
    let settings = PageSettings::from_wh(WIDTH, HEIGHT);
    let settings = settings.ok_or_else(|| Error::Document("size".into()))?;
    let mut sheet = document.start_page_with(settings);
    let mut surface = sheet.surface();
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
        ArtifactType::Layout,
    )));
    ornament(&mut surface, page);
    surface.end_tagged();
    for block in &page.blocks {
        tree.push(text(&mut surface, block, fonts)?);
    }
    let identifier = surface.start_tagged(ContentTag::Other);
    code(&mut surface, &order.link)?;
    surface.end_tagged();
    let alternative = "二维码：核验页面的链接。QR code: the link to the verification page.";
    let mut figure = TagGroup::new(Tag::Figure(Some(alternative.to_owned())));
    figure.push(identifier);
    tree.push(figure);
    surface.finish();
    sheet.finish();
    document.set_tag_tree(tree);
    document.set_metadata(metadata(page, order));
    document.finish().map_err(|error| {
        // A validation error can quote the text.
        Error::Document(match error {
            KrillaError::Validation(errors) => format!("{} rules of PDF/A broken", errors.len()),
            KrillaError::Font(..) => "a font cannot be embedded".to_owned(),
            _ => "it cannot be written".to_owned(),
        })
    })
}

fn metadata(page: &Page, order: &Order) -> Metadata {
    let (year, month, day) = order.issued_on;
    let day = DateTime::new(year).month(month).day(day);
    let day = day.hour(0).minute(0).second(0).utc_offset_hour(8);
    Metadata::new()
        .title(page.title.clone())
        .authors(vec![order.issuer.clone()])
        .creator("online CAST platform".to_owned())
        .language("zh-CN".to_owned())
        .creation_date(day)
        .document_id(order.number.clone())
}

/// Border, corners and rules.
fn ornament(surface: &mut Surface<'_>, page: &Page) {
    for (inset, width, colour) in [(30.0, 2.4, BLUE), (36.5, 0.7, GOLD), (42.0, 0.7, GOLD)] {
        surface.set_fill(None);
        surface.set_stroke(stroke(colour, width));
        draw_rect(surface, (inset, inset), (WIDTH - inset, HEIGHT - inset));
    }
    // A small square on its point in each corner.
    surface.set_stroke(None);
    surface.set_fill(fill(GOLD));
    for x in [54.0, WIDTH - 54.0] {
        for y in [54.0, HEIGHT - 54.0] {
            let mut path = PathBuilder::new();
            path.move_to(x, y - 4.0);
            path.line_to(x + 4.0, y);
            path.line_to(x, y + 4.0);
            path.line_to(x - 4.0, y);
            path.close();
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
    }
    surface.set_fill(None);
    surface.set_stroke(stroke(GOLD, 0.8));
    for (from, to) in &page.rules {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.line_to(to.0, to.1);
        if let Some(path) = path.finish() {
            surface.draw_path(&path);
        }
    }
    surface.set_stroke(None);
}

fn draw_rect(surface: &mut Surface<'_>, (left, top): (f32, f32), (right, bottom): (f32, f32)) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn text(surface: &mut Surface<'_>, block: &Block, fonts: &Fonts) -> Result<TagGroup, Error> {
    let language = match block.language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    };
    let mut group = match block.role {
        Role::Heading => TagGroup::new(Tag::Hn(NonZeroU16::MIN, None)),
        Role::Paragraph => TagGroup::new(Tag::P),
    };
    surface.set_stroke(None);
    surface.set_fill(match block.ink {
        Ink::Black => fill(BLACK),
        Ink::Blue => fill(BLUE),
        Ink::Grey => fill(GREY),
    });
    for placed in &block.lines {
        let span = SpanTag::empty().with_lang(Some(language));
        let identifier = surface.start_tagged(ContentTag::Span(span));
        line(surface, block, placed, fonts)?;
        surface.end_tagged();
        group.push(identifier);
    }
    Ok(group)
}

/// A line, in runs of one font each.
fn line(
    surface: &mut Surface<'_>,
    block: &Block,
    placed: &Placed,
    fonts: &Fonts,
) -> Result<(), Error> {
    let glyphs = fonts.glyphs(&placed.text, block.weight)?;
    let characters: Vec<(usize, char)> = placed.text.char_indices().collect();
    let (mut x, mut at) = (placed.x, 0);
    while at < glyphs.len() {
        let font = glyphs[at].font;
        let length = glyphs[at..]
            .iter()
            .take_while(|glyph| glyph.font == font)
            .count();
        let begin = characters[at].0;
        let end = characters
            .get(at + length)
            .map_or(placed.text.len(), |next| next.0);
        let run: Vec<KrillaGlyph> = (at..at + length)
            .map(|nth| {
                let (start, character) = characters[nth];
                let range = start - begin..start - begin + character.len_utf8();
                let advance = glyphs[nth].advance + block.tracking;
                KrillaGlyph::new(glyphs[nth].id, advance, 0.0, 0.0, 0.0, range, None)
            })
            .collect();
        let text = &placed.text[begin..end];
        let from = Point::from_xy(x, placed.y);
        surface.draw_glyphs(from, &run, fonts.font(font)?, text, block.size, false);
        x += run.iter().map(|glyph| glyph.x_advance).sum::<f32>() * block.size;
        at += length;
    }
    Ok(())
}

/// The code, as one path: neighbours in a row are one rectangle.
fn code(surface: &mut Surface<'_>, link: &str) -> Result<(), Error> {
    let code = QrCode::encode_text(link, QrCodeEcc::Medium).map_err(|_| Error::TooLong)?;
    let (modules, layout::Square { x, y, size }) = (code.size(), CODE);
    let side = size / modules as f32;
    let mut path = PathBuilder::new();
    for row in 0..modules {
        let mut column = 0;
        while column < modules {
            let dark = (column..modules)
                .take_while(|c| code.get_module(*c, row))
                .count();
            if dark > 0 {
                let (left, top) = (x + column as f32 * side, y + row as f32 * side);
                let rect = Rect::from_xywh(left, top, dark as f32 * side, side);
                if let Some(rect) = rect {
                    path.push_rect(rect);
                }
            }
            column += i32::try_from(dark).unwrap_or(modules).max(1);
        }
    }
    surface.set_stroke(None);
    surface.set_fill(fill((0, 0, 0)));
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
    Ok(())
}

fn fill((red, green, blue): Colour) -> Option<Fill> {
    Some(Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Default::default()
    })
}

fn stroke((red, green, blue): Colour, width: f32) -> Option<Stroke> {
    Some(Stroke {
        paint: rgb::Color::new(red, green, blue).into(),
        width,
        ..Default::default()
    })
}

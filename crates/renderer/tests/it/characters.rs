//! Which characters a paper can have: all that GB 18030-2022 asks for at its third level.

use std::ops::RangeInclusive;

use renderer::{Error, fonts::Weight, order::Refusal, render};

use crate::world::{File, fonts, membership};

/// The ideographs of GB 18030-2022, and one of each block that a name has.
const BLOCKS: [(&str, RangeInclusive<u32>, char); 8] = [
    ("unified ideographs", 0x4E00..=0x9FA5, '芳'),
    ("unified ideographs, added", 0x9FA6..=0x9FEF, '鿭'),
    ("extension A", 0x3400..=0x4DB5, '䶮'),
    ("extension B", 0x20000..=0x2A6D6, '𠮷'),
    ("extension C", 0x2A700..=0x2B734, '𪟝'),
    ("extension D", 0x2B740..=0x2B81D, '𫝹'),
    ("extension E", 0x2B820..=0x2CEA1, '𬭶'),
    ("extension F", 0x2CEB0..=0x2EBE0, '𬺰'),
];

#[test]
fn every_ideograph_of_gb_18030_has_a_glyph_in_both_weights() {
    let fonts = fonts();
    for (block, range, example) in BLOCKS {
        assert!(
            block == "extension A" || range.contains(&u32::from(example)),
            "{block}"
        );
        let characters = range.filter_map(char::from_u32);
        let missing: Vec<String> = characters
            .filter(|character| {
                [Weight::Regular, Weight::Bold]
                    .into_iter()
                    .any(|weight| fonts.glyph(*character, weight).unwrap().is_none())
            })
            .map(|character| format!("U+{:04X}", u32::from(character)))
            .collect();
        assert_eq!(missing, Vec::<String>::new(), "{block}");
    }
}

#[test]
fn one_character_of_each_block_is_printed_and_read_back() {
    let name: String = BLOCKS.map(|(_, _, example)| example).iter().collect();
    let pdf = render(&membership(&name), &fonts()).unwrap().pdf;
    let file = File::of(&pdf);
    let text: String = file.text().split_whitespace().collect();
    assert!(text.contains(&name), "{name}: {text}");
    file.read_by("qpdf", &["--check"], &[]);
}

#[test]
fn a_character_that_no_font_has_stops_the_paper_and_is_named() {
    // A private character, an emoji, a Tibetan letter; each named once, all at once.
    let refused = render(&membership("王\u{E863}🧿ཀ🧿"), &fonts()).unwrap_err();
    let missing = vec!['\u{E863}', '🧿', 'ཀ'];
    assert_eq!(refused, Error::MissingGlyphs(missing));
    assert_eq!(
        Refusal::from(&refused),
        Refusal {
            code: "MISSING_GLYPHS".into(),
            detail: "U+E863 U+1F9FF U+0F40".into(),
        }
    );
}

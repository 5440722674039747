//! Line breaking. Chinese breaks between any two characters, except before closing punctuation and after opening punctuation (GB/T 15834);
//! words of other scripts and numbers are kept together, and broken only if one is longer than a line.

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its text; a line of English that goes on ends in its blank.
    pub text: String,
    /// In ems.
    pub width: f32,
}

/// What must not begin a line.
const NOT_FIRST: &str = "，。、；：？！）》〉」』】〕〗’”…—～·％‰℃,.;:?!)]}%";
/// What must not end one.
const NOT_LAST: &str = "（《〈「『【〔〖‘“￥([{";

/// Breaks a text into lines of at most `limit` ems, the first one shorter by `indent`. `advance` is the width of a character in ems.
pub fn break_lines(
    text: &str,
    limit: f32,
    indent: f32,
    advance: &mut impl FnMut(char) -> f32,
) -> Vec<Line> {
    let mut lines = Vec::new();
    let (mut line, mut width) = (String::new(), indent);
    for piece in pieces(text) {
        let wide: f32 = piece.trim_end().chars().map(&mut *advance).sum();
        let with_blank: f32 = piece.chars().map(&mut *advance).sum();
        let begun = !line.is_empty();
        if begun && width + wide > limit {
            lines.push(close(&mut line, advance));
            width = 0.0;
        }
        if width + wide <= limit {
            line.push_str(&piece);
            width += with_blank;
            continue;
        }
        // A word that is longer than a line.
        for character in piece.chars() {
            let next = advance(character);
            if !line.is_empty() && width + next > limit {
                lines.push(close(&mut line, advance));
                width = 0.0;
            }
            line.push(character);
            width += next;
        }
    }
    if !line.is_empty() {
        lines.push(close(&mut line, advance));
    }
    lines
}

fn close(line: &mut String, advance: &mut impl FnMut(char) -> f32) -> Line {
    let text = std::mem::take(line);
    let width = text.trim_end().chars().map(advance).sum();
    Line { text, width }
}

/// What is never broken: characters with the punctuation that stays with them, words with the blank behind them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for character in text.chars() {
        let joins = pieces.last().and_then(|piece| piece.chars().next_back());
        let joins = joins.is_some_and(|before| together(before, character));
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(character),
            _ => pieces.push(character.to_string()),
        }
    }
    pieces
}

fn together(before: char, next: char) -> bool {
    if before == ' ' {
        return next == ' ';
    }
    next == ' '
        || NOT_FIRST.contains(next)
        || NOT_LAST.contains(before)
        || (of_word(before) && of_word(next))
}

/// Whether it belongs to a word rather than standing for itself.
fn of_word(character: char) -> bool {
    !matches!(u32::from(character),
        0x2E80..=0x303F | 0x3040..=0x30FF | 0x3100..=0x31FF | 0x3200..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
        && character != ' '
        && !NOT_LAST.contains(character)
        && (!NOT_FIRST.contains(character) || character.is_ascii())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(character: char) -> f32 {
        if character.is_ascii() { 0.5 } else { 1.0 }
    }

    fn texts(text: &str, limit: f32) -> Vec<String> {
        let lines = break_lines(text, limit, 0.0, &mut wide);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn punctuation_stays_with_what_it_belongs_to() {
        assert_eq!(texts("兹证明王芳，为会员", 5.0), ["兹证明王", "芳，为会员"]);
        assert_eq!(
            texts("参加了《学术年会》。", 4.0),
            ["参加了", "《学术年", "会》。"]
        );
        assert_eq!(
            texts("会员号B200000123M有效", 7.0),
            ["会员号", "B200000123M有", "效"]
        );
    }

    #[test]
    fn english_breaks_at_blanks_and_a_long_word_anywhere() {
        assert_eq!(texts("a member of it", 4.0), ["a member ", "of it"]);
        assert_eq!(texts("abcdefghij", 2.0), ["abcd", "efgh", "ij"]);
    }

    #[test]
    fn the_first_line_leaves_room_for_its_indent() {
        let lines = break_lines("一二三四五六", 4.0, 2.0, &mut wide);
        assert_eq!(lines[0].text, "一二");
        assert_eq!(lines[1].text, "三四五六");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide_or_begins_with_punctuation(
            text in "[一-龥a-z0-9 ，。《》（）·]{0,80}", limit in 4u8..30
        ) {
            let limit = f32::from(limit);
            let lines = break_lines(&text, limit, 0.0, &mut wide);
            let joined: String = lines.iter().map(|line| line.text.as_str()).collect();
            prop_assert_eq!(&joined, &text);
            for line in &lines {
                prop_assert!(line.width <= limit + 0.01, "{:?}", line);
            }
            // Longer runs of punctuation than a line are broken like long words.
            let runs = text.split(|c: char| !"，。《》（）· ".contains(c)).map(|run| run.chars().count()).max();
            if runs.unwrap_or(0) < 2 {
                for line in lines.iter().skip(1) {
                    prop_assert!(!line.text.starts_with(['，', '。', '》', '）', '·']), "{:?}", lines);
                }
            }
        }
    }
}

//! The text of a search, taken apart for the database. Pure. Width, invisible characters and private code points are dealt with when the
//! request is read; dots, dashes and apostrophes vary in names, so anything may stand in their place.
//!
//! Names are indexed by their pairs of characters (and single ones), see `search_grams` in the migration. A search first
//! asks for names that contain every word as it stands. If there are none, it asks for names that contain the characters
//! in this order with others between: `北京科协` is nowhere, but `北京市科协` is meant.

use unicode_normalization::UnicodeNormalization as _;

/// Words beyond these are not looked at.
const MAX_WORDS: usize = 5;

/// A search in the form the statements take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// All words in one, as a name would stand in the search text.
    pub whole: String,
    /// The first word: its place in the name ranks.
    pub head: String,
    /// What an index entry must have, all of them.
    pub grams: Vec<String>,
    /// What the search text must be like, all of them.
    pub patterns: Vec<String>,
}

impl Search {
    /// `None` if there is nothing to search for.
    pub(super) fn exact(query: &str) -> Option<Self> {
        let pattern = |word: &str| {
            let parts: Vec<String> = parts(word).into_iter().map(escape).collect();
            format!("%{}%", parts.join("%"))
        };
        Self::of(query, pattern, |word| {
            parts(word).into_iter().flat_map(pairs).collect()
        })
    }

    /// As [`exact`](Self::exact), but other characters may stand between those of a word.
    pub(super) fn loose(query: &str) -> Option<Self> {
        let spread = |word: &str| {
            letters(word).fold("%".to_owned(), |pattern, c| {
                pattern + &escape(&c.to_string()) + "%"
            })
        };
        Self::of(query, spread, |word| {
            letters(word).map(String::from).collect()
        })
    }

    fn of(
        query: &str,
        pattern: impl Fn(&str) -> String,
        grams: impl Fn(&str) -> Vec<String>,
    ) -> Option<Self> {
        let folded = fold(query);
        let words: Vec<&str> = folded.split_whitespace().take(MAX_WORDS).collect();
        let mut all: Vec<String> = words.iter().flat_map(|word| grams(word)).collect();
        all.sort_unstable();
        all.dedup();
        Some(Self {
            whole: words.concat(),
            head: (*words.first()?).to_owned(),
            grams: all,
            patterns: words.iter().map(|word| pattern(word)).collect(),
        })
    }
}

/// The same as `search_fold` in the database.
fn fold(text: &str) -> String {
    text.nfkc().map(|c| c.to_ascii_lowercase()).collect()
}

/// The parts of a word between dots, dashes and apostrophes. A hyphen in a code is part of it, and a word of such signs alone stays as it is.
fn parts(word: &str) -> Vec<&str> {
    let code = word.is_ascii();
    let parts = word.split(|c| text::is_joint(c) && !(code && c == '-'));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { vec![word] } else { parts }
}

fn letters(word: &str) -> impl Iterator<Item = char> {
    parts(word).into_iter().flat_map(str::chars)
}

/// The pairs of neighbours; a single character stands for itself. Pairs contain the singles, so those would add nothing.
fn pairs(word: &str) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    match characters.as_slice() {
        [single] => vec![single.to_string()],
        several => several
            .windows(2)
            .map(|pair| pair.iter().collect())
            .collect(),
    }
}

/// Takes their meaning from the characters that LIKE has for itself.
fn escape(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_looked_for_by_its_pairs() {
        let search = Search::exact("计算机").unwrap();
        assert_eq!(search.grams, ["算机", "计算"]);
        assert_eq!(search.patterns, ["%计算机%"]);
        assert_eq!(
            (search.whole.as_str(), search.head.as_str()),
            ("计算机", "计算机")
        );
    }

    #[test]
    fn a_single_character_is_looked_for_by_itself() {
        assert_eq!(Search::exact(" 茶 ").unwrap().grams, ["茶"]);
    }

    #[test]
    fn every_word_counts() {
        let search = Search::exact("北京\u{3000}计算机").unwrap();
        assert_eq!(search.patterns, ["%北京%", "%计算机%"]);
        assert_eq!(
            (search.whole.as_str(), search.head.as_str()),
            ("北京计算机", "北京")
        );
    }

    #[test]
    fn anything_may_stand_for_a_dot_a_dash_or_an_apostrophe() {
        for typed in [
            "伊犁·霍尔果斯",
            "伊犁•霍尔果斯",
            "伊犁—霍尔果斯",
            "伊犁-霍尔果斯",
        ] {
            let search = Search::exact(typed).unwrap();
            assert_eq!(search.patterns, ["%伊犁%霍尔果斯%"], "{typed}");
            assert_eq!(search.grams, ["伊犁", "尔果", "果斯", "霍尔"], "{typed}");
        }
        assert_eq!(Search::exact("O'Neil").unwrap().patterns, ["%o%neil%"]);
        assert_eq!(Search::exact("b-20").unwrap().patterns, ["%b-20%"]);
        assert_eq!(Search::exact("·").unwrap().patterns, ["%·%"]);
        assert_eq!(Search::loose("北·京").unwrap().patterns, ["%北%京%"]);
    }

    #[test]
    fn full_width_and_capital_letters_are_the_same_as_plain_small_ones() {
        assert_eq!(Search::exact("Ｂ－２０"), Search::exact("b-20"));
    }

    #[test]
    fn a_loose_search_lets_characters_stand_between() {
        let search = Search::loose("北京科协").unwrap();
        assert_eq!(search.patterns, ["%北%京%科%协%"]);
        assert_eq!(search.grams.len(), 4);
    }

    #[test]
    fn characters_with_a_meaning_lose_it() {
        assert_eq!(Search::exact(r"50%_\").unwrap().patterns, [r"%50\%\_\\%"]);
        assert_eq!(Search::loose("5%").unwrap().patterns, [r"%5%\%%"]);
    }

    proptest! {
        #[test]
        fn any_text_is_either_nothing_or_something_to_search_for(query in "\\PC{0,60}") {
            match Search::exact(&query) {
                None => prop_assert!(fold(&query).trim().is_empty()),
                Some(search) => {
                    prop_assert!(!search.grams.is_empty() && !search.head.is_empty());
                    prop_assert_eq!(search.patterns.len(), Search::loose(&query).unwrap().patterns.len());
                    prop_assert!(search.grams.iter().all(|gram| (1..=2).contains(&gram.chars().count())));
                }
            }
        }
    }
}

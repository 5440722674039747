//! Finding a title by any part of it. Chinese has no spaces between words and most words have two characters, so a title is
//! indexed by its single characters and its pairs of neighbours; a longer part is found by all of its pairs and then
//! compared in full.

/// A title or a query as it is compared: small letters, full-width forms as their ASCII ones, no blanks.
pub fn normalise(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            // The full-width forms of ! to ~ stand in the same order as ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What a normalised title is indexed by: each character and each pair of neighbours, once.
pub fn parts_of_title(normalised: &str) -> Vec<String> {
    let characters: Vec<char> = normalised.chars().collect();
    let mut parts: Vec<String> = characters.iter().map(char::to_string).collect();
    parts.extend(pairs(&characters));
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// What a title must be indexed by to contain the normalised query: its pairs, or its only character.
pub fn parts_of_query(normalised: &str) -> Vec<String> {
    let characters: Vec<char> = normalised.chars().collect();
    let mut parts: Vec<String> = match characters.as_slice() {
        [only] => vec![only.to_string()],
        more => pairs(more).collect(),
    };
    parts.sort_unstable();
    parts.dedup();
    parts
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    characters.windows(2).map(|pair| pair.iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn width_case_and_blanks_do_not_matter() {
        assert_eq!(normalise("ＡＩ 与 Ｃｈｉｎａ！"), "ai与china!");
        assert_eq!(normalise("　科普　"), "科普");
    }

    #[test]
    fn a_title_is_indexed_by_characters_and_pairs() {
        assert_eq!(parts_of_title("科普日"), ["日", "普", "普日", "科", "科普"]);
        assert_eq!(parts_of_query("科普日"), ["普日", "科普"]);
        assert_eq!(parts_of_query("科"), ["科"]);
        assert!(parts_of_query("").is_empty());
    }

    proptest! {
        #[test]
        fn every_part_of_a_title_is_found(title in "[科普日活动AI ]{1,12}", from in 0..12usize, length in 1..12usize) {
            let normalised = normalise(&title);
            let query: String = normalised.chars().skip(from).take(length).collect();
            let indexed = parts_of_title(&normalised);
            prop_assert!(parts_of_query(&query).iter().all(|part| indexed.contains(part)));
        }

        #[test]
        fn any_text_can_be_normalised_twice(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.clone());
        }
    }
}

//! Search of titles by any part. Chinese has no spaces between words and most words have two characters, so a title is
//! indexed by its single characters and its pairs of neighbours; a longer part is found by all of its pairs and then
//! compared in full. Of several words, each is looked for; between the parts of a word any text matches, since keyboards
//! differ in how they write dots, dashes and apostrophes.
//!
//! Searches ask for activities that are not over, and titles repeat year after year. So the month in which an activity ends is a key as
//! well: the index excludes past activities before a row is read.

use time::{Date, Duration, OffsetDateTime, UtcOffset};

use super::rules::{MAX_LEAD_TIME, MAX_LENGTH};

/// For a moment further back than this, the search does not use months: their list would become long.
const MAX_LOOKBACK: Duration = Duration::days(10 * 366);

/// The normal form in which titles and words of a query are compared: lower case, full-width forms as their ASCII ones, no blanks.
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

/// The search keys of an activity: each character and each pair of neighbours in its normalised title, and the month of its end.
pub fn keys_of_activity(normalised: &str, ends_at: OffsetDateTime) -> Vec<String> {
    let characters: Vec<char> = normalised.chars().collect();
    let mut keys: Vec<String> = characters.iter().map(char::to_string).collect();
    keys.extend(pairs(&characters));
    keys.push(month_key(month_of(ends_at)));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys that a title containing every word of a query must have: the pairs of each part, or its only character.
pub fn parts_of_query(query: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for word in words(query) {
        for part in parts_of_word(&word) {
            let characters: Vec<char> = part.chars().collect();
            match characters.as_slice() {
                [only] => parts.push(only.to_string()),
                more => parts.extend(pairs(more)),
            }
        }
    }
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The SQL `like` patterns that a normalised title containing every word of a query matches.
pub fn patterns_of_query(query: &str) -> Vec<String> {
    let pattern = |word: String| {
        let parts: Vec<String> = parts_of_word(&word).into_iter().map(escape).collect();
        format!("%{}%", parts.join("%"))
    };
    words(query).map(pattern).collect()
}

fn words(query: &str) -> impl Iterator<Item = String> + '_ {
    query.split_whitespace().map(normalise)
}

/// The parts of a word between dots, dashes and apostrophes; a word of such signs alone is one part.
fn parts_of_word(word: &str) -> Vec<&str> {
    let parts: Vec<&str> = word
        .split(text::is_joint)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() { vec![word] } else { parts }
}

/// Escapes the special characters of LIKE.
fn escape(part: &str) -> String {
    part.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}

/// The months in which activities that end after `moment` can end. Empty: any month.
pub fn months_of_query(moment: OffsetDateTime, now: OffsetDateTime) -> Vec<String> {
    if moment < now.saturating_sub(MAX_LOOKBACK) {
        return Vec::new();
    }
    let last = month_of(now.saturating_add(MAX_LEAD_TIME).saturating_add(MAX_LENGTH));
    let first = month_of(moment);
    // At least the first month: an empty list would mean any month.
    (first..=last.max(first)).map(month_key).collect()
}

/// Months since the year 0, UTC.
fn month_of(moment: OffsetDateTime) -> i32 {
    let day: Date = moment.to_offset(UtcOffset::UTC).date();
    day.year() * 12 + i32::from(u8::from(day.month())) - 1
}

/// Longer than two characters, so it cannot be a key of a title.
fn month_key(month: i32) -> String {
    format!(
        "@{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    characters.windows(2).map(|pair| pair.iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn width_case_and_blanks_do_not_matter() {
        assert_eq!(normalise("ＡＩ 与 Ｃｈｉｎａ！"), "ai与china!");
        assert_eq!(normalise("　科普　"), "科普");
    }

    #[test]
    fn a_title_is_indexed_by_characters_and_pairs_and_the_month_of_the_end() {
        let end = datetime!(2026-05-31 23:59 UTC);
        let keys = ["@2026-05", "日", "普", "普日", "科", "科普"];
        assert_eq!(keys_of_activity("科普日", end), keys);
        assert_eq!(parts_of_query("科普日"), ["普日", "科普"]);
        assert_eq!(parts_of_query("科"), ["科"]);
        assert!(parts_of_query("").is_empty());
    }

    #[test]
    fn every_word_of_a_query_is_required_and_any_text_matches_between_its_parts() {
        assert_eq!(
            parts_of_query("人工智能 报告会"),
            ["人工", "告会", "工智", "报告", "智能"]
        );
        assert_eq!(
            patterns_of_query(" 人工智能　报告会 "),
            ["%人工智能%", "%报告会%"]
        );
        assert_eq!(patterns_of_query("院士•专家 ＡＩ"), ["%院士%专家%", "%ai%"]);
        assert_eq!(patterns_of_query("COVID-19"), ["%covid%19%"]);
        assert_eq!(patterns_of_query(r"100%_\"), [r"%100\%\_\\%"]);
        assert_eq!(patterns_of_query("— ·"), ["%—%", "%·%"]);
        assert!(patterns_of_query(" ").is_empty());
    }

    #[test]
    fn the_months_of_a_query_cover_everything_that_can_be_planned() {
        let now = datetime!(2026-05-20 0:00 UTC);
        let months = months_of_query(datetime!(2026-04-30 23:59 UTC), now);
        assert_eq!(months.first().map(String::as_str), Some("@2026-04"));
        assert_eq!(months.last().map(String::as_str), Some("@2032-05"));
        assert!(months_of_query(datetime!(0001-01-01 0:00 UTC), now).is_empty());
        assert_eq!(
            months_of_query(datetime!(9999-12-31 0:00 UTC), now),
            ["@9999-12"]
        );
    }

    proptest! {
        #[test]
        fn every_part_of_a_title_is_found(title in "[科普日活动AI ]{1,12}", from in 0..12usize, length in 1..12usize) {
            let normalised = normalise(&title);
            let query: String = normalised.chars().skip(from).take(length).collect();
            let indexed = keys_of_activity(&normalised, datetime!(2026-05-01 0:00 UTC));
            prop_assert!(parts_of_query(&query).iter().all(|part| indexed.contains(part)));
        }

        #[test]
        fn any_text_can_be_normalised_twice(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.clone());
        }

        #[test]
        fn later_ends_are_covered_by_the_months(back in 0..12 * 366i64, ahead in 0..6 * 366i64) {
            let now = datetime!(2026-05-20 0:00 UTC);
            let (moment, end) = (now - Duration::days(back), now + Duration::days(ahead));
            let months = months_of_query(moment, now);
            for end in [moment, end] {
                prop_assert!(months.is_empty() || months.contains(&month_key(month_of(end))));
            }
        }
    }
}

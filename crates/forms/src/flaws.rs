//! Gathers what is wrong with a definition.

use crate::{definition::Words, finding::Flaw};

/// The most flaws that are told at once.
pub(crate) const FLAWS: usize = 50;

/// The flaws that were found.
#[derive(Default)]
pub(crate) struct Flaws(pub(crate) Vec<Flaw>);

impl Flaws {
    pub(crate) fn add(&mut self, path: &str, en: impl Into<String>, zh: impl Into<String>) {
        // A few more than are told: a definition of megabytes is not answered with megabytes.
        if self.0.len() <= FLAWS {
            self.0.push(Flaw {
                path: path.to_owned(),
                en: en.into(),
                zh: zh.into(),
            });
        }
    }

    pub(crate) fn size(&mut self, path: &str, size: usize, least: usize, most: usize) {
        if !(least..=most).contains(&size) {
            self.add(
                path,
                format!("{size}; at least {least} and at most {most}."),
                format!("现有 {size} 项，应为 {least} 至 {most} 项。"),
            );
        }
    }

    /// Reads a text into its normal form and checks its length.
    pub(crate) fn words(
        &mut self,
        path: &str,
        words: &mut Words,
        least: usize,
        most: usize,
        lines: bool,
    ) {
        let reading = if lines {
            text::Reading::Paragraphs
        } else {
            text::Reading::Line
        };
        for (language, words) in [("zh", &mut words.zh), ("en", &mut words.en)] {
            if reading.check(words) == Err(text::Unreadable::ShowsOtherwise) {
                self.add(
                    &format!("{path}.{language}"),
                    "Contains characters that cannot be seen; type it again.",
                    "含有不可见的控制字符，请重新输入。",
                );
            }
            *words = reading.read(words).into_owned();
            let length = words.chars().count();
            let least = if language == "zh" { least } else { 0 };
            if length < least {
                self.add(
                    &format!("{path}.{language}"),
                    "Missing; write it in Chinese.",
                    "请填写中文。",
                );
            } else if length > most {
                self.add(
                    &format!("{path}.{language}"),
                    format!("{length} characters; at most {most}."),
                    format!("共 {length} 个字，至多 {most} 个字。"),
                );
            }
        }
    }
}

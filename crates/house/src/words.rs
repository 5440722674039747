//! Words that were given up: the code is written for engineers of any country, in the field's terms, with one word for one thing.

use std::{fs, path::Path};

use crate::finding::Finding;

/// The word as it stands between other letters, digits and `_`, and what is written instead.
const GIVEN_UP: [(&str, &str); 27] = [
    ("Bell", "WakeUp, Notify"),
    ("COME_AGAIN", "what it limits: RETRY_AFTER"),
    ("Carries", "Transport"),
    ("Clerk", "BatchWorker"),
    ("Clerks", "BatchWorkers"),
    ("Desks", "Queues"),
    ("Door", "Gateway"),
    ("Nobody", "no person, no account"),
    ("Office", "StaffLayout"),
    ("PATIENCE", "what it limits: DRAIN_TIMEOUT"),
    ("Somebody", "a person, another account"),
    ("Vouched", "Trusted"),
    ("Ways", "NavLinks"),
    ("Whoever", "the caller, a person who"),
    ("break_down", "abandon"),
    ("clerk", "batch worker"),
    ("nobody", "no person, no account"),
    ("pass_on", "publish"),
    ("rooms", "modules"),
    ("somebody", "a person, another account"),
    ("surroundings", "environment"),
    ("take_back", "refund, revoke"),
    ("untold", "pending"),
    ("useSure", "useConfirm"),
    ("vouch", "authenticate"),
    ("vouched", "trusted"),
    ("whoever", "the caller, a person who"),
];

/// What is read: source, contract, documents.
const FOLDERS: [&str; 8] = [
    "crates",
    "docs",
    "k8s",
    "portal/browser",
    "portal/src",
    "proto/cast",
    "services",
    "tests",
];
const ENDINGS: [&str; 12] = [
    "css", "html", "json", "md", "mjs", "proto", "rs", "sh", "toml", "ts", "tsx", "yaml",
];

/// Every place where a word is back. Files at the root of the tree are read as well.
pub fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        if path.is_file() {
            read(root, &path, &mut findings)?;
        }
    }
    for folder in FOLDERS {
        walk(root, &root.join(folder), &mut findings)?;
    }
    Ok(findings)
}

fn walk(root: &Path, folder: &Path, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, findings)?;
        } else {
            read(root, &path, findings)?;
        }
    }
    Ok(())
}

fn read(root: &Path, path: &Path, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let name = path
        .strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string();
    // This list.
    if ending.is_none_or(|ending| !ENDINGS.contains(&ending))
        || name.ends_with("house/src/words.rs")
    {
        return Ok(());
    }
    let text = fs::read_to_string(path)?;
    for (number, line) in text.lines().enumerate() {
        findings.extend(given_up(line).map(|(word, instead)| Finding {
            place: format!("{name}:{}", number + 1),
            what: format!("`{word}` was given up: write {instead}"),
        }));
    }
    Ok(())
}

/// The given-up words of a line.
fn given_up(line: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = line.split(|c: char| !is_part(c)).collect();
    GIVEN_UP
        .into_iter()
        .filter(move |(word, _)| words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_found_and_parts_of_others_are_not() {
        let of = |line| given_up(line).map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(of("struct Door(Arc<Inner>);"), ["Door"]);
        assert_eq!(of("// vouched for by the gateway"), ["vouched"]);
        assert_eq!(
            of("const PATIENCE: u8 = 1; let untold = 2;"),
            ["PATIENCE", "untold"]
        );
        for line in ["indoor", "Doorstep", "clerkship", "MY_PATIENCE_", ""] {
            assert!(of(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn the_list_is_sorted_and_says_what_is_written_instead() {
        assert!(GIVEN_UP.is_sorted());
        assert!(
            GIVEN_UP
                .iter()
                .all(|(word, instead)| !word.is_empty() && !instead.is_empty())
        );
    }
}

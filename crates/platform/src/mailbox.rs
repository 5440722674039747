//! Messages that the development transport stores instead of sending.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// A message that would have been sent by mail or SMS. One JSON file each; the names sort by time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// A mail address or a phone number.
    pub to: String,
    /// `sms` or `mail`.
    pub kind: String,
    /// Empty for an SMS.
    #[serde(default)]
    pub subject: String,
    /// The text.
    pub text: String,
    /// The one-time code in it, if there is one.
    #[serde(default)]
    pub code: Option<String>,
    /// When it was submitted, RFC 3339.
    pub at: String,
}

/// The messages in `directory`, oldest first; optionally only those to `address`, in any notation: `+86 138-0013-8000`
/// equals `13800138000`.
pub fn read(directory: &Path, address: Option<&str>) -> Result<Vec<Message>> {
    let mut files: Vec<_> = match std::fs::read_dir(directory) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", directory.display()));
        }
    };
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    let mut messages = Vec::with_capacity(files.len());
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let message: Message = serde_json::from_str(&text)
            .with_context(|| format!("{} is no message", file.display()))?;
        if address.is_none_or(|address| bare(&message.to) == bare(address)) {
            messages.push(message);
        }
    }
    Ok(messages)
}

/// An address without notational variants.
fn bare(address: &str) -> String {
    let trimmed = address.trim().to_ascii_lowercase();
    if trimmed.contains('@') {
        return trimmed;
    }
    let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("0086").or(digits.strip_prefix("86")) {
        Some(national) if national.len() == 11 => national.to_owned(),
        _ => digits,
    }
}

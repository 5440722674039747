//! The comments of the proto files.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// Comments by file and path of the element, see `SourceCodeInfo` in `google/protobuf/descriptor.proto`.
pub(super) struct Comments(HashMap<(String, Vec<i32>), String>);

impl Comments {
    pub fn new(pool: &DescriptorPool) -> Self {
        let mut comments = HashMap::new();
        for file in pool.files() {
            let info = file.file_descriptor_proto().source_code_info.iter();
            for location in info.flat_map(|info| &info.location) {
                let text = location
                    .leading_comments
                    .as_deref()
                    .or(location.trailing_comments.as_deref());
                if let Some(text) = text.map(paragraphs).filter(|text| !text.is_empty()) {
                    comments.insert((file.name().to_owned(), location.path.clone()), text);
                }
            }
        }
        Self(comments)
    }

    pub fn of(&self, file: &FileDescriptor, path: &[i32]) -> &str {
        self.0
            .get(&(file.name().to_owned(), path.to_vec()))
            .map_or("", String::as_str)
    }
}

/// Joins the lines of a paragraph; lists and empty lines are kept.
fn paragraphs(comment: &str) -> String {
    let mut out = String::new();
    for line in comment.trim().lines().map(str::trim) {
        if line.is_empty() {
            out.truncate(out.trim_end().len());
            out.push_str("\n\n");
        } else {
            let fresh = out.is_empty() || out.ends_with('\n');
            if !fresh {
                out.push_str(if line.starts_with("- ") || line.starts_with("* ") {
                    "\n"
                } else {
                    " "
                });
            }
            out.push_str(line);
        }
    }
    out
}

/// The first sentence, without its full stop.
pub(super) fn first_sentence(text: &str) -> &str {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let mut end = paragraph.len();
    for (at, c) in paragraph.char_indices() {
        let after = &paragraph[at + c.len_utf8()..];
        let ends = match c {
            '。' => true,
            '.' => {
                let abbreviation = ["e.g", "i.e", "etc", "art"]
                    .iter()
                    .any(|a| paragraph[..at].ends_with(a));
                let next = after.trim_start().chars().next();
                !abbreviation
                    && (after.starts_with(char::is_whitespace) || after.is_empty())
                    && next.is_none_or(|n| !n.is_lowercase() && !n.is_ascii_digit())
            }
            _ => false,
        };
        if ends {
            end = at;
            break;
        }
    }
    paragraph[..end].trim_end_matches([':', ' '])
}

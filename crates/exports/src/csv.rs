//! CSV by RFC 4180, in UTF-8 with a byte order mark, so that spreadsheets read Chinese.
//!
//! Spreadsheets compute what looks like a formula, and turn what looks like a number or a date into one: of a person
//! number of 16 digits the last one is lost. Such a text has an apostrophe in front of it. So has a text that begins with
//! an apostrophe, and an import undoes all of it by removing one leading apostrophe from each cell ([`original`]).

use time::{format_description::BorrowedFormatItem, macros::format_description};

use crate::table::{Cell, beijing};

/// The byte order mark.
pub const MARK: &str = "\u{feff}";

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const MOMENT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// Appends a line.
pub fn write_row(out: &mut Vec<u8>, cells: &[Cell]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_cell(out, cell);
    }
    out.extend_from_slice(b"\r\n");
}

fn write_cell(out: &mut Vec<u8>, cell: &Cell) {
    // Formatting cannot fail: every date has these parts.
    match cell {
        Cell::Empty => {}
        Cell::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Cell::Day(day) => out.extend_from_slice(day.format(DAY).unwrap_or_default().as_bytes()),
        Cell::Moment(moment) => {
            let text = beijing(*moment).format(MOMENT).unwrap_or_default();
            out.extend_from_slice(text.as_bytes());
        }
        Cell::Text(text) => write_text(out, text),
        // The runner has spread it.
        Cell::Several(_) => {}
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let guard = if is_taken_for_more(text) { "'" } else { "" };
    let quoted = text.contains([',', '"', '\r', '\n'])
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace);
    if !quoted {
        out.extend_from_slice(guard.as_bytes());
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard.as_bytes());
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// Whether a spreadsheet would compute or convert this text, or an import would take its apostrophe for a guard.
fn is_taken_for_more(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    // Some programs skip blanks before they decide.
    let visible = text
        .trim_start_matches(|c: char| c.is_whitespace() || c.is_control())
        .chars()
        .next()
        .unwrap_or(first);
    matches!(first, '\'' | '\t' | '\r' | '\n')
        || matches!(visible, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
        || is_like_a_number(text)
}

/// Digits with what may stand between them in numbers, dates and times.
fn is_like_a_number(text: &str) -> bool {
    let text = text.trim();
    let part = |c: char| {
        c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '/' | '-' | '+' | 'e' | 'E' | '%' | ' ')
    };
    text.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.chars().all(part)
}

/// The text of a cell as it was before the export.
pub fn original(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::{date, datetime};

    use super::*;

    fn line(cells: &[Cell]) -> String {
        let mut out = Vec::new();
        write_row(&mut out, cells);
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn awkward() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,12}",
            "[=+@'\\-\t\r\n \"，,＝0-9eE/:.]{0,8}",
            any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn what_was_exported_reads_back_unchanged(rows in prop::collection::vec(prop::collection::vec(awkward(), 2), 1..6)) {
            let mut out = MARK.as_bytes().to_vec();
            for row in &rows {
                let cells: Vec<Cell> = row.iter().map(|cell| text(cell)).collect();
                write_row(&mut out, &cells);
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[MARK.len()..]);
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(|cell| original(cell).to_owned()).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_cell_begins_as_a_formula_does(cell in awkward()) {
            let line = line(&[text(&cell), text("")]);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let record = reader.records().next().unwrap().unwrap();
            let shown = record[0].trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
            prop_assert!(!shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{:?}", line);
            prop_assert!(!record[0].starts_with(['\t', '\r', '\n']), "{:?}", line);
        }
    }

    #[test]
    fn cells_are_written_by_their_type() {
        let moment = datetime!(2026-04-30 16:30:05.9 UTC);
        let cells = [
            Cell::Number(-12),
            Cell::Day(date!(2026 - 05 - 01)),
            Cell::Moment(moment),
            Cell::Empty,
            text("王芳"),
        ];
        assert_eq!(line(&cells), "-12,2026-05-01,2026-05-01 00:30:05,,王芳\r\n");
    }

    #[test]
    fn what_a_spreadsheet_would_change_is_guarded() {
        for guarded in [
            "=1+1",
            "+86",
            "-1",
            "@SUM(A1)",
            "\t=1",
            " =1",
            "＝1",
            "'quoted",
            "1234567890123456",
            "007",
            "1E5",
            "3-5",
            "2026/5/1",
        ] {
            assert!(is_taken_for_more(guarded), "{guarded:?}");
        }
        for plain in [
            "",
            "王芳",
            "A020000001M",
            "O'Neill",
            "张=三",
            "123456789012345X",
            "3号",
        ] {
            assert!(!is_taken_for_more(plain), "{plain:?}");
        }
    }
}

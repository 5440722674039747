//! A workbook by ISO/IEC 29500-1 with one sheet, written from the first byte to the last: nothing is kept in memory
//! or on disk but the part that is not taken yet. A library that needs a file to go back in would leave names on the disk
//! in the clear.
//!
//! Texts are inline strings: a spreadsheet neither computes nor converts them. Characters that XML cannot hold are written
//! as `_xHHHH_` (ST_Xstring, 22.9.2.19).

use std::{
    fmt::Write as _,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use time::{Date, OffsetDateTime, macros::date};
use zip::{
    CompressionMethod, ZipWriter,
    result::ZipResult,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::table::{Cell, Heading, beijing};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Rows of a sheet are numbered up to this (`1048576` in every program).
pub const MOST_ROWS: u64 = 1_048_576;

/// Styles by their number in [`STYLES`].
const HEADING: u8 = 1;
const DAY: u8 = 2;
const MOMENT: u8 = 3;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="NAME" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const SHEET: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"#;

/// What has been written and not been taken.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A workbook that is being written.
pub struct Workbook {
    written: Shared,
    archive: ZipWriter<StreamWriter<Shared>>,
    row: u64,
    line: String,
}

impl Workbook {
    /// Begins with a row of titles.
    pub fn new(sheet: &str, columns: &[Heading]) -> ZipResult<Self> {
        let written = Shared::default();
        let mut archive = ZipWriter::new_stream(written.clone());
        // Nothing of the file depends on when it was made.
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut name = String::new();
        push_text(&mut name, &sheet_name(sheet));
        for (part, content) in [
            ("[Content_Types].xml", TYPES.to_owned()),
            ("_rels/.rels", ROOT.to_owned()),
            ("xl/workbook.xml", WORKBOOK.replace("NAME", &name)),
            ("xl/_rels/workbook.xml.rels", PARTS.to_owned()),
            ("xl/styles.xml", STYLES.to_owned()),
        ] {
            archive.start_file(part, options)?;
            archive.write_all(content.as_bytes())?;
        }
        archive.start_file("xl/worksheets/sheet1.xml", options)?;
        let mut begin = SHEET.to_owned();
        for (at, column) in columns.iter().enumerate() {
            let at = at + 1;
            let _ = write!(
                begin,
                r#"<col min="{at}" max="{at}" width="{}" customWidth="1"/>"#,
                column.width
            );
        }
        begin.push_str("</cols><sheetData>");
        archive.write_all(begin.as_bytes())?;
        let mut workbook = Self {
            written,
            archive,
            row: 0,
            line: String::new(),
        };
        let titles: Vec<Cell> = columns
            .iter()
            .map(|column| Cell::Text(column.title.clone()))
            .collect();
        workbook.write(&titles, HEADING)?;
        Ok(workbook)
    }

    /// Appends a row.
    pub fn write_row(&mut self, cells: &[Cell]) -> ZipResult<()> {
        self.write(cells, 0)
    }

    fn write(&mut self, cells: &[Cell], style: u8) -> ZipResult<()> {
        self.row += 1;
        self.line.clear();
        let line = &mut self.line;
        // Writing to a string cannot fail.
        let _ = write!(line, r#"<row r="{}">"#, self.row);
        for (at, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", letters(at), self.row);
            let _ = match cell {
                // Several cells are spread by the runner.
                Cell::Empty | Cell::Several(_) => Ok(()),
                Cell::Number(number) => write!(line, r#"<c r="{place}"><v>{number}</v></c>"#),
                Cell::Day(day) => write!(
                    line,
                    r#"<c r="{place}" s="{DAY}"><v>{}</v></c>"#,
                    day_number(*day)
                ),
                Cell::Moment(moment) => write!(
                    line,
                    r#"<c r="{place}" s="{MOMENT}"><v>{}</v></c>"#,
                    moment_number(*moment)
                ),
                Cell::Text(text) => {
                    let _ = write!(
                        line,
                        r#"<c r="{place}" t="inlineStr" s="{style}"><is><t xml:space="preserve">"#
                    );
                    push_text(line, text);
                    line.push_str("</t></is></c>");
                    Ok(())
                }
            };
        }
        line.push_str("</row>");
        self.archive.write_all(line.as_bytes())?;
        Ok(())
    }

    /// What has been written since it was last taken.
    pub fn take(&self) -> Vec<u8> {
        self.written.take()
    }

    /// Ends the file and takes the rest of it.
    pub fn finish(mut self) -> ZipResult<Vec<u8>> {
        self.archive.write_all(b"</sheetData></worksheet>")?;
        self.archive.finish()?;
        Ok(self.written.take())
    }
}

/// Days since 1899-12-30, by which spreadsheets count.
fn day_number(day: Date) -> i64 {
    i64::from(day.to_julian_day()) - i64::from(date!(1899 - 12 - 30).to_julian_day())
}

fn moment_number(moment: OffsetDateTime) -> f64 {
    let local = beijing(moment);
    let seconds = local.time() - time::Time::MIDNIGHT;
    #[allow(
        clippy::cast_precision_loss,
        reason = "a day has few seconds, and days are few"
    )]
    let (day, second) = (
        day_number(local.date()) as f64,
        seconds.whole_seconds() as f64,
    );
    day + second / 86_400.0
}

/// The letters of a column: A to Z, AA, AB …
fn letters(mut at: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(at % 26).unwrap_or_default()));
        if at < 26 {
            return letters.iter().rev().collect();
        }
        at = at / 26 - 1;
    }
}

/// A name that a sheet may have: 31 characters, none of `\ / ? * [ ] :`, no apostrophe at the ends.
fn sheet_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| {
            if matches!(c, '\\' | '/' | '?' | '*' | '[' | ']' | ':') {
                ' '
            } else {
                c
            }
        })
        .take(31)
        .collect();
    let name = name.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    if name.is_empty() { "Export" } else { name }.to_owned()
}

/// A text between tags: no markup, and no character that XML does not allow.
fn push_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // An XML parser would turn a return into a line feed.
            '\r'
            | '\u{0}'..='\u{8}'
            | '\u{b}'
            | '\u{c}'
            | '\u{e}'..='\u{1f}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(out, "_x{:04X}_", u32::from(c));
            }
            // What looks like an escape is none.
            '_' if is_escape(rest) => out.push_str("_x005F_"),
            _ => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
}

/// Whether a text begins with `_xHHHH_`.
fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7
        && bytes[1] == b'x'
        && bytes[6] == b'_'
        && bytes[2..6].iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx};
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;
    use crate::{
        state::Language,
        table::{Column, Title},
    };

    const COLUMNS: [Column; 2] = [
        Column {
            key: "NAME",
            title: Title {
                zh: "姓名",
                en: "Name",
            },
            width: 12,
        },
        Column {
            key: "NUMBER",
            title: Title {
                zh: "编号",
                en: "Number",
            },
            width: 20,
        },
    ];

    fn headings(language: Language) -> Vec<Heading> {
        COLUMNS
            .iter()
            .map(|column| column.heading(language))
            .collect()
    }

    fn workbook(rows: &[Vec<Cell>]) -> Vec<u8> {
        let mut workbook = Workbook::new("会员", &headings(Language::Zh)).unwrap();
        let mut out = workbook.take();
        for row in rows {
            workbook.write_row(row).unwrap();
            out.extend(workbook.take());
        }
        out.extend(workbook.finish().unwrap());
        out
    }

    /// As an independent library reads it.
    fn read(file: Vec<u8>) -> Vec<Vec<Data>> {
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
        let range = read.worksheet_range_at(0).unwrap().unwrap();
        range.rows().map(<[Data]>::to_vec).collect()
    }

    /// The inverse of [`push_text`].
    fn unescaped(text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some(c) = rest.chars().next() {
            if c == '_' && is_escape(rest) {
                let code = u32::from_str_radix(&rest[2..6], 16).unwrap();
                out.push(char::from_u32(code).unwrap());
                rest = &rest[7..];
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_breaks_the_markup(
            text in prop_oneof![any::<String>(), "[_x0-9A-F<>&\"\r\n\u{1}]{0,20}"]
        ) {
            let mut written = String::new();
            push_text(&mut written, &text);
            prop_assert!(!written.contains(['<', '>', '"', '\r', '\u{1}']), "{:?}", written);
            prop_assert_eq!(unescaped(&written), text);
        }

        #[test]
        fn columns_have_letters_in_order(at in 0usize..800) {
            let (one, next) = (letters(at), letters(at + 1));
            prop_assert!((one.len(), &one) < (next.len(), &next));
        }
    }

    #[test]
    fn another_library_reads_the_same_cells() {
        let moment = datetime!(2026-04-30 16:30 UTC);
        let rows = [
            vec![
                Cell::Text("=1+1".into()),
                Cell::Text("0001234567890123".into()),
            ],
            vec![Cell::Text("𠮷野家 <&> \"䶮\"".into()), Cell::Number(7)],
            vec![Cell::Day(date!(2026 - 05 - 01)), Cell::Moment(moment)],
            vec![Cell::Text("two\nlines ".into()), Cell::Empty],
        ];
        let read = read(workbook(&rows));
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!(read[0], [text("姓名"), text("编号")]);
        assert_eq!(read[1], [text("=1+1"), text("0001234567890123")]);
        assert_eq!(read[2][0], text("𠮷野家 <&> \"䶮\""));
        assert_eq!(read[2][1], Data::Float(7.0));
        let serial = |cell: &Data| match cell {
            Data::DateTime(moment) => moment.as_f64(),
            other => panic!("{other:?}"),
        };
        // 2026-05-01 is day 46143; half past midnight in Beijing is 1/48 of it.
        assert_eq!(serial(&read[3][0]), 46_143.0);
        assert!((serial(&read[3][1]) - (46_143.0 + 1.0 / 48.0)).abs() < 1e-9);
        assert_eq!(read[4][0], text("two\nlines "));
    }

    #[test]
    fn a_sheet_has_a_name_that_every_program_takes() {
        assert_eq!(sheet_name("会员[2026]/A:B"), "会员 2026  A B");
        assert_eq!(sheet_name("'?'"), "Export");
        assert_eq!(sheet_name(&"长".repeat(40)).chars().count(), 31);
    }

    #[test]
    fn what_waits_to_be_taken_does_not_grow_with_the_rows() {
        let mut workbook = Workbook::new("x", &headings(Language::En)).unwrap();
        let mut most = 0;
        for number in 0..50_000 {
            let cells = [Cell::Text(format!("王{number}")), Cell::Number(number)];
            workbook.write_row(&cells).unwrap();
            if number % 500 == 0 {
                most = most.max(workbook.take().len());
            }
        }
        assert!(most < 256 * 1024, "{most}");
    }
}

//! A file of either format, written row by row.

use zip::result::ZipResult;

use crate::{
    csv,
    state::Format,
    table::{Cell, Heading},
    xlsx::{self, Workbook},
};

impl Format {
    /// Of the file's name.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// In HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => xlsx::MEDIA_TYPE,
        }
    }
}

/// A file that is being written. What was written is taken from time to time; nothing else is kept.
pub enum Sheet {
    /// RFC 4180.
    Csv(Vec<u8>),
    /// ISO/IEC 29500.
    Xlsx(Box<Workbook>),
}

impl Sheet {
    /// Begins with the titles. `name` is what a spreadsheet calls the sheet.
    pub fn new(format: Format, name: &str, columns: &[Heading]) -> ZipResult<Self> {
        match format {
            Format::Xlsx => {
                let workbook = Workbook::new(name, columns)?;
                Ok(Self::Xlsx(Box::new(workbook)))
            }
            Format::Csv => {
                let mut out = csv::MARK.as_bytes().to_vec();
                let titles: Vec<Cell> = columns
                    .iter()
                    .map(|column| Cell::Text(column.title.clone()))
                    .collect();
                csv::write_row(&mut out, &titles);
                Ok(Self::Csv(out))
            }
        }
    }

    /// Appends a row.
    pub fn write_row(&mut self, cells: &[Cell]) -> ZipResult<()> {
        match self {
            Self::Csv(out) => {
                csv::write_row(out, cells);
                Ok(())
            }
            Self::Xlsx(workbook) => workbook.write_row(cells),
        }
    }

    /// What has been written since it was last taken.
    pub fn take(&mut self) -> Vec<u8> {
        match self {
            Self::Csv(out) => std::mem::take(out),
            Self::Xlsx(workbook) => workbook.take(),
        }
    }

    /// Ends the file and takes the rest of it.
    pub fn finish(self) -> ZipResult<Vec<u8>> {
        match self {
            Self::Csv(out) => Ok(out),
            Self::Xlsx(workbook) => workbook.finish(),
        }
    }
}

//! Why an upload is refused.

use kit::errors::Problem;
use proto_platform::reasons;

use super::Kind;

/// Why an upload is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Error {
    #[error("the name is not one name")]
    Name,
    #[error("the name is longer than {most} characters")]
    NameTooLong { most: usize },
    #[error("a file without content")]
    Empty,
    #[error("more than {most} bytes")]
    TooLarge { most: u64 },
    #[error("not a type that is taken here")]
    TypeNotAllowed { allowed: &'static [Kind] },
    #[error("the owner has too much unclaimed")]
    TooManyUnclaimed,
    #[error("the upload has {parts} parts")]
    PartNumber { parts: u64 },
    #[error("the part has to have {expected} bytes")]
    PartLength { expected: u64 },
    #[error("parts are missing")]
    PartsMissing { missing: Vec<i32> },
    #[error("the content has another hash")]
    HashDiffers,
    #[error("nothing that can be read")]
    Unreadable,
    #[error("the document needs a password")]
    Locked,
    #[error("more than {pixels} pixels on a side")]
    TooManyPixels { pixels: u32 },
    #[error("the scanner found something")]
    Infected,
    #[error("the upload is complete")]
    Complete,
    #[error("the upload is not complete")]
    NotComplete,
    #[error("no such upload of this caller")]
    NotFound,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Name => Self::invalid(
                "name",
                (
                    "Not a file name; give the name alone, without folders and control characters.",
                    "不是有效的文件名；请只填写文件名，不含文件夹路径和控制字符。",
                ),
            ),
            Error::NameTooLong { most } => Self::invalid(
                "name",
                (
                    format!("Longer than {most} characters; shorten the file name."),
                    format!("文件名超过 {most} 个字，请缩短后再上传。"),
                ),
            ),
            Error::Empty => Self::invalid(
                "size",
                (
                    "The file is empty; choose one with content.",
                    "文件为空，请选择有内容的文件。",
                ),
            ),
            Error::TooLarge { most } => Self::invalid(
                "size",
                (
                    format!("Larger than {most} bytes; choose a smaller file."),
                    format!("文件超过 {most} 字节，请选择更小的文件。"),
                ),
            ),
            Error::TypeNotAllowed { allowed } => {
                let types: Vec<_> = allowed.iter().map(|kind| kind.media_type()).collect();
                Self::of(&reasons::FILE_TYPE_NOT_ALLOWED).with("types", types.join(", "))
            }
            Error::TooManyUnclaimed => Self::of(&reasons::UPLOADS_UNCLAIMED),
            Error::PartNumber { parts } => Self::invalid(
                "number",
                (
                    format!("Must be 1 to {parts}: this upload has so many parts."),
                    format!("应为 1 至 {parts}：该文件共分为 {parts} 段。"),
                ),
            ),
            Error::PartLength { expected } => Self::invalid(
                "content",
                (
                    format!("Must have exactly {expected} bytes; cut the file again."),
                    format!("应恰好为 {expected} 字节，请重新切分文件。"),
                ),
            ),
            Error::PartsMissing { missing } => {
                // As many as a person can use.
                let some: Vec<_> = missing.iter().take(20).map(i32::to_string).collect();
                Self::of(&reasons::UPLOAD_INCOMPLETE).with("missing", some.join(", "))
            }
            Error::NotComplete => Self::of(&reasons::UPLOAD_INCOMPLETE),
            Error::HashDiffers => Self::of(&reasons::UPLOAD_DIFFERS),
            Error::Unreadable => Self::of(&reasons::FILE_UNREADABLE),
            Error::Locked => Self::of(&reasons::FILE_LOCKED),
            Error::TooManyPixels { pixels } => {
                Self::of(&reasons::PICTURE_TOO_LARGE).with("pixels", pixels)
            }
            Error::Infected => Self::of(&reasons::FILE_INFECTED),
            Error::Complete => Self::of(&reasons::UPLOAD_COMPLETE),
            Error::NotFound => Self::of(&reasons::NOT_FOUND),
        }
    }
}

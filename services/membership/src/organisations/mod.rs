//! Organisations: CAST itself, its regional associations, the societies and everything below them, as one tree.
//!
//! The truth of the tree is here. The access copy (`access.organisations`) and the event are written in the same transaction.

mod rpc;
pub(crate) mod rules;
mod search;
pub(crate) mod store;

use kit::errors::Problem;
use proto_membership::{reasons, v1 as wire};
use sqlx::types::Json;
use uuid::Uuid;

use database::stored_enum;

use crate::logos::Published;

pub use rpc::Organisations;
pub(crate) use rpc::established;

stored_enum! {
    /// What an organisation is.
    pub(crate) enum Kind: wire::organisation::Kind {
        /// 中国科协
        Headquarters = "HEADQUARTERS",
        /// 地方科协
        RegionalAssociation = "REGIONAL_ASSOCIATION",
        /// 全国学会
        NationalSociety = "NATIONAL_SOCIETY",
        /// 地方学会
        LocalSociety = "LOCAL_SOCIETY",
        /// 分支机构、专业委员会
        Branch = "BRANCH",
        /// 基层组织
        Grassroots = "GRASSROOTS",
    }
}

stored_enum! {
    /// What a society is about; unspecified for others.
    pub(crate) enum SubjectClass: wire::organisation::SubjectClass {
        Unspecified = "SUBJECT_CLASS_UNSPECIFIED",
        Science = "SCIENCE",
        Engineering = "ENGINEERING",
        Agriculture = "AGRICULTURE",
        Medicine = "MEDICINE",
        Interdisciplinary = "INTERDISCIPLINARY",
    }
}

/// An organisation as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Organisation {
    pub organisation_id: Uuid,
    /// `None` for the headquarters.
    pub parent_id: Option<Uuid>,
    /// The ids from the root to this one: `/<id>/<id>/`.
    pub path: String,
    /// CAST's code.
    pub code: String,
    /// Full Chinese name.
    pub name: String,
    /// What people call it, or empty.
    pub short_name: String,
    pub kind: Kind,
    /// GB/T 2260 code of the seat.
    pub division_code: Option<String>,
    pub subject_class: SubjectClass,
    pub introduction: String,
    pub website: String,
    pub accepts_applications: bool,
    /// Working days for each review step of an application.
    pub review_days: i16,
    pub version: i64,
    /// What everybody sees of its published logo.
    pub logo: Option<Json<Published>>,
}

/// Why an organisation cannot be established as asked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum Error {
    /// This kind does not stand below that one.
    #[error("{} does not belong below {}", kind.as_str(), parent.as_str())]
    Misplaced { kind: Kind, parent: Kind },
    /// The tree is as deep as it gets.
    #[error("the tree is too deep here")]
    TooDeep,
    /// Societies have a class of subjects.
    #[error("a society needs a class of subjects")]
    SubjectClassMissing,
    /// Others than societies have none.
    #[error("only societies have a class of subjects")]
    SubjectClassUnfit,
    /// Not an address that can be shown to visitors.
    #[error("not a plain https address")]
    Website,
    /// Another organisation has this code.
    #[error("the code is taken")]
    CodeTaken,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Misplaced { kind, parent } => Problem::of(&reasons::ORGANISATION_MISPLACED)
                .with("kind", kind.as_str())
                .with("parent_kind", parent.as_str())
                .field(
                    "kind",
                    (
                        "Not below this parent; choose another kind or parent.",
                        "请更换组织类型或上级组织。",
                    ),
                ),
            Error::Website => Problem::invalid(
                "website",
                (
                    "Not a plain https address; write it as https://name.example/, without user name, blanks or invisible characters.",
                    "不是有效的 https 网址；请填写形如 https://www.example.cn/ 的地址，不含用户名、空格和不可见字符。",
                ),
            ),
            Error::TooDeep => Problem::invalid(
                "parent_id",
                (
                    "Already at the lowest level; choose a parent further up.",
                    "该组织已在最低层级，请选择更上一级的组织。",
                ),
            ),
            Error::SubjectClassMissing => Problem::invalid(
                "subject_class",
                (
                    "Missing; a society needs a class of subjects.",
                    "学会必须填写学科门类。",
                ),
            ),
            Error::SubjectClassUnfit => Problem::invalid(
                "subject_class",
                (
                    "Only societies have one; leave it out.",
                    "只有学会填写学科门类，请留空。",
                ),
            ),
            Error::CodeTaken => Problem::of(&reasons::ORGANISATION_CODE_TAKEN).field(
                "code",
                ("Taken; choose another code.", "该代码已被使用，请更换。"),
            ),
        }
    }
}

//! Exports of the registrations for an activity: what the list of registrations shows, as a file. How files are made and
//! handed over is the crate `exports`.

mod questions;
pub mod rpc;
mod rules;
mod source;

use proto_events::v1::create_registration_export_request as wire;

pub use source::exports;

database::stored_enum! {
    /// A column of the file.
    pub(crate) enum Column: wire::Column {
        /// 科协号
        PersonNumber = "PERSON_NUMBER",
        /// 姓名
        PersonName = "PERSON_NAME",
        /// 状态
        State = "STATE",
        /// 报名时间
        RegisteredAt = "REGISTERED_AT",
        /// 签到时间
        CheckedInAt = "CHECKED_IN_AT",
        /// 报名信息: one column for each question that may be exported
        Answers = "ANSWERS",
    }
}

/// Which registrations: the number of the state on the wire; 0 for all.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Filter {
    state: i32,
}

//! Exports of the members of an organisation: what the list of members shows, as a file. How files are made and handed
//! over is the crate `exports`.

mod rpc;
mod rules;
mod source;

use proto_membership::v1::create_member_export_request as wire;

pub use rpc::MemberExports;
pub use source::exports;

database::stored_enum! {
    /// A column of the file.
    pub(crate) enum Column: wire::Column {
        /// 会员号
        MemberNumber = "MEMBER_NUMBER",
        /// 科协号
        PersonNumber = "PERSON_NUMBER",
        /// 姓名
        MemberName = "MEMBER_NAME",
        /// 会员类别
        Category = "CATEGORY",
        /// 状态
        State = "STATE",
        /// 入会日期
        JoinedOn = "JOINED_ON",
    }
}

/// Which members.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Filter {
    /// As it is stored; absent: all.
    state: Option<String>,
    /// As it is stored; absent: all.
    category: Option<String>,
}

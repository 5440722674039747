//! Categories of members (会员类别): applied for and held; the last letter of a member number shows the class.

use proto_membership::v1 as wire;

use database::stored_enum;

stored_enum! {
    /// The kind of a member.
    pub(crate) enum Category: wire::MembershipCategory {
        /// 普通会员
        Ordinary = "ORDINARY",
        /// 学生会员
        Student = "STUDENT",
        /// 高级会员
        Senior = "SENIOR",
    }
}

//! Categories of members (会员类别): applied for, held, and told from the last letter of a member number.

use proto::cast::membership::v1 as wire;

use crate::stored::stored_enum;

stored_enum! {
    /// What kind of member somebody is.
    pub(crate) enum Category: wire::MembershipCategory {
        /// 普通会员
        Ordinary = "ORDINARY",
        /// 学生会员
        Student = "STUDENT",
        /// 高级会员
        Senior = "SENIOR",
    }
}

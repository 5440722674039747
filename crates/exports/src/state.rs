//! The words of an export, as they are stored and on the wire.

use database::stored_enum;
use proto_exports::v1::export as wire;

stored_enum! {
    /// What is in the file.
    pub enum Kind: wire::Kind {
        /// Members of an organisation.
        Members = "MEMBERS",
        /// Registrations for an activity.
        Registrations = "REGISTRATIONS",
    }
}

stored_enum! {
    /// The form of the file.
    pub enum Format: wire::Format {
        /// RFC 4180.
        Csv = "CSV",
        /// ISO/IEC 29500.
        Xlsx = "XLSX",
    }
}

stored_enum! {
    /// Of titles and words in the file.
    pub enum Language: wire::Language {
        /// Chinese.
        Zh = "ZH",
        /// English.
        En = "EN",
    }
}

stored_enum! {
    /// What the file is for.
    pub enum Purpose: wire::Purpose {
        /// 会员服务与联络
        MemberService = "MEMBER_SERVICE",
        /// 活动组织
        ActivityOrganisation = "ACTIVITY_ORGANISATION",
        /// 统计与报告
        Statistics = "STATISTICS",
        /// 换届与选举
        Election = "ELECTION",
        /// 其他
        Other = "OTHER",
    }
}

stored_enum! {
    /// Where an export is in its life.
    ///
    /// ```text
    /// WAITING ──▶ RUNNING ──▶ READY ──▶ EXPIRED, REVOKED, OUTDATED (file deleted)
    ///    │           ├──────▶ FAILED ──retried by an operator──▶ RUNNING
    ///    └───────────┴──────▶ CANCELLED, REVOKED
    /// ```
    pub enum State: wire::State {
        /// Another one of the same person and organisation comes first.
        Waiting = "WAITING",
        /// Its job is queued or runs.
        Running = "RUNNING",
        /// The file can be downloaded.
        Ready = "READY",
        /// No file was made.
        Failed = "FAILED",
        /// Ended by the requester.
        Cancelled = "CANCELLED",
        /// The file has had its time.
        Expired = "EXPIRED",
        /// The requester has lost the right.
        Revoked = "REVOKED",
        /// A consent was withdrawn after the file was made.
        Outdated = "OUTDATED",
    }
}

stored_enum! {
    /// Why no file was made.
    pub enum Failure: wire::Failure {
        /// More rows than a file may have.
        TooLarge = "TOO_LARGE",
        /// It took too long, or failed every time it was tried.
        NotFinished = "NOT_FINISHED",
    }
}

//! The words of a paper.

use proto_papers::v1 as wire;

use database::stored_enum;

stored_enum! {
    /// What a paper certifies.
    pub enum Kind: wire::paper::Kind {
        /// 会员证明
        Membership = "MEMBERSHIP",
        /// 参会证明
        Attendance = "ATTENDANCE",
    }
}

impl Kind {
    /// The letter in its numbers.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Membership => 'M',
            Self::Attendance => 'A',
        }
    }

    /// As files are called.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Membership => "会员证明",
            Self::Attendance => "参会证明",
        }
    }

    /// In links.
    pub(crate) const fn segment(self) -> &'static str {
        match self {
            Self::Membership => "m",
            Self::Attendance => "a",
        }
    }
}

/// Why what a paper says does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another paper was issued instead.
    Superseded,
    /// Not for now.
    Suspended,
    /// Not any more.
    Ended,
    /// What it is about was cancelled.
    Cancelled,
}

impl From<Reason> for wire::paper::Reason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Superseded => Self::Superseded,
            Reason::Suspended => Self::Suspended,
            Reason::Ended => Self::Ended,
            Reason::Cancelled => Self::Cancelled,
        }
    }
}

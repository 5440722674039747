//! Where a letter is in its life.

use database::stored_enum;
use kit::errors::Problem;
use proto_letters::{reasons, v1::letter as wire};

stored_enum! {
    /// Where a letter is in its life.
    pub enum State: wire::State {
        /// 草稿
        Draft = "DRAFT",
        /// 发送中
        Sending = "SENDING",
        /// 已发送
        Sent = "SENT",
        /// 已停止
        Stopped = "STOPPED",
    }
}

impl State {
    /// The refusal of what cannot be done in this state.
    pub(crate) fn refusal(self) -> Problem {
        let zh = match self {
            Self::Draft => "草稿",
            Self::Sending => "发送中",
            Self::Sent => "已发送",
            Self::Stopped => "已停止",
        };
        Problem::of(&reasons::LETTER_STATE)
            .with("state", self.as_str())
            .with("state_zh", zh)
    }
}

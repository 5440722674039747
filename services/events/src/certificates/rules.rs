//! When an attendance is certified, and what the certificate says. Pure.

use papers::Fact;
use time::{Date, OffsetDateTime};

use super::Refused;
use crate::{
    activities::{Kind, State as ActivityState},
    registrations::State,
};

/// What decides.
#[derive(Clone, Copy, Debug)]
pub struct Attendance {
    /// Of the registration.
    pub state: State,
    /// Of the activity.
    pub activity: ActivityState,
    /// The end of the activity.
    pub ends_at: OffsetDateTime,
    /// When the activity was cancelled.
    pub cancelled_at: Option<OffsetDateTime>,
}

/// Whether it is certified at this moment.
pub fn certified(attendance: Attendance, now: OffsetDateTime) -> Result<(), Refused> {
    if attendance.state != State::Attended {
        return Err(Refused::NotAttended);
    }
    match attendance.activity {
        ActivityState::Cancelled => {
            let at = attendance.cancelled_at.unwrap_or(attendance.ends_at);
            Err(Refused::Cancelled(at))
        }
        ActivityState::Draft | ActivityState::Published if now < attendance.ends_at => {
            Err(Refused::TooEarly(attendance.ends_at))
        }
        ActivityState::Draft | ActivityState::Published => Ok(()),
    }
}

/// What a kind of activity is called.
pub fn kind(kind: Kind) -> Fact {
    let (zh, en) = match kind {
        Kind::AcademicMeeting => ("学术交流", "academic meeting"),
        Kind::Lecture => ("报告讲座", "lecture"),
        Kind::PopularScience => ("科普活动", "popular science"),
        Kind::Training => ("培训研修", "training"),
        Kind::Volunteering => ("科技志愿服务", "volunteering"),
    };
    fact(zh, en)
}

/// The days from the first to the last.
pub fn days(first: Date, last: Date) -> Fact {
    let zh = |day: Date| {
        let (year, month) = (day.year(), u8::from(day.month()));
        format!("{year}年{month}月{}日", day.day())
    };
    let en = |day: Date| format!("{} {} {}", day.day(), day.month(), day.year());
    if first == last {
        return fact(zh(first), en(first));
    }
    fact(
        format!("{}至{}", zh(first), zh(last)),
        format!("{} to {}", en(first), en(last)),
    )
}

/// Credited minutes.
pub fn credit(minutes: i32) -> Fact {
    match (minutes / 60, minutes % 60) {
        (0, 0) => fact("无", "none"),
        (0, m) => fact(format!("{m}分钟"), format!("{m} min")),
        (h, 0) => fact(format!("{h}小时"), format!("{h} h")),
        (h, m) => fact(format!("{h}小时{m}分钟"), format!("{h} h {m} min")),
    }
}

fn fact(zh: impl Into<String>, en: impl Into<String>) -> Fact {
    Fact {
        zh: zh.into(),
        en: en.into(),
    }
}

#[cfg(test)]
mod tests {
    use time::{
        Duration,
        macros::{date, datetime},
    };

    use super::*;

    const END: OffsetDateTime = datetime!(2026-05-02 09:00 UTC);

    fn attendance(state: State, activity: ActivityState) -> Attendance {
        Attendance {
            state,
            activity,
            ends_at: END,
            cancelled_at: Some(END - Duration::HOUR),
        }
    }

    #[test]
    fn who_was_there_has_a_certificate_from_the_end_on() {
        let there = attendance(State::Attended, ActivityState::Published);
        assert_eq!(certified(there, END), Ok(()));
        let early = END - Duration::SECOND;
        assert_eq!(certified(there, early), Err(Refused::TooEarly(END)));
        for state in [State::Registered, State::Cancelled] {
            let absent = attendance(state, ActivityState::Published);
            assert_eq!(certified(absent, END), Err(Refused::NotAttended));
        }
        let cancelled = attendance(State::Attended, ActivityState::Cancelled);
        let at = END - Duration::HOUR;
        assert_eq!(certified(cancelled, END), Err(Refused::Cancelled(at)));
    }

    #[test]
    fn facts_read_well_in_both_languages() {
        assert_eq!(
            days(date!(2026 - 05 - 01), date!(2026 - 05 - 01)).zh,
            "2026年5月1日"
        );
        let two = days(date!(2026 - 05 - 01), date!(2026 - 05 - 02));
        assert_eq!(two.en, "1 May 2026 to 2 May 2026");
        for (minutes, zh) in [
            (0, "无"),
            (45, "45分钟"),
            (120, "2小时"),
            (150, "2小时30分钟"),
        ] {
            assert_eq!(credit(minutes).zh, zh);
        }
    }
}

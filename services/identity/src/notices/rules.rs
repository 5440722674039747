//! Who is told, by which way, and when. Pure.

use kit::clock::SHANGHAI;
use time::{Duration, OffsetDateTime, Time, macros::time};
use uuid::Uuid;

use super::{Category, Mail, NoticeError};

/// A notice is forgotten after this, and an older event tells nothing any more.
pub const RETENTION: Duration = Duration::days(180);
/// It is kept longer that an event was carried out than the event can tell something.
pub const ASKED_RETENTION: Duration = Duration::days(190);

/// What is not urgent waits for the morning from here on, Beijing time.
const NIGHT: Time = time!(22:00);
/// The morning.
const MORNING: Time = time!(8:00);
/// When the daily mail goes out.
const DIGEST: Time = time!(8:30);

/// By which way a person is told about a category; the inbox has everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// When mail goes out.
    pub mail: Mail,
    /// Whether a text message says that there is something new.
    pub sms: bool,
}

impl Category {
    /// The choice of those who have made none.
    pub const fn default_choice(self) -> Choice {
        match self {
            Self::Security | Self::Activities => Choice {
                mail: Mail::AtOnce,
                sms: true,
            },
            Self::Applications | Self::Guardians | Self::Letters => Choice {
                mail: Mail::AtOnce,
                sms: false,
            },
            // A desk that is visited every day anyway.
            Self::Desk => Choice {
                mail: Mail::Daily,
                sms: false,
            },
        }
    }

    /// Whether it is sent whatever the person has chosen.
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::Security)
    }

    /// The choice that holds.
    pub fn choice(self, kept: Option<Choice>) -> Choice {
        match kept {
            Some(kept) if !self.is_fixed() => kept,
            _ => self.default_choice(),
        }
    }
}

/// What is to be done outside of the inbox, and when it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// A mail of its own.
    pub mail_at: Option<OffsetDateTime>,
    /// A text message.
    pub sms_at: Option<OffsetDateTime>,
    /// The daily mail.
    pub digest_at: Option<OffsetDateTime>,
}

/// What a new notice causes.
pub fn plan(choice: Choice, urgent: bool, now: OffsetDateTime) -> Plan {
    let at = not_before(urgent, now);
    Plan {
        mail_at: (choice.mail == Mail::AtOnce).then_some(at),
        sms_at: choice.sms.then_some(at),
        digest_at: (choice.mail == Mail::Daily).then(|| next_digest(now)),
    }
}

/// When a message may go out: what is not urgent waits from 22:00 to 8:00, Beijing time.
pub fn not_before(urgent: bool, now: OffsetDateTime) -> OffsetDateTime {
    let here = now.to_offset(SHANGHAI);
    if urgent || (MORNING..NIGHT).contains(&here.time()) {
        return now;
    }
    let day = match here.time() < MORNING {
        true => Some(here.date()),
        false => here.date().next_day(),
    };
    // The calendar ends in the year 9999.
    day.map_or(now, |day| {
        OffsetDateTime::new_in_offset(day, MORNING, SHANGHAI)
    })
}

/// The next daily mail.
pub fn next_digest(now: OffsetDateTime) -> OffsetDateTime {
    let here = now.to_offset(SHANGHAI);
    let day = match here.time() < DIGEST {
        true => Some(here.date()),
        false => here.date().next_day(),
    };
    day.map_or(now, |day| {
        OffsetDateTime::new_in_offset(day, DIGEST, SHANGHAI)
    })
}

/// By which channels a message goes out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// To the mail address.
    pub mail: bool,
    /// To the phone.
    pub sms: bool,
}

/// The channels for a person with these addresses. What is fixed goes by mail, and by SMS to those who have no mail address: it reaches
/// everyone and costs one message.
pub fn channels(category: Category, choice: Choice, has_mail: bool, has_phone: bool) -> Channels {
    let mail = has_mail && choice.mail == Mail::AtOnce;
    let sms = has_phone && choice.sms;
    Channels {
        mail,
        sms: sms && !(category.is_fixed() && mail),
    }
}

/// A person who holds a permission that reaches an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub person_id: Uuid,
    /// How long the path of the organisation is on which it is held: the longer, the nearer.
    pub depth: i32,
}

/// Those who hold it nearest, each once, without this person. Where that person is the only one there, those above are told: what waits
/// must not wait for the one who may not do it.
pub fn nearest(holders: &[Holder], except: Option<Uuid>) -> Vec<Uuid> {
    let others = || holders.iter().filter(|h| Some(h.person_id) != except);
    let Some(depth) = others().map(|holder| holder.depth).max() else {
        return Vec::new();
    };
    let mut people: Vec<Uuid> = others()
        .filter(|holder| holder.depth == depth)
        .map(|holder| holder.person_id)
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Whether an event is too old to tell something.
pub fn forgotten(occurred_at: OffsetDateTime, now: OffsetDateTime) -> bool {
    occurred_at < now - RETENTION
}

/// Whether these categories can be chosen for, each once.
pub fn check_choices(categories: &[Category]) -> Result<(), NoticeError> {
    for (at, category) in categories.iter().enumerate() {
        if category.is_fixed() {
            return Err(NoticeError::Fixed(at));
        }
        if categories[..at].contains(category) {
            return Err(NoticeError::Twice(at));
        }
    }
    Ok(())
}

/// What a text message says: that there is something, and not what. Phones show messages to those who stand beside.
pub const fn sms() -> &'static str {
    "【网上科协】您有一条新通知，请登录网上科协查看。You have a new notice on Online CAST."
}

/// A notice as a message tells it, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In Chinese.
    pub zh: (String, String),
    /// In English.
    pub en: (String, String),
    /// Where it goes on.
    pub url: String,
}

/// Subject and text of a mail about one notice.
pub fn mail(told: &Told) -> (String, String) {
    let Told { zh, en, url } = told;
    (
        format!("网上科协：{}", zh.0),
        format!(
            "{}\n\n{}\n\n{url}\n\n{FOOT_ZH}\n\n{}\n\n{FOOT_EN}\n",
            zh.0, zh.1, en.1
        ),
    )
}

/// Subject and text of the daily mail. `more` further ones are in the inbox.
pub fn digest(told: &[Told], more: i64, inbox: &str) -> (String, String) {
    let count = i64::try_from(told.len()).unwrap_or(i64::MAX) + more;
    let lines = |words: fn(&Told) -> &(String, String)| {
        let lines = told.iter().map(|one| format!("· {}", words(one).1));
        lines.collect::<Vec<_>>().join("\n")
    };
    (
        format!("网上科协：{count} 条未读通知"),
        format!(
            "您有 {count} 条未读通知：\n\n{}\n\n{inbox}\n\n{FOOT_ZH}\n\nYou have unread notices: {count}\n\n{}\n\n{FOOT_EN}\n",
            lines(|one| &one.zh),
            lines(|one| &one.en)
        ),
    )
}

const FOOT_ZH: &str = "此邮件由系统自动发送。您可以登录后在“通知设置”中选择接收方式。";
const FOOT_EN: &str =
    "This message was sent automatically. Sign in to choose by which way you are told.";

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

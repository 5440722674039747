//! How one-time codes behave, and what the message says. Pure.

use time::{Duration, OffsetDateTime};

use super::{Decoy, Language, Message, Purpose};
use crate::{credentials::addresses::Address, throttles::rules::harder};

/// A code is void after this.
pub const LIFETIME: Duration = Duration::minutes(10);
/// No other code for the same purpose goes to an address before this, when the same origin or device asks.
pub const RESEND: Duration = Duration::seconds(60);
/// Codes for one purpose and one address that one origin, or one known device, may ask for within [`WINDOW`].
pub const MOST_A_PAIR: i64 = 5;
/// Codes that strangers may ask for from one origin within [`WINDOW`] without work, unless it is configured otherwise; many people share the
/// origin of a campus.
pub const MOST_AN_ORIGIN: i64 = 100;
/// What the limits of a pair and an origin count over.
pub const WINDOW: Duration = Duration::hours(1);
/// What the limits of an address count over.
pub const DAY: Duration = Duration::hours(24);
/// Codes that strangers may have sent to one address within [`DAY`] without work.
pub const STRANGERS_FREE: i64 = 3;
/// Codes that strangers may have sent to one address within [`DAY`] at all: no phone is flooded.
pub const MOST_BY_STRANGERS: i64 = 10;
/// Codes to one address within [`DAY`] at all. What strangers may not use up is there for devices the owner has signed in with.
pub const MOST_AN_ADDRESS: i64 = 20;
/// Wrong tries before a code is void for where it was asked for; elsewhere there are as many, counted apart.
pub const MOST_ATTEMPTS: i16 = 5;

/// What was sent within some time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recent {
    /// How many codes.
    pub count: i64,
    /// The first of them.
    pub oldest: Option<OffsetDateTime>,
    /// The last of them.
    pub newest: Option<OffsetDateTime>,
}

/// What was sent before, as far as it decides about the next code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// To the address, for this purpose, asked for by the same origin or known device, within [`WINDOW`].
    pub pair: Recent,
    /// To the address, asked for by strangers, within [`DAY`].
    pub by_strangers: Recent,
    /// To the address, within [`DAY`].
    pub to_address: Recent,
    /// Asked for by strangers from the same origin, within [`WINDOW`].
    pub from_origin: Recent,
}

/// Who asks for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// A device that the account behind the address knows.
    Known,
    /// Anybody else.
    Stranger {
        /// Whether they bring a proof of work.
        worked: bool,
    },
}

/// Why no code is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The last one was a moment ago.
    Wait(Duration),
    /// A proof of work with so many bits is needed.
    Work(u8),
    /// The messages of the day are used up; there will be one again after this time.
    UsedUp(Duration),
}

/// Whether another code may be sent now. An origin may ask for `most_an_origin` within [`WINDOW`] without work.
pub fn may_send(
    asking: Asking,
    sent: Sent,
    most_an_origin: i64,
    now: OffsetDateTime,
) -> Result<(), NotSent> {
    let full = |recent: Recent, most: i64, within: Duration| match recent.oldest {
        Some(oldest) if recent.count >= most => Some(oldest + within - now),
        _ => None,
    };
    let pause = sent.pair.newest.map(|newest| newest + RESEND - now);
    let wait = pause
        .max(full(sent.pair, MOST_A_PAIR, WINDOW))
        .filter(|wait| *wait > Duration::ZERO);
    if let Some(wait) = wait {
        return Err(NotSent::Wait(wait));
    }
    let used_up = match asking {
        Asking::Known => full(sent.to_address, MOST_AN_ADDRESS, DAY),
        Asking::Stranger { .. } => full(sent.by_strangers, MOST_BY_STRANGERS, DAY).max(full(
            sent.to_address,
            MOST_AN_ADDRESS,
            DAY,
        )),
    };
    if let Some(wait) = used_up {
        return Err(NotSent::UsedUp(wait.max(Duration::SECOND)));
    }
    if asking == (Asking::Stranger { worked: false }) {
        let over_origin = sent.from_origin.count - most_an_origin;
        let over_address = sent.by_strangers.count - STRANGERS_FREE;
        let bits = |over: i64, step: i64| {
            (over >= 0).then(|| harder(i32::try_from(over / step).unwrap_or(i32::MAX)))
        };
        if let Some(bits) =
            bits(over_origin, (most_an_origin / 10).max(1)).max(bits(over_address, 1))
        {
            return Err(NotSent::Work(bits));
        }
    }
    Ok(())
}

/// A code as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Wrong tries so far, where it was asked for.
    pub attempts: i16,
    /// Wrong tries so far from elsewhere: of its owner whose network has changed, or of a stranger.
    pub attempts_elsewhere: i16,
    /// When it becomes void.
    pub expires_at: OffsetDateTime,
    /// Whether it has served already.
    pub consumed: bool,
    /// Whether it was sent to no address.
    pub decoy: bool,
}

/// What a try leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The code is right and may serve.
    Right,
    /// The code is right but has served: only good for repeating the request that it served.
    Spent,
    /// Wrong; the try is to be counted. So many are left.
    Wrong(i16),
    /// Nothing is to be had from this code any more, right or wrong.
    Void,
}

/// Judges a try. `matches`: purpose, address and digits are those of the code. `here`: it comes from the origin or device that asked for the
/// code. A decoy is never right.
pub fn judge(state: State, matches: bool, here: bool, now: OffsetDateTime) -> Verdict {
    let attempts = if here {
        state.attempts
    } else {
        state.attempts_elsewhere
    };
    if attempts >= MOST_ATTEMPTS || now >= state.expires_at {
        return Verdict::Void;
    }
    match (matches && !state.decoy, state.consumed) {
        (true, false) => Verdict::Right,
        (true, true) => Verdict::Spent,
        (false, _) => Verdict::Wrong(MOST_ATTEMPTS - attempts - 1),
    }
}

/// What the owner of the address is told. The one who asked learns nothing from the answer, so the message must say it all.
pub fn message(purpose: Purpose, account_exists: bool) -> Message {
    match (purpose, account_exists) {
        (Purpose::SignUp, true) => Message::Decoy(Decoy::AccountExists),
        (Purpose::SignIn | Purpose::Recover, false) => Message::Decoy(Decoy::NoAccount),
        _ => Message::Code,
    }
}

/// Six digits from a number that was drawn evenly from 0 to 999,999.
pub fn digits(drawn: u64) -> String {
    format!("{:06}", drawn % 1_000_000)
}

/// Subject (for mail) and text of a message.
pub fn words(
    message: Message,
    purpose: Purpose,
    code: &str,
    address: &Address,
    language: Language,
) -> (String, String) {
    let phone = matches!(address, Address::Phone(_));
    match language {
        Language::Chinese => chinese(message, purpose, code, phone),
        Language::English => english(message, purpose, code, phone),
    }
}

fn chinese(message: Message, purpose: Purpose, code: &str, phone: bool) -> (String, String) {
    let this = if phone { "此手机号" } else { "此邮箱" };
    let what = match purpose {
        Purpose::SignUp => "注册账号",
        Purpose::SignIn => "登录",
        Purpose::Recover => "重设密码",
    };
    match message {
        Message::Code => (
            format!("网上科协：{what}验证码"),
            format!(
                "【网上科协】验证码 {code}，用于{what}，10 分钟内有效。请勿告诉任何人，工作人员也不会向您索取。"
            ),
        ),
        Message::Decoy(Decoy::AccountExists) => (
            "网上科协：您已有账号".to_owned(),
            format!(
                "【网上科协】您好，有人正用{this}注册账号。您已有账号，请直接登录，忘记密码可选择“找回密码”。如非本人操作，无需理会。"
            ),
        ),
        Message::Decoy(Decoy::NoAccount) => (
            "网上科协：尚未注册".to_owned(),
            format!(
                "【网上科协】您好，有人正用{this}申请{what}，但{this}尚未注册，请先注册账号。如非本人操作，无需理会。"
            ),
        ),
    }
}

fn english(message: Message, purpose: Purpose, code: &str, phone: bool) -> (String, String) {
    let this = if phone { "this number" } else { "this address" };
    let what = match purpose {
        Purpose::SignUp => "sign up",
        Purpose::SignIn => "sign in",
        Purpose::Recover => "set a new password",
    };
    match message {
        Message::Code => (
            "Online CAST: your code".to_owned(),
            format!(
                "[Online CAST] {code} is your code to {what}. It is valid for 10 minutes. Do not tell it to others; our staff will never ask for it."
            ),
        ),
        Message::Decoy(Decoy::AccountExists) => (
            "Online CAST: you already have an account".to_owned(),
            format!(
                "[Online CAST] A request was made to sign up with {this}. You already have an account: sign in, or choose \"forgot password\". If it was not you, there is nothing to do."
            ),
        ),
        Message::Decoy(Decoy::NoAccount) => (
            "Online CAST: no account yet".to_owned(),
            format!(
                "[Online CAST] A request was made to {what} with {this}, which has no account yet. Please sign up first. If it was not you, there is nothing to do."
            ),
        ),
    }
}

/// The language of messages by an `Accept-Language` header (RFC 9110 section 12.5.4): English only if it is wanted more
/// than Chinese.
pub fn language(accept: &str) -> Language {
    let mut best = (Language::Chinese, 0.0);
    for entry in accept.split(',') {
        let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let quality = parameters
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.trim().parse::<f32>().ok())
            .filter(|q| (0.0..=1.0).contains(q))
            .unwrap_or(1.0);
        let tag = tag.trim().to_ascii_lowercase();
        let language = match tag.split('-').next() {
            Some("en") => Language::English,
            Some("zh") => Language::Chinese,
            _ => continue,
        };
        if quality > best.1 {
            best = (language, quality);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn before(sent: &[(OffsetDateTime, u8)], origin: u8, now: OffsetDateTime) -> Sent {
        let recent = |within: Duration, of: Option<u8>| {
            let of = sent
                .iter()
                .filter(|(at, by)| now - *at < within && of.is_none_or(|of| of == *by))
                .map(|(at, _)| *at)
                .collect::<Vec<_>>();
            Recent {
                count: i64::try_from(of.len()).unwrap(),
                oldest: of.first().copied(),
                newest: of.last().copied(),
            }
        };
        Sent {
            pair: recent(WINDOW, Some(origin)),
            by_strangers: recent(DAY, None),
            to_address: recent(DAY, None),
            from_origin: recent(WINDOW, Some(origin)),
        }
    }

    fn fresh() -> State {
        State {
            attempts: 0,
            attempts_elsewhere: 0,
            expires_at: NOW + LIFETIME,
            consumed: false,
            decoy: false,
        }
    }

    #[test]
    fn a_code_serves_once_in_time_and_within_five_tries() {
        assert_eq!(judge(fresh(), true, true, NOW), Verdict::Right);
        assert_eq!(
            judge(
                State {
                    consumed: true,
                    ..fresh()
                },
                true,
                true,
                NOW
            ),
            Verdict::Spent
        );
        assert_eq!(judge(fresh(), true, true, NOW + LIFETIME), Verdict::Void);
        assert_eq!(
            judge(fresh(), true, true, NOW + LIFETIME - Duration::MICROSECOND),
            Verdict::Right
        );
        assert_eq!(
            judge(
                State {
                    attempts: 4,
                    ..fresh()
                },
                true,
                true,
                NOW
            ),
            Verdict::Right
        );
        assert_eq!(
            judge(
                State {
                    attempts: 5,
                    ..fresh()
                },
                true,
                true,
                NOW
            ),
            Verdict::Void
        );
        assert_eq!(
            judge(
                State {
                    attempts: 4,
                    ..fresh()
                },
                false,
                true,
                NOW
            ),
            Verdict::Wrong(0)
        );
    }

    #[test]
    fn a_decoy_answers_like_a_code_that_was_guessed_wrong() {
        for attempts in 0..7 {
            let (code, decoy) = (
                State {
                    attempts,
                    ..fresh()
                },
                State {
                    attempts,
                    decoy: true,
                    ..fresh()
                },
            );
            assert_eq!(judge(decoy, true, true, NOW), judge(code, false, true, NOW));
            assert_eq!(
                judge(decoy, false, true, NOW),
                judge(code, false, true, NOW)
            );
        }
    }

    #[test]
    fn messages_tell_the_owner_and_nobody_else() {
        assert_eq!(message(Purpose::SignUp, false), Message::Code);
        assert_eq!(message(Purpose::SignIn, true), Message::Code);
        assert_eq!(message(Purpose::Recover, true), Message::Code);
        let phone = Address::parse("13800138000").unwrap();
        for language in [Language::Chinese, Language::English] {
            for purpose in [Purpose::SignUp, Purpose::SignIn, Purpose::Recover] {
                let (_, text) = words(Message::Code, purpose, "012345", &phone, language);
                assert!(text.contains("012345"));
                for decoy in [Decoy::AccountExists, Decoy::NoAccount] {
                    let (subject, text) =
                        words(Message::Decoy(decoy), purpose, "012345", &phone, language);
                    assert!(!text.contains("012345") && !subject.contains("012345"));
                }
            }
        }
    }

    #[test]
    fn english_only_if_wanted_more_than_chinese() {
        for (accept, expected) in [
            ("", Language::Chinese),
            ("en", Language::English),
            ("en-GB,en;q=0.9", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en;q=0.5, zh;q=0.9", Language::Chinese),
            ("fr,en;q=0.3", Language::English),
            ("de", Language::Chinese),
            ("en;q=nonsense,;;,", Language::English),
        ] {
            assert_eq!(language(accept), expected, "{accept}");
        }
    }

    proptest! {
        #[test]
        fn codes_are_six_digits(drawn: u64) {
            let code = digits(drawn);
            prop_assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
        }

        /// Plays requests against the limits: whatever strangers do, from wherever, with or without work, ten messages a day reach a phone;
        /// the owner's known device gets the next one at once.
        #[test]
        fn strangers_neither_flood_a_phone_nor_use_up_the_owners_codes(
            asked in prop::collection::vec((0i64..3_000, 0u8..40, any::<bool>()), 1..200)
        ) {
            let (mut now, mut sent) = (NOW, Vec::<(OffsetDateTime, u8)>::new());
            for (gap, origin, worked) in asked {
                now += Duration::seconds(gap);
                let before = before(&sent, origin, now);
                match may_send(Asking::Stranger { worked }, before, MOST_AN_ORIGIN, now) {
                    Ok(()) => {
                        prop_assert!(worked || before.by_strangers.count < STRANGERS_FREE);
                        sent.push((now, origin));
                    }
                    Err(NotSent::Work(bits)) => prop_assert!(!worked && bits >= 18),
                    Err(NotSent::Wait(wait)) => prop_assert!(wait > Duration::ZERO && wait <= WINDOW),
                    Err(NotSent::UsedUp(wait)) => prop_assert!(wait > Duration::ZERO && wait <= DAY),
                }
            }
            for eleven in sent.windows(11) {
                prop_assert!(eleven[10].0 - eleven[0].0 >= DAY);
            }
            for pair in sent.windows(2) {
                prop_assert!(pair[0].1 != pair[1].1 || pair[1].0 - pair[0].0 >= RESEND);
            }
            let owners = Sent { pair: Recent::default(), ..before(&sent, 255, now) };
            prop_assert_eq!(may_send(Asking::Known, owners, MOST_AN_ORIGIN, now), Ok(()));
        }

        /// A stranger who knows the id of a code does not void it.
        #[test]
        fn tries_from_elsewhere_do_not_void_a_code(attempts_elsewhere in 0i16..50) {
            let state = State { attempts_elsewhere, ..fresh() };
            prop_assert_eq!(judge(state, true, true, NOW), Verdict::Right);
            prop_assert_eq!(judge(state, true, false, NOW) == Verdict::Right, attempts_elsewhere < MOST_ATTEMPTS);
        }

        #[test]
        fn a_wrong_try_never_leaves_more_than_the_one_before(attempts in 0i16..10) {
            let left = |attempts| match judge(State { attempts, ..fresh() }, false, true, NOW) {
                Verdict::Wrong(left) => left,
                _ => -1,
            };
            prop_assert!(left(attempts) >= left(attempts + 1));
            prop_assert!(left(attempts) < MOST_ATTEMPTS);
        }

        #[test]
        fn no_header_makes_it_panic(accept in "\\PC{0,80}") {
            let _ = language(&accept);
        }
    }
}

//! How long a session lives, and how it is shown to its owner. Pure.

use std::net::IpAddr;

use time::{Duration, OffsetDateTime};

/// Ends a session however much it is used.
pub const ABSOLUTE: Duration = Duration::days(30);
/// Ends a session that is not used.
pub const IDLE: Duration = Duration::days(7);
/// `last_used_at` is written at most this often.
pub const TOUCH: Duration = Duration::minutes(5);
/// Live sessions of one account; the least recently used one ends when another begins.
pub const MOST: i64 = 100;

/// When a session ends if it is not used any more.
pub fn expires_at(absolute: OffsetDateTime, last_used_at: OffsetDateTime) -> OffsetDateTime {
    absolute.min(last_used_at + IDLE)
}

/// Browser and system in words: `Firefox, Android`. Programs lie about themselves, so this is a hint and nothing else.
pub fn device(user_agent: &str) -> String {
    // Most browsers also claim to be those further down.
    const BROWSERS: &[(&str, &str)] = &[
        ("MicroMessenger", "WeChat"),
        ("DingTalk", "DingTalk"),
        ("QQBrowser", "QQ Browser"),
        ("UCBrowser", "UC Browser"),
        ("HuaweiBrowser", "Huawei Browser"),
        ("MiuiBrowser", "Mi Browser"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("OpenHarmony", "HarmonyOS"),
        ("HarmonyOS", "HarmonyOS"),
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(token, _)| user_agent.contains(token))
            .map(|(_, name)| *name)
    };
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "unknown".to_owned(),
    }
}

/// A network address without its last part: `192.0.2.*`, `2001:db8:1:*`.
pub fn shortened(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.*")
        }
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:*")
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn devices_are_named_in_words() {
        for (agent, words) in [
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
                "Firefox, Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari, iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 MicroMessenger/8.0",
                "WeChat, Android",
            ),
            ("curl/8.14.1", "curl"),
            ("", "unknown"),
        ] {
            assert_eq!(device(agent), words);
        }
    }

    #[test]
    fn origins_lose_their_last_part() {
        let short = |text: &str| shortened(Some(text.parse().unwrap()));
        assert_eq!(short("192.0.2.17"), "192.0.2.*");
        assert_eq!(short("::ffff:192.0.2.17"), "192.0.2.*");
        assert_eq!(short("2001:db8:1:2:3:4:5:6"), "2001:db8:1:*");
        assert_eq!(shortened(None), "");
    }

    proptest! {
        #[test]
        fn no_use_prolongs_a_session_beyond_its_end(used in 0i64..40 * 86_400) {
            let begin = datetime!(2026-11-21 08:00 UTC);
            let end = expires_at(begin + ABSOLUTE, begin + Duration::seconds(used));
            prop_assert!(end <= begin + ABSOLUTE);
            prop_assert!(end <= begin + Duration::seconds(used) + IDLE);
        }

        #[test]
        fn no_agent_makes_it_panic(agent in "\\PC{0,200}") {
            let _ = device(&agent);
        }
    }
}

//! What a password must be. Pure.

use crate::credentials::addresses::Address;

/// Fewest characters of a password (NIST SP 800-63B section 3.1.1.2 asks for 8 with a second factor, 15 without; GB/T 22239
/// leaves the number open).
pub const SHORTEST: usize = 10;
/// Most characters of a password.
pub const LONGEST: usize = 128;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than [`SHORTEST`] characters.
    #[error("too short")]
    TooShort,
    /// More than [`LONGEST`] characters.
    #[error("too long")]
    TooLong,
    /// One of the most common ones, or one of their stems with digits.
    #[error("too common")]
    Common,
    /// Hardly more than one character, or a row of the keyboard.
    #[error("too simple")]
    Simple,
    /// Contains the person's number, address or name.
    #[error("contains a part of the address or name")]
    Personal,
}

impl PasswordError {
    /// What the person is told, in English and Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::TooShort => (
                "Too short; take at least 10 characters.",
                "密码太短，请至少使用 10 个字符。",
            ),
            Self::TooLong => (
                "Too long; take at most 128 characters.",
                "密码太长，请不要超过 128 个字符。",
            ),
            Self::Common => (
                "One of the most common passwords; choose another, for example four unrelated words.",
                "这是常见密码，容易被猜中，请换一个，例如几个互不相关的词。",
            ),
            Self::Simple => (
                "Too simple; use more different characters.",
                "密码过于简单，请使用更多不同的字符。",
            ),
            Self::Personal => (
                "Contains your number, address or name; choose something that cannot be known from you.",
                "密码中含有您的手机号、邮箱或姓名，请换一个与个人信息无关的密码。",
            ),
        }
    }
}

/// Checks a new password of an account with this address and display name.
pub fn check_password(
    password: &str,
    addresses: &[Address],
    display_name: &str,
) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(PasswordError::TooShort);
    }
    if length > LONGEST {
        return Err(PasswordError::TooLong);
    }
    let lower = password.to_lowercase();
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 4 || runs(&lower) {
        return Err(PasswordError::Simple);
    }
    let stem = lower.trim_matches(|c: char| !c.is_alphabetic());
    if listed(COMMON, &lower) || listed(STEMS, stem) || listed(STEMS, &lower) {
        return Err(PasswordError::Common);
    }
    if is_platform_name(&lower) {
        return Err(PasswordError::Common);
    }
    let telling = addresses
        .iter()
        .map(Address::telling_part)
        .chain([display_name]);
    for part in telling {
        let part = part.to_lowercase();
        if part.chars().count() >= 4 && lower.contains(&part) {
            return Err(PasswordError::Personal);
        }
    }
    Ok(())
}

/// Common ones of ten characters and more that the rules do not already catch.
const COMMON: &str = include_str!("common-passwords.txt");
/// What common passwords are made of: refused when nothing but digits and signs is added before or behind.
const STEMS: &str = include_str!("common-stems.txt");

/// What the platform is called, in pinyin, in English and in Chinese, piece by piece: what everybody tries first here.
const PLATFORM_WORDS: &[&str] = &[
    "wangshang",
    "online",
    "digital",
    "shuzi",
    "platform",
    "pingtai",
    "zhongguo",
    "china",
    "chinese",
    "kexue",
    "jishu",
    "keji",
    "xiehui",
    "xuehui",
    "kexie",
    "kepu",
    "science",
    "technology",
    "and",
    "for",
    "of",
    "the",
    "association",
    "society",
    "cast",
    "wskx",
    "zgkx",
    "kx",
    "gov",
    "org",
    "cn",
    "网上",
    "数字",
    "平台",
    "中国",
    "科学",
    "技术",
    "科技",
    "协会",
    "学会",
    "科协",
    "科普",
    "工作者",
];
/// Signs that are written for letters.
const LOOKALIKES: &[(char, char)] = &[
    ('0', 'o'),
    ('1', 'i'),
    ('3', 'e'),
    ('4', 'a'),
    ('5', 's'),
    ('@', 'a'),
    ('$', 's'),
    ('!', 'i'),
];

/// Whether a password is made of names of the platform alone, however often, with whatever digits and signs between, before and behind:
/// `cast-cast-2026`, `zhongguokexie`, `W@ngshang_Kexie!`.
fn is_platform_name(lower: &str) -> bool {
    let letters: String = lower.chars().filter(|c| c.is_alphabetic()).collect();
    let read = |c: char| {
        LOOKALIKES
            .iter()
            .find(|(sign, _)| *sign == c)
            .map_or(c, |(_, letter)| *letter)
    };
    let meant: String = lower
        .chars()
        .map(read)
        .filter(|c| c.is_alphabetic())
        .collect();
    of_platform_words(&letters) || of_platform_words(&meant)
}

/// Whether a text can be cut into words of the platform.
fn of_platform_words(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    // Where a word can begin.
    let mut begins = vec![false; text.len() + 1];
    begins[0] = true;
    for at in 0..text.len() {
        let Some(rest) = text.get(at..).filter(|_| begins[at]) else {
            continue;
        };
        for word in PLATFORM_WORDS
            .iter()
            .filter(|word| rest.starts_with(**word))
        {
            begins[at + word.len()] = true;
        }
    }
    begins[text.len()]
}

/// Whether a line of a list is this word.
fn listed(list: &str, word: &str) -> bool {
    list.lines().any(|line| line == word)
}

/// Whether every character follows its predecessor in the alphabet, the digits or on a keyboard, in either direction.
fn runs(lower: &str) -> bool {
    const ROWS: [&str; 5] = [
        "01234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
    ];
    let follows = |a: char, b: char| {
        ROWS.iter().any(|row| {
            let (forward, backward) = (format!("{a}{b}"), format!("{b}{a}"));
            row.contains(&forward) || row.contains(&backward)
        })
    };
    let characters: Vec<char> = lower.chars().collect();
    let steps = characters
        .windows(2)
        .filter(|pair| pair[0] == pair[1] || follows(pair[0], pair[1]))
        .count();
    // At most one jump: `qwertyuiop`, `1234567890`, `abcdefg1234`.
    steps + 2 >= characters.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn check(password: &str) -> Result<(), PasswordError> {
        let addresses = [
            Address::parse("13800138000").unwrap(),
            Address::parse("wang.xiaoming@example.org").unwrap(),
        ];
        check_password(password, &addresses, "王小明同志")
    }

    #[test]
    fn passwords_that_everybody_tries_first_are_refused() {
        use PasswordError::*;
        for (password, error) in [
            ("short", TooShort),
            ("一二三四五六七八九", TooShort),
            ("1234567890", Simple),
            ("0987654321", Simple),
            ("qwertyuiop", Simple),
            ("aaaaaaaaaaaa", Simple),
            ("abababababab", Simple),
            ("abcdefg1234", Simple),
            ("Password123", Common),
            ("password2026!", Common),
            ("123456qwerty", Simple),
            ("Admin@1234567", Common),
            ("woaini1314520", Common),
            ("1q2w3e4r5t", Common),
            ("wangshang-kexie", Common),
            ("wangshang-kexie-2026", Common),
            ("cast-cast-2026", Common),
            ("CAST.CAST.cast", Common),
            ("zhongguokexie", Common),
            ("ZhongGuo_KeXie_1958!", Common),
            ("W@ngsh@ng.K3xie", Common),
            ("2026kexie2026kexie", Common),
            ("online-cast-2026", Common),
            ("ChinaAssociationForScienceAndTechnology", Common),
            ("网上科协网上科协2026", Common),
            ("中国科学技术协会-1958", Common),
            ("my13800138000x", Personal),
            ("Wang.Xiaoming-2026", Personal),
            ("我是王小明同志没错呀呀", Personal),
        ] {
            assert_eq!(check(password), Err(error), "{password}");
        }
        assert_eq!(check(&"长".repeat(129)), Err(TooLong));
    }

    #[test]
    fn passwords_with_some_sense_are_taken() {
        for password in [
            "correct battery",
            "kexie-of-my-grandmother",
            "castle on the hill",
            "broadcast7 tractor",
            "床前明月光疑是地上霜",
            "Tr0ub4dor&3x",
            "k7#mQ2!vXp",
            "password of a wise owl",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    proptest! {
        #[test]
        fn letter_case_never_saves_a_refused_password(password in "[a-zA-Z0-9]{10,20}") {
            let lower = check(&password.to_lowercase());
            if matches!(lower, Err(PasswordError::Common | PasswordError::Personal | PasswordError::Simple)) {
                prop_assert_eq!(check(&password), lower);
            }
        }

        /// However the platform's names are put together.
        #[test]
        fn no_password_of_platform_names_is_taken(
            words in prop::collection::vec(prop::sample::select(PLATFORM_WORDS.to_vec()), 3..6),
            between in prop::sample::select(vec!["", "-", "_", ".", " ", "2026", "123"]),
            behind in "[0-9!]{0,6}",
        ) {
            let password = format!("{}{behind}", words.join(between));
            prop_assert!(check(&password).is_err(), "{password}");
            prop_assert!(check(&password.to_uppercase()).is_err(), "{password}");
        }

        #[test]
        fn no_password_containing_the_number_is_taken(before in "[a-z]{0,20}", after in "[a-z]{0,20}") {
            let password = format!("{before}13800138000{after}");
            prop_assert!(check(&password).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,140}") {
            let _ = check(&text);
        }
    }
}

//! Numbers that are written as text.

/// A decimal in units of 10⁻⁶: at most nine digits before and six behind the point. `None` for any other text.
pub(crate) fn millionths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    if !plain(whole, 9) || !plain(fraction, 6) {
        return None;
    }
    let millionths =
        whole.parse::<i64>().ok()? * 1_000_000 + format!("{fraction:0<6}").parse::<i64>().ok()?;
    Some(if negative { -millionths } else { millionths })
}

/// The shortest text of a decimal.
pub(crate) fn decimal(millionths: i64) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let size = millionths.unsigned_abs();
    let (whole, fraction) = (size / 1_000_000, size % 1_000_000);
    let text = format!("{sign}{whole}.{fraction:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Whether a text is a person number: 15 digits, the first not 0, and their check character (ISO 7064
/// MOD 11-2).
pub(crate) fn is_person_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((check, digits)) = bytes.split_last() else {
        return false;
    };
    if digits.len() != 15 || digits.starts_with(b"0") || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let product = digits.iter().fold(0, |product, digit| {
        (product + u32::from(digit - b'0')) * 2 % 11
    });
    match (12 - product) % 11 {
        10 => *check == b'X',
        value => u32::from(*check) == u32::from(b'0') + value,
    }
}

/// Whether a text is a UUID in lower case with hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Whether a text is a code of GB/T 2260 by its looks.
pub(crate) fn is_division(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text is a code of a first-level discipline of GB/T 13745 by its looks.
pub(crate) fn is_discipline(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text can be a key: `[a-z][a-z0-9_]{0,59}`.
pub(crate) fn is_key(text: &str) -> bool {
    text.len() <= 60
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

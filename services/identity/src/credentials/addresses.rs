//! The addresses people sign in with: mobile numbers of mainland China and mail addresses. Pure.

use std::fmt;

/// A phone number or mail address in its normal form. Its `Debug` form is masked.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// 11 digits, the first 1, the second 3 to 9; the country code is +86.
    Phone(String),
    /// As it was typed, but for the domain, which is in lower case.
    Mail(String),
}

/// Why a text is no address we can send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither form.
    #[error("neither a mobile number nor a mail address")]
    Unrecognised,
    /// Starts with another country code.
    #[error("a phone number outside of mainland China")]
    ForeignPhone,
    /// Digits, but no mobile number.
    #[error("not a mobile number of mainland China")]
    NotMobile,
    /// The part before the `@` is not a dot-atom of RFC 5321.
    #[error("the part before the @ is not valid")]
    LocalPart,
    /// The part behind the `@` is not a host name with at least two labels.
    #[error("the part behind the @ is not a domain name")]
    Domain,
    /// Characters outside of ASCII (RFC 6531), or an encoded domain (RFC 5890).
    #[error("an internationalised mail address")]
    International,
}

impl AddressError {
    /// What the person is told, in English and Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Unrecognised => (
                "Neither a mobile number nor a mail address; give 11 digits or an address such as name@example.org.",
                "无法识别，请填写 11 位手机号码或邮箱地址。",
            ),
            Self::ForeignPhone => (
                "Only mobile numbers of mainland China (+86) receive messages; use a mail address instead.",
                "目前仅支持中国大陆手机号码（+86），境外用户请使用邮箱。",
            ),
            Self::NotMobile => (
                "Not a mobile number of mainland China; give 11 digits that start with 13 to 19.",
                "手机号码有误，请填写以 13 至 19 开头的 11 位号码。",
            ),
            Self::LocalPart => (
                "The part before the @ is not valid; check the mail address.",
                "邮箱地址 @ 之前的部分有误，请检查后重新填写。",
            ),
            Self::Domain => (
                "The part behind the @ is not a domain name; check the mail address.",
                "邮箱地址 @ 之后的域名有误，请检查后重新填写。",
            ),
            Self::International => (
                "Mail addresses with characters outside of a-z and 0-9 are not supported; use another address.",
                "暂不支持含中文等字符的国际化邮箱地址，请换用其他邮箱。",
            ),
        }
    }
}

impl Address {
    /// Reads an address. Dashes and brackets in phone numbers and a leading +86, 0086 or 86 are taken as what they mean.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        match text.rsplit_once('@') {
            Some((local, domain)) => mail(local, domain),
            None => phone(&text::number(text)),
        }
    }

    /// What makes two addresses the same: the country code with the number, or the mail address all in lower case. RFC 5321 lets a
    /// server tell `Zhang@` from `zhang@`; none does, and two accounts that differ in that alone would be a trap.
    pub fn key(&self) -> String {
        match self {
            Self::Phone(digits) => format!("+86{digits}"),
            Self::Mail(address) => address.to_ascii_lowercase(),
        }
    }

    /// Where a message goes: the international form of a number (E.164), or the mail address as typed.
    pub fn recipient(&self) -> String {
        match self {
            Self::Phone(digits) => format!("+86{digits}"),
            Self::Mail(address) => address.clone(),
        }
    }

    /// For screens: `138****8000`, `z***@example.org`.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(digits) => {
                let (head, tail) = (digits.get(..3), digits.get(7..));
                format!(
                    "{}****{}",
                    head.unwrap_or_default(),
                    tail.unwrap_or_default()
                )
            }
            Self::Mail(address) => {
                let (local, domain) = address.rsplit_once('@').unwrap_or_default();
                let first: String = local.chars().take(1).collect();
                format!("{first}***@{domain}")
            }
        }
    }

    /// The parts that must not be part of a password: the number, or the name before the `@`.
    pub fn telling_part(&self) -> &str {
        match self {
            Self::Phone(digits) => digits,
            Self::Mail(address) => address.rsplit_once('@').map_or("", |(local, _)| local),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn phone(number: &str) -> Result<Address, AddressError> {
    let compact = number.replace(['(', ')'], "");
    let (international, rest) = match compact
        .strip_prefix('+')
        .or_else(|| compact.strip_prefix("00"))
    {
        Some(rest) => (true, rest),
        None => (false, compact.as_str()),
    };
    if rest.len() < 5 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AddressError::Unrecognised);
    }
    let national = match rest.strip_prefix("86") {
        Some(national) if international || national.len() == 11 => national,
        _ if international => return Err(AddressError::ForeignPhone),
        _ => rest,
    };
    match national.as_bytes() {
        [b'1', b'3'..=b'9', ..] if national.len() == 11 => Ok(Address::Phone(national.to_owned())),
        _ => Err(AddressError::NotMobile),
    }
}

/// RFC 5321 section 4.1.2, without quoted local parts and address literals, which no person signs in with.
fn mail(local: &str, domain: &str) -> Result<Address, AddressError> {
    if !local.is_ascii() || !domain.is_ascii() {
        return Err(AddressError::International);
    }
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    if local.len() > 64 || !local.split('.').all(atom) {
        return Err(AddressError::LocalPart);
    }
    let domain = domain.to_ascii_lowercase();
    let labels: Vec<&str> = domain.split('.').collect();
    if labels.iter().any(|label| label.starts_with("xn--")) {
        return Err(AddressError::International);
    }
    let label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = labels.last().copied().unwrap_or_default();
    // A top-level domain is never all digits: what ends in digits is a network address.
    let plausible_top = top.len() >= 2 && top.bytes().any(|b| b.is_ascii_alphabetic());
    if labels.len() < 2
        || local.len() + 1 + domain.len() > 254
        || !labels.iter().all(label)
        || !plausible_top
    {
        return Err(AddressError::Domain);
    }
    Ok(Address::Mail(format!("{local}@{domain}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_number_has_one_form_however_it_is_typed() {
        for typed in [
            "13800138000",
            "+8613800138000",
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "8613800138000",
            " 138-0013-8000 ",
            "１３８００１３８０００",
        ] {
            let address = Address::parse(typed).unwrap();
            assert_eq!(address, Address::Phone("13800138000".into()), "{typed}");
            assert_eq!(address.key(), "+8613800138000");
        }
    }

    #[test]
    fn what_is_no_mobile_number_of_the_mainland_is_refused_with_its_reason() {
        use AddressError::*;
        for (typed, error) in [
            ("12800138000", NotMobile),
            ("1380013800", NotMobile),
            ("138001380000", NotMobile),
            ("01062165588", NotMobile),
            ("+85291234567", ForeignPhone),
            ("+14155550100", ForeignPhone),
            ("+861380013800", NotMobile),
            ("hello", Unrecognised),
            ("", Unrecognised),
            ("138001380o0", Unrecognised),
        ] {
            assert_eq!(Address::parse(typed), Err(error), "{typed}");
        }
    }

    #[test]
    fn mail_domains_are_lowered_and_the_key_ignores_case() {
        let address = Address::parse("Wang.Ming@Example.ORG").unwrap();
        assert_eq!(address, Address::Mail("Wang.Ming@example.org".into()));
        assert_eq!(address.key(), "wang.ming@example.org");
        assert_eq!(address.recipient(), "Wang.Ming@example.org");
    }

    #[test]
    fn mail_addresses_that_cannot_work_are_refused_with_their_reason() {
        use AddressError::*;
        let long = format!("{}@example.org", "a".repeat(65));
        for (typed, error) in [
            ("王@example.org", International),
            ("wang@例子.中国", International),
            ("wang@xn--fsqu00a.cn", International),
            ("wang..ming@example.org", LocalPart),
            (".wang@example.org", LocalPart),
            ("wang ming@example.org", LocalPart),
            ("\"wang\"@example.org", LocalPart),
            ("@example.org", LocalPart),
            ("a@b@example.org", LocalPart),
            (long.as_str(), LocalPart),
            ("wang@localhost", Domain),
            ("wang@example.", Domain),
            ("wang@-example.org", Domain),
            ("wang@[192.0.2.1]", Domain),
            ("wang@192.0.2.1", Domain),
            ("wang@exa_mple.org", Domain),
        ] {
            assert_eq!(Address::parse(typed), Err(error), "{typed}");
        }
    }

    #[test]
    fn masks_show_enough_to_recognise_and_no_more() {
        assert_eq!(
            Address::parse("13800138000").unwrap().masked(),
            "138****8000"
        );
        assert_eq!(
            Address::parse("zhang@example.org").unwrap().masked(),
            "z***@example.org"
        );
        assert_eq!(
            format!("{:?}", Address::parse("zhang@example.org").unwrap()),
            "z***@example.org"
        );
    }

    proptest! {
        #[test]
        fn normal_forms_are_fixed_points(typed in "(\\+86)?1[2-9][0-9]{8,10}|[a-zA-Z.]{1,10}@[a-zA-Z.]{3,10}") {
            if let Ok(address) = Address::parse(&typed) {
                prop_assert_eq!(&Address::parse(&address.recipient()).unwrap(), &address);
                prop_assert_eq!(Address::parse(&address.key()).unwrap().key(), address.key());
            }
        }

        #[test]
        fn no_text_makes_it_panic(typed in "\\PC{0,60}") {
            if let Ok(address) = Address::parse(&typed) {
                let _ = (address.masked(), address.key());
            }
        }
    }
}

//! What people agree to when they submit an application, and what others see of it.

/// The edition of [`purpose`]. Change it with every change of the text: who agreed to the old one has not agreed to the new one.
pub(crate) const EDITION: &str = "membership-2026-1";

/// The data that the organisation receives.
pub(crate) const FIELDS: [&str; 2] = ["name", "form"];

/// The text, as the applicant reads it.
pub(crate) fn purpose(organisation_name: &str) -> String {
    format!(
        "为办理加入{organisation_name}的申请并提供会籍服务，本人同意将已核验的真实姓名和入会申请表提供给{organisation_name}。\
         本人可随时撤回同意；撤回后，{organisation_name}不能再查看上述信息，已有会籍不受影响。"
    )
}

/// What those may see of a name to whom it was not given: the first character, and the same two asterisks whatever follows.
pub(crate) fn hint_of_name(name: &str) -> String {
    match name.trim().chars().next() {
        Some(first) => format!("{first}**"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hint_says_nothing_but_the_first_character(first in "\\p{L}", one in "\\PC{0,12}", other in "\\PC{0,12}") {
            let hint = |rest: &str| hint_of_name(&format!("{first}{rest}"));
            prop_assert_eq!(hint(&one), hint(&other));
        }
    }

    #[test]
    fn the_text_names_the_receiver_the_purpose_the_data_and_the_way_back() {
        let text = purpose("中国计算机学会");
        for part in [
            "中国计算机学会",
            "申请",
            "会籍服务",
            "真实姓名",
            "入会申请表",
            "撤回",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }
}

//! A template, and what it says of a notice.

use std::collections::BTreeMap;

/// What a person's choices are made by; the values of `cast.identity.v1.NoticeCategory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// The safety of the account.
    Security,
    /// One's own applications for membership.
    Applications,
    /// Activities for which one is registered.
    Activities,
    /// Guardians and wards.
    Guardians,
    /// What waits for those who work for an organisation.
    Desk,
    /// What organisations write to their members, and organisers to their registrants.
    Letters,
}

/// A template of `templates.toml`.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Stands in events and rows.
    pub name: &'static str,
    /// What choices are made by.
    pub category: Category,
    /// Does not wait for the morning.
    pub urgent: bool,
    /// The parameter by which unread notices are counted together.
    pub group: Option<&'static str>,
    /// The names of the parameters, sorted.
    pub params: &'static [&'static str],
    /// Path of the portal, with parameters in braces.
    pub link: &'static str,
    /// In Chinese.
    pub zh: Words,
    /// In English.
    pub en: Words,
}

/// What is said in one language, with parameters in braces.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// In a list, and as the subject of a mail.
    pub title: &'static str,
    /// What happened and what to do.
    pub text: &'static str,
}

impl Template {
    /// Whether these are the template's parameters: each of them, and no others.
    pub fn takes(&self, params: &BTreeMap<String, String>) -> bool {
        self.params
            .iter()
            .copied()
            .eq(params.keys().map(String::as_str))
    }
}

/// A text of a template with its parameters and the count put in. Values are taken as they are: braces in them mean nothing.
pub fn fill(text: &str, params: &BTreeMap<String, String>, count: i32) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        // The build has checked that every brace is closed and names a parameter.
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "count" => filled.push_str(&count.to_string()),
            name => filled.push_str(params.get(name).map(String::as_str).unwrap_or_default()),
        }
        rest = behind;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_in_once_and_braces_in_them_mean_nothing() {
        let params = BTreeMap::from([
            ("a".to_owned(), "{b}".to_owned()),
            ("b".to_owned(), "乙".to_owned()),
        ]);
        assert_eq!(fill("{a}、{b}：{count} 份", &params, 3), "{b}、乙：3 份");
        assert_eq!(fill("—", &params, 1), "—");
        assert_eq!(fill("", &params, 1), "");
    }

    #[test]
    fn every_template_is_found_by_its_name_and_takes_its_parameters_alone() {
        for template in crate::templates::ALL {
            assert_eq!(crate::template(template.name), Some(*template));
            let mut params: BTreeMap<String, String> = template
                .params
                .iter()
                .map(|name| ((*name).to_owned(), "x".to_owned()))
                .collect();
            assert!(template.takes(&params));
            params.insert("further".to_owned(), String::new());
            assert!(!template.takes(&params), "{}", template.name);
        }
        assert_eq!(crate::template("no_such"), None);
    }
}

//! Notices and choices as the contract has them.

use std::collections::BTreeMap;

use kit::{errors::Result, wire::timestamp};
use proto_identity::v1 as wire;
use proto_notices::{Filled, Words, fill};
use serde_json::Value;

use super::{
    Category,
    rules::{Choice, Told},
    store::Row,
};

/// What a row says. `None` if its template is not known: a replica of the release before may meet a new one.
pub(super) fn filled(row: &Row) -> Option<Filled> {
    let template = proto_notices::template(&row.template)?;
    let Value::Object(values) = &row.params else {
        return None;
    };
    let params: BTreeMap<String, String> = values
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    Some(Filled { template, params })
}

/// The notice as its reader sees it.
pub(super) fn notice(row: &Row) -> Option<wire::Notice> {
    let told = told(row, "")?;
    let category = filled(row)?.template.category;
    Some(wire::Notice {
        notice_id: row.notice_id.to_string(),
        category: Category::from(category).to_wire(),
        template: row.template.clone(),
        title_zh: told.zh.0,
        title_en: told.en.0,
        text_zh: told.zh.1,
        text_en: told.en.1,
        link: told.url,
        count: row.count,
        told_at: Some(timestamp(row.told_at)),
        read_at: row.read_at.map(timestamp),
    })
}

/// The words of a row, and where it goes on below this address.
pub(super) fn told(row: &Row, public_url: &str) -> Option<Told> {
    let Filled { template, params } = filled(row)?;
    let say = |words: &Words| {
        let put = |text| fill(text, &params, row.count);
        (put(words.title), put(words.text))
    };
    Some(Told {
        zh: say(&template.zh),
        en: say(&template.en),
        url: format!(
            "{}{}",
            public_url.trim_end_matches('/'),
            fill(template.link, &params, row.count)
        ),
    })
}

/// The choice for a category.
pub(super) fn choice(category: Category, choice: Choice) -> wire::NoticeChoice {
    wire::NoticeChoice {
        category: category.to_wire(),
        mail: choice.mail.to_wire(),
        sms: choice.sms,
        fixed: category.is_fixed(),
    }
}

/// How many are unread.
pub(super) fn unread(count: i64) -> Result<wire::UnreadNotices> {
    Ok(wire::UnreadNotices {
        unread: i32::try_from(count).unwrap_or(i32::MAX),
    })
}

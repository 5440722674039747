//! The head of the portal's pages: title, description and preview, for search engines and link previews. The page is
//! the same file at every address; link readers run no scripts, so the gateway inserts the content of the address. Only
//! public data is used.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use tonic::metadata::MetadataMap;
use url::Url;

use crate::{gateway::Gateway, pages::escape};

/// The name of the site, as in the file.
const SITE: &str = "网上科协";
/// The title in the file, which is replaced.
const TITLE: &str = "<title>网上科协</title>";
const DESCRIPTION: &str =
    r#"<meta name="description" content="网上科协：科技工作者一个账号办理入会、活动和学时。" />"#;
/// Longer descriptions are truncated by readers.
const DESCRIPTION_CHARACTERS: usize = 120;
/// Timeout of the head; afterwards the page is served without one.
const TIMEOUT: Duration = Duration::from_millis(1_500);
/// Maximum size of a response that is read.
const ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Time zone of China.
const CHINA: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// The head of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Title of the page; empty for the site's own name.
    title: String,
    /// One or two sentences; empty for the site's own.
    description: String,
    /// Whether search engines may list it.
    listed: bool,
    /// Whether the record at the address does not exist.
    missing: bool,
}

impl Head {
    fn of(title: &str, description: &str) -> Self {
        Self {
            title: title.to_owned(),
            description: description.to_owned(),
            listed: true,
            missing: false,
        }
    }

    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        match self.missing {
            true => StatusCode::NOT_FOUND,
            false => StatusCode::OK,
        }
    }

    /// The file with this head. `path` is the path of the page, `site` the public URL.
    pub fn write(&self, file: &str, site: &Url, path: &str) -> String {
        let title = match self.title.is_empty() {
            true => SITE.to_owned(),
            false => format!("{} · {SITE}", self.title),
        };
        let mut head = format!("<title>{}</title>", escape(&title));
        if !self.listed || self.missing {
            head.push_str(r#"<meta name="robots" content="noindex" />"#);
            return file.replacen(TITLE, &head, 1);
        }
        let page = site
            .join(path)
            .map_or_else(|_| site.to_string(), Into::into);
        let picture = site
            .join("/icon-512.png")
            .map_or_else(|_| String::new(), Into::into);
        let mut meta = |kind: &str, name: &str, content: &str| {
            let content = escape(content);
            head.push_str(&format!(r#"<meta {kind}="{name}" content="{content}" />"#));
        };
        meta("property", "og:site_name", SITE);
        meta("property", "og:type", "website");
        meta("property", "og:locale", "zh_CN");
        meta("property", "og:url", &page);
        meta("property", "og:image", &picture);
        meta(
            "property",
            "og:title",
            if self.title.is_empty() {
                SITE
            } else {
                &self.title
            },
        );
        meta("name", "twitter:card", "summary");
        head.push_str(&format!(
            r#"<link rel="canonical" href="{}" />"#,
            escape(&page)
        ));
        let mut file = file.replacen(TITLE, &head, 1);
        if !self.description.is_empty() {
            let text = escape(&self.description);
            let both = format!(
                r#"<meta name="description" content="{text}" /><meta property="og:description" content="{text}" />"#
            );
            file = file.replacen(DESCRIPTION, &both, 1);
        }
        file
    }
}

/// The head of the page at a path. Data that does not arrive in time is omitted.
pub async fn of(gateway: &Gateway, headers: &HeaderMap, path: &str) -> Head {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let record = match parts.as_slice() {
        [] => return Head::of("", ""),
        ["organisations"] => {
            return Head::of("学会与科协", "查找全国学会和地方科协，在线申请入会。");
        }
        ["activities"] => {
            return Head::of(
                "活动",
                "学术交流、报告讲座、科普活动、培训研修和志愿服务，在线报名。",
            );
        }
        ["accessibility"] => return Head::of("无障碍说明", ""),
        ["organisations", id] => read(gateway, headers, &format!("/v1/organisations/{id}")).await,
        ["activities", id] => read(gateway, headers, &format!("/v1/activities/{id}")).await,
        // Personal pages, staff pages and private links.
        _ => return Head::default(),
    };
    match (record, parts.first()) {
        (Ok(record), Some(&"organisations")) => organisation(&record),
        (Ok(record), _) => activity(&record),
        (Err(StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST), _) => Head {
            missing: true,
            ..Head::default()
        },
        (Err(_), _) => Head::default(),
    }
}

/// The public content at this address of the API, or the status of the refusal. `headers` are those of the visitor,
/// whose session is ignored.
pub(crate) async fn read(
    gateway: &Gateway,
    headers: &HeaderMap,
    path: &str,
) -> Result<Value, StatusCode> {
    let request = Request::get(path)
        .body(Body::empty())
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut metadata = MetadataMap::new();
    gateway.authenticate(headers, &mut metadata);
    let answer = async {
        let response = gateway.transcoder.handle(request, metadata).await;
        if response.status() != StatusCode::OK {
            return Err(response.status());
        }
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect();
        let body = body.await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        serde_json::from_slice(&body.to_bytes()).map_err(|_| StatusCode::BAD_GATEWAY)
    };
    tokio::time::timeout(TIMEOUT, answer)
        .await
        .unwrap_or(Err(StatusCode::GATEWAY_TIMEOUT))
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_default()
}

fn organisation(record: &Value) -> Head {
    let introduction = shortened(text(record, "introduction"));
    let applying = match record["acceptsApplications"].as_bool() {
        Some(true) => "可在线申请入会。",
        _ => "",
    };
    let description = match introduction.is_empty() {
        true => format!("{}。{applying}", text(record, "name")),
        false => introduction,
    };
    Head::of(text(record, "name"), &description)
}

fn activity(record: &Value) -> Head {
    let mut said = vec![text(record, "organisationName").to_owned()];
    if let Ok(start) = OffsetDateTime::parse(text(record, "startsAt"), &Rfc3339) {
        let start = start.to_offset(CHINA);
        said.push(format!(
            "{}年{}月{}日 {:02}:{:02}",
            start.year(),
            u8::from(start.month()),
            start.day(),
            start.hour(),
            start.minute()
        ));
    }
    said.push(text(record, "place").to_owned());
    if text(record, "state") == "CANCELLED" {
        said.push("已取消".to_owned());
    }
    said.retain(|part| !part.is_empty());
    let description = format!("{}。{}", said.join("，"), text(record, "description"));
    Head::of(text(record, "title"), &shortened(&description))
}

/// The first sentence or two, on one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= DESCRIPTION_CHARACTERS {
        return line;
    }
    let cut: String = line.chars().take(DESCRIPTION_CHARACTERS - 1).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const PAGE: &str = include_str!("../../../portal/index.html");

    fn site() -> Url {
        "https://wskx.example.cn".parse().unwrap()
    }

    #[test]
    fn the_file_of_the_portal_has_the_places_that_are_written_on() {
        assert_eq!(PAGE.matches(TITLE).count(), 1);
        assert_eq!(PAGE.matches(DESCRIPTION).count(), 1);
    }

    #[test]
    fn an_activity_says_what_when_and_where() {
        let head = activity(&json!({
            "title": "人工智能前沿报告会", "organisationName": "中国计算机学会", "startsAt": "2027-03-01T01:30:00Z",
            "place": "一号报告厅", "description": "三场报告，\n两位院士。", "state": "PUBLISHED",
        }));
        assert_eq!(head.title, "人工智能前沿报告会");
        assert_eq!(
            head.description,
            "中国计算机学会，2027年3月1日 09:30，一号报告厅。三场报告， 两位院士。"
        );
        let page = head.write(PAGE, &site(), "/activities/1");
        assert!(page.contains("<title>人工智能前沿报告会 · 网上科协</title>"));
        assert!(
            page.contains(r#"property="og:url" content="https://wskx.example.cn/activities/1""#)
        );
        assert!(!page.contains(DESCRIPTION));
    }

    #[test]
    fn what_people_wrote_stays_text() {
        let head = organisation(&json!({
            "name": "\"><script>alert(1)</script>", "introduction": "<img src=x onerror=alert(1)>",
        }));
        let page = head.write(PAGE, &site(), "/organisations/1");
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{page}"
        );
    }

    #[test]
    fn what_is_for_nobody_else_is_not_listed() {
        for head in [
            Head::default(),
            Head {
                missing: true,
                ..Head::of("", "")
            },
        ] {
            let page = head.write(PAGE, &site(), "/me");
            assert!(page.contains(r#"<meta name="robots" content="noindex" />"#));
            assert!(!page.contains("og:"));
        }
    }

    #[test]
    fn a_long_description_is_cut() {
        let long = shortened(&"报告。".repeat(200));
        assert_eq!(long.chars().count(), DESCRIPTION_CHARACTERS);
        assert!(long.ends_with('…'));
    }
}

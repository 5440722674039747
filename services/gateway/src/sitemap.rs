//! Sitemap (`/sitemap.xml`, sitemaps.org protocol 0.9) and exclusions (`/robots.txt`, RFC 9309) for search engines.
//!
//! The sitemap has the public pages: the lists themselves, CAST, the national societies, the regional associations, and
//! upcoming activities. Other organisations are found through these.

use std::fmt::Write as _;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use url::form_urlencoded::byte_serialize;

use crate::{gateway::Gateway, head, pages::escape};

/// Maximum number of list pages that are read: 20 × 200 activities.
const PAGES: usize = 20;
/// Maximum number of addresses in one sitemap (sitemaps.org).
const MOST: usize = 50_000;

/// `GET /sitemap.xml`.
pub async fn sitemap(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let make = async { Ok(write(&gateway.issuer, &collect(&gateway, &headers).await?)) };
    let Ok(text) = gateway.sitemap.get::<StatusCode>(make).await else {
        let later = [(header::RETRY_AFTER, "60")];
        return (StatusCode::SERVICE_UNAVAILABLE, later).into_response();
    };
    let kind = (header::CONTENT_TYPE, "application/xml; charset=utf-8");
    let cache = (header::CACHE_CONTROL, "public, max-age=600");
    ([kind, cache], text).into_response()
}

/// `GET /robots.txt`.
pub async fn robots(State(gateway): State<Gateway>) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /v1/\nDisallow: /oauth2/\nDisallow: /v/\nDisallow: /p/\nDisallow: /me\nDisallow: /join/\nDisallow: /desk\n\
         Disallow: /staff\nDisallow: /cockpit\nDisallow: /consent\nDisallow: /device\nSitemap: {}/sitemap.xml\n",
        gateway.issuer
    );
    let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    let cache = (header::CACHE_CONTROL, "public, max-age=3600");
    ([kind, cache], text).into_response()
}

async fn collect(gateway: &Gateway, headers: &HeaderMap) -> Result<Vec<String>, StatusCode> {
    let mut pages: Vec<String> = ["/", "/organisations", "/activities", "/accessibility"]
        .map(str::to_owned)
        .into();
    for (kind, list) in [
        ("HEADQUARTERS", "organisations"),
        ("NATIONAL_SOCIETY", "organisations"),
        ("REGIONAL_ASSOCIATION", "organisations"),
        ("", "activities"),
    ] {
        let id = if list == "activities" {
            "activityId"
        } else {
            "organisationId"
        };
        let mut token = String::new();
        for _ in 0..PAGES {
            let mut path = format!("/v1/{list}?pageSize=200");
            if !kind.is_empty() {
                let _ = write!(path, "&kind={kind}");
            }
            if !token.is_empty() {
                let token: String = byte_serialize(token.as_bytes()).collect();
                let _ = write!(path, "&pageToken={token}");
            }
            let page = head::read(gateway, headers, &path).await?;
            let ids = page[list].as_array().into_iter().flatten();
            pages.extend(ids.filter_map(|one| Some(format!("/{list}/{}", one[id].as_str()?))));
            token = page["nextPageToken"]
                .as_str()
                .map(str::to_owned)
                .unwrap_or_default();
            if token.is_empty() || page[list].as_array().is_none_or(Vec::is_empty) {
                break;
            }
        }
    }
    pages.truncate(MOST);
    Ok(pages)
}

fn write(site: &str, pages: &[String]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for page in pages {
        let _ = writeln!(
            text,
            "<url><loc>{}</loc></url>",
            escape(&format!("{site}{page}"))
        );
    }
    text.push_str("</urlset>\n");
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sitemap_names_whole_addresses() {
        let text = super::write("https://wskx.example.cn", &["/organisations/1".to_owned()]);
        assert!(text.contains("<url><loc>https://wskx.example.cn/organisations/1</loc></url>"));
    }
}

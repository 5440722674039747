//! The addresses of the portal's pages. The list is the portal's (`portal/src/app/paths.json`); a test there compares
//! it with the router.

use std::sync::LazyLock;

const LIST: &str = include_str!("../../../portal/src/app/paths.json");

/// The segments of each path; `None` stands for any value.
static PATHS: LazyLock<Vec<Vec<Option<String>>>> = LazyLock::new(|| {
    // A test parses the list, which is compiled in.
    let list: Vec<String> = serde_json::from_str(LIST).unwrap_or_default();
    list.iter()
        .map(|path| {
            segments(path)
                .map(|part| (!part.starts_with(':')).then(|| part.to_owned()))
                .collect()
        })
        .collect()
});

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// Whether the portal has a page at this path.
pub fn is_page(path: &str) -> bool {
    PATHS.iter().any(|wanted| {
        let mut parts = segments(path);
        wanted.iter().all(|segment| {
            parts.next().is_some_and(|part| {
                segment
                    .as_ref()
                    .is_none_or(|segment| segment.eq_ignore_ascii_case(part))
            })
        }) && parts.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_known_by_the_list_of_the_portal() {
        assert!(PATHS.len() > 30, "the list can be read");
        for page in [
            "/",
            "/sign-in",
            "/Sign-In/",
            "/organisations/0190",
            "/v/a.b.c",
            "/desk/0190/activities/0191/check-in",
        ] {
            assert!(is_page(page), "{page}");
        }
        for none in ["/nope", "/v", "/organisations/a/b", "/desk/0190", "/v2/me"] {
            assert!(!is_page(none), "{none}");
        }
    }
}

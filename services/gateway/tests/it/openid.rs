//! The OpenID endpoints as browsers reach them, with identity away.

use crate::world::{get_request, whole};

fn post_request(path: &str, kind: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: cast.example\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn browser_apps_may_ask_before_they_call() {
    let world = whole().await;
    for (path, method) in [
        ("/oauth2/token", "POST"),
        ("/oauth2/par", "POST"),
        ("/oauth2/device_authorization", "POST"),
        ("/oauth2/revoke", "POST"),
        ("/oauth2/userinfo", "GET"),
        ("/oauth2/jwks.json", "GET"),
        ("/.well-known/openid-configuration", "GET"),
    ] {
        let preflight = format!(
            "OPTIONS {path} HTTP/1.1\r\nHost: cast.example\r\nOrigin: https://app.example\r\n\
             Access-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: authorization\r\n\r\n"
        );
        let answer = world.ask(&preflight).await.to_lowercase();
        assert!(answer.starts_with("http/1.1 204 "), "{path}: {answer}");
        assert!(
            answer.contains("access-control-allow-origin: *"),
            "{path}: {answer}"
        );
        assert!(
            answer.contains("access-control-allow-headers: authorization, content-type, dpop"),
            "{answer}"
        );
    }
    let cookie = format!(
        "OPTIONS /v1/me HTTP/1.1\r\nHost: cast.example\r\nOrigin: https://app.example\r\n{}\r\n",
        "Access-Control-Request-Method: GET\r\n"
    );
    let answer = world.ask(&cookie).await.to_lowercase();
    assert!(!answer.contains("access-control-allow-origin"), "{answer}");
    let refused = world
        .ask(&get_request("/oauth2/userinfo", ""))
        .await
        .to_lowercase();
    assert!(refused.starts_with("http/1.1 401 "), "{refused}");
    assert!(
        refused.contains("access-control-expose-headers: www-authenticate"),
        "{refused}"
    );
    for way in ["bearer", "dpop algs=\"es256 eddsa rs256 ps256\""] {
        let challenge = format!("www-authenticate: {way}\r\n");
        assert!(refused.contains(&challenge), "{way}: {refused}");
    }
}

#[tokio::test]
async fn a_person_sees_a_page_in_their_language_whatever_goes_wrong() {
    let world = whole().await;
    let long = "x".repeat(40_000);
    let form = "application/x-www-form-urlencoded";
    let repeated = format!("{}a=b", "a=b&".repeat(300));
    for (request, status) in [
        (
            get_request("/oauth2/authorize?client_id=a", "Accept-Language: en\r\n"),
            "503",
        ),
        (
            get_request("/oauth2/authorize/7", "Accept-Language: en\r\n"),
            "503",
        ),
        (
            get_request("/oauth2/logout", "Accept-Language: en\r\n"),
            "503",
        ),
        (
            get_request("/oauth2/logout/confirm", "Accept-Language: en\r\n"),
            "405",
        ),
        (
            get_request(
                &format!("/oauth2/authorize?{repeated}"),
                "Accept-Language: en\r\n",
            ),
            "400",
        ),
        (
            post_request("/oauth2/authorize", "application/json", "{}"),
            "400",
        ),
        (
            post_request("/oauth2/logout", form, &format!("state={long}")),
            "400",
        ),
        (post_request("/oauth2/logout", form, &long.repeat(2)), "400"),
    ] {
        let answer = world.ask(&request).await;
        let head = request.lines().next().unwrap_or_default();
        let head = &head[..head.len().min(60)];
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{head}: {answer}"
        );
        assert!(
            answer.to_lowercase().contains("content-type: text/html"),
            "{head}: {answer}"
        );
        let language = if request.contains("Accept-Language") {
            "en"
        } else {
            "zh"
        };
        assert!(
            answer.contains(&format!("<html lang=\"{language}")),
            "{head}: {answer}"
        );
    }
    // Programs get what they can read.
    let token = world
        .ask(&post_request(
            "/oauth2/token",
            form,
            "grant_type=x&client_id=a",
        ))
        .await;
    assert!(
        token.to_lowercase().contains("application/problem+json"),
        "{token}"
    );
}

#[tokio::test]
async fn a_form_from_another_site_is_posted_again_by_this_host() {
    let world = whole().await;
    let post = |path: &str, headers: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: cast.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             {headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let body = "id_token_hint=ey.hint&login_hint=138%3C&state=%26&state=2&submit=x";
    let cross = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: document\r\nOrigin: https://site.example\r\n";
    for path in ["/oauth2/authorize", "/oauth2/logout"] {
        let answer = world.ask(&post(path, cross, body)).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let (head, page) = answer.split_once("\r\n\r\n").unwrap();
        let head = head.to_lowercase();
        assert!(
            !head.contains("location:") && head.contains("cache-control: no-store"),
            "{head}"
        );
        assert!(head.contains("script-src 'sha256-"), "{head}");
        assert!(
            page.contains("<html lang=\"zh") && page.contains("继续</button>"),
            "{page}"
        );
        let form = format!("<form method=\"post\" action=\"{path}\">");
        assert!(page.contains(&form), "{page}");
        for field in [
            ("id_token_hint", "ey.hint"),
            ("login_hint", "138&lt;"),
            ("state", "&amp;"),
            ("state", "2"),
            ("submit", "x"),
            ("cast_reposted", "1"),
        ] {
            let (name, value) = field;
            let input = format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
            assert!(page.contains(&input), "{input}: {page}");
        }
        let english = post(path, cross, "ui_locales=en");
        assert!(world.ask(&english).await.contains(">Continue</button>"));
        // As this host posts it, and with the cookie, it is asked of identity, which is away here.
        let again = format!("{body}&cast_reposted=1");
        let own = "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n";
        let with_cookie = format!("{cross}Cookie: __Host-session=abc\r\n");
        for request in [
            post(path, own, &again),
            post(path, "", &again),
            post(path, &with_cookie, body),
        ] {
            let answer = world.ask(&request).await;
            assert!(answer.starts_with("HTTP/1.1 503 "), "{request}: {answer}");
        }
        // A site that sets the mark itself is not told that anything has ended.
        let marked = world.ask(&post(path, cross, &again)).await;
        assert!(marked.starts_with("HTTP/1.1 403 "), "{marked}");
    }
    // A frame shows no page of this host: the site gets its answer without the session.
    let framed = cross.replace("document", "iframe");
    let answer = world.ask(&post("/oauth2/authorize", &framed, body)).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn the_metadata_say_what_stands() {
    let world = whole().await;
    let answer = world
        .ask(&get_request("/.well-known/openid-configuration", ""))
        .await;
    for member in [
        "\"end_session_endpoint\":\"http://cast.example/oauth2/logout\"",
        "\"revocation_endpoint\":\"http://cast.example/oauth2/revoke\"",
        "\"backchannel_logout_session_supported\":true",
        "\"response_modes_supported\":[\"query\",\"form_post\"]",
        "\"request_parameter_supported\":true",
        "\"request_uri_parameter_supported\":false",
        "\"pushed_authorization_request_endpoint\":\"http://cast.example/oauth2/par\"",
        "\"device_authorization_endpoint\":\"http://cast.example/oauth2/device_authorization\"",
        "\"dpop_signing_alg_values_supported\":[\"ES256\",\"EdDSA\",\"RS256\",\"PS256\"]",
        "\"id_token_signing_alg_values_supported\":[\"RS256\",\"ES256\",\"EdDSA\"]",
        "\"subject_types_supported\":[\"public\",\"pairwise\"]",
    ] {
        assert!(answer.contains(member), "{member}: {answer}");
    }
}

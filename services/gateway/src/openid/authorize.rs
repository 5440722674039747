//! The authorization endpoint: a browser arrives from a third-party site and leaves with a code, or is sent to sign in
//! or to consent first.

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri};
use proto::{
    cast::identity::v1::{
        AuthorizationParameters, CheckAuthorizationRequest, CreateAuthorizationRequest,
    },
    reasons,
};
use tonic::Request;
use tonic_types::StatusExt as _;
use transcode::Language;
use url::Url;

use crate::{
    door::Door,
    pages::{document, escape, say},
};

/// An authorization request from the query or a form (OpenID Connect Core 1.0 section 3.1.2.1).
#[derive(Debug, Default)]
struct Asked {
    parameters: AuthorizationParameters,
    prompt: String,
    /// A parameter was repeated (forbidden by RFC 6749 section 3.1).
    repeated: bool,
}

impl Asked {
    fn read(encoded: &[u8]) -> Self {
        let mut asked = Self::default();
        let mut seen = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            let p = &mut asked.parameters;
            let field = match name.as_ref() {
                "client_id" => &mut p.client_id,
                "redirect_uri" => &mut p.redirect_uri,
                "response_type" => &mut p.response_type,
                "scope" => &mut p.scope,
                "state" => &mut p.state,
                "nonce" => &mut p.nonce,
                "code_challenge" => &mut p.code_challenge,
                "code_challenge_method" => &mut p.code_challenge_method,
                "max_age" => &mut p.max_age,
                "response_mode" => &mut p.response_mode,
                "prompt" => &mut asked.prompt,
                // Unknown parameters are ignored (RFC 6749 section 3.1).
                _ => continue,
            };
            *field = value.into_owned();
            asked.repeated |= seen.contains(&name);
            seen.push(name);
        }
        asked
    }

    fn prompts(&self, what: &str) -> bool {
        self.prompt.split(' ').any(|word| word == what)
    }

    /// The same request as a path on this host, to return to after signing in or consenting. `prompt` and `max_age` are
    /// omitted, because they are then satisfied and the ID token has the time.
    fn as_query(&self) -> String {
        let p = &self.parameters;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("client_id", &p.client_id),
            ("redirect_uri", &p.redirect_uri),
            ("response_type", &p.response_type),
            ("scope", &p.scope),
            ("state", &p.state),
            ("nonce", &p.nonce),
            ("code_challenge", &p.code_challenge),
            ("code_challenge_method", &p.code_challenge_method),
            ("response_mode", &p.response_mode),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// `GET` and `POST /oauth2/authorize`.
pub async fn endpoint(
    State(door): State<Door>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let encoded = if method == Method::POST {
        &body[..]
    } else {
        uri.query().unwrap_or_default().as_bytes()
    };
    let asked = Asked::read(encoded);
    match answer(&door, &asked, &headers).await {
        Ok(response) => response,
        Err(status) => door.problem(&status),
    }
}

async fn answer(
    door: &Door,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<Response, tonic::Status> {
    let language = Language::negotiate(headers);
    if asked.repeated {
        return Ok(refuse(
            language,
            "invalid_request",
            "a parameter is given twice",
        ));
    }
    let check = CheckAuthorizationRequest {
        parameters: Some(asked.parameters.clone()),
    };
    let checked = door
        .sign_on()
        .check_authorization(check)
        .await?
        .into_inner();
    if !checked.error.is_empty() {
        return Ok(if checked.redirectable {
            send_back(door, asked, &checked.error, &checked.error_description)
        } else {
            refuse(language, &checked.error, &checked.error_description)
        });
    }
    let session = door.resolve(headers).await?;
    let Some(session) = session.filter(|_| !asked.prompts("login")) else {
        return Ok(sign_in(door, asked));
    };
    let mut request = Request::new(CreateAuthorizationRequest {
        parameters: Some(asked.parameters.clone()),
        consent: 0,
    });
    request
        .metadata_mut()
        .insert("authorization", session.authorization());
    let created = match door.sign_on().create_authorization(request).await {
        Ok(created) => created.into_inner(),
        Err(status) if is_minor(&status) => return Ok(minor(door, asked, language)),
        Err(status) => return Err(status),
    };
    if created.sign_in_required {
        return Ok(sign_in(door, asked));
    }
    Ok(match created.redirect_to.as_str() {
        "" if asked.prompts("none") => send_back(door, asked, "consent_required", ""),
        "" => Redirect::to(&format!("/consent?{}", asked.as_query())).into_response(),
        _ if asked.prompts("consent") => {
            Redirect::to(&format!("/consent?{}", asked.as_query())).into_response()
        }
        address => Redirect::to(address).into_response(),
    })
}

/// Redirects to the sign-in page, and from there back to this request.
fn sign_in(door: &Door, asked: &Asked) -> Response {
    if asked.prompts("none") {
        return send_back(door, asked, "login_required", "");
    }
    let next = format!("/oauth2/authorize?{}", asked.as_query());
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", &next)
        .finish();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}

fn is_minor(status: &tonic::Status) -> bool {
    let details = status.get_error_details();
    details
        .error_info()
        .is_some_and(|info| info.reason == reasons::MINOR_AT_THIRD_PARTY.code)
}

/// Shows the visitor why nothing is disclosed; the site learns only that it gets nothing.
fn minor(door: &Door, asked: &Asked, language: Language) -> Response {
    if asked.prompts("none") {
        return send_back(door, asked, "access_denied", "");
    }
    let reason = &reasons::MINOR_AT_THIRD_PARTY;
    let title = say(language, reason.zh.title, reason.en.title);
    let advice = say(language, reason.zh.advice, reason.en.advice);
    let body = format!(
        "<h1>{}</h1><p>{}</p><p><a href=\"/\">{}</a></p>",
        escape(title),
        escape(advice),
        say(language, "返回网上科协", "Back to Online CAST")
    );
    document(language, StatusCode::FORBIDDEN, title, &body)
}

/// An error for the site (RFC 6749 section 4.1.2.1, RFC 9207). Only for redirect addresses that identity found
/// registered.
fn send_back(door: &Door, asked: &Asked, error: &str, description: &str) -> Response {
    let Ok(mut address) = Url::parse(&asked.parameters.redirect_uri) else {
        return refuse(Language::default(), "invalid_request", "redirect_uri");
    };
    let mut query = address.query_pairs_mut();
    query.append_pair("error", error);
    if !description.is_empty() {
        query.append_pair("error_description", description);
    }
    if !asked.parameters.state.is_empty() {
        query.append_pair("state", &asked.parameters.state);
    }
    query.append_pair("iss", &door.issuer);
    drop(query);
    Redirect::to(address.as_str()).into_response()
}

/// An error for the visitor only: the origin of the request is not trusted.
fn refuse(language: Language, error: &str, description: &str) -> Response {
    let title = say(language, "无法登录该网站", "This site cannot sign you in");
    let advice = say(
        language,
        "您要登录的网站发来的请求有误，我们没有向它提供任何信息。请返回该网站重试，或联系其管理员。",
        "The site sent a request that is not valid. Nothing was disclosed. Go back and try again, or tell its administrator.",
    );
    let body = format!(
        "<h1>{title}</h1><p>{advice}</p><dl><dt>error</dt><dd><code>{}</code></dd><dt>detail</dt><dd>{}</dd></dl>",
        escape(error),
        escape(description)
    );
    document(language, StatusCode::BAD_REQUEST, title, &body)
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn a_request_is_read_and_written_again_without_loss() {
        let query = "client_id=a&redirect_uri=https%3A%2F%2Fx.example%2Fcb%3Fa%3D1&response_type=code&scope=openid+profile&state=%26%3D";
        let asked = Asked::read(query.as_bytes());
        assert_eq!(asked.parameters.state, "&=");
        assert_eq!(asked.parameters.redirect_uri, "https://x.example/cb?a=1");
        assert_eq!(asked.as_query(), query);
        assert!(!asked.repeated);
    }

    #[test]
    fn what_is_asked_of_the_sign_in_is_passed_on_and_not_asked_twice() {
        let asked = Asked::read(b"client_id=a&max_age=1&response_mode=form_post&prompt=login");
        let p = &asked.parameters;
        assert_eq!(
            (p.max_age.as_str(), p.response_mode.as_str()),
            ("1", "form_post")
        );
        assert_eq!(asked.as_query(), "client_id=a&response_mode=form_post");
    }

    #[test]
    fn a_repeated_parameter_is_noticed_and_an_unknown_one_ignored() {
        assert!(Asked::read(b"client_id=a&client_id=b").repeated);
        assert!(!Asked::read(b"client_id=a&utm=1&utm=2").repeated);
    }
}

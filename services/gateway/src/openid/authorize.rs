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
    gateway::Gateway,
    pages::{document, escape, say},
};

/// An authorization request from the query or a form (OpenID Connect Core 1.0 section 3.1.2.1).
#[derive(Debug, Default)]
struct AuthorizationRequest {
    parameters: AuthorizationParameters,
    prompt: String,
    /// A parameter was repeated (forbidden by RFC 6749 section 3.1).
    repeated: bool,
}

impl AuthorizationRequest {
    fn read(encoded: &[u8]) -> Self {
        let mut requested = Self::default();
        let mut seen = Vec::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            let p = &mut requested.parameters;
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
                "prompt" => &mut requested.prompt,
                // Unknown parameters are ignored (RFC 6749 section 3.1).
                _ => continue,
            };
            *field = value.into_owned();
            requested.repeated |= seen.contains(&name);
            seen.push(name);
        }
        requested
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
    State(gateway): State<Gateway>,
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
    let requested = AuthorizationRequest::read(encoded);
    match answer(&gateway, &requested, &headers).await {
        Ok(response) => response,
        Err(status) => gateway.problem(&status),
    }
}

async fn answer(
    gateway: &Gateway,
    requested: &AuthorizationRequest,
    headers: &HeaderMap,
) -> Result<Response, tonic::Status> {
    let language = Language::negotiate(headers);
    if requested.repeated {
        return Ok(refuse(
            language,
            "invalid_request",
            "a parameter is given twice",
        ));
    }
    let check = CheckAuthorizationRequest {
        parameters: Some(requested.parameters.clone()),
    };
    let checked = gateway
        .sign_on()
        .check_authorization(check)
        .await?
        .into_inner();
    if !checked.error.is_empty() {
        return Ok(if checked.redirectable {
            send_back(
                gateway,
                requested,
                &checked.error,
                &checked.error_description,
            )
        } else {
            refuse(language, &checked.error, &checked.error_description)
        });
    }
    let session = gateway.resolve(headers).await?;
    let Some(session) = session.filter(|_| !requested.prompts("login")) else {
        return Ok(sign_in(gateway, requested));
    };
    let mut request = Request::new(CreateAuthorizationRequest {
        parameters: Some(requested.parameters.clone()),
        consent: 0,
    });
    request
        .metadata_mut()
        .insert("authorization", session.authorization());
    let created = match gateway.sign_on().create_authorization(request).await {
        Ok(created) => created.into_inner(),
        Err(status) if is_minor(&status) => return Ok(minor(gateway, requested, language)),
        Err(status) => return Err(status),
    };
    if created.sign_in_required {
        return Ok(sign_in(gateway, requested));
    }
    Ok(match created.redirect_to.as_str() {
        "" if requested.prompts("none") => send_back(gateway, requested, "consent_required", ""),
        "" => Redirect::to(&format!("/consent?{}", requested.as_query())).into_response(),
        _ if requested.prompts("consent") => {
            Redirect::to(&format!("/consent?{}", requested.as_query())).into_response()
        }
        address => Redirect::to(address).into_response(),
    })
}

/// Redirects to the sign-in page, and from there back to this request.
fn sign_in(gateway: &Gateway, requested: &AuthorizationRequest) -> Response {
    if requested.prompts("none") {
        return send_back(gateway, requested, "login_required", "");
    }
    let next = format!("/oauth2/authorize?{}", requested.as_query());
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
fn minor(gateway: &Gateway, requested: &AuthorizationRequest, language: Language) -> Response {
    if requested.prompts("none") {
        return send_back(gateway, requested, "access_denied", "");
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
fn send_back(
    gateway: &Gateway,
    requested: &AuthorizationRequest,
    error: &str,
    description: &str,
) -> Response {
    let Ok(mut address) = Url::parse(&requested.parameters.redirect_uri) else {
        return refuse(Language::default(), "invalid_request", "redirect_uri");
    };
    let mut query = address.query_pairs_mut();
    query.append_pair("error", error);
    if !description.is_empty() {
        query.append_pair("error_description", description);
    }
    if !requested.parameters.state.is_empty() {
        query.append_pair("state", &requested.parameters.state);
    }
    query.append_pair("iss", &gateway.issuer);
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
    use super::AuthorizationRequest;

    #[test]
    fn a_request_is_read_and_written_again_without_loss() {
        let query = "client_id=a&redirect_uri=https%3A%2F%2Fx.example%2Fcb%3Fa%3D1&response_type=code&scope=openid+profile&state=%26%3D";
        let requested = AuthorizationRequest::read(query.as_bytes());
        assert_eq!(requested.parameters.state, "&=");
        assert_eq!(
            requested.parameters.redirect_uri,
            "https://x.example/cb?a=1"
        );
        assert_eq!(requested.as_query(), query);
        assert!(!requested.repeated);
    }

    #[test]
    fn what_is_asked_of_the_sign_in_is_passed_on_and_not_asked_twice() {
        let requested = AuthorizationRequest::read(
            b"client_id=a&max_age=1&response_mode=form_post&prompt=login",
        );
        let p = &requested.parameters;
        assert_eq!(
            (p.max_age.as_str(), p.response_mode.as_str()),
            ("1", "form_post")
        );
        assert_eq!(requested.as_query(), "client_id=a&response_mode=form_post");
    }

    #[test]
    fn a_repeated_parameter_is_noticed_and_an_unknown_one_ignored() {
        assert!(AuthorizationRequest::read(b"client_id=a&client_id=b").repeated);
        assert!(!AuthorizationRequest::read(b"client_id=a&utm=1&utm=2").repeated);
    }
}

//! The authorization endpoint: a browser arrives from a third-party site and leaves with an answer, or is sent to sign in, to choose the
//! account or to consent first. What the site asked for stays with identity; the pages carry its id alone.

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri};
use proto::{
    cast::identity::v1::{
        AuthorizationAnswer, AuthorizationStep, BeginAuthorizationRequest,
        ResumeAuthorizationRequest,
    },
    reasons,
};
use transcode::Language;

use super::{
    form_post::form_post,
    parameters::{self, Unreadable},
    repost,
};
use crate::{
    gateway::Gateway,
    pages::{document, escape, not_kept, say},
    session,
};

/// Where this endpoint is.
pub const PATH: &str = "/oauth2/authorize";

/// `GET` and `POST /oauth2/authorize`.
pub async fn endpoint(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let language = Language::negotiate(&headers);
    let sent = match parameters::read(&method, &uri, &headers, &body) {
        Ok(sent) => sent,
        Err(Unreadable(words)) => return refuse(language, "invalid_request", words),
    };
    // In a frame of another site no page of this host is shown, and no cookie comes either way.
    let framed = headers
        .get("sec-fetch-dest")
        .is_some_and(|dest| dest != "document");
    if !framed
        && let Some(page) = repost::needed(PATH, &method, &headers, &sent, &gateway.public_url)
    {
        return page;
    }
    let mut call = tonic::Request::new(BeginAuthorizationRequest {
        parameters: sent.parameters,
        session_secret: session::secret_or_none(&headers),
    });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().begin_authorization(call).await {
        Ok(answer) => answered(&headers, answer.into_inner(), false),
        Err(status) => gateway.problem_in(language, &status),
    }
}

/// `GET /oauth2/authorize/{authorization_id}`: the same request once the person has done what was asked.
pub async fn resume(
    State(gateway): State<Gateway>,
    Path(authorization_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let mut call = tonic::Request::new(ResumeAuthorizationRequest {
        authorization_id,
        session_secret: session::secret_or_none(&headers),
    });
    gateway.authenticate(&headers, call.metadata_mut());
    match gateway.sign_on().resume_authorization(call).await {
        Ok(answer) => answered(&headers, answer.into_inner(), true),
        Err(status) => gateway.problem_in(Language::negotiate(&headers), &status),
    }
}

fn answered(headers: &HeaderMap, answer: AuthorizationAnswer, resumed: bool) -> Response {
    let language = parameters::language(&answer.ui_locales, headers);
    if !answer.error.is_empty() {
        return refuse(language, &answer.error, &answer.error_description);
    }
    if answer.minor {
        return minor(language);
    }
    if !answer.post_to.is_empty() {
        return form_post(language, &answer.post_to, &answer.fields);
    }
    if !answer.redirect_to.is_empty() {
        return go_to(language, &answer.redirect_to, resumed);
    }
    let page = match answer.step() {
        AuthorizationStep::SelectAccount | AuthorizationStep::Consent => "consent",
        _ => "sign-in",
    };
    let id = &answer.authorization_id;
    not_kept(Redirect::to(&format!("/{page}?authorization={id}")).into_response())
}

/// To the site. An app on this device is opened from a page that stays, because browsers open apps only for a person who has just clicked.
fn go_to(language: Language, address: &str, resumed: bool) -> Response {
    let web = address.starts_with("https://") || address.starts_with("http://");
    if web || !resumed {
        return not_kept(Redirect::to(address).into_response());
    }
    let title = say(language, "请在应用中继续", "Continue in the app");
    let text = say(
        language,
        "您的选择已经记下。如果应用没有自动打开，请点下面的按钮。",
        "Your choice was recorded. If the app did not open by itself, use the button below.",
    );
    let open = say(language, "打开应用", "Open the app");
    let address = escape(address);
    let body = format!(
        "<meta http-equiv=\"refresh\" content=\"0;url={address}\"><h1>{title}</h1><p>{text}</p>\
         <p><a class=\"action\" href=\"{address}\">{open}</a></p>"
    );
    not_kept(document(language, StatusCode::OK, title, &body))
}

/// Shows the visitor why nothing is disclosed; the site learns only that it gets nothing.
fn minor(language: Language) -> Response {
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

/// An error for the visitor only: the origin of the request is not trusted.
pub(super) fn refuse(language: Language, error: &str, description: &str) -> Response {
    let title = say(language, "无法登录该网站", "This site cannot sign you in");
    let advice = say(
        language,
        "您要登录的网站发来的请求有误，我们没有向它提供任何信息。请返回该网站重试，或联系其管理员。",
        "The site sent a request that is not valid. Nothing was disclosed. Go back and try again, or tell its administrator.",
    );
    refusal_page(language, (title, advice), error, description)
}

/// A page that says what is wrong with a request, to the person and to the developer of the site.
pub(super) fn refusal_page(
    language: Language,
    (title, advice): (&str, &str),
    error: &str,
    description: &str,
) -> Response {
    let body = format!(
        "<h1>{title}</h1><p>{advice}</p><dl><dt>error</dt><dd><code>{}</code></dd><dt>detail</dt><dd>{}</dd></dl>",
        escape(error),
        escape(description)
    );
    document(language, StatusCode::BAD_REQUEST, title, &body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use http::header;

    use super::*;

    fn location(response: &Response) -> &str {
        response.headers()[header::LOCATION].to_str().unwrap()
    }

    #[test]
    fn pages_carry_the_id_alone() {
        for (step, page) in [
            (AuthorizationStep::SignIn, "/sign-in?authorization=7"),
            (AuthorizationStep::Consent, "/consent?authorization=7"),
            (AuthorizationStep::SelectAccount, "/consent?authorization=7"),
        ] {
            let answer = AuthorizationAnswer {
                step: step.into(),
                authorization_id: "7".into(),
                ..AuthorizationAnswer::default()
            };
            let response = answered(&HeaderMap::new(), answer, false);
            assert_eq!(location(&response), page);
        }
    }

    #[test]
    fn an_app_is_opened_from_a_page_after_a_question_and_a_site_at_once() {
        let language = Language::Chinese;
        for resumed in [false, true] {
            let site = go_to(language, "https://site.example.cn/?code=1", resumed);
            assert_eq!(location(&site), "https://site.example.cn/?code=1");
        }
        let app = go_to(language, "com.example.app:/cb?code=1", true);
        assert_eq!(app.status(), StatusCode::OK);
        let straight = go_to(language, "com.example.app:/cb?code=1", false);
        assert_eq!(location(&straight), "com.example.app:/cb?code=1");
    }
}

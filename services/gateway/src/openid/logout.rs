//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0): a site sends a person here to sign out of the platform too.

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use proto::cast::identity::v1::{EndSessionRequest, EndSessionResponse, SentParameter};
use transcode::{Language, Render as _};
use url::Url;

use super::{
    authorize::refusal_page,
    form_post::{allow_forms_to, hidden},
    parameters::{self, Unreadable},
    repost,
};
use crate::{
    gateway::Gateway,
    pages::{document, escape, not_kept, say},
    session,
};

/// Where this endpoint is.
pub const PATH: &str = "/oauth2/logout";

/// `GET` and `POST /oauth2/logout`.
pub async fn endpoint(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let sent = match parameters::read(&method, &uri, &headers, &body) {
        Ok(sent) => sent,
        Err(Unreadable(words)) => {
            return refuse(Language::negotiate(&headers), "invalid_request", words);
        }
    };
    match repost::needed(PATH, &method, &headers, &sent, &gateway.public_url) {
        Some(page) => page,
        None => sign_out(&gateway, &headers, sent.parameters, false).await,
    }
}

/// `POST /oauth2/logout/confirm`: the person's answer on the page of this host.
pub async fn confirm(
    State(gateway): State<Gateway>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let language = Language::negotiate(&headers);
    if let Err(problem) = session::same_site(&method, &headers, &gateway.public_url) {
        return problem.to_response(language, None);
    }
    match parameters::read(&method, &uri, &headers, &body) {
        Ok(sent) => sign_out(&gateway, &headers, sent.parameters, true).await,
        Err(Unreadable(words)) => refuse(language, "invalid_request", words),
    }
}

async fn sign_out(
    gateway: &Gateway,
    headers: &HeaderMap,
    sent: Vec<SentParameter>,
    confirmed: bool,
) -> Response {
    let mut call = tonic::Request::new(EndSessionRequest {
        parameters: sent.clone(),
        session_secret: session::secret_or_none(headers),
        confirmed,
    });
    gateway.authenticate(headers, call.metadata_mut());
    let answer = match gateway.sign_on().end_session(call).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return gateway.problem_in(Language::negotiate(headers), &status),
    };
    let language = parameters::language(&answer.ui_locales, headers);
    if !answer.error.is_empty() {
        return refuse(language, &answer.error, &answer.error_description);
    }
    if answer.ask {
        return question(language, &answer, &sent);
    }
    let mut response = match answer.redirect_to.as_str() {
        "" => signed_out(language),
        address => Redirect::to(address).into_response(),
    };
    if answer.ended {
        let headers = response.headers_mut();
        headers.append(header::SET_COOKIE, session::forget());
    }
    not_kept(response)
}

/// Asks the person: the request does not prove that the site has signed in this person, here.
fn question(language: Language, answer: &EndSessionResponse, sent: &[SentParameter]) -> Response {
    let title = say(language, "退出网上科协？", "Sign out of Online CAST?");
    let name = escape(&answer.client_name);
    let text = match (language, name.is_empty()) {
        (Language::Chinese, true) => "退出后，本浏览器上的网上科协账号需要重新登录。".to_owned(),
        (Language::Chinese, false) => {
            format!("您来自“{name}”。退出后，本浏览器上的网上科协账号需要重新登录。")
        }
        (Language::English, true) => {
            "Afterwards this browser is signed out of your Online CAST account.".to_owned()
        }
        (Language::English, false) => format!(
            "You come from {name}. Afterwards this browser is signed out of your Online CAST account."
        ),
    };
    let sign_out = say(language, "退出登录", "Sign out");
    let stay = say(language, "不退出，返回网上科协", "Stay signed in");
    let fields = hidden(sent);
    let body = format!(
        "<h1>{title}</h1><p>{text}</p><form method=\"post\" action=\"/oauth2/logout/confirm\">{fields}\
         <button class=\"action\">{sign_out}</button> <a href=\"/\">{stay}</a></form>"
    );
    let mut response = document(language, StatusCode::OK, title, &body);
    // The answer to the form leads to the site, and `form-action` holds for that too.
    allow_forms_to(&mut response, &source_of(&answer.redirect_to));
    not_kept(response)
}

/// An address as a source of a content security policy; empty for none.
fn source_of(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.has_host() => url.origin().ascii_serialization(),
        Ok(url) => format!("{}:", url.scheme()),
        Err(_) => String::new(),
    }
}

fn signed_out(language: Language) -> Response {
    let title = say(language, "您已退出登录", "You are signed out");
    let text = say(
        language,
        "本浏览器上的网上科协账号已退出。若在公用电脑上，请关闭浏览器窗口。",
        "This browser is signed out of your Online CAST account. On a shared computer, close the window.",
    );
    let home = say(language, "返回网上科协", "Back to Online CAST");
    let body = format!("<h1>{title}</h1><p>{text}</p><p><a href=\"/\">{home}</a></p>");
    document(language, StatusCode::OK, title, &body)
}

fn refuse(language: Language, error: &str, description: &str) -> Response {
    let title = say(language, "没有退出登录", "You are not signed out");
    let advice = say(
        language,
        "您来自的网站发来的请求有误。如需退出，请回到网上科协，在账号菜单中退出登录。",
        "The site sent a request that is not valid. To sign out, go to Online CAST and use the account menu.",
    );
    refusal_page(language, (title, advice), error, description)
}

#[cfg(test)]
mod tests {
    use super::source_of;

    #[test]
    fn the_form_may_lead_to_the_site_and_nowhere_else() {
        for (address, source) in [
            ("https://site.example.cn/bye?a=b", "https://site.example.cn"),
            ("http://localhost:3000/bye", "http://localhost:3000"),
            ("com.example.app:/bye", "com.example.app:"),
            ("", ""),
        ] {
            assert_eq!(source_of(address), source);
        }
    }
}

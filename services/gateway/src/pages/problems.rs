//! Explains every error: the target of a problem's `type` (RFC 9457 section 3.1.1).

use std::fmt::Write as _;

use axum::{extract::Path, response::Response};
use http::{HeaderMap, StatusCode};
use problem::Problem;
use proto::reasons::{self, Reason, Text};
use transcode::{Language, Render as _};

use super::{document, escape, say};

fn text(reason: &'static Reason, language: Language) -> &'static Text {
    match language {
        Language::Chinese => &reason.zh,
        Language::English => &reason.en,
    }
}

/// `GET /problems`: all of them.
pub async fn list(headers: HeaderMap) -> Response {
    let language = Language::negotiate(&headers);
    let title = say(language, "错误说明", "Errors");
    let mut body = format!(
        "<h1>{title}</h1><p>{}</p><table><thead><tr><th>code</th><th>HTTP</th><th>{}</th></tr></thead><tbody>",
        say(
            language,
            "每个错误都有稳定的代码（code），程序应依据代码判断，而不是依据文字。",
            "Every error has a stable code. Programs decide by the code, never by the words.",
        ),
        say(language, "含义", "Meaning"),
    );
    for reason in reasons::ALL {
        let _ = write!(
            body,
            "<tr><td><a href=\"/problems/{code}\"><code>{code}</code></a></td><td>{http}</td><td>{title}</td></tr>",
            code = reason.code,
            http = reason.http,
            title = escape(text(reason, language).title),
        );
    }
    body.push_str("</tbody></table>");
    document(language, StatusCode::OK, title, &body)
}

/// `GET /problems/{code}`: one.
pub async fn one(Path(code): Path<String>, headers: HeaderMap) -> Response {
    let language = Language::negotiate(&headers);
    let Some(reason) = proto::reason(&code) else {
        return Problem::of(&reasons::NOT_FOUND).to_response(language, None);
    };
    let words = text(reason, language);
    let body = format!(
        "<h1>{title}</h1><p class=\"advice\">{advice}</p><dl><dt>code</dt><dd><code>{code}</code></dd>\
         <dt>HTTP</dt><dd>{http}</dd><dt>gRPC</dt><dd>{grpc:?}</dd><dt>domain</dt><dd>{domain}</dd></dl>",
        title = escape(words.title),
        advice = escape(words.advice),
        code = reason.code,
        http = reason.http,
        grpc = reason.grpc,
        domain = reason.domain,
    );
    document(language, StatusCode::OK, words.title, &body)
}

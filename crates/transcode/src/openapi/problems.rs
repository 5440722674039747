//! Errors in the document: one schema, and the possible reasons per service and status.

use http::StatusCode;
use proto::reasons::{self, Reason};
use serde_json::{Map, Value, json};

use problem::Problem;

use crate::rendering::{Language, MEDIA_TYPE, Render as _};

/// Reasons of this domain may be given by every operation.
const PLATFORM: &str = "platform.cast";

/// RFC 9457, with the platform's extensions.
pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "Why a request was refused (RFC 9457). `code` is stable; titles and details are for people, in the language of `Content-Language`.",
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "Where the problem is documented: `/problems/` and the code.",
            },
            "title": { "type": "string", "description": "What is the matter, in one sentence." },
            "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status." },
            "detail": { "type": "string", "description": "What exactly is the matter and what to do next." },
            "code": { "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "The stable reason." },
            "violations": {
                "type": "array",
                "description": "Fields and what is wrong with each.",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": {
                            "type": "string",
                            "description": "JSON path within the body, or the name of a parameter or header.",
                        },
                        "description": { "type": "string" },
                    },
                    "required": ["field", "description"],
                },
            },
            "proof_of_work": {
                "type": "object",
                "description": "With `PROOF_OF_WORK_REQUIRED`: what to solve. Find a decimal number so that the SHA-256 of the text `<challenge>:<number>` begins with `difficulty` zero bits, and send this text as the header `X-Proof-Of-Work` with the same request. A challenge serves once, for this request from this network, for five minutes.",
                "properties": {
                    "challenge": { "type": "string" },
                    "difficulty": { "type": "integer", "minimum": 1, "maximum": 40 },
                },
                "required": ["challenge", "difficulty"],
            },
            "trace_id": {
                "type": "string",
                "pattern": "^[0-9a-f]{32}$",
                "description": "Names this request in our logs (W3C Trace Context).",
            },
        },
        "required": ["type", "title", "status", "detail", "code"],
    })
}

/// The response for all other statuses.
pub(super) fn any() -> Value {
    response("Any other problem.", &reasons::INTERNAL, Map::new())
}

/// The response of a service (`membership.cast`) for one status: the name of the component and its content. A status
/// for which the service has no reason of its own is shared by all.
pub(super) fn of(domain: &str, status: u16) -> (String, Value) {
    let with = |wanted: &'static str, own: bool| {
        reasons::ALL
            .iter()
            .filter(move |reason| reason.http == status && (reason.domain == wanted) == own)
    };
    let own: Vec<_> = reasons::ALL
        .iter()
        .filter(|r| r.http == status && r.domain == domain && domain != PLATFORM)
        .collect();
    let all = with(PLATFORM, true).chain(own.iter().copied());
    let phrase = StatusCode::from_u16(status)
        .ok()
        .and_then(|s| s.canonical_reason())
        .unwrap_or("Error");
    let mut description = format!("{phrase}.\n");
    let mut first = None;
    for reason in all {
        first = first.or(Some(*reason));
        description.push_str(&format!("\n- `{}`: {}.", reason.code, reason.en.title));
    }
    let mut name: String = phrase
        .split([' ', '-'])
        .map(super::schemas::capitalised)
        .collect();
    if !own.is_empty() {
        let service = domain.split('.').next().unwrap_or_default();
        name.insert_str(0, &super::schemas::capitalised(service));
    }
    let headers = match status {
        401 => header(
            "WWW-Authenticate",
            "Always `Bearer`.",
            json!({ "type": "string" }),
        ),
        429 | 503 => {
            let seconds = json!({ "type": "integer", "minimum": 0 });
            header("Retry-After", "Seconds to wait.", seconds)
        }
        _ => Map::new(),
    };
    (
        name,
        response(&description, first.unwrap_or(&reasons::INTERNAL), headers),
    )
}

fn header(name: &str, description: &str, schema: Value) -> Map<String, Value> {
    Map::from_iter([(
        name.to_owned(),
        json!({ "description": description, "schema": schema }),
    )])
}

fn response(description: &str, example: &'static Reason, mut headers: Map<String, Value>) -> Value {
    let language = json!({ "type": "string", "enum": ["zh-CN", "en"] });
    headers.extend(header(
        "Content-Language",
        "The language of title, detail and violations.",
        language,
    ));
    let example = Problem::of(example).to_json(Language::English, None);
    json!({
        "description": description,
        "headers": headers,
        "content": {
            MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" }, "example": example },
        },
    })
}

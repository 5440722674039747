//! The API reference for people, generated from the OpenAPI document.

use std::fmt::Write as _;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use transcode::Language;

use super::{document, escape, say};
use crate::gateway::Gateway;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// `GET /api`.
pub async fn reference(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let language = Language::negotiate(&headers);
    let title = say(language, "开放接口", "API");
    document(
        language,
        StatusCode::OK,
        title,
        &body(&gateway.openapi, language),
    )
}

/// Everything between the page's header and its end.
fn body(openapi: &Value, language: Language) -> String {
    let server = openapi["servers"][0]["url"].as_str().unwrap_or_default();
    let mut html = format!(
        "<h1>{}</h1><p class=\"lead\">{}</p>",
        say(language, "开放接口", "API"),
        say(
            language,
            "所有业务均可通过以下接口调用。学会自有系统使用 client_credentials 获取访问令牌；请求与响应均为 JSON，错误统一为 problem+json。",
            "Everything the platform does can be called here. A society's own system gets its token by client_credentials; \
             requests and answers are JSON, errors are problem+json.",
        ),
    );
    let _ = write!(
        html,
        "<pre tabindex=\"0\">curl {server}/oauth2/token -u \"$CLIENT_ID:$CLIENT_SECRET\" -d grant_type=client_credentials\n\
         curl {server}/v1/organisations/$ORGANISATION_ID/memberships:verify \\\n  -H \"Authorization: Bearer $TOKEN\" \
         -H 'Content-Type: application/json' \\\n  -d '{{\"query\": {{\"memberNumber\": \"B200000001M\"}}}}'</pre>",
        server = escape(server)
    );
    let tags = openapi["tags"].as_array().map_or(&[][..], Vec::as_slice);
    html.push_str("<ul class=\"toc\">");
    for tag in tags {
        let name = escape(tag["name"].as_str().unwrap_or_default());
        let _ = write!(html, "<li><a href=\"#{name}\">{name}</a></li>");
    }
    html.push_str("</ul>");
    for tag in tags {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(
            html,
            "<h2 id=\"{0}\">{0}</h2><p>{1}</p>",
            escape(name),
            escape(tag["description"].as_str().unwrap_or_default())
        );
        for (path, item) in openapi["paths"].as_object().into_iter().flatten() {
            for method in METHODS {
                let operation = &item[method];
                if operation["tags"]
                    .as_array()
                    .is_some_and(|tags| tags.iter().any(|t| t == name))
                {
                    write_operation(&mut html, openapi, path, method, operation, language);
                }
            }
        }
    }
    html
}

fn write_operation(
    html: &mut String,
    openapi: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    language: Language,
) {
    let words = |key: &str| operation[key].as_str().unwrap_or_default();
    let _ = write!(
        html,
        "<details id=\"{id}\"><summary><span class=\"method {verb}\">{verb}</span><code class=\"path\">{path}</code>\
         <span class=\"what\">{summary}</span></summary><div>",
        id = escape(words("operationId")),
        verb = method.to_ascii_uppercase(),
        path = escape(path),
        summary = escape(words("summary")),
    );
    for paragraph in words("description")
        .split("\n\n")
        .filter(|text| !text.is_empty())
    {
        let _ = write!(html, "<p>{}</p>", escape(paragraph));
    }
    let rows: Vec<_> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| resolve(openapi, parameter))
        .collect();
    if !rows.is_empty() {
        let _ = write!(html, "<h4>{}</h4>", say(language, "参数", "Parameters"));
        open_table(html, language);
        for parameter in rows {
            let place = parameter["in"].as_str().unwrap_or_default();
            let required = parameter["required"].as_bool().unwrap_or_default();
            let name = format!(
                "{} ({place})",
                parameter["name"].as_str().unwrap_or_default()
            );
            let description = parameter["description"].as_str().unwrap_or_default();
            write_row(
                html,
                &name,
                required,
                &parameter["schema"],
                description,
                openapi,
                language,
            );
        }
        html.push_str("</tbody></table></div>");
    }
    let content = |value: &Value| value["content"]["application/json"]["schema"].clone();
    let request = content(resolve(openapi, &operation["requestBody"]));
    if !request.is_null() {
        write_schema(
            html,
            say(language, "请求体", "Request body"),
            &request,
            openapi,
            language,
        );
    }
    let responses = operation["responses"].as_object();
    let success = responses.and_then(|all| all.iter().find(|(status, _)| status.starts_with('2')));
    if let Some((status, response)) = success {
        let heading = format!("{} {status}", say(language, "响应", "Answer"));
        let schema = content(resolve(openapi, response));
        if !schema.is_null() {
            write_schema(html, &heading, &schema, openapi, language);
        }
    }
    html.push_str("</div></details>");
}

fn write_schema(
    html: &mut String,
    heading: &str,
    schema: &Value,
    openapi: &Value,
    language: Language,
) {
    let schema = resolve(openapi, schema);
    let _ = write!(html, "<h4>{}</h4>", escape(heading));
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    if properties.is_empty() {
        let _ = write!(html, "<p>{}</p>", say(language, "无字段。", "No fields."));
        return;
    }
    open_table(html, language);
    for (name, property) in properties {
        let description = property["description"]
            .as_str()
            .or_else(|| resolve(openapi, property)["description"].as_str())
            .unwrap_or_default();
        write_row(
            html,
            name,
            required.contains(&name.as_str()),
            property,
            description,
            openapi,
            language,
        );
    }
    html.push_str("</tbody></table></div>");
}

fn open_table(html: &mut String, language: Language) {
    let _ = write!(
        html,
        "<div class=\"scroll\"><table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
        say(language, "名称", "Name"),
        say(language, "类型", "Type"),
        say(language, "说明", "Description"),
    );
}

fn write_row(
    html: &mut String,
    name: &str,
    required: bool,
    schema: &Value,
    description: &str,
    openapi: &Value,
    language: Language,
) {
    let mark = if required {
        say(language, "必填", "required")
    } else {
        ""
    };
    let _ = write!(
        html,
        "<tr><td><code>{}</code> <span class=\"who\">{mark}</span></td><td>{}</td><td>{}</td></tr>",
        escape(name),
        escape(&kind(openapi, schema)),
        escape(description),
    );
}

/// A schema in a few words: `string`, `array of Session`, `ACTIVE | SUSPENDED`.
fn kind(openapi: &Value, schema: &Value) -> String {
    if let Some(reference) = reference_of(schema) {
        let target = resolve(openapi, schema);
        if target["enum"].is_array() {
            return kind(openapi, target);
        }
        return reference.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" | ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("array of {}", kind(openapi, &schema["items"])),
        Some(name) => match schema["format"].as_str() {
            Some(format) => format!("{name} ({format})"),
            None => name.to_owned(),
        },
        None => "object".to_owned(),
    }
}

/// `$ref` itself, or the one inside `allOf`.
fn reference_of(schema: &Value) -> Option<&str> {
    schema["$ref"]
        .as_str()
        .or_else(|| schema["allOf"][0]["$ref"].as_str())
}

/// Follows a local reference; anything else is returned as it is.
fn resolve<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    reference_of(value)
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| openapi.pointer(pointer))
        .unwrap_or(value)
}

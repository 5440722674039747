//! The OpenAPI document: the bindings, and the few routes that are not RPCs.

use serde_json::{Map, Value, json};
use transcode::{
    Bindings,
    openapi::{self, Info},
};

/// The document for the platform reached at `public_url`.
pub fn document(bindings: &Bindings, public_url: &str) -> Value {
    openapi::document(
        bindings,
        &Info {
            title: "Online CAST platform".to_owned(),
            version: "1.0.0".to_owned(),
            description: DESCRIPTION.to_owned(),
            server_url: public_url.to_owned(),
            openid_connect_url: format!("{public_url}/.well-known/openid-configuration"),
            additional_paths: sign_on(),
            additional_tags: vec![json!({
                "name": "OpenID",
                "description": "Single sign-on: OpenID Connect Core 1.0 and OAuth 2.0 with PKCE.",
            })],
        },
    )
}

const DESCRIPTION: &str = "Everything the platform does can be called here: accounts and persons, organisations and memberships, activities, and the \
cockpit.\n\nA person's browser is signed in by a session cookie. A society's own system gets an access token from `/oauth2/token` \
with `grant_type=client_credentials` and sends it as `Authorization: Bearer`. Bodies are JSON (ProtoJSON: int64 as strings, enums by \
name, times in RFC 3339). Request bodies are limited to 1 MiB. Errors are `application/problem+json` (RFC 9457) with a stable `code`; `Accept-Language` chooses Chinese \
(the default) or English. Creates and custom writes take an `Idempotency-Key`.";

/// The form of the endpoints that a token is shown to.
fn token_form() -> Value {
    json!({
        "type": "object",
        "required": ["token"],
        "properties": {
            "token": {"type": "string"},
            "token_type_hint": {"type": "string"},
            "client_id": {"type": "string"},
            "client_secret": {"type": "string"},
            "client_assertion_type": {"type": "string"},
            "client_assertion": {"type": "string"},
        },
    })
}

fn sign_on() -> Map<String, Value> {
    let text = |description: &str, kind: &str, schema: Value| json!({"description": description, "content": {kind: {"schema": schema}}});
    let error = text(
        "An error of RFC 6749 section 5.2.",
        "application/json",
        json!({
            "type": "object",
            "required": ["error"],
            "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
        }),
    );
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let paths = json!({
        "/oauth2/token": {"post": {
            "operationId": "OpenID_Token",
            "tags": ["OpenID"],
            "summary": "Issues tokens.",
            "description": "RFC 6749 section 3.2: `client_credentials`, `refresh_token`, and `authorization_code` with PKCE (S256). \
                            Clients authenticate by HTTP Basic, in the form, or by a JWT that they sign (private_key_jwt). Tokens are \
                            bound to the key of a proof in the header `DPoP` (RFC 9449).",
            "security": [],
            "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "enum": [
                        "client_credentials", "authorization_code", "refresh_token",
                        "urn:ietf:params:oauth:grant-type:device_code"
                    ]},
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string"},
                    "client_assertion_type": {"type": "string"},
                    "client_assertion": {"type": "string"},
                    "code": {"type": "string"},
                    "redirect_uri": {"type": "string"},
                    "code_verifier": {"type": "string"},
                    "refresh_token": {"type": "string"},
                    "device_code": {"type": "string"},
                    "scope": {"type": "string"},
                },
            }}}},
            "responses": {
                "200": text("The tokens.", "application/json", json!({
                    "type": "object",
                    "required": ["access_token", "token_type", "expires_in"],
                    "properties": {
                        "access_token": {"type": "string"},
                        "token_type": {"type": "string"},
                        "expires_in": {"type": "integer"},
                        "scope": {"type": "string"},
                        "id_token": {"type": "string"},
                        "refresh_token": {"type": "string"},
                    },
                })),
                "400": error.clone(),
                "401": error.clone(),
                "default": problem,
            },
        }},
        "/oauth2/userinfo": {"get": {
            "operationId": "OpenID_UserInfo",
            "tags": ["OpenID"],
            "summary": "Returns claims of the person who signed in.",
            "description": "OpenID Connect Core 1.0 section 5.3. Takes the access token that the site was issued.",
            "security": [{"token": []}],
            "responses": {
                "200": text("The claims.", "application/json", json!({
                    "type": "object",
                    "required": ["sub"],
                    "properties": {
                        "sub": {"type": "string"},
                        "name": {"type": "string"},
                        "person_number": {"type": "string"},
                    },
                })),
                "401": {"description": "No token, or one that is not valid (RFC 6750 section 3)."},
                "default": problem,
            },
        }},
        "/oauth2/par": {"post": {
            "operationId": "OpenID_PushAuthorization",
            "tags": ["OpenID"],
            "summary": "Keeps an authorization request.",
            "description": "RFC 9126: the parameters of an authorization request, sent by the site itself. The browser brings `client_id` and \
                            `request_uri` to `/oauth2/authorize` then, within 90 seconds, once. Clients authenticate as at the token endpoint.",
            "security": [],
            "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
                "type": "object",
                "required": ["response_type", "redirect_uri", "scope"],
                "properties": {
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string"},
                    "client_assertion_type": {"type": "string"},
                    "client_assertion": {"type": "string"},
                    "response_type": {"type": "string"},
                    "redirect_uri": {"type": "string"},
                    "scope": {"type": "string"},
                },
            }}}},
            "responses": {
                "201": text("The request is kept.", "application/json", json!({
                    "type": "object",
                    "required": ["request_uri", "expires_in"],
                    "properties": {"request_uri": {"type": "string"}, "expires_in": {"type": "integer"}},
                })),
                "400": error.clone(),
                "401": error.clone(),
                "default": problem,
            },
        }},
        "/oauth2/device_authorization": {"post": {
            "operationId": "OpenID_DeviceAuthorization",
            "tags": ["OpenID"],
            "summary": "Begins the sign-in of a device without a browser.",
            "description": "RFC 8628, for clients that are registered for devices. The person enters the eight letters on the portal; meanwhile the \
                            device asks at the token endpoint. Clients authenticate as there.",
            "security": [],
            "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": {
                "type": "object",
                "required": ["scope"],
                "properties": {
                    "client_id": {"type": "string"},
                    "client_secret": {"type": "string"},
                    "client_assertion_type": {"type": "string"},
                    "client_assertion": {"type": "string"},
                    "scope": {"type": "string"},
                },
            }}}},
            "responses": {
                "200": text("The codes.", "application/json", json!({
                    "type": "object",
                    "required": ["device_code", "user_code", "verification_uri", "expires_in"],
                    "properties": {
                        "device_code": {"type": "string"},
                        "user_code": {"type": "string"},
                        "verification_uri": {"type": "string"},
                        "verification_uri_complete": {"type": "string"},
                        "expires_in": {"type": "integer"},
                        "interval": {"type": "integer"},
                    },
                })),
                "400": error.clone(),
                "401": error.clone(),
                "default": problem,
            },
        }},
        "/oauth2/revoke": {"post": {
            "operationId": "OpenID_Revoke",
            "tags": ["OpenID"],
            "summary": "Ends the tokens of a sign-in.",
            "description": "RFC 7009: a refresh token or an access token of this client, with all others of the same sign-in. Clients \
                            authenticate as at the token endpoint.",
            "security": [],
            "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": token_form()}}},
            "responses": {
                "200": {"description": "The token is of no use from now on, whatever it was."},
                "400": error.clone(),
                "401": error.clone(),
                "default": problem,
            },
        }},
        "/oauth2/introspect": {"post": {
            "operationId": "OpenID_Introspect",
            "tags": ["OpenID"],
            "summary": "Says whether a token is good.",
            "description": "RFC 7662, for clients with a secret, about tokens of clients of their own organisation.",
            "security": [],
            "requestBody": {"required": true, "content": {"application/x-www-form-urlencoded": {"schema": token_form()}}},
            "responses": {
                "200": text("What the token is.", "application/json", json!({
                    "type": "object",
                    "required": ["active"],
                    "properties": {"active": {"type": "boolean"}, "scope": {"type": "string"}, "sub": {"type": "string"}},
                })),
                "400": error.clone(),
                "401": error,
                "default": problem,
            },
        }},
    });
    match paths {
        Value::Object(paths) => paths,
        _ => Map::new(),
    }
}

//! OAuth clients of an organisation: its own systems, and the sites and apps that sign people in through the platform.
//!
//! A secret is 256 random bits with the prefix `cast_`, shown once and kept as SHA-256. After a rotation the old one works for another 24
//! hours.

mod kind;
mod method;
pub mod protocol;
pub mod rpc;
pub mod rules;
pub mod store;
mod subject;

use kit::errors::Problem;
use proto_identity::reasons;
use signing::Unfit;
use sqlx::PgConnection;
use uuid::Uuid;

pub use self::{kind::Kind, rpc::Clients, subject::subject_at};
use self::{
    protocol::ProtocolError,
    rules::{ClientError, RedirectError},
};

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Scope(at) => Self::invalid(
                format!("scopes[{at}]"),
                (
                    "Not for this kind of client; take one of those in the documentation.",
                    "该类应用不能使用此权限范围，请参照接口文档选择。",
                ),
            ),
            ClientError::OpenIdMissing => Self::invalid(
                "scopes",
                (
                    "openid is missing; a site that signs people in needs it.",
                    "缺少 openid，登录类应用必须包含它。",
                ),
            ),
            ClientError::RedirectMissing => Self::invalid(
                "redirect_uris",
                (
                    "Missing; give at least one address a code may be sent to.",
                    "请至少填写一个登录回调地址。",
                ),
            ),
            ClientError::RedirectUnwanted => Self::invalid(
                "redirect_uris",
                (
                    "A system does not sign people in; leave it empty.",
                    "系统对接类应用没有回调地址，请留空。",
                ),
            ),
            ClientError::Redirect(at, error) => {
                Self::invalid(format!("redirect_uris[{at}]"), redirect_words(error))
            }
            ClientError::PostLogoutUnwanted => Self::invalid(
                "post_logout_redirect_uris",
                (
                    "A system signs no people out; leave it empty.",
                    "系统对接类应用没有退出后的返回地址，请留空。",
                ),
            ),
            ClientError::PostLogout(at, error) => Self::invalid(
                format!("post_logout_redirect_uris[{at}]"),
                post_logout_words(error),
            ),
            ClientError::BackchannelUnwanted => Self::invalid(
                "backchannel_logout_uri",
                (
                    "Only a web site can be told of sign-outs; leave it empty.",
                    "只有网站可以接收退出通知，请留空。",
                ),
            ),
            ClientError::Backchannel(error) => {
                Self::invalid("backchannel_logout_uri", backchannel_words(error))
            }
            ClientError::PkceNeeded => Self::invalid(
                "pkce_optional",
                (
                    "Only a web site with a secret may do without PKCE; leave it out.",
                    "只有持有密钥的网站可以不使用 PKCE，请取消此项。",
                ),
            ),
            ClientError::SecretUnwanted => Self::invalid(
                "secret_days",
                (
                    "This kind of client has no secret that could expire; leave it out.",
                    "该类应用没有密钥，请勿填写密钥有效期。",
                ),
            ),
        }
    }
}

impl From<ProtocolError> for Problem {
    fn from(error: ProtocolError) -> Self {
        let (field, words) = match error {
            ProtocolError::AppProves => (
                "authentication.method",
                (
                    "An app on people's devices keeps neither a secret nor a key; leave it out.",
                    "手机、桌面或浏览器应用无法保管密钥，请勿选择认证方式。",
                ),
            ),
            ProtocolError::Unproven => (
                "authentication.method",
                (
                    "A web site or a system has to prove itself; take a secret or a key of its own.",
                    "网站和系统必须进行身份认证，请选择密钥或自有私钥签名。",
                ),
            ),
            ProtocolError::KeysUnwanted => (
                "authentication.jwks",
                (
                    "A client that proves itself by a secret has no keys; leave them out.",
                    "使用密钥认证的应用不需要公钥，请留空。",
                ),
            ),
            ProtocolError::KeysMissing => (
                "authentication.jwks",
                (
                    "Give the public keys or the address where they are, one of both.",
                    "请填写公钥，或填写公钥所在的网址，二者择一。",
                ),
            ),
            ProtocolError::Keys(unfit) => ("authentication.jwks", keys_words(unfit)),
            ProtocolError::Address(error) => ("authentication.jwks_uri", jwks_uri_words(error)),
            ProtocolError::SubjectsFixed => (
                "protocol.pairwise_subjects",
                (
                    "Sites know people by their subjects, so this is chosen once; register another client.",
                    "网站依据用户标识识别用户，此项登记后不能更改；如需更改，请另行登记一个应用。",
                ),
            ),
            ProtocolError::OfSystem => (
                "protocol",
                (
                    "These choices are about people who sign in; a system has none, so leave them out.",
                    "这些选项只用于用户登录，系统对接类应用请勿填写。",
                ),
            ),
        };
        Self::invalid(field, words)
    }
}

/// What is wrong with keys, in English and Chinese.
fn keys_words(unfit: Unfit) -> (&'static str, &'static str) {
    match unfit {
        Unfit::Malformed => (
            "Not a JWK Set; give the public keys as JSON, like {\"keys\":[…]}.",
            "公钥格式有误，请按 JWK Set 格式填写，例如 {\"keys\":[…]}。",
        ),
        Unfit::Private => (
            "Contains a private or symmetric key, which is no longer secret now: make a new one, and give its public part alone.",
            "内容含有私钥或对称密钥，它已不再保密。请重新生成密钥，并且只填写公钥部分。",
        ),
        Unfit::Unusable => (
            "No usable key; give a public key for signatures: RSA of 2048 to 4096 bits, P-256 or Ed25519.",
            "没有可用的签名公钥。请提供 2048 至 4096 位的 RSA、P-256 或 Ed25519 公钥。",
        ),
        Unfit::TooMany => (
            "More than 20 keys; leave out those that are not used.",
            "公钥超过 20 个，请删除不再使用的公钥。",
        ),
    }
}

/// What is wrong with an address of keys.
fn jwks_uri_words(error: RedirectError) -> (&'static str, &'static str) {
    match error {
        RedirectError::Malformed => (
            "The address of the keys is not an absolute address in its normal form; write it like https://site.example.cn/jwks.json.",
            "公钥网址不完整或写法不规范，请填写完整地址，例如 https://site.example.cn/jwks.json。",
        ),
        RedirectError::Insecure => (
            "The address of the keys is not https; give one that begins with https://.",
            "公钥网址须使用 https，请填写以 https:// 开头的地址。",
        ),
        RedirectError::Unwanted => (
            "The address of the keys contains a fragment, a user name or a wildcard; leave it out.",
            "公钥网址不得含有 # 片段、用户名或通配符，请删除。",
        ),
        RedirectError::Port => (
            "The address of the keys names a port; the platform calls the default port of https (443) alone, so leave the port out.",
            "公钥网址不能指定端口；平台只访问 https 的默认端口（443），请去掉端口。",
        ),
    }
}

/// What is wrong with an address that codes are sent to, in English and Chinese.
fn redirect_words(error: RedirectError) -> (&'static str, &'static str) {
    match error {
        RedirectError::Malformed => (
            "Not an absolute address in its normal form; write it exactly as your site sends it.",
            "回调地址不完整或写法不规范，请按网站实际使用的地址填写。",
        ),
        RedirectError::Insecure | RedirectError::Port => (
            "Not https; for development use http://localhost, http://127.0.0.1 or http://[::1] with a port, for an app on people's devices its own scheme, e.g. com.example.app:/callback.",
            "回调地址须使用 https；开发调试可用带端口的 http://localhost、http://127.0.0.1 或 http://[::1]，手机或桌面应用可用自有协议，例如 com.example.app:/callback。",
        ),
        RedirectError::Unwanted => (
            "Contains a fragment, a user name or a wildcard; leave it out.",
            "回调地址不得含有 # 片段、用户名或通配符，请删除。",
        ),
    }
}

/// The same of an address after signing out.
fn post_logout_words(error: RedirectError) -> (&'static str, &'static str) {
    match error {
        RedirectError::Malformed => (
            "Not an absolute address in its normal form; write it exactly as your site sends it when a person signs out.",
            "退出后的返回地址不完整或写法不规范，请按网站退出时实际使用的地址填写。",
        ),
        RedirectError::Insecure | RedirectError::Port => (
            "The address after signing out is not https; for development use http://localhost, http://127.0.0.1 or http://[::1] with a port, for an app on people's devices its own scheme, e.g. com.example.app:/bye.",
            "退出后的返回地址须使用 https；开发调试可用带端口的 http://localhost、http://127.0.0.1 或 http://[::1]，手机或桌面应用可用自有协议，例如 com.example.app:/bye。",
        ),
        RedirectError::Unwanted => (
            "The address after signing out contains a fragment, a user name or a wildcard; leave it out.",
            "退出后的返回地址不得含有 # 片段、用户名或通配符，请删除。",
        ),
    }
}

/// The same of an address for sign-out notices.
fn backchannel_words(error: RedirectError) -> (&'static str, &'static str) {
    match error {
        RedirectError::Malformed => (
            "The address for sign-out notices is not an absolute address in its normal form; write it like https://site.example.cn/logout.",
            "退出通知地址不完整或写法不规范，请填写完整地址，例如 https://site.example.cn/logout。",
        ),
        RedirectError::Insecure => (
            "The address for sign-out notices is not https; give one that begins with https://.",
            "退出通知地址须使用 https，请填写以 https:// 开头的地址。",
        ),
        RedirectError::Unwanted => (
            "The address for sign-out notices contains a fragment, a user name or a wildcard; leave it out.",
            "退出通知地址不得含有 # 片段、用户名或通配符，请删除。",
        ),
        RedirectError::Port => (
            "The address for sign-out notices names a port; the platform calls the default port of https (443) alone, so leave the port out.",
            "退出通知地址不能指定端口；平台只访问 https 的默认端口（443），请去掉端口。",
        ),
    }
}

/// `CLIENT_NOT_FOUND`.
pub fn not_found() -> Problem {
    Problem::of(&reasons::CLIENT_NOT_FOUND)
}

/// The client of this id; an id of another form belongs to no client.
pub async fn named(
    conn: &mut PgConnection,
    client_id: &str,
) -> Result<Option<store::Row>, sqlx::Error> {
    match Uuid::try_parse(client_id) {
        Ok(id) if id.to_string() == client_id => store::read(conn, id).await,
        _ => Ok(None),
    }
}

//! How a client proves itself, and what it has chosen of the protocol. Pure.

use proto_identity::v1::{ClientAuthentication, ClientProtocol, client_authentication};
use signing::{ForeignKeys, Unfit};

pub use super::method::{AuthMethod, IdTokenAlgorithm};
use super::{
    Kind,
    rules::{self, RedirectError},
    store::Row,
};

/// Why a client cannot prove itself like this, or choose this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// An app that keeps a secret or a key.
    #[error("an app keeps neither secret nor key")]
    AppProves,
    /// A site or a system that proves nothing.
    #[error("a site or a system proves itself")]
    Unproven,
    /// Keys of a client that does not sign.
    #[error("a client with a secret has no keys")]
    KeysUnwanted,
    /// Neither keys nor where they are, or both.
    #[error("keys or their address: one of both")]
    KeysMissing,
    /// Keys that are of no use.
    #[error("jwks: {0}")]
    Keys(#[from] Unfit),
    /// An address that keys are not fetched from.
    #[error("jwks_uri: {0}")]
    Address(RedirectError),
    /// Another kind of subjects than before.
    #[error("a client knows people by the subjects that it has begun with")]
    SubjectsFixed,
    /// A choice that concerns people who sign in, of a system.
    #[error("a system signs no people in")]
    OfSystem,
}

/// Takes over how a client proves itself; `None`: as before. Its secrets end if it has none from now on.
pub fn authenticate_by(
    row: &mut Row,
    input: Option<&ClientAuthentication>,
    development: bool,
) -> Result<(), ProtocolError> {
    let Some(input) = input else {
        return Ok(());
    };
    use client_authentication::Method;
    let keys = (!input.jwks.is_empty(), !input.jwks_uri.is_empty());
    let method = match (row.kind, input.method()) {
        (Kind::PublicApp, Method::Public | Method::Unspecified) => AuthMethod::ClientSecret,
        (Kind::PublicApp, _) => return Err(ProtocolError::AppProves),
        (_, Method::Public) => return Err(ProtocolError::Unproven),
        (_, Method::PrivateKeyJwt) => AuthMethod::PrivateKeyJwt,
        (_, Method::ClientSecret | Method::Unspecified) => AuthMethod::ClientSecret,
    };
    match (method, keys) {
        (AuthMethod::ClientSecret, (false, false)) => {}
        (AuthMethod::ClientSecret, _) => return Err(ProtocolError::KeysUnwanted),
        (AuthMethod::PrivateKeyJwt, (true, false)) => {
            ForeignKeys::read(input.jwks.as_bytes())?;
        }
        (AuthMethod::PrivateKeyJwt, (false, true)) => {
            let checked = rules::redirect_uri(Kind::Web, &input.jwks_uri);
            let called = checked.and_then(|()| match development {
                true => Ok(()),
                false => rules::is_called(&input.jwks_uri),
            });
            called.map_err(ProtocolError::Address)?;
        }
        (AuthMethod::PrivateKeyJwt, _) => return Err(ProtocolError::KeysMissing),
    }
    row.auth_method = method;
    row.jwks = Some(input.jwks.clone()).filter(|jwks| !jwks.is_empty());
    row.jwks_uri = Some(input.jwks_uri.clone()).filter(|uri| !uri.is_empty());
    if method == AuthMethod::PrivateKeyJwt {
        row.secret_hash = None;
        row.secret_expires_at = None;
        row.old_secret_hash = None;
        row.old_secret_expires_at = None;
    }
    Ok(())
}

/// Takes over what a client has chosen; `None`: as before. `registered`: it is not new.
pub fn choose(
    row: &mut Row,
    input: Option<&ClientProtocol>,
    registered: bool,
) -> Result<(), ProtocolError> {
    let Some(input) = input else {
        return Ok(());
    };
    let algorithm = IdTokenAlgorithm::from_wire(input.id_token_algorithm);
    let algorithm = algorithm.unwrap_or(IdTokenAlgorithm::Rs256);
    let plain = algorithm == IdTokenAlgorithm::Rs256;
    let chosen = !plain
        || input.pushed_requests_only
        || input.dpop_only
        || input.pairwise_subjects
        || input.device_grant;
    if row.kind == Kind::Machine && chosen {
        return Err(ProtocolError::OfSystem);
    }
    // Accounts at the site are found by the subject.
    if registered && input.pairwise_subjects != row.pairwise_subjects {
        return Err(ProtocolError::SubjectsFixed);
    }
    row.pairwise_subjects = input.pairwise_subjects;
    row.device_grant = input.device_grant;
    row.id_token_algorithm = algorithm;
    row.pushed_requests_only = input.pushed_requests_only;
    row.dpop_only = input.dpop_only;
    Ok(())
}

/// How it proves itself, on the wire.
pub fn authentication(row: &Row) -> ClientAuthentication {
    let method = match row.kind {
        Kind::PublicApp => client_authentication::Method::Public.into(),
        Kind::Machine | Kind::Web => row.auth_method.to_wire(),
    };
    ClientAuthentication {
        method,
        jwks: row.jwks.clone().unwrap_or_default(),
        jwks_uri: row.jwks_uri.clone().unwrap_or_default(),
    }
}

/// What it has chosen, on the wire.
pub fn chosen(row: &Row) -> ClientProtocol {
    ClientProtocol {
        id_token_algorithm: row.id_token_algorithm.to_wire(),
        pushed_requests_only: row.pushed_requests_only,
        dpop_only: row.dpop_only,
        pairwise_subjects: row.pairwise_subjects,
        device_grant: row.device_grant,
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;

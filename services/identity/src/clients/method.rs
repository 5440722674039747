//! How a client proves itself, and how its ID tokens are signed.

use database::stored_enum;
use proto_identity::v1::{client_authentication, client_protocol};

stored_enum! {
    /// How a client proves itself; of an app that keeps no secret it says nothing.
    pub enum AuthMethod: client_authentication::Method {
        /// By its secret.
        ClientSecret = "client_secret",
        /// By a JWT that it signs (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
    }
}

stored_enum! {
    /// How ID tokens for a client are signed.
    pub enum IdTokenAlgorithm: client_protocol::IdTokenAlgorithm {
        /// Known to all software.
        Rs256 = "RS256",
        /// On P-256.
        Es256 = "ES256",
        /// Ed25519.
        Eddsa = "EDDSA",
    }
}

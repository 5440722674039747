//! How a session is opened.

/// How a person proved themselves (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With the password.
    Password,
    /// With a one-time code.
    Code,
}

impl Method {
    /// As it is stored, and the value in `amr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Code => "otp",
        }
    }
}

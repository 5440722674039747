//! What travels beside the messages: cookies of the gateway, the language of a browser, proofs of work.

use http::{HeaderName, HeaderValue};

use super::Call;
use crate::errors::{Problem, Result};

impl<T> Call<T> {
    /// The text that was sent along under this name; `None` also if it is no visible ASCII.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.metadata.get(name)?.to_str().ok()
    }

    /// Sends a text along with the answer; a refusal goes without. It is treated as a secret: HTTP/2 keeps it out of its tables.
    pub fn attach(&self, name: &'static str, text: &str) -> Result<()> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(Problem::internal)?;
        let mut value = HeaderValue::from_str(text).map_err(Problem::internal)?;
        value.set_sensitive(true);
        self.received.attached.insert(name, value);
        Ok(())
    }
}

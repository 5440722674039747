//! The type.

use std::{borrow::Cow, collections::BTreeMap, fmt, time::Duration};

use proto_platform::reasons::{self, Reason};

use crate::Words;

/// A refusal or a failure, with everything the caller may learn about it.
pub struct Problem(pub(crate) Box<Inner>);

pub(crate) struct Inner {
    pub(crate) reason: &'static Reason,
    pub(crate) metadata: BTreeMap<Cow<'static, str>, String>,
    pub(crate) violations: Vec<(String, Words)>,
    pub(crate) said: Option<Words>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) cause: Option<anyhow::Error>,
}

impl Problem {
    /// A problem with this reason, one of the statics of [`proto_platform::reasons`].
    pub fn of(reason: &'static Reason) -> Self {
        Self(Box::new(Inner {
            reason,
            metadata: BTreeMap::new(),
            violations: Vec::new(),
            said: None,
            retry_after: None,
            cause: None,
        }))
    }

    /// `INVALID_ARGUMENT` with one violation. `field` is the proto path in snake_case (`items[2].code`), `description`
    /// a sentence in English and Chinese that ends with what to do: `("Must be six digits.", "请填写六位数字。")`. Neither
    /// repeats the value.
    pub fn invalid(field: impl Into<String>, description: impl Into<Words>) -> Self {
        Self::of(&reasons::INVALID_ARGUMENT).field(field, description)
    }

    /// `INTERNAL`: an invariant is broken. The cause is only logged.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::of(&reasons::INTERNAL).because(cause)
    }

    /// Fills the placeholder `{key}` in the words of the reason; machine-readable in `ErrorInfo.metadata`.
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        self.0.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Adds a violation; see [`invalid`](Self::invalid) for the form.
    pub fn field(mut self, field: impl Into<String>, description: impl Into<Words>) -> Self {
        self.0.violations.push((field.into(), description.into()));
        self
    }

    /// Gives each violated field another name.
    pub fn rename_fields(&mut self, rename: impl Fn(&str) -> String) {
        for (field, _) in &mut self.0.violations {
            *field = rename(field);
        }
    }

    /// Adds a specific sentence before the catalogued advice. It is not part of a gRPC status.
    pub fn saying(mut self, words: impl Into<Words>) -> Self {
        self.0.said = Some(words.into());
        self
    }

    /// Sets the retry delay. Also fills `{retry_after_seconds}`, rounded up.
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with("retry_after_seconds", seconds)
    }

    /// The underlying cause, for the log. Must not quote personal data.
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The reason, e.g. to write its code as the outcome of an audit record.
    pub fn reason(&self) -> &'static Reason {
        self.0.reason
    }

    /// The violations so far: field path and description.
    pub fn violations(&self) -> &[(String, Words)] {
        &self.0.violations
    }

    /// The specific sentence, if there is one.
    pub fn said(&self) -> Option<&Words> {
        self.0.said.as_ref()
    }

    /// The placeholder values so far.
    pub fn metadata(&self) -> &BTreeMap<Cow<'static, str>, String> {
        &self.0.metadata
    }

    /// The retry delay, if known.
    pub fn retry(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.reason.code, self.0.reason.en.title)?;
        for (field, description) in &self.0.violations {
            write!(f, "; {field}: {}", description.en)?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, " ({cause:#})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Problem({self})")
    }
}

impl std::error::Error for Problem {}

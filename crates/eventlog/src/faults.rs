//! Injection points for tests.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;

type Reached = dyn Fn(&'static str) -> BoxFuture<'static, ()> + Send + Sync;

/// Lets a test block the relay or a consumer at a named point, and kill it there by aborting its task. Empty in
/// production.
#[derive(Clone, Default)]
pub struct Faults(Option<Arc<Reached>>);

impl Faults {
    /// Calls `reached` with the name of each point that is passed and awaits the returned future.
    pub fn new(
        reached: impl Fn(&'static str) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(reached)))
    }

    pub(crate) async fn reach(&self, line: &'static str) {
        if let Some(reached) = &self.0 {
            reached(line).await;
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Faults(armed)"
        } else {
            "Faults"
        })
    }
}

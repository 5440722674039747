//! Methods that answer with a stream.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use tokio_stream::Stream;
use tonic::Status;

use crate::errors::Result;

/// What a streaming method returns.
pub type Answers<T> = Pin<Box<dyn Stream<Item = Result<T>> + Send>>;

/// The same for tonic, with problems as statuses.
pub struct Streamed<T>(Answers<T>);

impl<T> From<Answers<T>> for Streamed<T> {
    fn from(answers: Answers<T>) -> Self {
        Self(answers)
    }
}

impl<T> Stream for Streamed<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.as_mut().poll_next(cx);
        next.map(|answer| answer.map(|answer| answer.map_err(Status::from)))
    }
}

impl<T> fmt::Debug for Streamed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Streamed").finish_non_exhaustive()
    }
}

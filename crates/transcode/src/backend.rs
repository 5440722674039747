//! Where calls go.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use prost_reflect::MethodDescriptor;
use tonic::{Status, metadata::MetadataMap};

/// The encoded messages of a server-streaming call.
pub type MessageStream = BoxStream<'static, Result<Bytes, Status>>;

/// Where calls go. Messages are encoded protobuf; dropping the future or the stream cancels the call.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Calls a method that answers once.
    async fn unary(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status>;

    /// Calls a method that answers with a stream.
    async fn server_streaming(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status>;
}

//! The target of calls.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use prost_reflect::MethodDescriptor;
use tonic::{Status, metadata::MetadataMap};

/// The encoded messages of a server-streaming call.
pub type MessageStream = BoxStream<'static, Result<Bytes, Status>>;

/// The target of calls. Messages are encoded protobuf; dropping the future or the stream cancels the call.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Calls a unary method.
    async fn unary(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status>;

    /// Calls a server-streaming method.
    async fn server_streaming(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status>;
}

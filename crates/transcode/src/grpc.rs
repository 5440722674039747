//! A [`Backend`] over gRPC channels, one per service, which forwards messages as bytes.

use std::{collections::HashMap, marker::PhantomData};

use async_trait::async_trait;
use bytes::{Buf as _, BufMut as _, Bytes};
use futures::StreamExt as _;
use http::uri::PathAndQuery;
use prost_reflect::MethodDescriptor;
use proto::Transport;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::Channel,
};

use crate::backend::{Backend, MessageStream};

/// A codec for encoded messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct BytesCodec(PhantomData<()>);

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, target: &mut EncodeBuf<'_>) -> Result<(), Status> {
        target.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, source: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = source.remaining();
        Ok(Some(source.copy_to_bytes(length)))
    }
}

/// Channels by the full name of the service, e.g. `cast.events.v1.Activities`.
#[derive(Clone, Debug)]
pub struct Channels<C = Channel> {
    by_service: HashMap<String, C>,
    max_message_bytes: usize,
}

impl<C: Transport> Channels<C> {
    /// Without services; responses of up to 16 MiB.
    pub fn new() -> Self {
        Self {
            by_service: HashMap::new(),
            max_message_bytes: 16 << 20,
        }
    }

    /// Adds a service.
    #[must_use]
    pub fn service(mut self, full_name: impl Into<String>, channel: C) -> Self {
        self.by_service.insert(full_name.into(), channel);
        self
    }

    /// Sets the maximum size of a service's response.
    #[must_use]
    pub fn max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    async fn ready(&self, method: &MethodDescriptor) -> Result<(Grpc<C>, PathAndQuery), Status> {
        let service = method.parent_service().full_name();
        let channel = self.by_service.get(service).cloned();
        let channel =
            channel.ok_or_else(|| Status::unavailable(format!("no channel to {service}")))?;
        let mut client = Grpc::new(channel).max_decoding_message_size(self.max_message_bytes);
        client
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.into().to_string()))?;
        let path = PathAndQuery::try_from(format!("/{service}/{}", method.name()));
        Ok((
            client,
            path.map_err(|error| Status::internal(error.to_string()))?,
        ))
    }
}

impl<C: Transport> Default for Channels<C> {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl<C: Transport> Backend for Channels<C> {
    async fn unary(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status> {
        let (mut client, path) = self.ready(method).await?;
        let request = Request::from_parts(metadata, tonic::Extensions::default(), request);
        let (metadata, message, _) = client
            .unary(request, path, BytesCodec::default())
            .await?
            .into_parts();
        Ok((metadata, message))
    }

    async fn server_streaming(
        &self,
        method: &MethodDescriptor,
        metadata: MetadataMap,
        request: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status> {
        let (mut client, path) = self.ready(method).await?;
        let request = Request::from_parts(metadata, tonic::Extensions::default(), request);
        let (metadata, stream, _) = client
            .server_streaming(request, path, BytesCodec::default())
            .await?
            .into_parts();
        Ok((metadata, stream.boxed()))
    }
}

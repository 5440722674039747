//! Raw content.

use prost::bytes::Bytes;

/// `google.api.HttpBody`: content that the gateway sends and receives as it is, without JSON. Its extensions have no place
/// in HTTP and are not read.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HttpBody {
    /// The media type, as in `Content-Type`. Of a request: as the caller sent it, unchecked.
    #[prost(string, tag = "1")]
    pub content_type: String,
    /// The bytes. A part of them, if it is one message of a stream.
    #[prost(bytes = "bytes", tag = "2")]
    pub data: Bytes,
}

impl prost::Name for HttpBody {
    const NAME: &'static str = "HttpBody";
    const PACKAGE: &'static str = "google.api";
}

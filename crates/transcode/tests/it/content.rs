//! Raw content: any bytes in, any bytes out, and never a part that looks whole.

use std::time::Duration;

use async_trait::async_trait;
use axum::{Router, body::Body, extract::Request, routing::any};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use prost::Message as _;
use prost_reflect::MethodDescriptor;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tonic::{Status, metadata::MetadataMap};
use transcode::{
    Backend, BindingError, Bindings, Limits, MessageStream, Transcoder,
    openapi::{Info, document},
};

use crate::fixture::{Library, POOL, compile, from_json, message, refused};

/// Sends the messages, and then breaks off with the status if there is one.
#[derive(Clone)]
struct Pages(Vec<Bytes>, Option<Status>);

#[async_trait]
impl Backend for Pages {
    async fn unary(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, Bytes), Status> {
        match &self.1 {
            Some(status) => Err(status.clone()),
            None => Ok((MetadataMap::new(), self.0[0].clone())),
        }
    }

    async fn server_streaming(
        &self,
        _: &MethodDescriptor,
        _: MetadataMap,
        _: Bytes,
    ) -> Result<(MetadataMap, MessageStream), Status> {
        let messages = self.0.clone().into_iter().map(Ok);
        let end = self.1.clone().into_iter().map(Err);
        let stream = futures::stream::iter(messages.chain(end).collect::<Vec<_>>());
        Ok((MetadataMap::new(), stream.boxed()))
    }
}

fn page(data: &str, more: serde_json::Value) -> Bytes {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut json =
        json!({ "content": { "contentType": "text/csv", "data": STANDARD.encode(data) } });
    json.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    from_json("Page", &json).encode_to_vec().into()
}

fn transcoder(pages: Pages) -> Transcoder<Pages> {
    Transcoder::new(Bindings::new(&POOL).unwrap(), pages, Limits::default())
}

async fn get(pages: Pages, path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).unwrap();
    transcoder(pages).handle(request, MetadataMap::new()).await
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_request_takes_any_bytes_with_their_type() {
    let library = Library::over(&POOL);
    let bytes = [0u8, 255, b'{', 0];
    let request = Request::put("/v1/books/b1/pages/7")
        .header("content-type", "image/png")
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    assert_eq!(library.send(request).await.status, StatusCode::OK);
    let request = message("PutPageRequest", &library.called().unwrap().request);
    let json = serde_json::to_value(&request).unwrap();
    assert_eq!(
        json,
        json!({ "bookId": "b1", "number": 7, "content": { "contentType": "image/png", "data": "AP97AA==" } })
    );
}

#[tokio::test]
async fn a_body_without_bytes_is_given_and_one_too_large_is_refused() {
    let library = Library::over(&POOL);
    let put = |size: usize| {
        Request::put("/v1/books/b1/pages/7")
            .body(Body::from(vec![7; size]))
            .unwrap()
    };
    assert_eq!(library.send(put(0)).await.status, StatusCode::OK);
    let request = message("PutPageRequest", &library.called().unwrap().request);
    assert!(request.has_field_by_name("content"));
    assert_eq!(library.send(put(100_000)).await.status, StatusCode::OK);
    assert_eq!(
        library.send(put(100_001)).await.refusal(),
        refused(413, "BODY_TOO_LARGE", "")
    );
}

#[tokio::test]
async fn an_answer_is_the_bytes_with_type_name_length_and_nothing_to_run() {
    let more = json!({ "fileName": "名册.csv", "length": "5", "etag": "v1" });
    for path in ["/v1/books/b1/pages/7", "/v1/books/b1/pages"] {
        let response = get(Pages(vec![page("a,b\r\n", more.clone())], None), path).await;
        assert_eq!(header(&response, "content-type"), "text/csv");
        assert_eq!(
            header(&response, "content-disposition"),
            "attachment; filename=\"__.csv\"; filename*=UTF-8''%E5%90%8D%E5%86%8C.csv"
        );
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(
            header(&response, "content-security-policy"),
            "default-src 'none'; sandbox"
        );
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "etag"), "\"v1\"");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "a,b\r\n", "{path}");
    }
}

#[tokio::test]
async fn what_never_changes_is_kept_for_ever() {
    let pages = Pages(vec![page("x", json!({ "immutable": true }))], None);
    let response = get(pages, "/v1/books/b1/pages/7").await;
    assert_eq!(
        header(&response, "cache-control"),
        "public, max-age=31536000, immutable"
    );
}

#[tokio::test]
async fn a_method_may_return_content_itself() {
    let body = POOL.get_message_by_name("google.api.HttpBody").unwrap();
    let json = json!({ "contentType": "image/png", "data": "AP8=" });
    let body = prost_reflect::DynamicMessage::deserialize(body, json).unwrap();
    let pages = Pages(vec![body.encode_to_vec().into()], None);
    let response = get(pages, "/v1/books/b1/cover").await;
    assert_eq!(header(&response, "content-type"), "image/png");
    assert_eq!(header(&response, "content-disposition"), "inline");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], [0, 255]);
}

#[tokio::test]
async fn an_error_before_the_first_byte_is_a_problem() {
    for path in ["/v1/books/b1/pages/7", "/v1/books/b1/pages"] {
        let response = get(Pages(vec![], Some(Status::not_found(""))), path).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            header(&response, "content-type"),
            "application/problem+json"
        );
    }
    let response = get(Pages(vec![], None), "/v1/books/b1/pages").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_wrong_length_of_one_message_is_a_problem() {
    let pages = Pages(vec![page("abc", json!({ "length": "4" }))], None);
    let response = get(pages, "/v1/books/b1/pages/7").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

/// What a client receives over TCP, to the end of the connection.
async fn over_tcp(pages: Pages) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let transcoder: &'static _ = Box::leak(Box::new(transcoder(pages)));
    let app = Router::new().fallback(any(move |request: Request| async move {
        transcoder.handle(request, MetadataMap::new()).await
    }));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut client = TcpStream::connect(address).await.unwrap();
    client
        .write_all(b"GET /v1/books/b1/pages HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut received = Vec::new();
    let read = client.read_to_end(&mut received);
    let _ = tokio::time::timeout(Duration::from_secs(10), read)
        .await
        .expect("the connection ends");
    server.abort();
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn a_stream_is_one_body() {
    let pages = vec![
        page("first,", json!({})),
        page("", json!({})),
        page("second", json!({})),
    ];
    let received = over_tcp(Pages(pages.clone(), None)).await;
    assert!(
        received.ends_with("6\r\nfirst,\r\n6\r\nsecond\r\n0\r\n\r\n"),
        "{received}"
    );

    let mut pages = pages;
    pages[0] = page("first,", json!({ "length": "12" }));
    let received = over_tcp(Pages(pages, None)).await;
    assert!(received.contains("content-length: 12\r\n"), "{received}");
    assert!(received.ends_with("\r\n\r\nfirst,second"), "{received}");
}

#[tokio::test]
async fn a_cut_stream_never_looks_whole() {
    let cut = Some(Status::internal("the disk"));
    // How much of it leaves before the connection breaks is up to the network.
    let received = over_tcp(Pages(vec![page("first", json!({}))], cut.clone())).await;
    assert!(!received.contains("\r\n0\r\n"), "{received}");
    assert!(!received.contains("disk"), "{received}");

    // With a length, fewer bytes come than were promised: by an error, and by a service that ends too early or says too much.
    let short = page("first", json!({ "length": "6" }));
    for pages in [
        Pages(vec![short.clone()], cut),
        Pages(vec![short.clone()], None),
        Pages(vec![short, page("second", json!({}))], None),
    ] {
        let received = over_tcp(pages).await;
        if let Some((head, body)) = received.split_once("\r\n\r\n") {
            assert!(head.contains("content-length: 6"), "{received}");
            assert!(body.len() < 6, "{received}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_given_up() {
    struct Quiet;
    #[async_trait]
    impl Backend for Quiet {
        async fn unary(
            &self,
            _: &MethodDescriptor,
            _: MetadataMap,
            _: Bytes,
        ) -> Result<(MetadataMap, Bytes), Status> {
            Err(Status::unimplemented(""))
        }

        async fn server_streaming(
            &self,
            _: &MethodDescriptor,
            _: MetadataMap,
            _: Bytes,
        ) -> Result<(MetadataMap, MessageStream), Status> {
            let first = futures::stream::iter([Ok(page("first", json!({})))]);
            Ok((
                MetadataMap::new(),
                first.chain(futures::stream::pending()).boxed(),
            ))
        }
    }
    let transcoder = Transcoder::new(Bindings::new(&POOL).unwrap(), Quiet, Limits::default());
    let request = Request::get("/v1/books/b1/pages")
        .body(Body::empty())
        .unwrap();
    let response = transcoder.handle(request, MetadataMap::new()).await;
    assert!(response.into_body().collect().await.is_err());
}

#[test]
fn the_document_says_binary() {
    let document = document(&Bindings::new(&POOL).unwrap(), &Info::default());
    let page = &document["paths"]["/v1/books/{bookId}/pages/{number}"];
    let binary = json!({ "type": "string", "format": "binary" });
    let sent = &page["put"]["requestBody"];
    assert_eq!(sent["required"], true);
    assert_eq!(
        sent["content"]["application/octet-stream"]["schema"],
        binary
    );
    let got = &page["get"]["responses"]["200"]["content"];
    assert_eq!(got["*/*"]["schema"], binary);
}

#[test]
fn content_is_the_whole_body_or_a_mistake() {
    let with = |rule: &str, request: &str, response: &str| {
        let text = format!(
            r#"syntax = "proto3"; package cast.library.v1;
            import "cast/options/v1/access.proto"; import "google/api/annotations.proto"; import "google/api/httpbody.proto";
            service S {{ rpc M(A) returns (B) {{ option (google.api.http) = {{{rule}}};
                option (cast.options.v1.access) = {{public: true}}; }} }}
            message A {{ {request} }} message B {{ {response} }} message C {{ google.api.HttpBody inner = 1; }}"#
        );
        Bindings::new(&compile(&text)).map(|_| ())
    };
    let refused = Err(BindingError::Content {
        method: "cast.library.v1.S.M".to_owned(),
    });
    let body = "google.api.HttpBody x = 1;";
    assert_eq!(with(r#"put: "/v1/a" body: "x""#, body, ""), Ok(()));
    assert_eq!(with(r#"get: "/v1/a" response_body: "x""#, "", body), Ok(()));
    assert_eq!(with(r#"put: "/v1/a" body: "*""#, body, ""), refused);
    assert_eq!(with(r#"get: "/v1/a""#, body, ""), refused);
    assert_eq!(with(r#"get: "/v1/a""#, "", body), refused);
    assert_eq!(with(r#"get: "/v1/a""#, "", "C c = 1;"), refused);
    let several = "repeated google.api.HttpBody x = 1;";
    assert_eq!(with(r#"put: "/v1/a" body: "x""#, several, ""), refused);
}

//! The two-worlds test: what a viewer may not know changes no byte of any answer.
//!
//! Leaks are seldom the page that shows a name. They are counts, orders, page ends, errors, etags. Two worlds that differ only in what the
//! viewer must not learn are asked the same questions, by every method of the contract, and every answer has to be the same. A new method is
//! covered by existing.
//!
//! What has to differ without telling anything is made equal first: ids (each known one has a name that both worlds give it, the others are
//! numbered as they appear) and page tokens, which are sealed; pages are followed instead.

mod answer;
mod question;

use bytes::Bytes;
use kit::access::Caller;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, prost::Message as _};
use tonic::{
    Response, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

use crate::Signing;
pub use answer::Answer;
use answer::Names;
pub use question::Questions;

/// Pages that are followed.
const PAGES: usize = 5;

/// One of the two worlds.
#[derive(Clone, Debug)]
pub struct World {
    /// The channel to the service.
    pub channel: Signing,
    /// The viewer.
    pub viewer: Caller,
    /// The names of ids and numbers: the same names in both worlds. `{name}` in a question stands for the value.
    pub names: Vec<(&'static str, String)>,
}

/// An answer that tells the worlds apart.
#[derive(Clone, Debug)]
pub struct Difference {
    /// `package.Service/Method`.
    pub method: String,
    /// The request, with names.
    pub request: String,
    /// The answers, with names.
    pub answers: [String; 2],
}

/// What was asked, and what gave the worlds away.
#[derive(Debug, Default)]
pub struct Report {
    /// Questions for which both worlds had an answer that is no error.
    pub answered: usize,
    /// All questions, pages included.
    pub asked: usize,
    /// Methods, in the order in which they were asked.
    pub methods: Vec<String>,
    /// At most one a method.
    pub differences: Vec<Difference>,
}

/// Alters an answer of one world: the test of the test plants leaks.
pub type Leak<'a> = &'a (dyn Fn(&MethodDescriptor, Answer) -> Answer + Sync);

/// Asks both worlds everything. Methods that read come first: what the viewer writes has to have the same effect in both.
///
/// `leak` alters the answers of one world; `None` outside of the test of the test.
pub async fn compare(
    pool: &DescriptorPool,
    questions: &Questions,
    worlds: &[World; 2],
    leak: Option<Leak<'_>>,
) -> Report {
    let mut report = Report::default();
    let mut names = worlds.each_ref().map(|world| Names::new(&world.names));
    for method in methods(pool) {
        let name = format!("{}/{}", method.parent_service().full_name(), method.name());
        report.methods.push(name.clone());
        let mut told = false;
        for question in questions.of(&method) {
            let mut requests = worlds
                .each_ref()
                .map(|world| question.in_world(&world.names));
            for _ in 0..PAGES {
                let first = ask(&worlds[0], &method, &requests[0]).await;
                let mut second = ask(&worlds[1], &method, &requests[1]).await;
                if let Some(leak) = leak {
                    second = leak(&method, second);
                }
                report.asked += 1;
                report.answered += usize::from(first.is_ok() && second.is_ok());
                let tokens = [answer::next_page(&first), answer::next_page(&second)];
                let answers = [names[0].read(first), names[1].read(second)];
                if answers[0] != answers[1] && !told {
                    told = true;
                    report.differences.push(Difference {
                        method: name.clone(),
                        request: question.to_string(),
                        answers,
                    });
                }
                let [Some(one), Some(other)] = tokens else {
                    break;
                };
                question::set_page_token(&mut requests[0], &one);
                question::set_page_token(&mut requests[1], &other);
            }
        }
    }
    report
}

/// The methods that people and systems call, reads first.
fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let mut methods: Vec<MethodDescriptor> = pool
        .services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .filter(|method| !method.is_server_streaming() && !method.is_client_streaming())
        .filter(|method| method.parent_service().package_name().starts_with("cast."))
        .collect();
    let reads = ["Get", "List", "Search", "Verify", "BatchVerify", "Count"];
    methods.sort_by_key(|method| !reads.iter().any(|verb| method.name().starts_with(verb)));
    methods
}

async fn ask(world: &World, method: &MethodDescriptor, request: &DynamicMessage) -> Answer {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = path.parse().expect("names of a contract make a path");
    let mut client = Grpc::new(world.channel.clone());
    client
        .ready()
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let request = crate::as_(&world.viewer, Bytes::from(request.encode_to_vec()));
    let answered = client.unary(request, path, Raw).await?;
    let (metadata, bytes, extensions) = answered.into_parts();
    let message = DynamicMessage::decode(method.output(), bytes).expect("an answer of this type");
    Ok(Response::from_parts(metadata, message, extensions))
}

/// Messages as bytes: they are read by their descriptors.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(buffer, item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        use bytes::Buf as _;
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

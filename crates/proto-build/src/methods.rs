//! Generates a trait for every service of the contract, which the platform's services implement, and its adapter to
//! tonic's trait. A method takes one `kit::Call` and returns the response or a `kit::errors::Problem`; a missing method
//! does not compile.
//!
//! The traits use `kit`, which depends on some of these crates; so each package's traits are a macro, `methods!`, that
//! the service invokes.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use prost_types::{
    FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};

/// Field numbers of the descriptors that form the paths of comments: `FileDescriptorProto.service`,
/// `ServiceDescriptorProto.method`.
const SERVICE: i32 = 6;
const METHOD: i32 = 2;

/// Raw content, see the crate `proto-options`.
pub const HTTP_BODY: &str = ".google.api.HttpBody";

/// The macro of the files of one package; nothing if they have no services.
pub fn code(set: &FileDescriptorSet) -> Result<String> {
    let mut traits = String::new();
    for file in &set.file {
        for (at, service) in file.service.iter().enumerate() {
            write_service(&mut traits, file, index(at)?, service)?;
        }
    }
    if traits.is_empty() {
        return Ok(traits);
    }
    Ok(format!(
        "/// The traits of the services of this package, one function for each that serves it, and what they need in between.\n\
         #[macro_export]\nmacro_rules! methods {{ () => {{\n{traits}}} }}\n"
    ))
}

fn write_service(
    code: &mut String,
    file: &FileDescriptorProto,
    at: i32,
    service: &ServiceDescriptorProto,
) -> Result<()> {
    let name = service.name();
    let package = file.package();
    let (mut methods, mut adapted) = (String::new(), String::new());
    for (place, method) in service.method.iter().enumerate() {
        let path = [SERVICE, at, METHOD, index(place)?];
        write_method(&mut methods, &mut adapted, file, &path, method)
            .with_context(|| format!("{package}.{name}.{}", method.name()))?;
    }
    let generated = format!("$crate::v1::{}_server", snake(name));
    writeln!(
        code,
        "{docs}pub trait {name}: Send + Sync + 'static {{\n{methods}}}\n\
         /// Serves the methods of [`{name}`] over gRPC.\n\
         pub fn {function}<T: {name}>(methods: T) -> {generated}::{name}Server<{name}Adapter<T>> {{\n\
             {generated}::{name}Server::new({name}Adapter(methods))\n\
         }}\n\
         /// Between tonic's trait and [`{name}`].\n\
         #[derive(Debug)]\n\
         pub struct {name}Adapter<T>(T);\n\
         #[::tonic::async_trait]\n\
         impl<T: {name}> {generated}::{name} for {name}Adapter<T> {{\n{adapted}}}",
        docs = docs(file, &[SERVICE, at]),
        function = snake(name),
    )?;
    Ok(())
}

fn write_method(
    methods: &mut String,
    adapted: &mut String,
    file: &FileDescriptorProto,
    path: &[i32],
    method: &MethodDescriptorProto,
) -> Result<()> {
    ensure!(!method.client_streaming(), "it takes a stream");
    let name = snake(method.name());
    let (input, output) = (
        rust_type(file.package(), method.input_type())?,
        rust_type(file.package(), method.output_type())?,
    );
    let answer = if method.server_streaming() {
        format!("::kit::call::Answers<{output}>")
    } else {
        output.clone()
    };
    writeln!(
        methods,
        "{docs}fn {name}(&self, call: ::kit::Call<{input}>)\n\
         -> impl ::core::future::Future<Output = ::kit::errors::Result<{answer}>> + Send;",
        docs = docs(file, path),
    )?;
    let body = if method.server_streaming() {
        writeln!(
            adapted,
            "type {}Stream = ::kit::call::Streamed<{output}>;",
            method.name()
        )?;
        format!("::kit::call::Streamed::from(self.0.{name}(call).await?)")
    } else {
        format!("self.0.{name}(call).await?")
    };
    let returned = if method.server_streaming() {
        format!("Self::{}Stream", method.name())
    } else {
        output
    };
    writeln!(
        adapted,
        "async fn {name}(&self, request: ::tonic::Request<{input}>) -> ::core::result::Result<::tonic::Response<{returned}>, ::tonic::Status> {{\n\
             let call = ::kit::Call::of(request)?;\n\
             Ok(::tonic::Response::new({body}))\n\
         }}"
    )?;
    Ok(())
}

/// The comment at this path, as documentation.
fn docs(file: &FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let comment = locations
        .filter(|location| location.path == path)
        .find_map(|location| location.leading_comments.as_deref());
    let lines = comment.unwrap_or_default().trim_end().lines();
    lines.map(|line| format!("#[doc = {line:?}]\n")).collect()
}

/// `.cast.identity.v1.Grant` → `$crate::v1::Grant`.
fn rust_type(package: &str, name: &str) -> Result<String> {
    if name == ".google.protobuf.Empty" {
        return Ok("()".to_owned());
    }
    if name == HTTP_BODY {
        return Ok("::proto_options::HttpBody".to_owned());
    }
    let path = name.strip_prefix('.').context("not a full name")?;
    if let Some((other, message)) = of_other_package(package, path) {
        ensure!(!message.contains('.'), "{path} lies inside another message");
        // By way of this crate: who implements the methods may not know the other one.
        return Ok(format!("$crate::others::{other}::v1::{message}"));
    }
    let message = path
        .strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('.'));
    let message = message.with_context(|| format!("{path} is no message of {package}"))?;
    ensure!(!message.contains('.'), "{path} lies inside another message");
    Ok(format!("$crate::v1::{message}"))
}

/// `cast.exports.v1.Export` → `exports`, `Export`; `None` for what is of this package, or none of ours.
fn of_other_package<'a>(package: &str, path: &'a str) -> Option<(&'a str, &'a str)> {
    let (name, message) = path.strip_prefix("cast.")?.split_once(".v1.")?;
    (package != format!("cast.{name}.v1")).then_some((name, message))
}

/// `GetKeySet` → `get_key_set`, as in tonic.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn index(at: usize) -> Result<i32> {
    Ok(i32::try_from(at)?)
}

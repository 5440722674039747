//! The contract as Rust, generated from `proto/` at build time: messages, clients and servers of the services, the
//! descriptor set for the gateway and the access layer, and the catalogues of error reasons, permissions and roles.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

mod transport;
// Macros, which are expanded where they are invoked.
include!(concat!(env!("OUT_DIR"), "/methods.rs"));
pub mod reasons;
pub mod roles;

pub use transport::Transport;

#[allow(missing_docs, dead_code, clippy::all, clippy::unwrap_used)]
mod packages {
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}
/// The packages under `cast.`, one module per service and version.
pub use packages::cast;

/// The encoded `FileDescriptorSet` of the whole contract: custom options, comments and imports included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The whole contract, decoded for reflection.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    // The build script wrote the bytes, and every test of the contract decodes them.
    #[allow(clippy::expect_used)]
    DescriptorPool::decode(DESCRIPTORS).expect("the embedded descriptor set decodes")
});

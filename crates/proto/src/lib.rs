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

/// The packages under `cast.`, one module per service and version.
#[allow(missing_docs, clippy::all, clippy::unwrap_used)]
pub mod cast {
    pub mod options {
        pub mod v1 {
            tonic::include_proto!("cast.options.v1");
        }
    }
    pub mod eventlog {
        pub mod v1 {
            tonic::include_proto!("cast.eventlog.v1");
        }
    }
    pub mod identity {
        pub mod v1 {
            tonic::include_proto!("cast.identity.v1");
        }
    }
    pub mod membership {
        pub mod v1 {
            tonic::include_proto!("cast.membership.v1");
        }
    }
    pub mod events {
        pub mod v1 {
            tonic::include_proto!("cast.events.v1");
        }
    }
    pub mod cockpit {
        pub mod v1 {
            tonic::include_proto!("cast.cockpit.v1");
        }
    }
}

/// The encoded `FileDescriptorSet` of the whole contract: custom options, comments and imports included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The whole contract, decoded for reflection.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    // The build script wrote the bytes, and every test of the contract decodes them.
    #[allow(clippy::expect_used)]
    DescriptorPool::decode(DESCRIPTORS).expect("the embedded descriptor set decodes")
});

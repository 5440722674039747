//! Generates the package from its proto files.

fn main() -> anyhow::Result<()> {
    proto_build::package("papers")
}

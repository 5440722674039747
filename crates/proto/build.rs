//! Generates what spans the packages.

fn main() -> anyhow::Result<()> {
    proto_build::contract()
}

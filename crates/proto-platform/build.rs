//! Generates the catalogues from the TOML files of the contract.

fn main() -> anyhow::Result<()> {
    proto_build::platform()
}

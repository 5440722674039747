//! The command line of `cast test`.

/// What can be chosen.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these stages, by name or part of a name
    pub(super) stages: Vec<String>,
    /// Print the names of the stages
    #[arg(long)]
    pub(super) list: bool,
    /// How many requests the fuzzer makes up for each operation
    #[arg(long, default_value_t = 20)]
    pub(super) fuzz_examples: u32,
    /// How long the fuzzer may take, in seconds
    #[arg(long, default_value_t = 300)]
    pub(super) fuzz_seconds: u32,
}

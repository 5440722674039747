//! The command line of `cast test`.

/// Options.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these stages, by name or part of a name
    pub(super) stages: Vec<String>,
    /// Print the names of the stages
    #[arg(long)]
    pub(super) list: bool,
    /// Number of requests that the fuzzer generates per operation
    #[arg(long, default_value_t = 20)]
    pub(super) fuzz_examples: u32,
    /// Time limit of the fuzzer, in seconds
    #[arg(long, default_value_t = 300)]
    pub(super) fuzz_seconds: u32,
}

//! The events service: see the crate's documentation and `events --help`.

fn main() -> std::process::ExitCode {
    kit::run::<events::Service>()
}

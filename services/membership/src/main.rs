//! The program of the membership service.

fn main() -> std::process::ExitCode {
    kit::run::<membership::Service>()
}

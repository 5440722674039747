//! The program `cockpit`.

fn main() -> std::process::ExitCode {
    kit::run::<cockpit::Service>()
}

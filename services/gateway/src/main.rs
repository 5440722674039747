//! The program of the gateway.

fn main() -> std::process::ExitCode {
    gateway::serving::main()
}

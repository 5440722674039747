//! The program: `identity serve | migrate | seed --seeds DIR`.

fn main() -> std::process::ExitCode {
    kit::run::<identity::Service>()
}

//! The program: `identity serve | migrate | keys rotate | appoint --person NUMBER`.

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == "appoint") {
        return identity::appoint::main(arguments);
    }
    kit::run::<identity::Service>()
}

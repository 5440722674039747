//! The migrations are compiled into the crate: build again when one changes.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

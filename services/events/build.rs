//! `sqlx::migrate!` reads a folder, which cargo would not notice.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

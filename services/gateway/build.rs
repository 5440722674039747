//! The portal's files are embedded; before they have been built, nothing is.

fn main() -> std::io::Result<()> {
    let files = "../../portal/dist";
    println!("cargo:rerun-if-changed={files}");
    std::fs::create_dir_all(files)
}

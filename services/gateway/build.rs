//! Embeds the portal's files; before the portal has been built, there are none.

fn main() -> std::io::Result<()> {
    let files = "../../portal/dist";
    println!("cargo:rerun-if-changed={files}");
    std::fs::create_dir_all(files)
}

//! How long things take at the size of the country. Not run by default: `cargo test -p membership --release -- --ignored measure --nocapture`.

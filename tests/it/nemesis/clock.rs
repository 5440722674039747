//! A wrong clock, with libfaketime.

use std::path::PathBuf;

/// The library to preload; installed if it is missing, `None` if that fails.
pub fn library() -> Option<PathBuf> {
    installed().or_else(|| {
        testkit::apt_install(&["libfaketime"]).ok()?;
        installed()
    })
}

fn installed() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    folders
        .filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketimeMT.so.1")))
        .find(|library| library.exists())
}

/// The environment that sets a program's clock ahead by this many seconds (or behind, if negative).
pub fn ahead(library: &str, seconds: i64) -> [(&'static str, String); 3] {
    [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        // Durations are measured correctly.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

//! A clock that is wrong, by libfaketime.

use std::path::PathBuf;

/// The library to load before a program; installed if it is missing, `None` if that cannot be.
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

/// What a program needs around it for its clock to be so many seconds ahead (or behind, if negative).
pub fn ahead(library: &str, seconds: i64) -> [(&'static str, String); 3] {
    [
        ("LD_PRELOAD", library.to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        // How long something takes is measured rightly.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

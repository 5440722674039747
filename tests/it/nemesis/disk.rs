//! A small disk for the database, which can be filled.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use testkit::Scratch;

/// Databases, write-ahead log and working space.
const SIZE: &str = "size=2g,mode=0755";

/// A memory file system of limited size.
#[derive(Debug)]
pub struct Disk {
    place: PathBuf,
    /// Reserves the mount point while the disk exists.
    _scratch: Scratch,
}

impl Disk {
    /// Requires root; `None` without.
    pub fn small() -> Option<Self> {
        let scratch = Scratch::new("small-disk").unwrap();
        let place = scratch.path().join("disk");
        std::fs::create_dir(&place).unwrap();
        let mounted = run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "cast-nemesis"])
            .arg(&place));
        mounted.then_some(Self {
            place,
            _scratch: scratch,
        })
    }

    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Occupies all free bytes until the returned value is dropped.
    pub fn fill(&self) -> Ballast {
        let path = self.place.join("ballast");
        let mut file = File::create(&path).unwrap();
        let mut block = vec![0; 1 << 20];
        while !block.is_empty() {
            if file.write_all(&block).is_err() {
                block.truncate(block.len() / 2);
            }
        }
        Ballast(path)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the server may be about to end.
        run(Command::new("umount").arg("-l").arg(&self.place));
    }
}

/// The data that fills the disk.
#[derive(Debug)]
pub struct Ballast(PathBuf);

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn run(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

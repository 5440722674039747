//! Uploads against one program that hashes, seals and writes the same bytes with fsync, and the memory of 64 uploads at once. Takes
//! half a minute, so it runs on request:
//!
//! `cargo test --workspace --release --test it -- --ignored --nocapture measure`

#![allow(clippy::print_stdout)]

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest::{SHA256, digest},
};
use bytes::Bytes;
use futures::future::join_all;

use crate::{
    objects::content,
    world::{World, parts},
};

const AT_ONCE: usize = 64;
/// Bytes of each upload.
const LENGTH: usize = 5 << 20;

/// Hashes, seals and writes parts, each into a file of its own that survives a power failure.
fn by_hand(folder: &Path, parts: &[Bytes]) {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    for (number, part) in parts.iter().enumerate() {
        let hash = digest(&SHA256, part);
        let mut sealed = part.to_vec();
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(hash), &mut sealed)
            .unwrap();
        let mut file = File::create(folder.join(number.to_string())).unwrap();
        file.write_all(&sealed).unwrap();
        file.sync_all().unwrap();
        File::open(folder).unwrap().sync_all().unwrap();
    }
}

/// Memory of this process, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; on request"]
async fn measure() {
    let world = World::new().await;
    let content = content(LENGTH);
    let parts = parts(&content);
    let megabytes = |uploads: usize, took: Duration| {
        (uploads * LENGTH) as f64 / took.as_secs_f64() / f64::from(1 << 20)
    };

    let folder = tempfile::tempdir().unwrap();
    let start = Instant::now();
    let hands = (0..2).map(|hand| {
        let folder = folder.path().join(hand.to_string());
        std::fs::create_dir(&folder).unwrap();
        let parts = parts.clone();
        tokio::task::spawn_blocking(move || {
            for _ in 0..AT_ONCE / 2 {
                by_hand(&folder, &parts);
            }
        })
    });
    join_all(hands).await;
    let by_hand = megabytes(AT_ONCE, start.elapsed());

    let before = resident();
    let mut most = before;
    let mut rates = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let all = (0..AT_ONCE).map(|_| async {
            // Of as many people: one person has less room.
            let of = (uuid::Uuid::now_v7(), world.of.1);
            let upload = world
                .create_as(of, "a.png", LENGTH as i64, "")
                .await
                .unwrap();
            for (number, part) in (1..).zip(&parts) {
                let put = world.uploads.put_part(
                    of,
                    (upload.upload_id, number),
                    part.clone(),
                    world.clock.now(),
                );
                put.await.unwrap();
            }
        });
        join_all(all).await;
        rates.push(megabytes(AT_ONCE, start.elapsed()));
        most = most.max(resident());
        println!(
            "{AT_ONCE} uploads: {:.0} MiB/s, {} MiB resident",
            rates[rates.len() - 1],
            resident()
        );
    }
    let best = rates.iter().copied().fold(0.0, f64::max);
    println!(
        "by hand: {by_hand:.0} MiB/s; ratio {:.2}; memory {before} MiB, then at most {most} MiB",
        best / by_hand
    );
}

//! Signing in with a password. Baseline: the hash alone, argon2id with the same parameters, on as many threads as there
//! are cores.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use platform::Service;
use proto::cast::identity::v1::{CreateSessionRequest, sessions_client::SessionsClient};

use super::{figure::Figure, load, stage::Stage, usage};

/// Enough to keep every hashing thread busy; the queue in front of them has more capacity.
const CALLERS: usize = 8;
/// The parameters of services/identity/src/credentials/hasher/mod.rs.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let client = SessionsClient::new(stage.channel(Service::Identity).await?);
    let people = stage.plan.scale as usize;
    let next = Arc::new(AtomicUsize::new(0));
    let identity = stage.pid(Service::Identity)?;
    let (mut sign_ins, mut bare) = (Vec::new(), Vec::new());
    let mut words = String::new();
    for _ in 0..stage.plan.rounds {
        let length = stage.plan.length;
        bare.push(tokio::task::spawn_blocking(move || hashes_a_second(length)).await??);
        let before = usage::cpu_seconds(identity)?;
        let (client, next) = (client.clone(), next.clone());
        let outcome = load::closed(CALLERS, length, move |_| {
            // Every person signs in once before any does so twice.
            let person = next.fetch_add(1, Ordering::Relaxed) % people;
            let mut client = client.clone();
            async move {
                let request = CreateSessionRequest {
                    address: synthetic::address(person as u64),
                    password: synthetic::PASSWORD.to_owned(),
                    ..Default::default()
                };
                client.create_session(request).await?;
                Ok(())
            }
        })
        .await?;
        let cpu = usage::cpu_seconds(identity)? - before;
        words = format!(
            "{}; {:.1} ms of identity's processor time each",
            outcome.in_words(),
            1e3 * cpu / outcome.calls() as f64
        );
        sign_ins.push(outcome.per_second());
    }
    Ok(vec![
        Figure::new(
            "sign-ins with a password, 8 callers",
            "sign-ins/s",
            sign_ins,
        )
        .beside("argon2id alone, a thread for each core", &bare)
        .seen(words),
    ])
}

/// Hashes on all cores for `length`.
fn hashes_a_second(length: Duration) -> Result<f64> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let begun = Instant::now();
    let workers: Vec<_> = (0..threads)
        .map(|_| thread::spawn(move || hash_until(begun + length)))
        .collect();
    let mut hashes = 0;
    for worker in workers {
        hashes += worker
            .join()
            .map_err(|_| anyhow!("a hashing thread ended"))??;
    }
    Ok(f64::from(hashes) / begun.elapsed().as_secs_f64())
}

fn hash_until(deadline: Instant) -> Result<u32> {
    let wrong = |error| anyhow!("argon2id refuses: {error}");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).map_err(wrong)?;
    // Allocated once, as the service does.
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (mut hashes, mut hash) = (0, [0; 32]);
    while Instant::now() < deadline {
        let password = synthetic::PASSWORD.as_bytes();
        argon2
            .hash_password_into_with_memory(password, b"sixteen bytes...", &mut hash, &mut memory)
            .map_err(wrong)?;
        hashes += 1;
    }
    Ok(hashes)
}

//! The virus scanner: a small server that speaks as `clamd` does.

use files::{Scanner, Verdict};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::world::{World, code, picture};

/// The test file of EICAR, in two halves, lest a scanner finds it here.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR",
    "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// Finds EICAR in the middle of anything; answers `broken` to content that begins so.
async fn clamd() -> Scanner {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut command = [0; 10];
            stream.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut content = Vec::new();
            loop {
                let length = stream.read_u32().await.unwrap() as usize;
                if length == 0 {
                    break;
                }
                let start = content.len();
                content.resize(start + length, 0);
                stream.read_exact(&mut content[start..]).await.unwrap();
            }
            let eicar = EICAR.concat();
            let found = content
                .windows(eicar.len())
                .any(|some| some == eicar.as_bytes());
            let answer: &[u8] = if content.starts_with(b"broken") {
                b"INSTREAM size limit exceeded. ERROR\0"
            } else if found {
                b"stream: Eicar-Signature FOUND\0"
            } else {
                b"stream: OK\0"
            };
            stream.write_all(answer).await.unwrap();
        }
    });
    Scanner::new(address)
}

#[tokio::test]
async fn it_finds_what_is_there() {
    let scanner = clamd().await;
    let clean = vec![b'a'; 200_000];
    assert_eq!(scanner.scan(&clean).await.unwrap(), Verdict::Clean);
    assert_eq!(scanner.scan(b"").await.unwrap(), Verdict::Clean);
    let infected = [&clean[..], EICAR.concat().as_bytes(), &clean[..]].concat();
    assert_eq!(scanner.scan(&infected).await.unwrap(), Verdict::Infected);
    assert!(scanner.scan(b"broken").await.is_err());
    assert!(Scanner::new("127.0.0.1:1").scan(b"a").await.is_err());
}

#[tokio::test]
async fn an_infected_file_is_refused_and_nothing_passes_a_scanner_that_is_away() {
    let world = World::scanned(Some(clamd().await)).await;
    let clean = picture(20);
    let id = world.uploaded(&clean).await;
    world.claim(world.of, id).await.unwrap();
    // A picture with something behind its end.
    let infected: bytes::Bytes = [&clean[..], EICAR.concat().as_bytes()].concat().into();
    let upload = world.create("a.png", infected.len() as i64).await.unwrap();
    world.put_all(upload.upload_id, &infected).await.unwrap();
    assert_eq!(
        code(world.complete(upload.upload_id).await),
        "FILE_INFECTED"
    );

    let away = World::scanned(Some(Scanner::new("127.0.0.1:1"))).await;
    let upload = away.create("a.png", clean.len() as i64).await.unwrap();
    away.put_all(upload.upload_id, &clean).await.unwrap();
    assert_eq!(code(away.complete(upload.upload_id).await), "UNAVAILABLE");
}

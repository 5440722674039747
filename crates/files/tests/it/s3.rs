//! The same store over S3, as `moto` speaks it.

use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use files::{Settings, Store, StoreError};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::{objects::content, world::keys};

/// From PyPI.
const MOTO: &str = "moto[s3,server]==5.2.5";

/// A server with one bucket, in memory. Ends when dropped.
struct Server {
    process: Child,
    python: PathBuf,
    endpoint: String,
}

impl Server {
    fn start() -> Self {
        let python = installed();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(&python)
            .args([
                "-m",
                "moto.server",
                "-H",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process,
            python,
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        server.boto("client.create_bucket(Bucket='files')");
        server
    }

    /// Runs a line of Python with a client, once the server answers; returns what it prints.
    fn boto(&self, line: &str) -> String {
        let program = format!(
            "import boto3, botocore.config\n\
             config = botocore.config.Config(retries={{'max_attempts': 12}})\n\
             client = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b', config=config)\n\
             {line}",
            self.endpoint
        );
        let output = Command::new(&self.python)
            .args(["-c", &program])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{error}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn store(&self) -> Store {
        let settings = Settings {
            files_url: Some("s3://files/of/cast".into()),
            files_s3_endpoint: Some(self.endpoint.clone()),
            files_s3_access_key: Some("a".to_owned().into()),
            files_s3_secret_key: Some("b".to_owned().into()),
            ..Settings::default()
        };
        Store::open(&settings, "membership", keys()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A Python that has the server.
fn installed() -> PathBuf {
    let _lock = platform::install::one_at_a_time().unwrap();
    let python = platform::install::python("moto-5.2.5").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&python);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().unwrap().success()
    };
    if !run(&["-c", "import moto.server, flask, boto3"]) {
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        assert!(
            run(&[&pip[..], &[MOTO]].concat()),
            "pip cannot install {MOTO}"
        );
    }
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_in_a_bucket_are_what_they_are_in_a_folder() {
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let store = server.store();
    // In one piece, and in three parts of 5 MiB and a rest.
    for length in [0, 10, 16 * 1024 * 1024] {
        let stored = store.put_bytes("a/b", content(length)).await.unwrap();
        let pieces: Vec<Bytes> = store.get(&stored).try_collect().await.unwrap();
        assert_eq!(pieces.concat(), content(length), "{length}");
    }
    // Another process goes on with what this one stored.
    let stored = store.put_bytes("a/c", content(100)).await.unwrap();
    let read = server.store().get_bytes(&stored, 100).await.unwrap();
    assert_eq!(read, content(100));
    store.put_open("open/1", content(9)).await.unwrap();
    assert_eq!(store.get_open("open/1").await.unwrap(), content(9));
    let listed = server
        .boto("print([o['Key'] for o in client.list_objects_v2(Bucket='files')['Contents']])");
    assert_eq!(
        listed.trim(),
        "['of/cast/membership/a/b', 'of/cast/membership/a/c', 'of/cast/membership/open/1']"
    );
    for _ in 0..2 {
        store.delete("a/c").await.unwrap();
    }
    let gone = store.get_bytes(&stored, 100).await;
    assert!(matches!(gone, Err(StoreError::Missing)), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_several_parts_that_is_cut_is_none() {
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let store = server.store();
    let begun = || stream::iter([Ok::<_, std::io::Error>(content(11 * 1024 * 1024))]);
    let cut = begun().chain(stream::iter([Err(std::io::Error::other("cut"))]));
    let outcome = store.put("a", cut).await;
    assert!(matches!(outcome, Err(StoreError::Input(_))));
    // The parts that had arrived are given up.
    let uploads = "print('Uploads' in client.list_multipart_uploads(Bucket='files'))";
    assert_eq!(server.boto(uploads).trim(), "False");
    // The process dies in the middle.
    let late = tokio::time::timeout(
        Duration::from_secs(2),
        store.put("a", begun().chain(stream::pending())),
    );
    assert!(late.await.is_err());
    let objects = "print(client.list_objects_v2(Bucket='files')['KeyCount'])";
    assert_eq!(server.boto(objects).trim(), "0");
    // Sent again it is whole.
    let stored = store.put("a", begun()).await.unwrap();
    let read = store.get_bytes(&stored, 11 * 1024 * 1024).await.unwrap();
    assert_eq!(read, content(11 * 1024 * 1024));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_says_so() {
    let server = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let store = server.store();
    drop(server);
    let outcome = store.put_bytes("a", content(10)).await;
    assert!(
        matches!(outcome, Err(StoreError::Unavailable(_))),
        "{outcome:?}"
    );
}

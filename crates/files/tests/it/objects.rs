//! Objects: what goes in comes out, or nothing does.

use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use files::{Settings, Store, StoreError, Stored};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use kit::crypto::Keys;
use tempfile::TempDir;

pub struct Folder {
    pub store: Store,
    folder: TempDir,
}

impl Folder {
    pub fn new() -> Self {
        Self::with(&[1])
    }

    fn with(versions: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(&folder, versions);
        Self { store, folder }
    }

    /// All files in it.
    pub fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &std::path::Path, into: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, into);
                } else {
                    into.push(path);
                }
            }
        }
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files
    }
}

fn open(folder: &TempDir, versions: &[u8]) -> Store {
    let url = url::Url::from_directory_path(folder.path()).unwrap();
    let settings = Settings {
        files_url: Some(url.into()),
        ..Settings::default()
    };
    let keys: Vec<_> = versions
        .iter()
        .map(|v| format!("{v}:{}", STANDARD.encode([*v; 32])))
        .collect();
    Store::open(&settings, "test", Keys::parse(&keys.join(",")).unwrap()).unwrap()
}

/// Content that differs everywhere.
pub fn content(length: usize) -> Bytes {
    let mut state = 1_u64;
    let bytes = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as u8
    });
    bytes.take(length).collect()
}

async fn read(store: &Store, stored: &Stored) -> Result<Bytes, StoreError> {
    let pieces: Vec<Bytes> = store.get(stored).try_collect().await?;
    Ok(pieces.concat().into())
}

const PIECE: usize = 64 * 1024;

#[tokio::test]
async fn content_of_every_length_is_read_as_it_was_written() {
    let folder = Folder::new();
    let lengths = [
        0,
        1,
        PIECE - 1,
        PIECE,
        PIECE + 1,
        2 * PIECE,
        // Several parts of 5 MiB.
        11 * 1024 * 1024 + 7,
    ];
    for length in lengths {
        let plain = content(length);
        // In odd bits, as a network delivers it.
        let bits = stream::iter(plain.chunks(50_001).map(Bytes::copy_from_slice).map(Ok));
        let stored = folder
            .store
            .put::<std::io::Error>(&format!("a/{length}"), bits)
            .await
            .unwrap();
        assert_eq!(stored.length, length as u64);
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &plain);
        assert_eq!(stored.sha256, hash.as_ref());
        assert_eq!(
            read(&folder.store, &stored).await.unwrap(),
            plain,
            "{length}"
        );
    }
    for path in folder.files() {
        let raw = fs::read(path).unwrap();
        let plain = content(64);
        assert!(raw.windows(64).all(|some| some != plain), "it is sealed");
    }
}

#[tokio::test]
async fn an_object_that_was_cut_altered_or_mixed_up_is_never_whole() {
    let folder = Folder::new();
    let stored = folder
        .store
        .put_bytes("a", content(3 * PIECE))
        .await
        .unwrap();
    let other = folder
        .store
        .put_bytes("b", content(3 * PIECE))
        .await
        .unwrap();
    let path = folder
        .files()
        .into_iter()
        .find(|p| p.ends_with("a"))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    let sealed_piece = PIECE + 16;
    let mut wrong = vec![
        Vec::new(),
        whole[..1].to_vec(),
        whole[..whole.len() - 1].to_vec(),
        // Cut between two pieces.
        whole[..1 + 2 * sealed_piece].to_vec(),
        [&whole[..], &whole[1 + 2 * sealed_piece..]].concat(),
        fs::read(path.with_file_name("b")).unwrap(),
    ];
    for at in [0, 1, whole.len() / 2, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        wrong.push(altered);
    }
    for (case, bytes) in wrong.into_iter().enumerate() {
        fs::write(&path, bytes).unwrap();
        let outcome = read(&folder.store, &stored).await;
        assert!(
            matches!(outcome, Err(StoreError::Altered)),
            "{case}: {outcome:?}"
        );
    }
    fs::write(&path, whole).unwrap();
    assert!(read(&folder.store, &stored).await.is_ok());
    // A key belongs to its name.
    let swapped = Stored {
        name: other.name,
        ..stored
    };
    let outcome = read(&folder.store, &swapped).await;
    assert!(matches!(outcome, Err(StoreError::Key(_))), "{outcome:?}");
}

#[tokio::test]
async fn content_that_breaks_off_leaves_nothing() {
    let folder = Folder::new();
    for length in [10, 12 * 1024 * 1024] {
        let bits = stream::iter([
            Ok(content(length)),
            Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)),
        ]);
        let outcome = folder.store.put("a", bits).await;
        assert!(matches!(outcome, Err(StoreError::Input(_))));
        assert_eq!(folder.files(), Vec::<PathBuf>::new());
    }
    // Dropped on its way.
    let endless =
        stream::iter([Ok::<_, std::io::Error>(content(12 * 1024 * 1024))]).chain(stream::pending());
    let put = folder.store.put("a", endless);
    let late = tokio::time::timeout(std::time::Duration::from_millis(500), put).await;
    assert!(late.is_err());
    let outcome = read(
        &folder.store,
        &Stored {
            name: "a".into(),
            sealed_key: Keys::parse(&format!("1:{}", STANDARD.encode([1; 32])))
                .unwrap()
                .seal("files.object", b"a", &[0; 32]),
            sha256: [0; 32],
            length: 1,
        },
    )
    .await;
    assert!(matches!(outcome, Err(StoreError::Missing)), "{outcome:?}");
}

#[tokio::test]
async fn rotated_keys_open_what_older_ones_sealed() {
    let folder = Folder::with(&[1]);
    let stored = folder.store.put_bytes("a", content(9)).await.unwrap();
    let rotated = open(&folder.folder, &[1, 2]);
    assert_eq!(read(&rotated, &stored).await.unwrap(), content(9));
    let newer = rotated.put_bytes("b", content(9)).await.unwrap();
    let outcome = read(&folder.store, &newer).await;
    assert!(matches!(outcome, Err(StoreError::Key(_))));
}

#[tokio::test]
async fn deleting_can_be_done_twice_and_names_leave_no_folder() {
    let folder = Folder::new();
    let stored = folder.store.put_bytes("../../a", content(9)).await.unwrap();
    assert_eq!(folder.files().len(), 1);
    for _ in 0..2 {
        folder.store.delete(&stored.name).await.unwrap();
    }
    assert!(folder.files().is_empty());
    let outcome = read(&folder.store, &stored).await;
    assert!(matches!(outcome, Err(StoreError::Missing)));
}

#[tokio::test]
async fn more_than_asked_for_is_not_read_into_memory() {
    let folder = Folder::new();
    let stored = folder.store.put_bytes("a", content(10)).await.unwrap();
    let read = folder.store.get_bytes(&stored, 10).await.unwrap();
    assert_eq!(read, content(10));
    let outcome = folder.store.get_bytes(&stored, 9).await;
    assert!(matches!(outcome, Err(StoreError::TooLong)));
}

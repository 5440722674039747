//! Uploads: what arrives, what is refused, and what a cut leaves.

use bytes::Bytes;
use files::uploads::{Face, NewUpload, PART_BYTES, Uploads};
use futures::TryStreamExt as _;
use kit::errors::Result;
use uuid::Uuid;

use crate::world::{LOGO, World, code, keys, parts, picture, refusal};

async fn read(uploads: &Uploads, upload_id: Uuid, face: Face) -> Result<(Option<String>, Bytes)> {
    let content = uploads.content(upload_id, face).await?;
    let bytes: Vec<Bytes> = content.bytes.try_collect().await?;
    assert_eq!(bytes.concat().len() as u64, content.length);
    Ok((content.name, bytes.concat().into()))
}

#[tokio::test]
async fn a_file_arrives_in_parts_in_any_order_and_has_two_faces() {
    let world = World::new().await;
    let content = picture(1_000);
    assert!(content.len() as u64 > 2 * PART_BYTES);
    let upload = world
        .create("标志.png", content.len() as i64)
        .await
        .unwrap();
    let mut numbered: Vec<_> = (1..).zip(parts(&content)).collect();
    numbered.reverse();
    for (number, part) in numbered {
        world.put(upload.upload_id, number, part).await.unwrap();
    }
    let done = world.complete(upload.upload_id).await.unwrap();
    assert_eq!(done.parts, [1, 2, 3]);
    assert_eq!(done.content_type.as_deref(), Some("image/png"));
    // It is not seen before a record claims it.
    let unclaimed = read(&world.uploads, upload.upload_id, Face::Original).await;
    assert_eq!(code(unclaimed), "NOT_FOUND");
    world.claim(world.of, upload.upload_id).await.unwrap();
    let (name, original) = read(&world.uploads, upload.upload_id, Face::Original)
        .await
        .unwrap();
    assert_eq!((name.as_deref(), original), (Some("标志.png"), content));
    let (name, clean) = read(&world.uploads, upload.upload_id, Face::Clean)
        .await
        .unwrap();
    assert_eq!(name, None);
    let clean = image::load_from_memory(&clean).unwrap();
    assert_eq!((clean.width(), clean.height()), (1_000, 1_000));
    assert_eq!(world.count("unreferenced").await, 0);
}

#[tokio::test]
async fn what_is_not_a_file_to_be_taken_is_refused_with_what_to_do() {
    let world = World::new().await;
    for name in ["../a.png", "a/b.png", "..", " "] {
        assert_eq!(
            refusal(world.create(name, 10).await),
            ("INVALID_ARGUMENT", "name".into())
        );
    }
    let long = "字".repeat(300);
    assert_eq!(
        refusal(world.create(&long, 10).await),
        ("INVALID_ARGUMENT", "name".into())
    );
    for size in [0, -1, (5 << 20) + 1] {
        assert_eq!(
            refusal(world.create("a.png", size).await),
            ("INVALID_ARGUMENT", "size".into())
        );
    }
    let typed = world
        .create_as(world.of, "a.svg", 10, "image/svg+xml")
        .await;
    assert_eq!(code(typed), "FILE_TYPE_NOT_ALLOWED");
    assert_eq!(world.count("uploads").await, 0);
}

#[tokio::test]
async fn a_part_has_its_number_and_its_length() {
    let world = World::new().await;
    let upload = world.create("a.png", 10).await.unwrap();
    let put = |number, length| world.put(upload.upload_id, number, vec![1; length].into());
    for length in [0, 9, 11] {
        assert_eq!(
            refusal(put(1, length).await),
            ("INVALID_ARGUMENT", "content".into())
        );
    }
    for number in [-1, 0, 2, i32::MAX] {
        assert_eq!(
            refusal(put(number, 10).await),
            ("INVALID_ARGUMENT", "number".into())
        );
    }
    assert_eq!(world.folder.files().len(), 0);
    assert_eq!(world.count("unreferenced").await, 0);
}

#[tokio::test]
async fn content_is_what_it_is_and_not_what_it_is_called() {
    let world = World::new().await;
    let program = Bytes::from_static(b"MZ\x90\0 this is no picture");
    let archive = Bytes::from_static(b"PK\x03\x04 an office document, or a bomb");
    let picture = picture(20);
    let cut = picture.slice(..picture.len() - 20);
    for (content, expected) in [
        (program, "FILE_TYPE_NOT_ALLOWED"),
        (archive, "FILE_TYPE_NOT_ALLOWED"),
        (cut, "FILE_UNREADABLE"),
    ] {
        let upload = world.create("a.png", content.len() as i64).await.unwrap();
        world.put_all(upload.upload_id, &content).await.unwrap();
        // Again and again.
        for _ in 0..2 {
            assert_eq!(code(world.complete(upload.upload_id).await), expected);
        }
        let refused = world.claim(world.of, upload.upload_id).await;
        assert_eq!(refused, Err(files::uploads::Error::NotComplete));
    }
}

#[tokio::test]
async fn a_hash_is_compared_if_it_is_given() {
    let world = World::new().await;
    let content = picture(20);
    let upload = world.create("a.png", content.len() as i64).await.unwrap();
    world.put_all(upload.upload_id, &content).await.unwrap();
    let complete = |hash| {
        world
            .uploads
            .complete(world.of, upload.upload_id, Some(hash), world.clock.now())
    };
    assert_eq!(code(complete([0; 32]).await), "UPLOAD_DIFFERS");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &content);
    let hash: [u8; 32] = hash.as_ref().try_into().unwrap();
    assert!(complete(hash).await.is_ok());
    // Asked again.
    assert!(complete(hash).await.is_ok());
    assert_eq!(code(complete([0; 32]).await), "UPLOAD_DIFFERS");
}

#[tokio::test]
async fn an_upload_that_is_cut_anywhere_goes_on_in_another_process() {
    let world = World::new().await;
    let content = picture(1_000);
    let upload = world.create("a.png", content.len() as i64).await.unwrap();
    let id = upload.upload_id;
    for (number, part) in (1..).zip(parts(&content)) {
        assert_eq!(code(world.complete(id).await), "UPLOAD_INCOMPLETE");
        // The process dies somewhere in the middle of the part.
        let put = world.put(id, number, part.clone());
        let _ = tokio::time::timeout(std::time::Duration::from_millis(3), put).await;
        // Another one goes on.
        let other = Uploads::new(&world.db, world.store(), &keys(), None, &LOGO);
        let seen = other.get(world.of, id, world.clock.now()).await.unwrap();
        assert!(seen.parts.len() >= usize::try_from(number - 1).unwrap());
        let put = other.put_part(world.of, (id, number), part, world.clock.now());
        put.await.unwrap();
    }
    world.complete(id).await.unwrap();
    world.claim(world.of, id).await.unwrap();
    let (_, read) = read(&world.uploads, id, Face::Original).await.unwrap();
    assert_eq!(read, content);
    // What died with its process is deleted in the end, and nothing else.
    world
        .clock
        .set(world.clock.now() + time::Duration::hours(2));
    world.sweep().await;
    assert_eq!(world.folder.files().len(), 4);
    assert_eq!(world.count("unreferenced").await, 0);
}

#[tokio::test]
async fn a_part_sent_again_is_answered_and_another_one_replaces_it() {
    let world = World::new().await;
    let upload = world.create("a.png", 4).await.unwrap();
    let put = |content: &'static [u8]| world.put(upload.upload_id, 1, Bytes::from_static(content));
    put(b"one!").await.unwrap();
    put(b"one!").await.unwrap();
    assert_eq!(world.folder.files().len(), 1);
    put(b"two!").await.unwrap();
    world.sweep().await;
    assert_eq!(world.folder.files().len(), 1);
    // Two at once leave one of them.
    let (a, b) = tokio::join!(put(b"abcd"), put(b"efgh"));
    assert!(a.is_ok() && b.is_ok());
    world.sweep().await;
    assert_eq!(world.folder.files().len(), 1);
    assert_eq!(world.count("parts").await, 1);
}

#[tokio::test]
async fn what_is_complete_takes_no_other_content() {
    let world = World::new().await;
    let content = picture(20);
    let id = world.uploaded(&content).await;
    // The same again is no other content.
    assert!(world.put_all(id, &content).await.is_ok());
    let other = Bytes::from(vec![0; content.len()]);
    assert_eq!(code(world.put(id, 1, other).await), "UPLOAD_COMPLETE");
}

#[tokio::test]
async fn two_who_complete_at_once_are_both_answered() {
    let world = World::new().await;
    let content = picture(20);
    let upload = world.create("a.png", content.len() as i64).await.unwrap();
    world.put_all(upload.upload_id, &content).await.unwrap();
    let (a, b) = tokio::join!(
        world.complete(upload.upload_id),
        world.complete(upload.upload_id)
    );
    assert!(a.is_ok() && b.is_ok());
    world
        .clock
        .set(world.clock.now() + time::Duration::hours(2));
    world.sweep().await;
    // One part, one clean copy.
    assert_eq!(world.folder.files().len(), 2);
}

#[tokio::test]
async fn for_everybody_else_there_is_no_such_upload() {
    let world = World::new().await;
    let content = picture(20);
    let id = world.uploaded(&content).await;
    let now = world.clock.now();
    let (owner, scope) = world.of;
    for other in [(Uuid::now_v7(), scope), (owner, Uuid::now_v7())] {
        let uploads = &world.uploads;
        assert_eq!(code(uploads.get(other, id, now).await), "NOT_FOUND");
        let part = uploads.put_part(other, (id, 1), content.clone(), now);
        assert_eq!(code(part.await), "NOT_FOUND");
        let complete = uploads.complete(other, id, None, now);
        assert_eq!(code(complete.await), "NOT_FOUND");
        let claim = world.claim(other, id).await;
        assert_eq!(claim, Err(files::uploads::Error::NotFound));
        let mut tx = world.db.begin().await.unwrap();
        uploads.delete(&mut tx, other, id, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    world.claim(world.of, id).await.unwrap();
    // Once.
    let again = world.claim(world.of, id).await;
    assert_eq!(again, Err(files::uploads::Error::NotFound));
}

#[tokio::test]
async fn one_person_fills_their_own_room_alone() {
    let world = World::new().await;
    for _ in 0..19 {
        world.create("a.png", 1).await.unwrap();
    }
    // Two at once: the last place is taken by one of them.
    let (a, b) = tokio::join!(world.create("a.png", 1), world.create("a.png", 1));
    assert!(a.is_ok() != b.is_ok());
    let refused = if a.is_err() { a } else { b };
    // At the same moment it is asked to try again, and finds no room then.
    let refused = code(refused);
    assert!(
        ["UPLOADS_UNCLAIMED", "CONFLICT"].contains(&refused),
        "{refused}"
    );
    let later = loop {
        // The refused one is still being rolled back.
        match code(world.create("a.png", 1).await) {
            "CONFLICT" => tokio::task::yield_now().await,
            other => break other,
        }
    };
    assert_eq!(later, "UPLOADS_UNCLAIMED");
    let (_, scope) = world.of;
    let other = (Uuid::now_v7(), scope);
    assert!(world.create_as(other, "a.png", 1, "").await.is_ok());
}

#[tokio::test]
async fn who_begins_one_while_another_is_being_begun_does_not_wait() {
    let world = World::new().await;
    let mut tx = world.db.begin().await.unwrap();
    let new = NewUpload {
        name: "a.png",
        size: 1,
        declared_type: "",
    };
    let now = world.clock.now();
    let first = world.uploads.create(&mut tx, world.of, &new, now).await;
    first.unwrap();
    assert_eq!(code(world.create("b.png", 1).await), "CONFLICT");
    let (_, scope) = world.of;
    assert!(
        world
            .create_as((Uuid::now_v7(), scope), "c.png", 1, "")
            .await
            .is_ok()
    );
    tx.commit().await.unwrap();
    assert!(world.create("b.png", 1).await.is_ok());
}

//! What is not claimed is swept, what is claimed is not, also at the same moment.

use bytes::Bytes;
use files::uploads::{self, Error, KEPT};

use crate::world::{LOGO, NOW, World, code, picture};

#[tokio::test]
async fn what_is_not_claimed_within_a_day_is_gone() {
    let world = World::new().await;
    let content = picture(20);
    let (kept, left) = (
        world.uploaded(&content).await,
        world.uploaded(&content).await,
    );
    let begun = world.create("a.png", 4).await.unwrap().upload_id;
    world
        .put(begun, 1, Bytes::from_static(b"abcd"))
        .await
        .unwrap();
    world.claim(world.of, kept).await.unwrap();
    assert_eq!(world.folder.files().len(), 5);

    world.clock.set(NOW + KEPT - time::Duration::seconds(1));
    world.sweep().await;
    assert_eq!(world.count("uploads").await, 3);
    world.clock.set(NOW + KEPT);
    // Not yet swept, and too old all the same.
    assert_eq!(world.claim(world.of, left).await, Err(Error::NotFound));
    world.sweep().await;
    assert_eq!(world.count("uploads").await, 1);
    assert_eq!(world.folder.files().len(), 2);
    assert_eq!(world.count("unreferenced").await, 0);
    assert_eq!(code(world.complete(begun).await), "NOT_FOUND");
    // There is room again.
    assert!(world.create("a.png", 1).await.is_ok());
}

/// A transaction that claims, and a sweep in its middle.
#[tokio::test]
async fn a_claim_and_a_sweep_at_the_same_moment_leave_a_record_with_its_file() {
    let world = World::new().await;
    let id = world.uploaded(&picture(20)).await;
    let (owner, scope) = world.of;
    // The claim is a moment before the end, the sweep after it.
    let now = NOW + KEPT - time::Duration::microseconds(1);
    let mut tx = world.db.begin().await.unwrap();
    let claimed = uploads::claim(&mut tx, id, owner, &LOGO, scope, now).await;
    assert!(claimed.unwrap().is_ok());
    world.clock.set(NOW + KEPT);
    // Passes over the upload that is being claimed.
    world.sweep().await;
    tx.commit().await.unwrap();
    world.sweep().await;
    assert_eq!(world.count("uploads").await, 1);
    assert_eq!(world.folder.files().len(), 2);
}

/// The control: without the lock the sweep takes the file from under the claim.
#[tokio::test]
async fn without_the_lock_the_file_would_be_gone() {
    let world = World::new().await;
    let id = world.uploaded(&picture(20)).await;
    // Looks without a lock, as a careless claim would.
    let seen: bool = sqlx::query_scalar(
        "select completed_at is not null and claimed_at is null from files.uploads where upload_id = $1",
    )
    .bind(id)
    .fetch_one(&world.database.pool)
    .await
    .unwrap();
    assert!(seen);
    world.clock.set(NOW + KEPT);
    world.sweep().await;
    let done = sqlx::query("update files.uploads set claimed_at = now() where upload_id = $1")
        .bind(id)
        .execute(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 0);
}

#[tokio::test]
async fn an_object_whose_deletion_has_begun_is_referred_to_by_nobody() {
    let world = World::new().await;
    let mut tx = world.db.begin().await.unwrap();
    uploads::unreferenced(&mut tx, "a", NOW).await.unwrap();
    uploads::unreferenced(&mut tx, "b", NOW + time::Duration::hours(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // The deletion has begun, and the process died.
    sqlx::query("update files.unreferenced set deleting = true where object = 'a'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let mut tx = world.db.begin().await.unwrap();
    assert!(!uploads::refer(&mut tx, "a").await.unwrap());
    assert!(uploads::refer(&mut tx, "b").await.unwrap());
    tx.commit().await.unwrap();
    world.sweep().await;
    assert_eq!(world.count("unreferenced").await, 0);
}

#[tokio::test]
async fn what_its_owner_deletes_is_gone_at_once() {
    let world = World::new().await;
    let id = world.uploaded(&picture(20)).await;
    for _ in 0..2 {
        let mut tx = world.db.begin().await.unwrap();
        let now = world.clock.now();
        let deleted = world.uploads.delete(&mut tx, world.of, id, now);
        deleted.await.unwrap();
        tx.commit().await.unwrap();
    }
    world.sweep().await;
    assert!(world.folder.files().is_empty());
}

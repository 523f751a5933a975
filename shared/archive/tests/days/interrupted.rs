//! Exports of days that change meanwhile, and exports that end in the middle.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use archive::{ArchiveError, Exported, Layout, export_day, may_have};
use mongodb::bson::{doc, rawdoc};
use record::LogUid;
use tests::mongo::TestDb;

use crate::memory::{Change, Memory};
use crate::{DAY, LAYOUT, all, check_restored, day, done, export, exports, fill, id, store};

#[tokio::test]
async fn what_changes_meanwhile_is_in_the_export() {
    let extra = || rawdoc! { "_id": id(5), "message": "late" };
    for (count, change) in [
        (501, Change::Insert(extra())),
        (501, Change::Insert(rawdoc! { "_id": id(4_995), "message": "late" })),
        (501, Change::Insert(rawdoc! { "_id": "late" })),
        (499, Change::Remove(id(10).into())),
        (499, Change::Remove(7.into())),
    ] {
        let db = TestDb::new().await;
        let (store, bucket) = (store(&db).await, Memory::new(&db));
        fill(&db, &store, 500).await;
        bucket.at_part(3, change.clone());
        let (manifest, _) = done(export(&store, &bucket).await);
        assert_eq!(manifest.records, count + 3, "{change:?}");
        let now = all(&db).await;
        assert_eq!(now.len() as u64, manifest.records, "{change:?}");
        check_restored(&db, &store, &bucket, &now).await;
    }
}

#[tokio::test]
async fn a_day_that_never_rests_waits() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 100).await;
    let mut number = 0;
    bucket.before(move |key| {
        number += 1;
        key.contains("/part-").then(|| Change::Insert(rawdoc! { "_id": id(number * 10 + 1) }))
    });
    assert_eq!(export(&store, &bucket).await, Exported::Changing);
    assert_eq!(exports(&bucket).await, []);
}

#[tokio::test]
async fn an_export_that_ran_out_of_time_goes_on() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 500).await;
    let before = all(&db).await;
    let (mut runs, mut last) = (0, 0);
    let manifest = loop {
        runs += 1;
        let asked = AtomicUsize::new(0);
        // Time for two parts.
        let has_time = move || asked.fetch_add(1, Ordering::Relaxed) < 3;
        match export_day(&store, &bucket, LAYOUT, day(), &has_time).await.unwrap() {
            Exported::OutOfTime { records } => {
                assert!(records >= last && runs < 30, "{records}");
                last = records;
                // Somebody erases a record of the first part, while the export waits.
                if runs == 2 {
                    db.day(DAY).delete_one(doc! { "_id": id(10) }).await.unwrap();
                    last = 0;
                }
                // Somebody removes an object meanwhile: of the last run, so the next would go on from it.
                if runs == 4 {
                    let mut objects = bucket.objects.lock().unwrap();
                    let part = objects.keys().rfind(|key| key.contains("/part-")).cloned().unwrap();
                    objects.remove(&part);
                    last = 0;
                }
            }
            other => break done(other).0,
        }
    };
    assert!(runs > 3, "{runs}");
    let folders: BTreeSet<&str> = manifest.parts.iter().map(|part| part.key.rsplit_once('/').unwrap().0).collect();
    assert!(folders.len() > 2, "parts of earlier runs are used: {folders:?}");
    assert_eq!(manifest.records, 502);
    let expect = before.into_iter().filter(|(_, one)| one.get_object_id("_id").ok() != Some(id(10))).collect();
    check_restored(&db, &store, &bucket, &expect).await;
    // Each filter of each run counts.
    for uid in ["uid-0", "uid-250", "uid-499", "further-4990"] {
        assert!(may_have(&bucket, &exports(&bucket).await[0], &LogUid::parse(uid).unwrap()).await.unwrap(), "{uid}");
    }
}

#[tokio::test]
async fn an_export_that_died_is_no_export() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 300).await;
    let before = all(&db).await;
    // At each object: parts, the filter, the manifest.
    let mut refused = 0;
    let manifest = loop {
        let mut objects = 0;
        bucket.before(move |_| {
            objects += 1;
            (objects > refused).then_some(Change::Refuse)
        });
        match export_day(&store, &bucket, LAYOUT, day(), &|| true).await {
            Err(ArchiveError::Put { .. }) => assert_eq!(exports(&bucket).await, [], "{refused}"),
            exported => break done(exported.unwrap()).0,
        }
        refused += 1;
    };
    assert_eq!((manifest.records, refused), (303, manifest.parts.len() + 2));
    check_restored(&db, &store, &bucket, &before).await;
}

#[tokio::test]
async fn an_export_with_many_parts_that_died_goes_on() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 100).await;
    let before = all(&db).await;
    let layout = Layout { part_bytes: 1, ..LAYOUT };
    let part = |key: &str| key.contains("/part-");
    let mut parts = 0;
    bucket.before(move |key| {
        parts += usize::from(part(key));
        (parts == 90).then_some(Change::Refuse)
    });
    assert!(export_day(&store, &bucket, layout, day(), &|| true).await.is_err());
    let there = bucket.keys();
    bucket.before(|_| None);
    let (manifest, _) = done(export_day(&store, &bucket, layout, day(), &|| true).await.unwrap());
    let used = manifest.parts.iter().filter(|part| there.contains(&part.key)).count();
    assert_eq!((used, manifest.records), (64, 103), "of the first export are the parts that it had noted");
    check_restored(&db, &store, &bucket, &before).await;
}

/// A day is dropped when its export is done. So an export looks at what it has written.
#[tokio::test]
async fn an_export_whose_objects_are_not_there_is_not_done() {
    for lost in ["/part-", "/manifest.json"] {
        let db = TestDb::new().await;
        let (store, bucket) = (store(&db).await, Memory::new(&db));
        fill(&db, &store, 100).await;
        let mut is_first = true;
        bucket.before(move |key| (key.contains(lost) && std::mem::take(&mut is_first)).then_some(Change::Lose));
        let exported = export_day(&store, &bucket, LAYOUT, day(), &|| true).await;
        assert!(matches!(exported, Err(ArchiveError::NotAsWritten { .. })), "{lost}: {exported:?}");
        done(export(&store, &bucket).await);
    }
}

//! Days of a real MongoDB are exported, whatever happens meanwhile, and come back to the byte.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

mod interrupted;
mod memory;

use std::collections::BTreeMap;
use std::time::Duration;

use archive::{
    Archived, Exported, Layout, Manifest, days, export_day, exports_of, find_transaction, may_have, restore_day,
};
use futures_util::TryStreamExt as _;
use mongodb::bson::{RawDocumentBuf, Timestamp, doc, oid::ObjectId, rawdoc};
use record::{Day, EventTime, LogUid, Secret, first_id};
use store::{BlockCompressor, Store, StoreConfig};
use tests::mongo::TestDb;

use memory::Memory;

const DAY: &str = "2026-08-25";
const LAYOUT: Layout<'static> = Layout { root: "archive/shop/", prefix: "kinesis_logs_", part_bytes: 20_000 };

async fn store(db: &TestDb) -> Store {
    let env: BTreeMap<String, String> = db.env().into_iter().collect();
    let config = StoreConfig {
        database: env["LOGBRAID_DB"].clone(),
        prefix: "kinesis_logs_".to_owned(),
        timeout: Duration::from_secs(30),
        max_connections: 4,
        compressor: BlockCompressor::Zstd,
        has_sketches: true,
        allows_plaintext: false,
    };
    Store::open(&config, &Secret::new(env["MONGODB_URI"].clone())).await.unwrap()
}

fn id(number: u32) -> ObjectId {
    let second = EventTime::from_rfc3339(&format!("{DAY}T00:00:00Z")).unwrap().micros() + i64::from(number) * 1_000_000;
    let mut bytes = first_id(EventTime::from_micros(second).unwrap()).bytes();
    bytes[11] = 7;
    ObjectId::from_bytes(bytes)
}

fn record(number: u32) -> RawDocumentBuf {
    rawdoc! {
        "_id": id(number), "message": format!("order {number} "), "log_uid": format!("uid-{}", number / 10),
        "z": i64::from(number), "a": [1.5, { "$date": "no date" }], "noise": "x".repeat(300),
        "source": { "stream": "s", "shard": "0", "seq": number.to_string(), "ids": [format!("further-{number}")] },
    }
}

/// What is in the day that logbraid did not file.
fn foreign() -> Vec<RawDocumentBuf> {
    vec![
        rawdoc! { "_id": 7, "a": 1 },
        rawdoc! { "_id": "2026-08-25", "t": Timestamp { time: 1, increment: 2 } },
        rawdoc! { "_id": { "x": 1 }, "$bson": { "$oid": 2 }, "n": f64::NAN },
    ]
}

async fn all(db: &TestDb) -> BTreeMap<String, RawDocumentBuf> {
    let collection = db.database().collection::<RawDocumentBuf>(&format!("kinesis_logs_{DAY}"));
    let found: Vec<RawDocumentBuf> = collection.find(doc! {}).await.unwrap().try_collect().await.unwrap();
    found.into_iter().map(|one| (format!("{:?}", one.get("_id").unwrap()), one)).collect()
}

/// Fills the day as ingest does, with so many records, and with foreign documents.
async fn fill(db: &TestDb, store: &Store, count: u32) {
    let records: Vec<RawDocumentBuf> = (0..count).map(|at| record(at * 10)).chain(foreign()).collect();
    for batch in records.chunks(500) {
        store.restore(day(), batch).await.unwrap();
    }
    assert_eq!(all(db).await.len(), records.len());
}

fn day() -> Day {
    DAY.parse().unwrap()
}

async fn export(store: &Store, bucket: &Memory<'_>) -> Exported {
    export_day(store, bucket, LAYOUT, day(), &|| true).await.unwrap()
}

fn done(exported: Exported) -> (Manifest, bool) {
    match exported {
        Exported::Done { manifest, is_old, .. } => (*manifest, is_old),
        other => panic!("{other:?}"),
    }
}

/// Drops the day, brings it back, and compares.
async fn check_restored(db: &TestDb, store: &Store, bucket: &Memory<'_>, expect: &BTreeMap<String, RawDocumentBuf>) {
    store.drop_day(day()).await.unwrap();
    let exports = exports(bucket).await;
    for _ in 0..2 {
        let restored = restore_day(Some(store), bucket, day(), &exports, |_| {}).await.unwrap();
        assert!(restored.damaged.is_empty() && restored.restored.conflicts.is_empty(), "{restored:?}");
        let found = all(db).await;
        assert_eq!(found.keys().collect::<Vec<_>>(), expect.keys().collect::<Vec<_>>());
        for (id, document) in expect {
            assert_eq!(found[id].as_bytes(), document.as_bytes(), "{id}");
        }
    }
    assert!(store.missing_of(day()).await.unwrap().is_nothing());
}

async fn exports(bucket: &Memory<'_>) -> Vec<Archived> {
    let found = exports_of(bucket, LAYOUT, day()).await.unwrap();
    assert!(found.damaged.is_empty(), "{:?}", found.damaged);
    found.exports
}

#[tokio::test]
async fn a_day_comes_back_to_the_byte() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 500).await;
    let before = all(&db).await;
    let (manifest, is_old) = done(export(&store, &bucket).await);
    assert!(!is_old && manifest.parts.len() > 8, "{manifest:?}");
    assert_eq!((manifest.records, manifest.day()), (503, Some(day())));
    // Again: nothing is written.
    let keys = bucket.keys();
    assert!(done(export(&store, &bucket).await).1);
    assert_eq!(bucket.keys(), keys);
    assert_eq!(days(&bucket, LAYOUT).await.unwrap(), [day()]);
    check_restored(&db, &store, &bucket, &before).await;
    // With one document more it is another day, also if logbraid did not file it.
    db.day(DAY).insert_one(doc! { "_id": "further" }).await.unwrap();
    let (manifest, is_old) = done(export(&store, &bucket).await);
    assert_eq!((manifest.records, is_old), (504, false));
}

#[tokio::test]
async fn another_day_under_the_same_name_is_another_export() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 100).await;
    let mut expect = all(&db).await;
    done(export(&store, &bucket).await);
    store.drop_day(day()).await.unwrap();
    // As many documents as before, and others.
    let late: Vec<RawDocumentBuf> = (0..103).map(|at| record(at * 10 + 3)).collect();
    store.restore(day(), &late).await.unwrap();
    let (manifest, is_old) = done(export(&store, &bucket).await);
    assert!(!is_old && manifest.records == 103);
    expect.extend(all(&db).await);
    assert_eq!(expect.len(), 206);
    check_restored(&db, &store, &bucket, &expect).await;
}

#[tokio::test]
async fn a_damaged_part_is_refused_and_the_others_come_back() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 300).await;
    let (manifest, _) = done(export(&store, &bucket).await);
    let part = manifest.parts[1].clone();
    bucket.objects.lock().unwrap().get_mut(&part.key).unwrap()[30] ^= 1;
    bucket.objects.lock().unwrap().remove(&manifest.parts[2].key);
    store.drop_day(day()).await.unwrap();
    let restored = restore_day(Some(&store), &bucket, day(), &exports(&bucket).await, |_| {}).await.unwrap();
    let said: Vec<String> = restored.damaged.iter().map(ToString::to_string).collect();
    let expect = [1, 2].map(|at: usize| format!("s3://memory/{} is damaged", manifest.parts[at].key));
    assert_eq!(said, expect);
    let there = manifest.records - part.records - manifest.parts[2].records;
    assert_eq!((restored.restored.stored, all(&db).await.len() as u64), (there, there));
    // A day that is as the export says, but for lost objects, is exported again.
    fill_missing(&store).await;
    assert!(!done(export(&store, &bucket).await).1);
    // A manifest that is damaged is named.
    let keys: Vec<String> = bucket.keys().into_iter().filter(|key| key.ends_with("manifest.json")).collect();
    bucket.objects.lock().unwrap().get_mut(&keys[0]).unwrap().truncate(100);
    let found = exports_of(&bucket, LAYOUT, day()).await.unwrap();
    assert_eq!((found.exports.len(), found.damaged.len()), (1, 1));
    assert_eq!(found.damaged[0].address, format!("s3://memory/{}", keys[0]));
}

async fn fill_missing(store: &Store) {
    let records: Vec<RawDocumentBuf> = (0..300).map(|at| record(at * 10)).collect();
    store.restore(day(), &records).await.unwrap();
}

#[tokio::test]
async fn a_record_in_the_place_of_another_is_a_conflict() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 20).await;
    done(export(&store, &bucket).await);
    store.drop_day(day()).await.unwrap();
    let other = rawdoc! { "_id": id(10), "message": "another" };
    store.restore(day(), std::slice::from_ref(&other)).await.unwrap();
    let restored = restore_day(Some(&store), &bucket, day(), &exports(&bucket).await, |_| {}).await.unwrap();
    assert_eq!(restored.restored.conflicts, [id(10).to_hex()]);
    assert_eq!(restored.restored.stored, 22);
    assert!(all(&db).await.values().any(|one| *one == other), "what is there stays");
}

#[tokio::test]
async fn a_transaction_is_found_by_each_of_its_ids() {
    let db = TestDb::new().await;
    let (store, bucket) = (store(&db).await, Memory::new(&db));
    fill(&db, &store, 300).await;
    done(export(&store, &bucket).await);
    let exports = exports(&bucket).await;
    for (uid, count) in [("uid-7", 1), ("further-70", 1), ("UID-7", 1), ("uid-9999", 0)] {
        let uid = LogUid::parse(uid).unwrap();
        let found = find_transaction(&bucket, &exports, &uid, 1_000, |_| {}).await.unwrap();
        assert_eq!(found.records.len(), count, "{}", uid.as_str());
        assert!(found.records.values().all(|one| one.get_object_id("_id").ok() == Some(id(70))));
        let may = may_have(&bucket, &exports[0], &uid).await.unwrap();
        assert!(may || count == 0, "{}", uid.as_str());
    }
    let others = (0..100).map(|at| LogUid::parse(&format!("no-{at}")).unwrap());
    let mut wrong = 0;
    for uid in others {
        wrong += usize::from(may_have(&bucket, &exports[0], &uid).await.unwrap());
    }
    assert!(wrong < 10, "{wrong}");
}

//! Days of a real MongoDB are exported, whatever happens meanwhile, and come back to the byte.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use archive::{
    ArchiveError, Archived, Exported, Layout, Manifest, Object, Objects, days, export_day, exports_of,
    find_transaction, may_have, restore_day,
};
use futures_util::TryStreamExt as _;
use mongodb::bson::{Bson, RawDocumentBuf, Timestamp, doc, oid::ObjectId, rawdoc};
use record::{Day, EventTime, LogUid, Secret, first_id};
use store::{BlockCompressor, Store, StoreConfig};
use tests::mongo::TestDb;

const DAY: &str = "2026-08-25";
const LAYOUT: Layout<'static> = Layout { root: "archive/shop/", prefix: "kinesis_logs_", part_bytes: 20_000 };

/// What is done before an object is written.
type Before = Box<dyn FnMut(&str) -> Option<Change> + Send>;

/// What changes in the day while it is exported.
#[derive(Clone, Debug)]
enum Change {
    Insert(RawDocumentBuf),
    Remove(Bson),
    Refuse,
}

/// A bucket in memory.
struct Memory<'a> {
    db: &'a TestDb,
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    before: Mutex<Option<Before>>,
}

impl<'a> Memory<'a> {
    fn new(db: &'a TestDb) -> Self {
        Self { db, objects: Mutex::default(), before: Mutex::default() }
    }

    fn before(&self, call: impl FnMut(&str) -> Option<Change> + Send + 'static) {
        *self.before.lock().unwrap() = Some(Box::new(call));
    }

    /// Does something before the part with a number is written.
    fn at_part(&self, number: usize, change: Change) {
        let mut parts = 0;
        self.before(move |key| {
            parts += usize::from(key.contains("/part-"));
            (key.contains("/part-") && parts == number).then(|| change.clone())
        });
    }

    fn keys(&self) -> BTreeSet<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

impl Objects for Memory<'_> {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let change = self.before.lock().unwrap().as_mut().and_then(|before| before(key));
        let collection = self.db.database().collection::<RawDocumentBuf>(&format!("kinesis_logs_{DAY}"));
        match change {
            None => {}
            Some(Change::Insert(document)) => {
                collection.insert_one(document).await?;
            }
            Some(Change::Remove(id)) => {
                collection.delete_one(doc! { "_id": id }).await?;
            }
            Some(Change::Refuse) => return Err("refused".into()),
        }
        let is_new = self.objects.lock().unwrap().insert(key.to_owned(), body).is_none();
        // An export that notes how far it got writes these again.
        assert!(is_new || key.ends_with("/unfinished.json") || key.ends_with("/ids.bloom"), "{key} is written twice");
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Object>, Box<dyn Error + Send + Sync>> {
        let objects = self.objects.lock().unwrap();
        let of = |(key, body): (&String, &Vec<u8>)| Object { key: key.clone(), bytes: body.len() as u64 };
        Ok(objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(of).collect())
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
        let keys = self.keys();
        let folder = |key: &String| Some(format!("{prefix}{}/", key.strip_prefix(prefix)?.split_once('/')?.0));
        Ok(keys.iter().filter_map(folder).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn address(&self, key: &str) -> String {
        format!("s3://memory/{key}")
    }
}

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
}

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
    for number in [1, 2, 5, 9, 10, 11] {
        let mut objects = 0;
        bucket.before(move |_| {
            objects += 1;
            (objects == number).then_some(Change::Refuse)
        });
        match export_day(&store, &bucket, LAYOUT, day(), &|| true).await {
            Err(ArchiveError::Put { .. }) => assert_eq!(exports(&bucket).await, [], "{number}"),
            Ok(Exported::Done { .. }) => break,
            other => panic!("{number}: {other:?}"),
        }
    }
    bucket.before(|_| None);
    let (manifest, _) = done(export(&store, &bucket).await);
    assert_eq!(manifest.records, 303);
    check_restored(&db, &store, &bucket, &before).await;
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

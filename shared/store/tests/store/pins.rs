//! Pins at their limits.

use mongodb::bson::{DateTime, Document, RawDocumentBuf, doc, rawdoc};
use record::{Day, EventTime, LogUid};
use store::{MAX_PINNED_RECORDS, MAX_PINS, Pin, Pinned, RESTORED, Scope, Store};
use tests::mongo::{FailCommand, OwnServer, TestDb};

use crate::{id, store};

const DAYS: [&str; 2] = ["2026-08-25", "2026-08-26"];
const UID: &str = "request-17";
const UNAUTHORIZED: i32 = 13;
/// How many documents a test stores at once.
const AT_ONCE: usize = 10_000;

fn day(number: usize) -> Day {
    DAYS[number].parse().unwrap()
}

fn uid(text: &str) -> LogUid {
    LogUid::parse(text).unwrap()
}

fn time(text: &str) -> EventTime {
    EventTime::from_rfc3339(text).unwrap()
}

fn record(day: Day, number: i64, uid: &str) -> RawDocumentBuf {
    let source = rawdoc! { "stream": "s", "shard": "0", "seq": number.to_string() };
    rawdoc! { "_id": id(day, number), "message": number, "log_uid": uid, "source": source }
}

/// Fills a day with a record for each uid.
async fn fill(db: &TestDb, store: &Store, day: Day, uids: impl Iterator<Item = String>) {
    let records: Vec<RawDocumentBuf> = uids.zip(0..).map(|(uid, number)| record(day, number, &uid)).collect();
    // The first as ingest does, with everything that a day has.
    let (first, others) = records.split_first().unwrap();
    store.restore(day, std::slice::from_ref(first)).await.unwrap();
    let collection = db.day(&day.to_string()).clone_with_type::<RawDocumentBuf>();
    for batch in others.chunks(AT_ONCE) {
        collection.insert_many(batch).await.unwrap();
    }
}

async fn count(db: &TestDb, collection: &str) -> u64 {
    db.database().collection::<Document>(collection).count_documents(doc! {}).await.unwrap()
}

/// Counts the pins, and the copies of records.
async fn counts(db: &TestDb) -> (u64, u64) {
    (count(db, "pins").await, count(db, "pinned").await)
}

async fn pin(store: &Store, text: &str, reason: &str) -> Pinned {
    let now = time("2026-11-20T08:00:00Z");
    store.reader(&Scope::Everything).pin(&uid(text), reason, None, now).await.unwrap()
}

fn done(pinned: Pinned) -> Pin {
    match pinned {
        Pinned::Done(pin) => pin,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_indexes_of_pins_are_looked_for() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: &[(&str, Option<&str>)]| {
        let missing = store.missing_of_pinned().await.unwrap();
        let found: Vec<_> = missing.iter().map(|own| (own.name.as_str(), own.in_place.as_deref())).collect();
        assert_eq!(found, expect);
        missing
    };
    // Without pins, there are none.
    check(&[]).await;
    fill(&db, &store, day(0), std::iter::once(UID.to_owned())).await;
    done(pin(&store, UID, "first").await);
    check(&[]).await;
    run(doc! { "dropIndexes": "pinned", "index": "*" }).await;
    let missing = check(&[("log_uid", None), ("errors", None), ("further_ids", None)]).await;
    let errors = &missing[1];
    assert_eq!((errors.collection.as_str(), errors.keys.as_str()), ("pinned", r#"{"time": 1, "_id": 1}"#));
    assert_eq!(errors.filter, r#"{"levelno": {"$gte": 40}}"#);
    // A pin makes them again.
    done(pin(&store, UID, "second").await);
    check(&[]).await;
    run(doc! { "collMod": "pinned", "index": { "name": "errors", "hidden": true } }).await;
    check(&[("errors", Some("errors"))]).await;
    run(doc! { "dropIndexes": "pinned", "index": "errors" }).await;
    let errors = doc! { "levelno": { "$gte": 40 } };
    let mine = doc! { "name": "mine", "key": { "time": 1, "_id": 1 }, "partialFilterExpression": errors };
    run(doc! { "createIndexes": "pinned", "indexes": [mine] }).await;
    check(&[("errors", Some("mine"))]).await;
    run(doc! { "dropIndexes": "pinned", "index": "mine" }).await;
    // So does what the command says.
    let missing = check(&[("errors", None)]).await;
    let errors = doc! { "levelno": { "$gte": 40 } };
    let again = doc! { "name": &missing[0].name, "key": { "time": 1, "_id": 1 }, "partialFilterExpression": errors };
    run(doc! { "createIndexes": &missing[0].collection, "indexes": [again] }).await;
    check(&[]).await;
}

#[tokio::test]
async fn a_pin_has_a_hundred_thousand_records_and_no_more() {
    const FEW: usize = 11;
    let db = TestDb::new().await;
    let store = store(&db).await;
    let all = usize::try_from(MAX_PINNED_RECORDS).unwrap() + 1;
    for (number, records) in [(0, all - FEW), (1, FEW)] {
        fill(&db, &store, day(number), std::iter::repeat_n(UID.to_owned(), records)).await;
    }
    assert_eq!(pin(&store, UID, "too large").await, Pinned::TooLarge);
    assert_eq!(counts(&db).await, (0, 0), "nothing is left of it");
    let last = doc! { "_id": id(day(1), 7) };
    let removed = db.day(DAYS[1]).find_one_and_delete(last).await.unwrap().unwrap();
    assert_eq!(done(pin(&store, UID, "as large as can be").await).records, MAX_PINNED_RECORDS);
    assert_eq!(counts(&db).await, (1, MAX_PINNED_RECORDS));
    // It grows. What comes is kept all the same: nobody refuses it where the day ends.
    db.day(DAYS[1]).insert_one(removed).await.unwrap();
    assert_eq!(store.copy_pinned(day(1)).await.unwrap(), FEW as u64);
    assert_eq!(counts(&db).await, (1, MAX_PINNED_RECORDS + 1));
    assert!(store.reader(&Scope::Everything).unpin(&uid(UID)).await.unwrap());
    assert_eq!(counts(&db).await, (0, 0));
}

#[tokio::test]
async fn a_stack_has_a_thousand_pins_and_no_more() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let everything = Scope::Everything;
    let reader = store.reader(&everything);
    fill(&db, &store, day(0), (0..=MAX_PINS).map(|number| format!("uid-{number}"))).await;
    // As others have made them. Half of them end.
    let (at, end) = (time("2026-11-01T08:00:00Z"), time("2026-12-01T08:00:00Z"));
    let of = |number: u64| {
        let until = number.is_multiple_of(2).then(|| end.to_bson());
        doc! {
            "_id": format!("uid-{number}"), "reason": "many", "at": at.to_bson(), "until": until, "records": 1_i64,
            "days": [DAYS[0]],
        }
    };
    let stored = db.database().collection::<Document>("pins");
    stored.insert_many((0..MAX_PINS - 1).map(of)).await.unwrap();
    let last = format!("uid-{}", MAX_PINS - 1);
    assert_eq!(done(pin(&store, &last, "the last").await).records, 1);
    let further = format!("uid-{MAX_PINS}");
    assert_eq!(pin(&store, &further, "one more").await, Pinned::TooMany);
    let (known, new) = (record(day(0), 7, "uid-7"), record(day(0), 1_000, &further));
    let restored = async |uid_text: &str, record: &RawDocumentBuf| {
        store.restore_pin(&uid(uid_text), Some("changed"), end, at, std::slice::from_ref(record)).await.unwrap()
    };
    assert_eq!(restored(&further, &new).await, None);
    assert_eq!(restored("UID-7", &known).await.unwrap().uid, "uid-7");
    // A pin that there is may change, in any spelling.
    assert_eq!(done(pin(&store, "UID-7", "changed").await).uid, "uid-7");
    let pins = reader.pins(at).await.unwrap();
    assert_eq!((pins.len() as u64, pins[0].reason.as_str()), (MAX_PINS, "changed"));
    assert!(reader.unpin(&uid("uid-7")).await.unwrap());
    assert_eq!(done(pin(&store, &further, "in its place").await).records, 1);

    assert_eq!(store.copy_pinned(day(0)).await.unwrap(), MAX_PINS);
    store.drop_day(day(0)).await.unwrap();
    assert_eq!(reader.days().await.unwrap(), [day(0)]);
    assert_eq!(counts(&db).await, (MAX_PINS, MAX_PINS));
    let ended = MAX_PINS / 2;
    assert_eq!(store.remove_ended_pins(end).await.unwrap() as u64, ended);
    assert_eq!(counts(&db).await, (MAX_PINS - ended, MAX_PINS - ended));
    assert_eq!(store.remove_ended_pins(end).await.unwrap(), 0);
}

/// As long as a day is there, it alone is read.
#[tokio::test]
async fn a_transaction_from_the_archive_is_in_the_days_that_there_are() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    fill(&db, &store, day(1), std::iter::once("another".to_owned())).await;
    let records = [record(day(0), 5, UID), record(day(1), 5, UID)];
    let (now, until) = (time("2026-11-20T08:00:00Z"), time("2026-12-20T08:00:00Z"));
    let pin = store.restore_pin(&uid(UID), None, until, now, &records).await.unwrap().unwrap();
    assert_eq!((pin.records, pin.until, pin.reason.as_str()), (2, Some(until), RESTORED));
    assert_eq!((db.days().await, db.records(DAYS[1]).await.len()), (vec![DAYS[1].to_owned()], 2));
    assert_eq!(store.reader(&Scope::Everything).days().await.unwrap(), [day(0), day(1)]);
    // Restored again, it keeps the later end.
    let again = store.restore_pin(&uid(UID), Some("why"), now, now, &records).await.unwrap().unwrap();
    assert_eq!((again.records, again.until, again.reason.as_str()), (2, Some(until), "why"));
}

/// Whoever asked for it did not wait for the end, or MongoDB was away.
#[tokio::test]
async fn a_pin_that_never_became_whole_ends_after_a_day() {
    let server = OwnServer::start();
    let db = TestDb::on(&server).await;
    let store = store(&db).await;
    let (everything, begun) = (Scope::Everything, time("2026-11-20T08:00:00Z"));
    let reader = store.reader(&everything);
    fill(&db, &store, day(0), std::iter::repeat_n(UID.to_owned(), 2_500)).await;
    fill(&db, &store, day(1), std::iter::once("another".to_owned())).await;
    done(pin(&store, "another", "whole").await);
    // Some copies are stored, the others are not.
    FailCommand::refuse_later_on(&db, "insert", "pinned", 1, UNAUTHORIZED).await;
    assert!(reader.pin(&uid(UID), "never", None, begun).await.is_err());
    FailCommand::disarm(&db).await;
    assert_eq!(counts(&db).await, (2, 1_001));
    let shown = |pins: &[Pin]| pins.iter().map(|pin| pin.uid.clone()).collect::<Vec<_>>();
    assert_eq!(shown(&reader.pins(begun).await.unwrap()), ["another"], "nobody is told that it is pinned");
    let hours = |hours: i64| {
        let later = DateTime::from_millis(begun.to_bson().timestamp_millis() + hours * 3_600_000);
        EventTime::from_millis(later.timestamp_millis()).unwrap()
    };
    assert_eq!(store.remove_ended_pins(hours(23)).await.unwrap(), 0);
    // Asked for again, it is still the one that was begun.
    FailCommand::refuse_later_on(&db, "insert", "pinned", 1, UNAUTHORIZED).await;
    assert!(reader.pin(&uid(UID), "never", None, hours(23)).await.is_err());
    FailCommand::disarm(&db).await;
    assert_eq!(store.remove_ended_pins(hours(24)).await.unwrap(), 1);
    assert_eq!(counts(&db).await, (1, 1));
    assert_eq!(done(pin(&store, UID, "whole").await).records, 2_500);
    assert_eq!(store.remove_ended_pins(hours(100)).await.unwrap(), 0);
    assert_eq!(counts(&db).await, (2, 2_501));
}

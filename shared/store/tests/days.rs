//! What the store does with whole days of a real MongoDB, whoever asks it to.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

use std::collections::BTreeMap;
use std::time::Duration;

use mongodb::bson::doc;
use record::{Day, EventTime, Secret};
use store::{BlockCompressor, Hold, Store, StoreConfig, StoreError};
use tests::mongo::TestDb;

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

/// The last guard: a wrong number of days, or a clock that is wrong, must not cost what is being filed.
#[tokio::test]
async fn today_and_the_future_are_never_dropped() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let today = Day::today();
    let tomorrow = today.next().unwrap();
    for day in [today, tomorrow, Day::yesterday()] {
        db.day(&day.to_string()).insert_one(doc! { "message": "kept" }).await.unwrap();
    }
    for day in [today, tomorrow] {
        let refused = store.drop_day(day).await.unwrap_err();
        assert!(matches!(refused, StoreError::NotPast { day: own } if own == day), "{refused}");
    }
    store.drop_day(Day::yesterday()).await.unwrap();
    assert_eq!(db.days().await, [today.to_string(), tomorrow.to_string()]);
}

/// Who holds a day for a week does not shorten the month of somebody else.
#[tokio::test]
async fn of_two_holds_the_later_end_counts() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let day: Day = "2026-08-25".parse().unwrap();
    let time = |text: &str| EventTime::from_rfc3339(text).unwrap();
    let hold = |until: &str, by: &str| Hold {
        day,
        until: time(until),
        at: time("2026-11-20T00:00:00Z"),
        by: by.to_owned(),
        reason: "why".to_owned(),
    };
    store.hold(&hold("2026-12-20T00:00:00Z", "alice")).await.unwrap();
    store.hold(&hold("2026-11-27T00:00:00Z", "bob")).await.unwrap();
    let at = async |now: &str| store.holds(time(now)).await.unwrap();
    let [only] = at("2026-11-21T00:00:00Z").await.try_into().unwrap();
    assert_eq!((only.until, only.by.as_str()), (time("2026-12-20T00:00:00Z"), "bob"));
    // A hold that has ended holds nothing, also before somebody removes it.
    assert_eq!(at("2026-12-20T00:00:00Z").await, []);
    assert_eq!(store.remove_ended_holds(time("2026-12-19T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(store.remove_ended_holds(time("2026-12-20T00:00:00Z")).await.unwrap(), 1);
}

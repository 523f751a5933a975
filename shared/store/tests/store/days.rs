//! What the store does with whole days, whoever asks it to.

use mongodb::bson::{doc, rawdoc};
use record::{Day, EventTime};
use store::{Hold, StoreError};
use tests::mongo::{TestDb, text};

use crate::{id, store};

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

/// A day may come back as an older function creates it: without the index of further ids.
#[tokio::test]
async fn a_dropped_day_is_forgotten() {
    const DAY: &str = "2026-08-25";
    let db = TestDb::new().await;
    let store = store(&db).await;
    let day: Day = DAY.parse().unwrap();
    let source = rawdoc! { "stream": "s", "shard": "0", "seq": "1", "ids": ["trace-17"] };
    let record = rawdoc! { "_id": id(day, 1), "message": "hello", "log_uid": "request-17", "source": source };
    let has_index = async || db.indexes(DAY).await.iter().any(|index| text(index, "name") == Some("further_ids"));
    store.restore(day, std::slice::from_ref(&record)).await.unwrap();
    assert!(has_index().await);
    store.drop_day(day).await.unwrap();
    let records = format!("kinesis_logs_{DAY}");
    for name in [&records, &format!("sketches_{DAY}")] {
        db.database().create_collection(name).await.unwrap();
    }
    let view = doc! { "create": format!("transactions_{DAY}"), "viewOn": &records, "pipeline": [] };
    db.database().run_command(view).await.unwrap();
    store.restore(day, std::slice::from_ref(&record)).await.unwrap();
    assert!(has_index().await);
}

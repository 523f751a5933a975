//! A different record has the same `_id`: two identities with the same 44 bits of hash in the same microsecond.

use mongodb::Collection;
use mongodb::bson::{Document, doc, oid::ObjectId};
use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::kinesis::Stream;

use crate::kept::kept;

const DAY: &str = "2026-11-20";

fn id(document: &Document) -> ObjectId {
    document.get_object_id("_id").expect("an ObjectId")
}

fn foreign(id: ObjectId, number: i32) -> Document {
    let seq = format!("foreign-{number}");
    let time = mongodb::bson::DateTime::parse_rfc3339_str("2026-11-20T09:00:00Z").expect("a time");
    doc! { "_id": id, "time": time, "source": { "stream": "other", "shard": "shardId-000000000000", "seq": seq } }
}

/// Returns the next id.
fn behind(id: ObjectId) -> ObjectId {
    let mut bytes = id.bytes();
    let last = bytes.last_mut().expect("twelve bytes");
    *last = last.checked_add(1).expect("the fixture's ids end with less");
    ObjectId::from_bytes(bytes)
}

#[tokio::test]
async fn a_record_whose_id_is_anothers_is_stored_once_under_the_next() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    stream.put("host", "{\"not json");
    app.deliver(&stream).await;
    let quarantine: Collection<Document> = app.db.database().collection("quarantine");
    let days = app.db.day(DAY);
    // As if other records had been first: the ids of the first record and of a middle one are taken, and the id after
    // that.
    let records = app.db.records(DAY).await;
    let [first, middle] = [0, 13].map(|position| id(&records[position]));
    let aside = id(&app.db.quarantined().await[0]);
    for (collection, taken) in [(&days, vec![first]), (&days, vec![middle, behind(middle)]), (&quarantine, vec![aside])]
    {
        for (taken, number) in taken.into_iter().zip(0..) {
            collection.delete_one(doc! { "_id": taken }).await.expect("deleted");
            collection.insert_one(foreign(taken, number)).await.expect("inserted");
        }
    }
    let foreign = 4;

    let mut before = Vec::new();
    for delivery in 1..=3 {
        app.ingest.recycle();
        app.deliver(&stream).await;
        let kept = kept(&app.db).await;
        let mut ours = kept.clone();
        ours.retain(|(number, _)| !number.starts_with("foreign"));
        assert_eq!(ours, crate::kept::sent(&stream), "delivery {delivery}");
        assert_eq!(kept.len(), ours.len() + foreign, "delivery {delivery}");
        let now = app.db.all_records().await;
        assert!(delivery == 1 || now == before, "delivery {delivery} changed what is stored");
        before = now;
    }
    let ids: Vec<ObjectId> = before.iter().map(id).collect();
    assert!(ids.contains(&behind(first)));
    assert!(ids.contains(&behind(behind(middle))));
}

//! Checks that everything on a stream is stored or quarantined once.

use mongodb::bson::Document;
use tests::kinesis::Stream;
use tests::mongo::{TestDb, text};

/// The position of a record: its Kinesis record, and its number in the payload.
pub(crate) type Place = (String, i64);

fn place(document: &Document) -> Place {
    let source = document.get_document("source").expect("everything has its source");
    let index = source.get_i32("index").map(i64::from).or_else(|_| source.get_i64("index")).unwrap_or_default();
    (text(document, "source.seq").expect("a sequence number").to_owned(), index)
}

/// Reads all stored records and quarantined payloads in order of position. Checks that each record is in its day.
pub(crate) async fn kept(db: &TestDb) -> Vec<Place> {
    let mut places: Vec<Place> = db.quarantined().await.iter().map(place).collect();
    for day in db.days().await {
        for record in db.records(&day).await {
            let time = record.get_datetime("time").expect("a time").try_to_rfc3339_string().expect("of this age");
            assert_eq!(time.get(..day.len()), Some(&*day), "{record}");
            places.push(place(&record));
        }
    }
    places.sort();
    places
}

/// Returns the payloads of a stream with one record in each, in order of position.
pub(crate) fn sent(stream: &Stream) -> Vec<Place> {
    let shards = (0..stream.shard_count()).flat_map(|shard| stream.records(shard));
    let mut places: Vec<Place> = shards.map(|record| (record.sequence_number.to_string(), 0)).collect();
    places.sort();
    places
}

/// Checks that everything on the stream is kept once.
pub(crate) async fn check_each_once(db: &TestDb, stream: &Stream) {
    assert_eq!(kept(db).await, sent(stream));
}

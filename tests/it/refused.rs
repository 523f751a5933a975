//! A document that MongoDB refuses for good goes to the quarantine with the server's reason. The rest is stored.

use mongodb::IndexModel;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::IndexOptions;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload, Python};
use tests::kinesis::{Drained, EventSource, Invocation, Stream, Verdict};
use tests::mongo::{TestDb, text};
use tests::proxy::Proxy;

use crate::kept::check_each_once;

const DAY: &str = "2026-11-20";
const COLLECTION: &str = "kinesis_logs_2026-11-20";
const QUARANTINE: &str = "quarantine";
const ORDER_RECORDS: usize = 27;
/// A batch that is delivered again as often will be so for ever.
const INVOCATIONS: usize = 4;

/// Why a server refuses a document.
enum Cause {
    /// A validator that somebody put on the collection.
    Validator(Document),
    /// An index that somebody made.
    Index(Document),
    /// A unique index that somebody made, over the documents that have the field.
    Unique(&'static str),
}

impl Cause {
    async fn begin(&self, db: &TestDb) {
        let model = |keys: &Document, options| IndexModel::builder().keys(keys.clone()).options(options).build();
        let named = || Some("somebodys".to_owned());
        let made = match self {
            Self::Validator(validator) => return validate(db, COLLECTION, validator.clone()).await,
            Self::Index(keys) => model(keys, IndexOptions::builder().name(named()).build()),
            Self::Unique(field) => {
                let only = doc! { *field: { "$exists": true } };
                let options = IndexOptions::builder().name(named()).unique(true).partial_filter_expression(only);
                model(&doc! { *field: 1 }, options.build())
            }
        };
        db.day(DAY).create_index(made).await.expect("made");
    }
}

async fn validate(db: &TestDb, collection: &str, validator: Document) {
    let command = doc! { "collMod": collection, "validator": validator };
    db.database().run_command(command).await.expect("the collection takes a validator");
}

/// Each cause, the fields of a record that is refused then, and how the reason begins.
fn causes() -> Vec<(Cause, Value, &'static str)> {
    let forbidden = doc! { "forbidden": { "$exists": false } };
    vec![
        (Cause::Validator(forbidden), json!({ "forbidden": 1 }), "121 DocumentValidationFailure: "),
        (Cause::Unique("ticket"), json!({ "ticket": 17 }), "11000 DuplicateKey: "),
        (
            Cause::Index(doc! { "place": "2dsphere" }),
            json!({ "place": { "type": "Point", "coordinates": ["here"] } }),
            "16755 Location16755: ",
        ),
        (Cause::Index(doc! { "a": 1, "b": 1 }), json!({ "a": [1], "b": [2] }), "171 CannotIndexParallelArrays: "),
        (Cause::Index(doc! { "h": "hashed" }), json!({ "h": [1] }), "16766 Location16766: "),
        (Cause::Index(doc! { "t": "text" }), json!({ "t": "t", "language": "klingon" }), "17262 Location17262: "),
    ]
}

/// A record with these fields.
fn record(second: u32, fields: &Value) -> Payload {
    let time = format!("{DAY}T12:00:{second:02}Z");
    let mut payload = Payload::record(&time, "uid", "service", "to be refused");
    let mut record: Value = serde_json::from_slice(&payload.data).expect("JSON");
    record.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    payload.data = record.to_string().into();
    payload
}

/// Creates the day, with one record in it that has these fields.
async fn with_day(app: &TestApp, fields: &Value) {
    let other = Stream::new("other", 1);
    fixtures::put(&other, &[record(59, fields)]);
    app.deliver(&other).await;
}

/// What the invocations said.
async fn deliver(app: &TestApp, stream: &Stream) -> Vec<Verdict> {
    let mut mapping = EventSource::reporting().connect(stream).with_invocations_limit(INVOCATIONS);
    let _ = mapping.drain(&app.ingest).await;
    mapping.journal().iter().map(|invocation| invocation.verdict).collect()
}

#[tokio::test]
async fn a_document_refused_for_good_is_quarantined_and_the_rest_is_stored() {
    for (cause, fields, reason) in causes() {
        let app = TestApp::start().await;
        // A unique index refuses the second of two.
        let first = if matches!(cause, Cause::Unique(_)) { fields.clone() } else { json!({}) };
        with_day(&app, &first).await;
        cause.begin(&app.db).await;
        let stream = Stream::new("app_logging", 1);
        let order = fixtures::order(Python::V311);
        fixtures::put(&stream, &order[..13]);
        fixtures::put(&stream, &[record(1, &fields)]);
        fixtures::put(&stream, &order[13..]);

        for delivery in 1..=2 {
            assert_eq!(deliver(&app, &stream).await, [Verdict::Complete], "{reason} delivery {delivery}");
            assert_eq!(app.db.count().await, ORDER_RECORDS + 1, "{reason} delivery {delivery}");
            let quarantined = app.db.quarantined().await;
            let [entry] = &quarantined[..] else { panic!("{reason}: {quarantined:#?}") };
            assert_eq!(text(entry, "reason"), Some("refused_by_mongodb"), "{entry}");
            assert!(text(entry, "detail").is_some_and(|detail| detail.starts_with(reason)), "{entry}");
            assert_eq!(text(entry, "source.seq"), Some(&*stream.records(0)[13].sequence_number.to_string()));
            // All of the record, as it would have been stored.
            let raw = entry.get_binary_generic("raw").expect("bytes").clone();
            let refused: Document = RawDocumentBuf::from_bytes(raw).expect("BSON").try_into().expect("BSON");
            let refused_json = tests::mongo::json(&refused);
            for (name, value) in fields.as_object().expect("an object") {
                assert_eq!(&refused_json[name], value, "{refused}");
            }
            assert_eq!(text(&refused, "source.stream"), Some("app_logging"));
        }
        crate::journal::check_all_noted(&app.db).await;
    }
}

/// Every record of the batch is refused: all of them are quarantined at once.
#[tokio::test]
async fn a_batch_that_is_refused_whole_is_quarantined() {
    let app = TestApp::start().await;
    with_day(&app, &json!({})).await;
    validate(&app.db, COLLECTION, doc! { "never": { "$exists": true } }).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    let verdicts = deliver(&app, &stream).await;
    assert_eq!(verdicts, [Verdict::Complete], "{}", app.ingest.logs().lines().join("\n"));
    assert_eq!((app.db.count().await, app.db.quarantined().await.len()), (1, ORDER_RECORDS));
    let logs = app.ingest.logs().lines().join("\n");
    assert!(logs.contains(r#""Quarantined.refused_by_mongodb":27"#), "{logs}");
}

/// The quarantine refuses as well: the record counts as not stored, and the reply names it.
#[tokio::test]
async fn a_document_that_the_quarantine_refuses_too_is_reported() {
    let app = TestApp::start().await;
    with_day(&app, &json!({})).await;
    app.db.database().create_collection(QUARANTINE).await.expect("created");
    for (collection, validator) in
        [(COLLECTION, doc! { "forbidden": { "$exists": false } }), (QUARANTINE, doc! { "never": { "$exists": true } })]
    {
        validate(&app.db, collection, validator).await;
    }
    let stream = Stream::new("app_logging", 1);
    let order = fixtures::order(Python::V311);
    fixtures::put(&stream, &order[..13]);
    fixtures::put(&stream, &[record(1, &json!({ "forbidden": 1 }))]);
    fixtures::put(&stream, &order[13..]);
    app.db.day(DAY).delete_many(doc! {}).await.expect("deleted");

    let recover = async || validate(&app.db, QUARANTINE, doc! {}).await;
    let mut mapping = EventSource::reporting().connect(&stream).with_invocations_limit(INVOCATIONS);
    let drained = mapping.drain_with(&app.ingest, async |_: &Invocation| recover().await).await;
    assert_eq!(drained, Drained::End);
    let verdicts: Vec<Verdict> = mapping.journal().iter().map(|invocation| invocation.verdict).collect();
    assert_eq!(verdicts, [Verdict::From(13), Verdict::Complete]);
    check_each_once(&app.db, &stream).await;
    assert_eq!(app.db.quarantined().await.len(), 1);
}

/// A server that takes smaller documents than MongoDB: the driver refuses a larger one before it sends anything. The
/// quarantine cannot take it either, so it is reported. All before it is stored.
#[tokio::test]
async fn a_document_larger_than_the_server_takes_is_reported_alone() {
    let server = tests::mongo::OwnServer::start();
    let proxy = Proxy::before(server.port()).await;
    proxy.limit_documents(64 * 1024);
    let app = TestApp::with(TestDb::on(&server).await.through(&proxy));
    let stream = Stream::new("app_logging", 1);
    let order = fixtures::order(Python::V311);
    fixtures::put(&stream, &order[..13]);
    fixtures::put(&stream, &[record(1, &json!({ "large": "x".repeat(100 * 1024) }))]);
    fixtures::put(&stream, &order[13..]);
    let verdicts = deliver(&app, &stream).await;
    assert_eq!(verdicts[0], Verdict::From(13), "{}", app.ingest.logs().lines().join("\n"));
    assert!(app.db.count().await >= 13);
}

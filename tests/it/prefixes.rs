//! Several stacks in one database: each has its own collection prefix, and sees nothing of the others.

use futures_util::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::Get as _;
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::TestDb;
use tests::runtime_api::Function;
use tests::wait::DEADLINE;

const DAY: &str = "2026-11-20";
const DEFAULT_PREFIX: &str = "kinesis_logs_";
/// The collections of a stack besides those of its days.
const OTHERS: [&str; 3] = ["filed", "quarantine", "shards"];

/// A stack with its own prefix, in a database that others may share.
struct Stack {
    prefix: &'static str,
    ingest: Function,
    query: Function,
}

impl Stack {
    fn new(db: &TestDb, prefix: &'static str) -> Self {
        let prefix_variable = ("LOGBRAID_COLLECTION_PREFIX".to_owned(), prefix.to_owned());
        let env: Vec<_> = db.env().into_iter().chain([prefix_variable]).collect();
        Self { prefix, ingest: Function::new("ingest", env.clone()), query: Function::new("query", env) }
    }

    /// Returns the stack's own stream, with one record and one payload that is not a record.
    fn stream(&self) -> Stream {
        let stream = Stream::new(&format!("stream-of-{}", self.prefix), 1);
        let record = Payload::record("2026-11-20T12:00:00Z", &self.uid(), "ordering", "one");
        fixtures::put(&stream, &[record]);
        stream.put("host", "{\"not json");
        stream
    }

    fn uid(&self) -> String {
        format!("uid-of-{}", self.prefix)
    }

    async fn deliver(&self, stream: &Stream) {
        let mut mapping = EventSource { maximum_retry_attempts: Some(0), ..EventSource::reporting() }.connect(stream);
        let drained = mapping.drain(&self.ingest).await;
        assert_eq!(
            (drained, mapping.discarded().len()),
            (Drained::End, 0),
            "{}",
            self.ingest.logs().lines().join("\n")
        );
    }

    async fn get(&self, target: &str) -> Value {
        self.query.get(target).await.body
    }

    /// Checks that the stack has its own records, and none of another stack.
    async fn check_own(&self) {
        let transaction = self.get(&format!("/transactions/{}", self.uid())).await;
        let known = &transaction["completeness"];
        assert_eq!(known["quarantined"], json!(1), "{transaction:#}");
        let filed = known["filed_until"].as_array().expect("a list");
        let streams: Vec<&str> = filed.iter().map(|shard| shard["stream"].as_str().expect("text")).collect();
        assert_eq!(streams, [format!("stream-of-{}", self.prefix)], "{}", self.prefix);
        let tail = self.get("/logs/tail?limit=100").await;
        assert_eq!(uids(&tail), [self.uid()], "{}", self.prefix);
        let days = self.get("/days").await;
        assert_eq!(days["days"].as_array().expect("a list").len(), 1, "{days}");
        assert_eq!(uids(&self.get("/logs").await), [self.uid()]);
        let quarantine = self.get("/quarantine").await;
        assert_eq!(quarantine["entries"].as_array().expect("a list").len(), 1, "{quarantine:#}");
    }
}

fn uids(answer: &Value) -> Vec<String> {
    let records = answer["records"].as_array().unwrap_or_else(|| panic!("records in {answer:#}"));
    records.iter().map(|record| record["log_uid"].as_str().expect("text").to_owned()).collect()
}

async fn names(db: &TestDb) -> Vec<String> {
    let mut names = db.database().list_collection_names().await.expect("collections can be listed");
    names.retain(|name| !name.starts_with("system."));
    names.sort();
    names
}

/// Reads the transactions of a view.
async fn view(db: &TestDb, name: &str) -> Vec<String> {
    let shown = db.database().collection::<Document>(name).find(doc! {}).await.expect("the view can be read");
    let shown: Vec<Document> = shown.try_collect().await.expect("the view can be read");
    shown.iter().map(|transaction| transaction.get_str("_id").expect("a uid").to_owned()).collect()
}

/// Renames the collections of a stack with the default prefix to those of an older stack with another prefix: until
/// now, only the names of its days had the prefix.
async fn make_old(db: &TestDb, prefix: &str) {
    let name = db.database().name();
    let (from, to) = (format!("{name}.{DEFAULT_PREFIX}{DAY}"), format!("{name}.{prefix}{DAY}"));
    let admin = db.database().client().database("admin");
    admin.run_command(doc! { "renameCollection": from, "to": to }).await.expect("renamed");
    let view = doc! { "collMod": format!("transactions_{DAY}"), "viewOn": format!("{prefix}{DAY}"), "pipeline": [] };
    db.database().run_command(view).await.expect("the view shows the renamed collection");
}

#[tokio::test]
async fn stacks_in_one_database_see_nothing_of_each_other() {
    let app = TestApp::start().await;
    let stacks = [DEFAULT_PREFIX, "a_", "a_b_"].map(|prefix| Stack::new(&app.db, prefix));
    for stack in &stacks {
        stack.deliver(&stack.stream()).await;
    }
    for stack in &stacks {
        stack.check_own().await;
        for other in stacks.iter().filter(|other| other.prefix != stack.prefix) {
            let answer = stack.query.get(&format!("/transactions/{}", other.uid())).await;
            assert_eq!(answer.status, 404, "{} asks {}", other.uid(), stack.prefix);
        }
    }
    let own = |prefix: &str| {
        let days = [format!("{prefix}{DAY}"), format!("{prefix}transactions_{DAY}"), format!("{prefix}sketches_{DAY}")];
        OTHERS.map(|name| format!("{prefix}{name}")).into_iter().chain(days).collect::<Vec<_>>()
    };
    let of_day = [format!("{DEFAULT_PREFIX}{DAY}"), format!("transactions_{DAY}"), format!("sketches_{DAY}")];
    let default = OTHERS.map(str::to_owned).into_iter().chain(of_day);
    let mut expect: Vec<String> = [own("a_"), own("a_b_"), default.collect()].concat();
    expect.sort();
    assert_eq!(names(&app.db).await, expect);
    assert_eq!(view(&app.db, &format!("a_transactions_{DAY}")).await, ["uid-of-a_"]);
    assert_eq!(view(&app.db, &format!("transactions_{DAY}")).await, [format!("uid-of-{DEFAULT_PREFIX}")]);
}

/// An older stack keeps its names, and no other stack gets them.
#[tokio::test]
async fn a_stack_keeps_the_collections_it_has_under_the_old_names() {
    let app = TestApp::start().await;
    let old = Stack::new(&app.db, "old_");
    app.deliver(&old.stream()).await;
    make_old(&app.db, "old_").await;
    let before = names(&app.db).await;
    old.check_own().await;
    old.deliver(&old.stream()).await;
    old.check_own().await;
    assert_eq!(names(&app.db).await, before, "nothing new");

    // The old names are those of the default prefix, so a stack with it would write to the same collections.
    let default = Stack::new(&app.db, DEFAULT_PREFIX);
    for payload in ["{\"not json", r#"{"created": 1795176000, "message": "one"}"#] {
        let stream = Stream::new("another", 1);
        stream.put("host", payload);
        let event = tests::kinesis::event(&stream, 0, &stream.records(0));
        let reply = default.ingest.invoke(&event, DEADLINE).await.expect("a reply");
        assert_eq!(reply["batchItemFailures"].as_array().map(Vec::len), Some(1), "{payload}: {reply}");
        default.ingest.logs().wait_for("belong to the stack with the prefix `old_`").await;
    }
    assert_eq!(names(&app.db).await, before, "nothing new");

    // Any other prefix has its own names.
    let new = Stack::new(&app.db, "new_");
    new.deliver(&new.stream()).await;
    for stack in [&old, &new] {
        stack.ingest.recycle();
        stack.query.recycle();
        stack.check_own().await;
    }
    old.deliver(&old.stream()).await;
    old.check_own().await;
}

/// Two stacks shared collections until now: the one with the default prefix keeps them, the other gets its own.
#[tokio::test]
async fn of_two_stacks_that_shared_collections_the_default_one_keeps_them() {
    let app = TestApp::start().await;
    let old = Stack::new(&app.db, "old_");
    app.deliver(&old.stream()).await;
    make_old(&app.db, "old_").await;
    let default = app.db.database().collection::<Document>(&format!("{DEFAULT_PREFIX}{DAY}"));
    default.insert_one(doc! { "message": "of the default stack" }).await.expect("stored");
    old.deliver(&old.stream()).await;
    old.check_own().await;
    let names = names(&app.db).await;
    assert!(OTHERS.iter().all(|name| names.contains(&format!("old_{name}"))), "{names:?}");
    let default = Stack::new(&app.db, DEFAULT_PREFIX);
    default.deliver(&default.stream()).await;
}

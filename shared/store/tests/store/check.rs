//! What a check of a deployment sees.

use mongodb::bson::{DateTime, Document, doc};
use store::JournalKind;
use tests::mongo::TestDb;

use crate::store;

#[tokio::test]
async fn a_journal_is_missing_lost_small_or_ordinary() {
    let db = TestDb::new().await;
    let store = store(&db).await;
    let run = async |command: Document| db.database().run_command(command).await.unwrap();
    let check = async |expect: JournalKind| {
        let facts = store.journal_facts().await.unwrap();
        assert_eq!((facts.kind, facts.name.as_str()), (expect, "filed"));
        i64::try_from(facts.bytes).unwrap()
    };
    db.day("2026-08-25").insert_one(doc! { "message": "restored" }).await.unwrap();
    check(JournalKind::Missing).await;
    let now = DateTime::now();
    let progress = doc! { "_id": { "stream": "logs", "shard": "0" }, "arrived": now, "filed_at": now };
    db.database().collection("shards").insert_one(progress).await.unwrap();
    let bytes = check(JournalKind::Lost).await;
    // What the command says repairs each.
    run(doc! { "create": "filed", "capped": true, "size": bytes }).await;
    check(JournalKind::Capped).await;
    let convert = || doc! { "convertToCapped": "filed", "size": bytes };
    let resize = || doc! { "collMod": "filed", "cappedSize": bytes, "cappedMax": 0 };
    for (options, expect, repair) in [
        (doc! {}, JournalKind::Ordinary, convert()),
        (doc! { "capped": true, "size": 4_096 }, JournalKind::Small, resize()),
        (doc! { "capped": true, "size": bytes, "max": 2 }, JournalKind::Small, resize()),
    ] {
        run(doc! { "drop": "filed" }).await;
        run(doc! { "create": "filed" }.into_iter().chain(options).collect()).await;
        check(expect).await;
        run(repair).await;
        check(JournalKind::Capped).await;
    }
}

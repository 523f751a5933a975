//! Restoring what was erased, and erasing what is in the archive.

use bson::Document;
use serde_json::json;
use tests::bucket::Bucket;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::{Get as _, PlainHttp};

use super::{DAY, cli, manifests, retention, run};
use crate::support::{Run, delivered};

/// What was erased does not come back by accident.
#[tokio::test]
async fn a_day_with_erased_records_comes_back_only_when_told() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    assert_eq!(cli(db, &bucket, &["archive", DAY]).await.code, Some(0));
    let erased = cli(db, &bucket, &["erase", "--uid", ORDER_UID, "--yes"]).await;
    assert!(erased.stdout.contains("erased 9 records of 2026-11-20"), "{erased:?}");
    assert!(!erased.stderr.contains("to be told which exports"), "it was told: {erased:?}");
    run(&retention(db, &bucket)).await;
    assert_eq!(manifests(&bucket).len(), 2);
    let dry = cli(db, &bucket, &["restore", DAY, "--dry-run"]).await;
    assert_eq!(dry.stdout, "2026-11-20: 45 records of 2 exports would be restored, each once\n", "{dry:?}");
    let refused = cli(db, &bucket, &["restore", DAY]).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(3), ""), "{refused:?}");
    let told = "2026-11-20 is not restored: 9 records of 2026-11-20 were erased after it was exported, the last at 2";
    assert!(refused.stderr.contains(told), "{refused:?}");
    assert_eq!(cli(db, &bucket, &["holds"]).await.stdout, "");
    let transaction = cli(db, &bucket, &["restore", "--uid", ORDER_UID]).await;
    assert_eq!((transaction.code, transaction.stdout.as_str()), (Some(3), ""), "{transaction:?}");
    let told = format!(
        "{ORDER_UID} is not restored: 9 records of 2026-11-20 were erased after it was exported, the last at 2"
    );
    assert!(transaction.stderr.contains(&told), "{transaction:?}");
    assert_eq!(cli(db, &bucket, &["pins"]).await.stdout, "");
    let told = cli(db, &bucket, &["restore", "--uid", ORDER_UID, "--with-erased"]).await;
    assert!(told.stdout.starts_with(&format!("{ORDER_UID}: 9 records of 1 day restored, pinned until 2")), "{told:?}");
    cli(db, &bucket, &["erase", "--uid", ORDER_UID, "--yes"]).await;

    let until = |run: &Run| run.stdout.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
    let hold = cli(db, &bucket, &["hold", DAY, "--keep", "12w"]).await;
    let told = cli(db, &bucket, &["restore", DAY, "--with-erased", "--keep", "1d"]).await;
    assert!(told.stdout.contains(": 27 records restored, 18 records there already, held until "), "{told:?}");
    let end = hold.stdout.split("until ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    assert_eq!(until(&told), end, "the longer hold keeps its end");
    let back = plain.get(&format!("/transactions/{ORDER_UID}")).await.body;
    assert_eq!(back["record_count"], json!(9), "{back}");
    cli(db, &bucket, &["erase", "--uid", ORDER_UID, "--yes"]).await;
    assert!(cli(db, &bucket, &["restore", DAY]).await.stderr.contains("18 records of 2026-11-20 were erased"));
}

#[tokio::test]
async fn a_transaction_comes_back_alone_and_erase_names_its_exports() {
    let (app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let before = plain.get(&format!("/transactions/{ORDER_UID}")).await.body;
    let count = before["records"].as_array().unwrap().len();
    run(&retention(db, &bucket)).await;
    let [of_day] = manifests(&bucket).try_into().unwrap();
    let erased = cli(db, &bucket, &["erase", "--uid", ORDER_UID]).await;
    assert_eq!(
        erased.stdout,
        format!("there is nothing to erase\ncannot erase from the archive: s3://b/{of_day} ({DAY}) may have it\n")
    );
    let unknown = cli(db, &bucket, &["erase", "--uid", "no-such-uid"]).await;
    assert_eq!(unknown.stdout, "there is nothing to erase\n");
    let field = cli(db, &bucket, &["erase", "--field", "a=b"]).await;
    assert_eq!(
        field.stdout,
        format!("there is nothing to erase\ncannot erase from the archive: 1 export of {DAY} to {DAY} may have it\n")
    );

    for args in [
        &["restore", "--uid", ORDER_UID][..],
        &["restore", "--uid", &ORDER_UID.to_uppercase(), "--day", DAY, "--keep", "1w"],
        &["restore", "--uid", ORDER_UID, "--reason", "incident 17"],
        &["restore", "--uid", ORDER_UID],
    ] {
        let restored = cli(db, &bucket, args).await;
        assert_eq!(restored.code, Some(0), "{restored:?}");
        let told = format!(": {count} records of 1 day restored, pinned until ");
        assert!(restored.stdout.contains(&told), "{}", restored.stdout);
    }
    let after = plain.get(&format!("/transactions/{ORDER_UID}")).await.body;
    assert_eq!(after["records"], before["records"]);
    let found = plain.get("/logs?from=2026-11-01&limit=100").await.body;
    assert_eq!(found["records"].as_array().map(Vec::len), Some(count), "only its records are back");
    let pins = plain.get("/pins").await.body;
    assert_eq!(pins["pins"][0]["reason"], json!("incident 17"), "the last that was given: {pins}");
    assert_eq!(pins["pins"].as_array().map(Vec::len), Some(1));
    assert_eq!(cli(db, &bucket, &["restore", "--uid", "no-such-uid"]).await.code, Some(4));

    // The copies are archived like records of a day, and come back when the day is gone from the archive, too.
    let archived = cli(db, &bucket, &["archive", "--uid", ORDER_UID]).await;
    assert_eq!(archived.code, Some(0), "{archived:?}");
    assert!(
        archived.stdout.starts_with(&format!("{ORDER_UID}: exported, {count} records in 1 part, ")),
        "{}",
        archived.stdout
    );
    for key in bucket.keys().iter().filter(|key| key.contains(DAY)) {
        bucket.remove(key);
    }
    for collection in ["pins", "pinned"] {
        db.database().collection::<Document>(collection).drop().await.unwrap();
    }
    let restored = cli(db, &bucket, &["restore", "--uid", ORDER_UID, "--reason", "audit"]).await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let plain = PlainHttp::start(db.env()).await;
    assert_eq!(plain.get(&format!("/transactions/{ORDER_UID}")).await.body["records"], before["records"]);
    assert_eq!(plain.get("/pins").await.body["pins"][0]["reason"], json!("audit"));
}

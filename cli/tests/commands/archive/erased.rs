//! Restoring what was erased, and erasing what is in the archive.

use bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::bucket::Bucket;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Get as _, PlainHttp};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

use super::{DAY, PREFIX, cli, manifests, retention, run};
use crate::support::{Run, delivered, logbraid};

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
    let dry = cli(db, &bucket, &["restore", DAY, "--dry-run", "--with-erased"]).await;
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
    assert!(cli(db, &bucket, &["restore", DAY]).await.stderr.contains("27 records of 2026-11-20 were erased"));
}

/// MongoDB knows it of a day that it had only pinned copies of, also if the erasure was interrupted.
#[tokio::test]
async fn a_day_whose_pinned_copies_were_erased_comes_back_only_when_told() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
    let plain = PlainHttp::start(app.db.env().into_iter().chain([pins])).await;
    let pinned = Run::of(logbraid(plain.base(), &["pin", ORDER_UID, "--reason", "incident"])).await;
    assert_eq!(pinned.code, Some(0), "{pinned:?}");
    let (db, bucket) = (&app.db, Bucket::empty().await);
    assert_eq!(run(&retention(db, &bucket)).await["dropped"], json!([DAY]));

    FailCommand::refuse_on(db, "delete", "pinned", 1_000, 13).await;
    let interrupted = cli(db, &bucket, &["erase", "--uid", ORDER_UID, "--yes"]).await;
    FailCommand::disarm(db).await;
    assert_eq!(interrupted.code, Some(1), "{interrupted:?}");
    let refuse = async |erased: u64| {
        let told =
            format!("is not restored: {erased} records of {DAY} were erased after it was exported, the last at 2");
        for args in [&["restore", DAY][..], &["restore", "--uid", ORDER_UID]] {
            let refused = cli(db, &bucket, args).await;
            assert_eq!((refused.code, refused.stdout.as_str()), (Some(3), ""), "{refused:?}");
            assert!(refused.stderr.contains(&told), "{refused:?}");
        }
    };
    refuse(9).await;
    let erased = cli(db, &bucket, &["erase", "--uid", ORDER_UID, "--yes"]).await;
    assert!(erased.stdout.contains("\nerased 1 pin\nerased 9 pinned copies\n"), "{erased:?}");
    refuse(18).await;
    let erasures = db.database().collection::<Document>("erasures");
    let entry = erasures.find_one(doc! { "finished": true }).await.unwrap().unwrap();
    assert_eq!(entry.get_array("pinned_days").unwrap(), &[doc! { "day": DAY, "records": 9_i64 }.into()]);

    // What was erased while the day was exported may be in the export.
    let [manifest] = manifests(&bucket).try_into().unwrap();
    let manifest: Value = serde_json::from_slice(&bucket.object(&manifest).unwrap()).unwrap();
    let started: jiff::Timestamp = manifest["started"].as_str().unwrap().parse().unwrap();
    let at = bson::DateTime::from_millis(started.as_millisecond());
    erasures.update_many(doc! {}, doc! { "$set": { "at": at } }).await.unwrap();
    refuse(18).await;
    let told = cli(db, &bucket, &["restore", DAY, "--with-erased"]).await;
    assert!(told.stdout.contains(": 27 records restored, held until "), "{told:?}");
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

/// What nobody can erase from is named: also the export of a transaction with another uid, and what is no export any more.
#[tokio::test]
async fn erase_names_all_that_it_cannot_reach() {
    let (app, _plain) = delivered(&fixtures::order(Python::V311)).await;
    let (db, bucket) = (&app.db, Bucket::empty().await);
    let stream = Stream::new("traces", 1);
    let record = json!({ "created": 1_795_176_000, "message": "m", "log_uid": "request-1", "trace_id": "trace-9" });
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    fixtures::put(&stream, &[Payload::bytes(time, record.to_string())]);
    app.deliver(&stream).await;
    assert_eq!(cli(db, &bucket, &["archive", "--uid", "trace-9"]).await.code, Some(0));
    let [of_trace] = manifests(&bucket).try_into().unwrap();
    assert_eq!(cli(db, &bucket, &["archive", DAY]).await.code, Some(0));
    let [of_day, _] = manifests(&bucket).try_into().unwrap();

    let listed = cli(db, &bucket, &["archive", "--list"]).await;
    let [day, trace] = listed.stdout.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(day.starts_with("2026-11-20: 28 records in 1 part, ") && day.ends_with(&of_day), "{listed:?}");
    assert!(trace.starts_with("trace-9: 1 record in 1 part, ") && trace.ends_with(&of_trace), "{listed:?}");
    let listed = cli(db, &bucket, &["archive", "--list", DAY]).await;
    assert_eq!(listed.stdout.lines().count(), 1, "{listed:?}");

    let told = async |args: &[&str]| {
        let run = cli(db, &bucket, &[&["erase"], args].concat()).await;
        let said = run.stdout.lines().filter_map(|line| line.strip_prefix("cannot erase from the archive: "));
        said.map(str::to_owned).collect::<Vec<_>>()
    };
    let of_transactions = format!("{PREFIX}kinesis_logs_transactions/");
    let by_field = [
        "1 export of 2026-11-20 to 2026-11-20 may have it".to_owned(),
        format!("1 export of transactions may have it: s3://b/{of_transactions}"),
    ];
    assert_eq!(told(&["--field", "a=b"]).await, by_field);
    let by_uid =
        [format!("s3://b/{of_day} (2026-11-20) may have it"), format!("s3://b/{of_trace} (trace-9) may have it")];
    for uid in ["request-1", "trace-9"] {
        assert_eq!(told(&["--uid", uid]).await, by_uid, "{uid}");
    }
    assert_eq!(told(&["--uid", ORDER_UID]).await, by_uid[..1]);

    let bodies = [&of_day, &of_trace].map(|manifest| bucket.object(manifest).unwrap());
    for manifest in [&of_day, &of_trace] {
        bucket.replace(manifest, b"{}".to_vec());
    }
    let damaged = [
        format!("s3://b/{of_day} (2026-11-20) is damaged, and its parts may have it"),
        format!("s3://b/{of_trace} (a transaction) is damaged, and its parts may have it"),
    ];
    let listed = cli(db, &bucket, &["archive", "--list"]).await;
    assert_eq!((listed.code, listed.stderr.matches("is damaged").count()), (Some(3), 2), "{listed:?}");
    for args in [["--field", "a=b"], ["--uid", ORDER_UID]] {
        assert_eq!(told(&args).await, damaged, "{args:?}");
    }
    // Another transaction's manifest is damage, too.
    bucket.replace(&of_trace, bodies[0].clone());
    assert_eq!(told(&["--field", "a=b"]).await, damaged);

    for manifest in [&of_day, &of_trace] {
        bucket.remove(manifest);
    }
    let folder = |manifest: &str| manifest.strip_suffix("manifest.json").unwrap().to_owned();
    let lost = [
        format!("s3://b/{} (2026-11-20) has parts without a manifest, which may have it", folder(&of_day)),
        format!("s3://b/{} (a transaction) has parts without a manifest, which may have it", folder(&of_trace)),
    ];
    for args in [["--field", "a=b"], ["--uid", ORDER_UID]] {
        assert_eq!(told(&args).await, lost, "{args:?}");
    }
}

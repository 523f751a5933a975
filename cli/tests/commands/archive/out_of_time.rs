//! Retention whose time is up while it exports.

use std::time::Duration;

use serde_json::json;
use tests::bucket::Bucket;
use tests::mongo::TestDb;

use super::{DAY, all, cli, manifests, many, retention, run};

/// How much more than the margin of a minute the run has, and how long the bucket then takes for the first part.
const MORE_THAN_MARGIN: Duration = Duration::from_secs(6);
const PART_TAKES: Duration = Duration::from_secs(7);

/// What is exported stays, and the next run goes on with it.
#[tokio::test]
async fn an_export_goes_on_in_the_next_run() {
    let db = TestDb::new().await;
    let bucket = Bucket::empty().await;
    let before = many(&db).await;
    let function = retention(&db, &bucket);
    function.start_one().await.unwrap();
    let mut is_first = true;
    bucket.on_put(move |_| {
        if std::mem::take(&mut is_first) {
            // A slow bucket.
            std::thread::sleep(PART_TAKES);
        }
    });
    let report = function.invoke(&json!({}), Duration::from_mins(1) + MORE_THAN_MARGIN).await.unwrap();
    assert_eq!((&report["dropped"], &report["left"]), (&json!([]), &json!(1)), "{report}");
    let (day, records) = (&report["exporting"]["day"], report["exporting"]["records"].as_u64());
    assert!(day == DAY && records.is_some_and(|records| (1..2_400).contains(&records)), "{report}");
    assert_eq!((all(&db, DAY).await, manifests(&bucket)), (before.clone(), Vec::new()));
    let parts: Vec<String> = bucket.keys().into_iter().filter(|key| key.contains("/part-")).collect();
    assert!(!parts.is_empty());

    let report = run(&function).await;
    assert_eq!((&report["dropped"], &report["archived"][0]["records"]), (&json!([DAY]), &json!(2_400)), "{report}");
    let [manifest] = manifests(&bucket).try_into().unwrap();
    let manifest = String::from_utf8(bucket.object(&manifest).unwrap()).unwrap();
    for part in &parts {
        assert!(manifest.contains(part.as_str()), "{part}: {manifest}");
    }
    let restored = cli(&db, &bucket, &["restore", DAY]).await;
    assert_eq!((restored.code, all(&db, DAY).await), (Some(0), before), "{restored:?}");
}

//! A tenant's records are counted by day, which takes time.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::app::TestApp;
use tests::mongo::{FailCommand, OwnServer};
use tests::runtime_api::Function;

use super::stage::{ask, file, tenants_env};

/// MongoDB's code for a query whose time is up.
const MAX_TIME_EXPIRED: i32 = 50;

fn add(days: &mut BTreeMap<String, u64>, answer: &Value) {
    for day in answer["days"].as_array().expect("days") {
        *days.entry(day["day"].as_str().expect("a day").to_owned()).or_default() +=
            day["records"].as_u64().expect("a count");
    }
}

#[tokio::test]
async fn days_that_could_not_be_counted_are_counted_next() {
    let server = OwnServer::start();
    let mut app = TestApp::on(&server).await;
    app.query = Function::new("query", app.db.env().into_iter().chain(tenants_env()));
    file(&app, true).await;
    let days = async |target: &str| ask(&app.query, "acme", "GET", target).await.json();
    let (mut expect, mut found) = (BTreeMap::new(), BTreeMap::new());
    add(&mut expect, &days("/days").await);
    assert_eq!((expect.len(), expect.values().sum::<u64>()), (10, 30), "{expect:?}");

    FailCommand::refuse_on(&app.db, "aggregate", "kinesis_logs_2026-11-15", 1_000, MAX_TIME_EXPIRED).await;
    let cut = days("/days").await;
    FailCommand::disarm(&app.db).await;
    assert_eq!(cut["cut"]["reason"], "time_limit", "{cut}");
    add(&mut found, &cut);
    assert_eq!(found.first_key_value().map(|(day, _)| day.as_str()), Some("2026-11-16"), "{cut}");
    let rest = days(cut["next"].as_str().expect("an address")).await;
    assert_eq!((rest.get("next"), rest.get("cut")), (None, None), "{rest}");
    add(&mut found, &rest);
    assert_eq!(found, expect);
}

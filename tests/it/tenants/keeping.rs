//! Each tenant has its own pins, and they keep its own records.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::Payload;
use tests::kinesis::Stream;
use tests::runtime_api::Function;

use super::stage::{ALL, MARK, app, ask, authorizer, deliver, event, send};

const UID: &str = "order-1";

fn ago(days: i64) -> String {
    (Timestamp::now().to_zoned(TimeZone::UTC).date() - days.days()).to_string()
}

async fn file(app: &TestApp, stream: &str, records: &[(i64, &str, &str)]) {
    let payloads: Vec<Payload> = records
        .iter()
        .map(|(days, tenant, message)| {
            let time: Timestamp = format!("{}T10:00:00Z", ago(*days)).parse().expect("a time");
            let record = json!({ "created": time.as_second(), "tenant": tenant, "log_uid": UID, "message": message });
            Payload::bytes(time, record.to_string())
        })
        .collect();
    deliver(app, &Stream::new(stream, 1), &payloads).await;
}

async fn pin(app: &TestApp, tenant: &str, reason: &str) -> Value {
    let mut request = event("PUT", &format!("/transactions/{UID}/pin"), &authorizer(tenant));
    request["body"] = json!({ "reason": reason }).to_string().into();
    let heard = send(&app.query, &request).await;
    assert_eq!(heard.status, 200, "{heard:?}");
    heard.json()
}

/// Returns the messages that a tenant finds, in order of the alphabet.
async fn messages(app: &TestApp, tenant: &str) -> Vec<String> {
    let found = ask(&app.query, tenant, "GET", &format!("/transactions/{UID}")).await.json();
    let records = found["records"].as_array().cloned().unwrap_or_default();
    let mut messages: Vec<String> =
        records.iter().map(|record| record["message"].as_str().expect("text").to_owned()).collect();
    messages.sort();
    messages
}

async fn drop_old_days(app: &TestApp) {
    let days = ("LOGBRAID_RETENTION_DAYS".to_owned(), "40".to_owned());
    let function = Function::new("retention", app.db.env().into_iter().chain([days]));
    function.invoke(&json!({}), Duration::from_mins(1)).await.expect("a reply");
    app.query.recycle();
}

#[tokio::test]
async fn a_pin_keeps_the_records_of_who_pinned() {
    let app = app().await;
    let umbra = format!("{MARK} old");
    file(&app, "one", &[(50, "acme", "old"), (50, "umbra", &umbra), (5, "acme", "new"), (5, "umbra", MARK)]).await;
    let pinned = pin(&app, "acme", "of acme").await;
    assert_eq!((&pinned["records"], pinned.get("tenant")), (&json!(2), None), "{pinned}");
    assert_eq!(pin(&app, "umbra", MARK).await["records"], json!(2));
    // What comes late is copied before its day is dropped, for each of them.
    let late = format!("{MARK} late");
    file(&app, "two", &[(50, "acme", "late"), (50, "umbra", &late), (50, "other", "nobody pinned it")]).await;
    drop_old_days(&app).await;
    assert_eq!(app.db.days().await, [ago(5)]);
    assert_eq!(messages(&app, "acme").await, ["late", "new", "old"]);
    assert_eq!(messages(&app, "umbra").await.len(), 3);
    assert_eq!(messages(&app, ALL).await.len(), 6);
    let shown = ask(&app.query, "acme", "GET", &format!("/transactions/{UID}")).await;
    let own = &shown.json()["pinned"];
    assert_eq!((&own["reason"], own.get("tenant")), (&json!("of acme"), None), "{shown:?}");
    let listed = ask(&app.query, "acme", "GET", "/pins").await.json();
    assert_eq!((listed["pins"].as_array().map(Vec::len), listed["pins"][0].get("tenant")), (Some(1), None), "{listed}");
    assert!(!shown.is_marked(), "{shown:?}");

    // Who sees everything sees whose pins they are.
    let pins = ask(&app.query, ALL, "GET", "/pins").await.json();
    let mut whose: Vec<_> = pins["pins"].as_array().expect("pins").iter().map(|pin| pin["tenant"].clone()).collect();
    whose.sort_by_key(Value::to_string);
    assert_eq!(whose, [json!("acme"), json!("umbra")], "{pins}");

    // One's end is not the other's.
    let ended = ask(&app.query, "acme", "DELETE", &format!("/transactions/{UID}/pin")).await;
    assert_eq!(ended.status, 204, "{ended:?}");
    assert_eq!(messages(&app, "acme").await, ["new"]);
    assert_eq!(messages(&app, "umbra").await.len(), 3);
    for method in ["GET", "DELETE"] {
        let heard = ask(&app.query, "acme", method, &format!("/transactions/{UID}/pin")).await;
        assert_eq!((heard.status, heard.is_marked()), (404, false), "{heard:?}");
    }
    assert_eq!(ask(&app.query, "umbra", "GET", "/pins").await.json()["pins"].as_array().map(Vec::len), Some(1));
    assert_eq!(ask(&app.query, "acme", "GET", "/pins").await.json(), json!({ "pins": [] }));
    // Who sees everything ends those of all.
    assert_eq!(ask(&app.query, ALL, "DELETE", &format!("/transactions/{UID}/pin")).await.status, 204);
    assert_eq!(messages(&app, "umbra").await, [MARK]);
    let left = app.db.database().collection::<Document>("pinned").count_documents(doc! {}).await.expect("counted");
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_pin_of_all_shows_a_tenant_only_its_records() {
    let app = app().await;
    file(&app, "one", &[(50, "acme", "old"), (50, "umbra", MARK), (5, "acme", "new")]).await;
    let pinned = pin(&app, ALL, MARK).await;
    assert_eq!(pinned["records"], json!(3), "{pinned}");
    drop_old_days(&app).await;
    let shown = ask(&app.query, "acme", "GET", &format!("/transactions/{UID}")).await;
    assert!(!shown.is_marked(), "{shown:?}");
    assert_eq!((shown.json()["record_count"].clone(), shown.json().get("pinned").cloned()), (json!(2), None));
    assert_eq!(messages(&app, "umbra").await, [MARK]);
    let days = ask(&app.query, "acme", "GET", "/days").await.json();
    let own = |day: String| json!({ "day": day, "records": 1, "bytes": null });
    assert_eq!(days, json!({ "days": [own(ago(5)), own(ago(50))] }));
    // A tenant does not end it.
    assert_eq!(ask(&app.query, "acme", "DELETE", &format!("/transactions/{UID}/pin")).await.status, 404);
    // A record alone is found only by its owner.
    let all = ask(&app.query, ALL, "GET", &format!("/transactions/{UID}")).await.json();
    for record in all["records"].as_array().expect("records") {
        app.query.recycle();
        let id = record["id"].as_str().expect("an id");
        let heard = ask(&app.query, "acme", "GET", &format!("/logs/{id}")).await;
        assert_eq!((heard.status == 200, heard.is_marked()), (record["tenant"] == "acme", false), "{heard:?}");
    }
}

#[tokio::test]
async fn a_tenant_has_so_many_pins_and_takes_no_others_place() {
    let app = app().await;
    file(&app, "one", &[(5, "acme", "new"), (5, "umbra", "new")]).await;
    let pins = app.db.database().collection::<Document>("pins");
    let of =
        |number: i32| doc! { "_id": { "uid": number.to_string(), "field": "tenant", "tenant": "acme" }, "begun": null };
    pins.insert_many((0..100).map(of)).await.expect("inserted");
    let full = ask(&app.query, "acme", "PUT", &format!("/transactions/{UID}/pin")).await;
    assert_eq!((full.status, &full.json()["type"]), (409, &json!("/problems/cannot-pin")), "{full:?}");
    pin(&app, "umbra", "own").await;
}

//! A record is a tenant's if its field is exactly the tenant's name.

use serde_json::{Value, json};
use tests::kinesis::Stream;
use tests::runtime_api::Function;

use super::stage::{app, ask, deliver, record, tenants_env};

/// Files records with these fields, each with its number as the message. Returns the numbers of those that the tenant sees.
async fn seen(field: &str, tenant: &str, records: &[Value]) -> Vec<usize> {
    let app = app().await;
    let payloads: Vec<_> = records
        .iter()
        .enumerate()
        .map(|(number, fields)| {
            let mut fields = fields.clone();
            fields["message"] = json!(number.to_string());
            if fields.get("tenant").is_none() {
                fields["tenant"] = json!("somebody");
            }
            record("field", number, 12, &fields)
        })
        .collect();
    deliver(&app, &Stream::new("stream-1", 1), &payloads).await;
    let own = [("LOGBRAID_TENANT_FIELD".to_owned(), field.to_owned())];
    let query = Function::new("query", app.db.env().into_iter().chain(tenants_env()).chain(own));
    let listed = ask(&query, tenant, "GET", "/logs?from=2020-01-01&to=2030-01-01&order=oldest").await;
    assert_eq!(listed.status, 200, "{listed:?}");
    let listed = listed.json();
    let records = listed["records"].as_array().expect("records").iter();
    records.map(|record| record["message"].as_str().and_then(|text| text.parse().ok()).expect("a number")).collect()
}

#[tokio::test]
async fn the_text_decides_exactly() {
    let records = [
        json!({ "tenant": "acme" }),
        json!({ "tenant": "Acme" }),
        json!({ "tenant": "acme " }),
        json!({ "tenant": ["acme"] }),
        json!({ "tenant": [["acme"]] }),
        json!({ "tenant": ["acme", "umbra"] }),
        json!({ "tenant": { "name": "acme" } }),
        json!({ "tenant": null, "tenant.": "acme" }),
        json!({ "Tenant": "acme" }),
        json!({ "extra": { "tenant": "acme" } }),
    ];
    assert_eq!(seen("tenant", "acme", &records).await, [0]);
    assert_eq!(seen("tenant", "{\"$ne\":\"\"}", &records).await, Vec::<usize>::new());
    assert_eq!(seen("tenant", "$ne", &[json!({ "tenant": "$ne" }), json!({ "tenant": "x" })]).await, [0]);
    assert_eq!(seen("tenant", "1", &[json!({ "tenant": 1 }), json!({ "tenant": "1" })]).await, [1]);
}

#[tokio::test]
async fn a_path_means_all_of_its_places() {
    let records = [
        json!({ "a": { "b": "acme" } }),
        json!({ "a.b": "acme" }),
        json!({ "a.b": "acme", "a": { "b": "acme" } }),
        json!({ "a.b": "acme", "a": { "c": 1 } }),
        // Of two tenants, so of none.
        json!({ "a.b": "acme", "a": { "b": "umbra" } }),
        json!({ "a.b": "umbra", "a": { "b": "acme" } }),
        json!({ "a.b": ["acme"] }),
        json!({ "a": { "b": ["acme"] } }),
        json!({ "a": [{ "b": "acme" }] }),
        json!({ "a": [{ "b": "acme" }, { "b": "umbra" }] }),
        json!({ "a": { "b": { "b": "acme" } } }),
        json!({ "a": "acme", "b": "acme" }),
        json!({ "a.b": "umbra" }),
        json!({}),
    ];
    assert_eq!(seen("a.b", "acme", &records).await, [0, 1, 2, 3]);
    assert_eq!(seen("a.b", "$a", &records).await, Vec::<usize>::new());
}

/// No sender can write where a record came from.
#[tokio::test]
async fn the_stream_may_be_the_tenant() {
    let records = [
        json!({}),
        json!({ "source": { "stream": "other" } }),
        json!({ "source": "stream-1" }),
        json!({ "source.stream": "stream-1" }),
        json!({ "source.stream": "other" }),
    ];
    // A sender that names another stream has only hidden its own record.
    assert_eq!(seen("source.stream", "stream-1", &records).await, [0, 1, 2, 3]);
    assert_eq!(seen("source.stream", "other", &records).await, Vec::<usize>::new());
}

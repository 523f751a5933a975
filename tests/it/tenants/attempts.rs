//! Every operation of the API's description, with every parameter: a tenant gets the same answer as if it were alone.

use serde_json::{Value, json};
use tests::app::TestApp;

use super::stage::{ALL, FOREIGN, Heard, SHARED, TRACE, app, ask, event, file, send};

const SPAN: &str = "from=2026-11-01&to=2026-12-01";
/// They say the same to everybody, so they need no tenant.
pub(super) const FOR_ALL: [&str; 3] = ["/openapi.json", "/healthz", "/ui/config.json"];
/// They are about the records of all together.
const NOT_FOR_TENANTS: [&str; 1] = ["/quarantine"];

/// Returns the description of the API, as the function tells it.
pub(super) async fn description(app: &TestApp) -> Value {
    let told = send(&app.query, &event("GET", "/openapi.json", &Value::Null)).await;
    assert_eq!(told.status, 200);
    told.json()
}

/// Returns the places that the parameters of a path may stand for.
pub(super) fn targets(path: &str, ids: &[String]) -> Vec<String> {
    let with = |name: &str, values: &[&str]| values.iter().map(|value| path.replace(name, value)).collect();
    let span = |more: &str| vec![format!("{path}?{SPAN}{more}")];
    match path {
        "/transactions/{log_uid}" | "/transactions/{log_uid}/outline" => {
            with("{log_uid}", &[SHARED, FOREIGN, TRACE, "a-0", "ORDER-1", "U-77", "tenant", "umbra", "$ne"])
        }
        "/transactions/{log_uid}/pin" => with("{log_uid}", &[SHARED, FOREIGN, TRACE, "a-0", "U-77", "x"]),
        "/logs/{id}" => ids.iter().map(|id| path.replace("{id}", id)).collect(),
        "/transactions" | "/logs" | "/services" => span(""),
        "/histogram" => span("&bucket=1d"),
        "/values" => ["reference", "tenant", "message", "log_uid", "source.stream", "service", "source.ids", "_id"]
            .iter()
            .flat_map(|name| span(&format!("&name={name}")))
            .collect(),
        "/logs/tail" => vec![format!("{path}?after=0"), path.to_owned()],
        "/pins" | "/days" | "/quarantine" | "/openapi.json" | "/healthz" | "/ui/config.json" => vec![path.to_owned()],
        _ => panic!("{path} is new: say here how a tenant may try to see the records of others through it"),
    }
}

/// Returns what to try with a parameter.
fn attempts(name: &str, cursors: &[String]) -> Vec<String> {
    let with = |values: &[&str]| values.iter().map(|value| format!("{name}={value}")).collect();
    match name {
        "from" | "to" => with(&["2026-11-15", "2026-11-09", "2026-11-30"]),
        "level" => with(&["ERROR", "DEBUG"]),
        "service" | "not.service" => with(&["shop", "billing", "billing,shop"]),
        "logger" | "not.logger" => with(&["shop", "shop.web"]),
        "host" | "not.host" => with(&["host-1", "host-2"]),
        "log_uid" => with(&[SHARED, FOREIGN, TRACE]),
        "q" | "not.q" => with(&["findme", "find*", "umbra", "/find.*/", "/(?i)UMBRA/", "0", "/.*/"]),
        "field.NAME" => [
            "field.tenant=umbra",
            "field.tenant!=acme",
            "field.tenant>=a",
            "field.tenant:exists=true",
            "field.tenant:exists=false",
            "field.tenant=acme&field.tenant=umbra",
            "field.tenant.0=umbra",
            "field.$or=1",
            "field._id:exists=true",
            "field.source.stream:exists=true",
            "field.reference:exists=true",
        ]
        .map(str::to_owned)
        .to_vec(),
        "not.field.NAME" => ["not.field.tenant=acme", "not.field.tenant:exists=true", "not.field.tenant=umbra"]
            .map(str::to_owned)
            .to_vec(),
        "after" => cursors.iter().map(|cursor| format!("after={cursor}")).collect(),
        "format" => with(&["json", "ndjson", "text"]),
        "fields" => with(&["tenant,message,reference,source", "message"]),
        "follow" => with(&["1", "0"]),
        "min_duration_ms" => with(&["0", "1000"]),
        "sort" => with(&["newest", "slowest"]),
        "order" => with(&["newest", "oldest"]),
        "limit" => with(&["1", "3", "200"]),
        "bins" => with(&["1", "400"]),
        "by" => with(&["service", "host", "process"]),
        "around" => with(&["0", "1", "100"]),
        "bucket" => with(&["1h", "52w"]),
        "name" => with(&["reference", "tenant"]),
        "reason" => with(&["bad_json"]),
        _ => panic!("{name} is new: say here how a tenant may try to see the records of others through it"),
    }
}

/// What no operation knows.
const UNKNOWN: [&str; 8] = [
    "tenant=umbra",
    "tenant=*",
    "custom:tenant=umbra",
    "claims.tenant=umbra",
    "scope=everything",
    "tenant[$ne]=acme",
    "$where=1",
    "field.tenant=umbra&tenant=umbra",
];

/// Returns the names of an operation's parameters in the query string.
fn parameters(document: &Value, operation: &Value) -> Vec<String> {
    let given = operation["parameters"].as_array().into_iter().flatten();
    let resolved =
        given.map(|own| own["$ref"].as_str().map_or(own, |to| document.pointer(&to[1..]).expect("it is there")));
    let in_query = resolved.filter(|parameter| parameter["in"] == "query");
    in_query.map(|parameter| parameter["name"].as_str().expect("a name").to_owned()).collect()
}

/// Adds to the query string, in place of a parameter of the same name.
fn added(target: &str, more: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let name = more.split('=').next().unwrap_or_default();
    let kept: Vec<&str> =
        query.split('&').filter(|own| !own.is_empty() && own.split('=').next() != Some(name)).collect();
    format!("{path}?{}", [&kept[..], &[more]].concat().join("&"))
}

/// Returns an answer without what is another each time: the ids of the journal's entries and the time of the request.
fn steady(target: &str, heard: &Heard) -> (u64, Value, Value) {
    let mut body = heard.json();
    let mut headers = heard.headers.clone();
    let is_tail = target.starts_with("/logs/tail");
    let after = |address: &str| {
        let (_, after) = address.split_once("after=").unwrap_or_default();
        after.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    for next in [body.get_mut("next"), headers.get_mut("link")].into_iter().flatten() {
        *next = next.as_str().map(|address| if is_tail { String::new() } else { after(address) }).into();
    }
    for time in ["reached", "pinned_at"] {
        if let Some(time) = body.get_mut(time) {
            *time = json!("now");
        }
    }
    let pins = body.get_mut("pins").and_then(Value::as_array_mut).into_iter().flatten();
    pins.for_each(|pin| pin["pinned_at"] = json!("now"));
    if let Some(pinned) = body.get_mut("pinned") {
        pinned["pinned_at"] = json!("now");
        headers["etag"] = json!("of the pin");
    }
    let body = if body.is_null() { json!(heard.text) } else { body };
    // The length of times and addresses.
    headers.as_object_mut().expect("headers").remove("content-length");
    (heard.status, headers, body)
}

/// Returns the ids of the newest records that somebody sees.
async fn ids(app: &TestApp, tenant: &str, count: usize) -> Vec<String> {
    let listed = ask(&app.query, tenant, "GET", &format!("/logs?{SPAN}&limit=200")).await.json();
    let records = listed["records"].as_array().expect("records").iter();
    let own = records.filter(|record| tenant == ALL || record["tenant"] == tenant);
    own.step_by(5).take(count).map(|record| record["id"].as_str().expect("an id").to_owned()).collect()
}

/// Returns the cursors that answers to the other tenant name, and ids of its records.
async fn foreign_cursors(app: &TestApp) -> Vec<String> {
    let mut cursors = ids(app, "umbra", 2).await;
    for target in [
        format!("/logs?{SPAN}&limit=3"),
        format!("/transactions?{SPAN}&limit=1"),
        format!("/transactions/{SHARED}?limit=2"),
        "/logs/tail?after=0&limit=3".to_owned(),
    ] {
        let next =
            ask(&app.query, "umbra", "GET", &target).await.json()["next"].as_str().expect("a next page").to_owned();
        let (_, after) = next.split_once("after=").expect("a cursor");
        cursors.push(after.split('&').next().unwrap_or_default().to_owned());
    }
    cursors
}

#[tokio::test]
async fn a_tenant_gets_the_answers_that_it_would_get_alone() {
    let (mixed, alone) = (app().await, app().await);
    file(&mixed, true).await;
    file(&alone, false).await;
    for uid in [SHARED, FOREIGN, TRACE] {
        let mut pin = event("PUT", &format!("/transactions/{uid}/pin"), &super::stage::authorizer("umbra"));
        pin["body"] = json!({ "reason": super::stage::MARK }).to_string().into();
        assert_eq!(send(&mixed.query, &pin).await.status, 200, "{uid}");
    }
    let own = ids(&alone, "acme", 3).await;
    let ids = [ids(&mixed, "umbra", 3).await, own].concat();
    let cursors = foreign_cursors(&mixed).await;
    let description = description(&mixed).await;
    let (mut asked, mut found) = (0, 0);
    // Who removes something comes last.
    for method in ["get", "put", "delete"] {
        for (path, operations) in description["paths"].as_object().expect("paths") {
            for known in operations.as_object().expect("operations").keys() {
                assert!(["get", "put", "delete", "parameters", "summary"].contains(&known.as_str()), "{known} {path}");
            }
            let Some(operation) = operations.get(method) else { continue };
            let names = parameters(&description, operation);
            for (number, target) in targets(path, &ids).into_iter().enumerate() {
                let tries = names.iter().flat_map(|name| attempts(name, &cursors));
                let all: Vec<String> = tries.chain(UNKNOWN.map(str::to_owned)).collect();
                // Everything at the first place; at the others what leads to further records.
                let further = |more: &String| ["follow=1", "around=100", "after=0"].contains(&more.as_str());
                let tries: Vec<String> = all.into_iter().filter(|more| number == 0 || further(more)).collect();
                let all = std::iter::once(target.clone()).chain(tries.iter().map(|more| added(&target, more)));
                for target in all {
                    let method = method.to_uppercase();
                    let heard = ask(&mixed.query, "acme", &method, &target).await;
                    assert!(!heard.is_marked(), "{method} {target}: {heard:?}");
                    if path != "/logs/tail" || !target.contains("after=") || target.contains("after=0") {
                        // Another journal does not know the cursor.
                        let expect = ask(&alone.query, "acme", &method, &target).await;
                        assert_eq!(steady(&target, &heard), steady(&target, &expect), "{method} {target}");
                    }
                    asked += 1;
                    found += usize::from(heard.text.contains("acmemark"));
                }
            }
        }
    }
    assert!(asked > 400 && found > 100, "{found} of {asked} answers have records");
    let pins = ask(&mixed.query, "umbra", "GET", "/pins").await.json();
    assert_eq!(pins["pins"].as_array().map(Vec::len), Some(3), "{pins}");
}

/// Without this the test above would hold for answers that show nothing to anybody.
#[tokio::test]
async fn who_sees_everything_sees_more_at_every_path() {
    let app = app().await;
    file(&app, true).await;
    for tenant in ["acme", "umbra"] {
        let mut pin = event("PUT", &format!("/transactions/{SHARED}/pin"), &super::stage::authorizer(tenant));
        pin["body"] =
            json!({ "reason": if tenant == "umbra" { super::stage::MARK } else { "of acme" } }).to_string().into();
        assert_eq!(send(&app.query, &pin).await.status, 200, "{tenant}");
    }
    let ids = ids(&app, "umbra", 1).await;
    let description = description(&app).await;
    for path in description["paths"].as_object().expect("paths").keys().filter(|path| !FOR_ALL.contains(&path.as_str()))
    {
        let target = targets(path, &ids).remove(0);
        let all = ask(&app.query, ALL, "GET", &target).await;
        let own = ask(&app.query, "acme", "GET", &target).await;
        assert_eq!(all.status, 200, "{target}: {all:?}");
        assert_ne!(steady(&target, &own), steady(&target, &all), "{target}");
        let has_texts = !["/days", "/histogram"].contains(&path.as_str());
        assert_eq!((all.is_marked(), own.is_marked()), (has_texts, false), "{target}: {all:?}");
        let is_refused = NOT_FOR_TENANTS.contains(&path.as_str());
        assert_eq!(is_refused, own.status == 403, "{target}: {own:?}");
    }
}

//! Two tenants' records in one database, and the functions' answers to each of them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, Payload};
use tests::http::api_gateway_event;
use tests::kinesis::Stream;
use tests::runtime_api::Function;

/// Only the other tenant's records have it, and no request does.
pub(super) const MARK: &str = "umbramark";
/// Both tenants use it.
pub(super) const SHARED: &str = "order-1";
/// Only the other tenant has records of it.
pub(super) const FOREIGN: &str = "u-77";
/// A further id that records of both tenants carry.
pub(super) const TRACE: &str = "trace-1";
/// The name that sees everything.
pub(super) const ALL: &str = "*";
const RUN: Duration = Duration::from_mins(1);

/// Returns the variables of a query function with tenants.
pub(crate) fn tenants_env() -> impl Iterator<Item = (String, String)> {
    let env = [
        ("LOGBRAID_API_AUTHORIZATION", "JWT"),
        ("LOGBRAID_JWT_ISSUER", "https://login.example.com"),
        ("LOGBRAID_JWT_CLIENT_ID", "page"),
        ("LOGBRAID_TENANT_CLAIM", "custom:tenant"),
        ("LOGBRAID_TENANT_ALL", ALL),
    ];
    env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// Returns an application whose query function knows tenants.
pub(super) async fn app() -> TestApp {
    let mut app = TestApp::start().await;
    app.query = Function::new("query", app.db.env().into_iter().chain(tenants_env()));
    app
}

/// Returns a record of a tenant. Its identity is its number.
pub(super) fn record(tenant: &str, number: usize, day: u32, more: &Value) -> Payload {
    let time: Timestamp = format!("2026-11-{day:02}T10:00:{:02}Z", number % 60).parse().expect("a time");
    let mut record = json!({
        "record_id": format!("{tenant}-{number}"), "created": time.as_second(), "level": "INFO", "tenant": tenant,
        "service": "shop", "logger": "shop.web", "fqdn": "host-1", "process": 7, "log_uid": SHARED,
    });
    for (name, value) in more.as_object().expect("an object") {
        record[name] = value.clone();
    }
    Payload::bytes(time, record.to_string())
}

/// The records of `acme`, on ten days, in two batches.
fn of_acme() -> [Vec<Payload>; 2] {
    let all: Vec<Payload> = (0..30)
        .map(|number| {
            let (day, is_error) = (11 + u32::try_from(number).expect("small") % 10, number % 7 == 0);
            let mut more = json!({ "message": format!("acmemark findme {number}"), "reference": number });
            match number % 3 {
                0 => more["log_uid"] = json!(format!("a-{number}")),
                1 => more["trace_id"] = json!(TRACE),
                _ => {}
            }
            if is_error {
                more["level"] = json!("ERROR");
            }
            record("acme", number, day, &more)
        })
        .collect();
    let (first, second) = all.split_at(15);
    [first.to_vec(), second.to_vec()]
}

/// The records of `umbra`, and those that nobody may see but who sees everything.
fn of_umbra() -> Vec<Payload> {
    let mut all: Vec<Payload> = (0..40)
        .map(|number| {
            let day = 9 + u32::try_from(number).expect("small") % 13;
            let mut more = json!({
                "message": format!("findme {MARK} {number}"), "reference": format!("{MARK} {number}"), "level": "ERROR",
                "service": (["shop", "billing", MARK][number % 3]), "name": MARK, "fqdn": (["host-1", MARK][number % 2]),
                "taskName": MARK,
            });
            match number % 4 {
                0 => more["log_uid"] = json!(FOREIGN),
                1 => more["trace_id"] = json!(TRACE),
                2 => (more["log_uid"], more["trace_id"]) = (json!(format!("{MARK}-{number}")), json!(TRACE)),
                _ => {}
            }
            record("umbra", number, day, &more)
        })
        .collect();
    let nobodys =
        [json!(["acme"]), json!(["acme", "umbra"]), json!({ "acme": 1 }), json!(1), json!(null), json!("ACME")];
    for (number, tenant) in nobodys.iter().enumerate() {
        all.push(record("nobody", number, 12, &json!({ "tenant": tenant, "message": format!("findme {MARK}") })));
    }
    all.push(Payload::bytes("2026-11-12T10:00:00Z".parse().expect("a time"), format!("{{\"message\": \"{MARK}\", ")));
    all
}

/// Delivers records from a stream.
pub(super) async fn deliver(app: &TestApp, stream: &Stream, payloads: &[Payload]) {
    fixtures::put(stream, payloads);
    app.deliver(stream).await;
}

/// Files the records of `acme`, and those of `umbra` in between if it is there.
pub(super) async fn file(app: &TestApp, with_umbra: bool) {
    let [first, second] = of_acme();
    deliver(app, &Stream::new("stream-1", 1), &first).await;
    if with_umbra {
        deliver(app, &Stream::new(MARK, 1), &of_umbra()).await;
    }
    deliver(app, &Stream::new("stream-2", 1), &second).await;
}

/// A reply, with what a client sees of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) status: u64,
    pub(super) headers: Value,
    pub(super) text: String,
}

impl Heard {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Whether something of the other tenant is in it.
    pub(super) fn is_marked(&self) -> bool {
        [&self.text, &self.headers.to_string()].iter().any(|text| text.to_lowercase().contains(MARK))
    }
}

/// Returns what API Gateway says of a token with this claim.
pub(super) fn authorizer(tenant: &str) -> Value {
    json!({ "jwt": { "claims": { "sub": "alice", "custom:tenant": tenant }, "scopes": null } })
}

/// Returns the event of a request.
pub(super) fn event(method: &str, target: &str, authorizer: &Value) -> Value {
    let mut event = api_gateway_event(target);
    event["requestContext"]["http"]["method"] = method.into();
    if !authorizer.is_null() {
        event["requestContext"]["authorizer"] = authorizer.clone();
    }
    if method == "PUT" {
        event["body"] = json!({ "reason": "of acme" }).to_string().into();
    }
    event
}

/// Sends an event to a query function.
pub(super) async fn send(query: &Function, event: &Value) -> Heard {
    let reply = query.invoke(event, RUN).await;
    let reply = reply.unwrap_or_else(|error| panic!("{event}: {error}\n{}", query.logs().lines().join("\n")));
    Heard {
        status: reply["statusCode"].as_u64().expect("a status"),
        headers: reply["headers"].clone(),
        text: reply["body"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Asks as a tenant.
pub(super) async fn ask(query: &Function, tenant: &str, method: &str, target: &str) -> Heard {
    send(query, &event(method, target, &authorizer(tenant))).await
}

//! Only the claims that API Gateway has checked say who asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::http::{Get as _, PlainHttp};
use tests::runtime_api::Function;
use tests::wait::until;

use super::attempts::{FOR_ALL, description, targets};
use super::stage::{SHARED, app, ask, authorizer, event, file, send, tenants_env};

/// A record's id that may be one.
const ID: &str = "6b00065b28841133e527503d";

/// Returns every operation with a place, but those that say the same to everybody.
async fn operations(app: &TestApp) -> Vec<(String, String)> {
    let description = description(app).await;
    let mut all = Vec::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        if FOR_ALL.contains(&path.as_str()) {
            continue;
        }
        let methods = operations.as_object().expect("operations").keys().filter(|key| *key != "parameters");
        let target = targets(path, &[ID.to_owned()]).remove(0);
        all.extend(methods.map(|method| (method.to_uppercase(), target.clone())));
    }
    assert!(all.len() >= 15, "{all:?}");
    all
}

/// A token that nobody has signed.
fn forged() -> String {
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = part(json!({ "alg": "none", "typ": "JWT" }));
    format!("Bearer {head}.{}.", part(json!({ "sub": "eve", "custom:tenant": "umbra" })))
}

/// What a client may write into a request to be somebody else.
fn spoofed() -> Value {
    let claims = json!({ "sub": "eve", "custom:tenant": "umbra" });
    let context = json!({ "authorizer": { "jwt": { "claims": claims, "scopes": null } } }).to_string();
    json!({
        "authorization": forged(), "x-tenant": "umbra", "tenant": "umbra", "custom-tenant": "umbra", "x-tenant-id": "umbra",
        "x-amzn-request-context": context, "x-amzn-lambda-context": context, "x-amzn-oidc-data": forged(),
        "x-amzn-oidc-identity": "umbra", "x-apigateway-context": context, "x-forwarded-user": "umbra",
        "x-original-url": "/quarantine", "x-http-method-override": "PUT", "x-rewrite-url": "/pins", "cookie": "tenant=umbra",
    })
}

#[tokio::test]
async fn a_request_without_one_tenant_is_refused_at_every_path() {
    let app = app().await;
    file(&app, true).await;
    let claims = |claims: Value| json!({ "jwt": { "claims": claims, "scopes": null } });
    let named = |name: &str| authorizer(name);
    let cases = [
        (Value::Null, "no token that API Gateway has checked"),
        (json!({}), "no token that API Gateway has checked"),
        // Other authorizers have checked no token.
        (json!({ "lambda": { "custom:tenant": "acme", "claims": { "custom:tenant": "acme" } } }), "no token that"),
        (json!({ "iam": { "accountId": "1", "userArn": "acme" } }), "no token that"),
        (json!({ "claims": { "custom:tenant": "acme" } }), "no token that"),
        (json!({ "principalId": "acme", "custom:tenant": "acme" }), "no token that"),
        (claims(json!({})), "no claim `custom:tenant`"),
        (claims(json!({ "sub": "alice", "tenant": "acme", "Custom:Tenant": "acme" })), "no claim `custom:tenant`"),
        (named(""), "claim `custom:tenant` is empty"),
        (named("  "), "claim `custom:tenant` is empty"),
        (named("[acme umbra]"), "claim `custom:tenant` is a list"),
        (named("[acme]"), "claim `custom:tenant` is a list"),
        (named(&"x".repeat(257)), "more than 256 bytes"),
        (named("acme\0"), "control characters"),
    ];
    for (method, target) in operations(&app).await {
        for (authorizer, expect) in &cases {
            let mut event = event(&method, &target, authorizer);
            for headers in [json!({}), spoofed()] {
                let own = event["headers"].as_object_mut().expect("headers");
                own.extend(headers.as_object().expect("headers").clone());
                let heard = send(&app.query, &event).await;
                let problem = heard.json();
                assert_eq!((heard.status, &problem["type"]), (403, &json!("/problems/no-tenant")), "{method} {target}");
                assert!(problem["detail"].as_str().is_some_and(|told| told.contains(expect)), "{expect}: {problem}");
                assert!(!heard.is_marked(), "{method} {target}: {heard:?}");
            }
        }
    }
    // What is nobody's is told to everybody, as API Gateway lets through.
    for target in FOR_ALL.iter().chain(&["/", "/ui/", "/ui/logs"]) {
        let heard = send(&app.query, &event("GET", target, &Value::Null)).await;
        assert!(heard.status < 400 && !heard.is_marked(), "{target}: {heard:?}");
    }
}

#[tokio::test]
async fn what_a_client_writes_does_not_change_who_it_is() {
    let app = app().await;
    file(&app, true).await;
    let mut found = 0;
    for (method, target) in operations(&app).await.into_iter().filter(|(method, _)| method == "GET") {
        let plain = event(&method, &target, &authorizer("acme"));
        let mut told = plain.clone();
        told["headers"].as_object_mut().expect("headers").extend(spoofed().as_object().expect("headers").clone());
        told["cookies"] = json!(["tenant=umbra"]);
        told["stageVariables"] = json!({ "tenant": "umbra" });
        told["pathParameters"] = json!({ "tenant": "umbra" });
        told["queryStringParameters"] = json!({ "tenant": "umbra", "custom:tenant": "umbra" });
        let (plain, told) = (send(&app.query, &plain).await, send(&app.query, &told).await);
        assert!(!told.is_marked(), "{target}: {told:?}");
        if !target.starts_with("/logs/tail") {
            assert_eq!(told.text, plain.text, "{target}");
        }
        found += usize::from(told.text.contains("acmemark"));
    }
    assert!(found >= 3, "{found} answers have records");
}

/// A request that another service passes on, in its own form.
#[tokio::test]
async fn events_of_other_services_have_no_tenant() {
    let app = app().await;
    file(&app, true).await;
    let claims = json!({ "sub": "alice", "custom:tenant": "umbra" });
    let rest = json!({
        "version": "1.0", "resource": "/{proxy+}", "path": "/logs", "httpMethod": "GET", "headers": { "host": "h" },
        "multiValueHeaders": {}, "queryStringParameters": null, "multiValueQueryStringParameters": null,
        "requestContext": {
            "accountId": "1", "resourceId": "r", "stage": "$default", "requestId": "q", "identity": { "sourceIp": "192.0.2.1" },
            "resourcePath": "/{proxy+}", "httpMethod": "GET", "apiId": "a", "path": "/logs",
            "authorizer": { "claims": claims, "jwt": { "claims": claims }, "custom:tenant": "umbra" },
        },
        "body": null, "isBase64Encoded": false,
    });
    let balancer = json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:x" }, "authorizer": { "jwt": { "claims": claims } } },
        "httpMethod": "GET", "path": "/logs", "queryStringParameters": {}, "headers": { "x-amzn-oidc-data": forged() },
        "body": "", "isBase64Encoded": false,
    });
    // A claim that is no text: API Gateway writes all of them as texts.
    let mut odd = event("GET", "/logs", &authorizer("acme"));
    odd["requestContext"]["authorizer"]["jwt"]["claims"]["custom:tenant"] = json!(["acme", "umbra"]);
    for event in [rest, balancer, odd] {
        // It may as well not be understood.
        if let Ok(reply) = app.query.invoke(&event, std::time::Duration::from_secs(30)).await {
            let status = reply["statusCode"].as_u64();
            assert!(status.is_some_and(|status| status >= 400), "{event}: {reply}");
            assert!(!reply.to_string().contains(super::stage::MARK), "{event}: {reply}");
        }
    }
    let own = ask(&app.query, "umbra", "GET", "/logs?from=2026-11-01").await;
    assert!(own.status == 200 && own.is_marked(), "the tenant itself sees it: {own:?}");
}

#[tokio::test]
async fn plain_http_has_no_claims() {
    let app = app().await;
    file(&app, true).await;
    let plain = PlainHttp::start(app.db.env().into_iter().chain(tenants_env())).await;
    for target in ["/logs", "/logs/tail", &format!("/transactions/{SHARED}"), "/pins", "/quarantine", "/days"] {
        let answer = plain.get(target).await;
        assert_eq!((answer.status, &answer.body["type"]), (403, &json!("/problems/no-tenant")), "{target}");
    }
    assert_eq!(plain.get("/healthz").await.status, 200);
}

/// While a deployment moves calls step by step, API Gateway may ask for tokens before each version knows tenants.
#[tokio::test]
async fn a_token_shows_nothing_where_signatures_are_asked_for() {
    let mut app = app().await;
    file(&app, true).await;
    let access = ("LOGBRAID_API_AUTHORIZATION".to_owned(), "AWS_IAM".to_owned());
    app.query = Function::new("query", app.db.env().into_iter().chain([access]));
    for (method, target) in operations(&app).await {
        let heard = ask(&app.query, "acme", &method, &target).await;
        let problem = heard.json();
        assert_eq!((heard.status, &problem["type"]), (403, &json!("/problems/no-tenant")), "{method} {target}");
        assert!(problem["detail"].as_str().is_some_and(|told| told.contains("a new Release")), "{problem}");
        assert!(!heard.is_marked(), "{method} {target}: {heard:?}");
    }
    let signed = json!({ "iam": { "accountId": "1", "userArn": "arn:aws:iam::1:user/alice" } });
    let heard = send(&app.query, &event("GET", "/days", &signed)).await;
    assert_eq!(heard.status, 200, "{heard:?}");
}

#[tokio::test]
async fn tenants_without_tokens_stop_the_start() {
    let db = app().await.db;
    for (more, expect) in [
        (vec![("LOGBRAID_API_AUTHORIZATION", "AWS_IAM")], "LOGBRAID_API_AUTHORIZATION is `AWS_IAM`: expected JWT"),
        (vec![("LOGBRAID_API_AUTHORIZATION", "NONE")], "LOGBRAID_API_AUTHORIZATION is `NONE`: expected JWT"),
        (vec![("LOGBRAID_TENANT_CLAIM", "")], "LOGBRAID_TENANT_CLAIM is not set"),
        (vec![("LOGBRAID_TENANT_FIELD", "a..b")], "LOGBRAID_TENANT_FIELD is `a..b`"),
        (vec![("LOGBRAID_TENANT_ALL", "[a]")], "LOGBRAID_TENANT_ALL is `[a]`"),
    ] {
        let mut env: std::collections::BTreeMap<String, String> = db.env().into_iter().chain(tenants_env()).collect();
        env.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let function = Function::new("query", env);
        assert!(function.start_one().await.is_err(), "{expect}");
        until("the function says why", async || function.logs().lines().join("\n").contains(expect)).await;
    }
}

#[tokio::test]
async fn the_name_that_sees_everything_has_to_be_set() {
    let app = app().await;
    file(&app, true).await;
    let env = tenants_env().filter(|(name, _)| name != "LOGBRAID_TENANT_ALL");
    let without = Function::new("query", app.db.env().into_iter().chain(env));
    let count = |heard: &Value| heard["records"].as_array().map(Vec::len);
    let target = "/logs?from=2020-01-01&to=2030-01-01&limit=200";
    assert_eq!(count(&ask(&without, "*", "GET", target).await.json()), Some(0));
    assert_eq!(count(&ask(&without, "acme", "GET", target).await.json()), Some(30));
    assert_eq!(count(&ask(&app.query, "*", "GET", target).await.json()), Some(76));
    assert_eq!(ask(&app.query, "*", "GET", "/quarantine").await.status, 200);
}

//! `GET /logs`: searches all days, page by page.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Payload, Python};
use tests::http::{Answer, Get, PlainHttp};
use tests::kinesis::Stream;
use tests::mongo::{FailCommand, OwnServer};

const MAX_TIME_EXPIRED: i32 = 50;

/// Files the order of one day, and one record before and after the midnights around it.
async fn deliver(app: &TestApp) {
    let stream = Stream::new("app_logging", 1);
    let day_before = Payload::record("2026-11-19T23:59:59.5Z", "early", "night", "backup begins");
    let day_after = Payload::record("2026-11-21T00:00:00Z", "late", "night", "backup ends");
    fixtures::put(&stream, &[day_before]);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    fixtures::put(&stream, &[day_after]);
    app.deliver(&stream).await;
}

async fn delivered() -> TestApp {
    let app = TestApp::start().await;
    deliver(&app).await;
    app
}

fn records(answer: &Answer) -> &[Value] {
    assert_eq!(answer.status, 200, "{answer:#?}");
    answer.body["records"].as_array().unwrap_or_else(|| panic!("no records in {answer:#?}"))
}

fn texts<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    records(answer).iter().map(|record| record[name].as_str().unwrap_or_default()).collect()
}

/// Returns the ids of all pages.
async fn page_through(api: &impl Get, target: &str) -> Vec<String> {
    let (mut ids, mut next) = (Vec::new(), Some(target.to_owned()));
    while let Some(target) = next {
        let answer = api.get(&target).await;
        ids.extend(texts(&answer, "id").into_iter().map(str::to_owned));
        next = answer.body["next"].as_str().map(str::to_owned);
    }
    ids
}

fn hex_ids(records: &[Document]) -> Vec<String> {
    records.iter().map(|record| record.get_object_id("_id").expect("an id").to_hex()).collect()
}

#[tokio::test]
async fn filters_say_which_records() {
    let app = delivered().await;
    for (query, expect) in [
        ("", 29),
        ("level=ERROR", 1),
        ("level=error&service=ordering", 1),
        ("level=40&service=inventory", 0),
        ("level=DEBUG", 29),
        ("service=night", 2),
        ("service=night,ordering&level=ERROR", 1),
        ("log_uid=early", 1),
        (&format!("log_uid={ORDER_UID}"), 9),
        ("log_uid=no-such-uid", 0),
        ("logger=ordering.apps.orders&level=ERROR", 1),
        ("logger=ordering.apps&level=ERROR", 1),
        ("logger=ordering.app", 0),
        ("host=localhost&level=ERROR", 1),
        ("host=elsewhere", 0),
        ("q=VENDOR+order", 1),
        ("q=gr%C3%B6%C3%9Fe", 1),
        ("q=GR%C3%96%C3%9FE", 1),
        ("q=vendor.order", 1),
        ("q=/vendor.order/", 1),
        ("q=/VENDOR.order/", 0),
        ("q=/VENDOR.order/i", 1),
        ("field.sku=WIDGET-1&level=ERROR", 1),
        ("field.sku=widget-1&level=ERROR", 0),
        ("field.source.stream=app_logging&level=ERROR", 1),
        ("field.levelno=40", 1),
        ("field.levelno:string=40", 0),
        ("field.levelno:number=40.0", 1),
        ("field.nothing:exists=true", 0),
        ("field.source.shard:exists=false", 0),
        ("from=2026-11-21", 1),
        ("to=2026-11-19", 1),
        ("from=2026-11-20&to=2026-11-20", 27),
        ("to=2026-11-19T23:59:59.5Z", 0),
        ("from=2026-11-19T23:59:59.5Z&to=2026-11-19T23:59:59.500001Z", 1),
    ] {
        let answer = app.get(&format!("/logs?{query}")).await;
        assert_eq!(records(&answer).len(), expect, "{query}: {:?}", texts(&answer, "message"));
        assert_eq!((&answer.body["next"], &answer.body["cut"]), (&Value::Null, &Value::Null), "{query}");
    }
}

/// A field is found with its dots in the name or between names, and with one value or a list.
#[tokio::test]
async fn a_field_is_found_wherever_its_dots_are() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let record = json!({
        "message": "x",
        "process.command_args": ["a", "b", 7],
        "resource": {"host.name": "h1", "a": {"b.c": ["x"]}},
        "labels": [{"k.v": 1}],
        "plain": {"path": 5},
    });
    stream.put("host", record.to_string().as_str());
    app.deliver(&stream).await;
    for (query, expect) in [
        ("process.command_args=a", 1),
        ("process.command_args:number=7", 1),
        ("process.command_args=c", 0),
        ("process.command_args:exists=true", 1),
        ("resource.host.name=h1", 1),
        ("resource.host.name=h2", 0),
        ("resource.host.name:exists=false", 0),
        ("resource.host.id:exists=false", 1),
        ("resource.a.b.c=x", 1),
        ("labels.k.v=1", 0),
        ("plain.path=5", 1),
        ("plain.path.more=5", 0),
        ("message.a.b=x", 0),
    ] {
        let answer = app.get(&format!("/logs?field.{query}")).await;
        assert_eq!(records(&answer).len(), expect, "{query}");
    }
}

#[tokio::test]
async fn pages_make_the_whole_in_either_order() {
    let app = delivered().await;
    let mut stored = hex_ids(&app.db.all_records().await);
    let plain = PlainHttp::start(app.db.env()).await;
    for limit in [1, 7, 28, 29, 30] {
        assert_eq!(page_through(&plain, &format!("/logs?order=oldest&limit={limit}")).await, stored);
    }
    stored.reverse();
    for limit in [1, 7, 29] {
        assert_eq!(page_through(&app.query, &format!("/logs?limit={limit}")).await, stored);
    }
    // Through the index of errors, when every record is an error.
    for day in app.db.days().await {
        let all = app.db.day(&day).update_many(doc! {}, doc! { "$set": { "levelno": 50 } }).await;
        all.expect("records can be changed");
    }
    assert_eq!(page_through(&plain, "/logs?level=ERROR&limit=4").await, stored);
    stored.reverse();
    assert_eq!(page_through(&plain, "/logs?level=ERROR&limit=4&order=oldest").await, stored);
}

#[tokio::test]
async fn errors_are_found_by_their_index() {
    let app = delivered().await;
    app.db.database().run_command(doc! { "profile": 2 }).await.expect("a database can be profiled");
    let range = "from=2026-11-20&to=2026-11-20T09:00:00Z";
    for query in ["level=ERROR", "level=CRITICAL&service=x&q=y", &format!("level=ERROR&order=oldest&{range}")] {
        records(&app.get(&format!("/logs?{query}")).await);
    }
    // Among a few records, either way is as quick. Among many, only the index is.
    let stream = Stream::new("noise", 1);
    let noise =
        (0..500).map(|number| Payload::record("2026-11-21T08:00:00Z", &format!("noise-{number}"), "x", "noise"));
    fixtures::put(&stream, &noise.collect::<Vec<_>>());
    app.deliver(&stream).await;
    records(&app.get("/logs?log_uid=noise-250").await);
    app.db.database().run_command(doc! { "profile": 0 }).await.expect("a database can be profiled");
    let profile = app.db.database().collection::<Document>("system.profile");
    let plans = |filter: Document| async {
        let plans = profile.distinct("planSummary", filter).await.expect("a profile can be read");
        plans.iter().map(|plan| plan.as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let errors = doc! { "op": "query", "command.sort.time": { "$exists": true } };
    assert_eq!(plans(errors).await, ["IXSCAN { time: 1, _id: 1 }"]);
    // The uid has two spellings, and is looked for in both indexes of ids.
    let uid = doc! { "op": "query", "command.sort": { "_id": -1 }, "nreturned": { "$gt": 0 } };
    let (log_uid, further) = ("IXSCAN { log_uid: 1, _id: 1 }", "IXSCAN { source.ids: 1, _id: 1 }");
    assert_eq!(plans(uid).await, [[log_uid, log_uid, further, further].join(", ")]);
}

#[tokio::test]
async fn a_search_that_takes_too_long_says_how_far_it_got() {
    let server = OwnServer::start();
    let app = TestApp::on(&server).await;
    deliver(&app).await;
    let slow_day = "kinesis_logs_2026-11-19";
    FailCommand::refuse_on(&app.db, "find", slow_day, 1_000, MAX_TIME_EXPIRED).await;
    let cut = app.get("/logs?q=backup").await;
    assert_eq!(texts(&cut, "message"), ["backup ends"]);
    assert_eq!(cut.body["cut"], json!({ "reason": "time_limit", "reached": "2026-11-20T00:00:00.000000Z" }));
    let next = cut.body["next"].as_str().expect("the rest has an address").to_owned();
    // Asking for the same page again and again would not advance.
    let stuck = app.get(&next).await;
    assert_eq!((stuck.status, &stuck.body["type"]), (504, &json!("/problems/out-of-time")));
    FailCommand::disarm(&app.db).await;
    let rest = app.get(&next).await;
    assert_eq!((texts(&rest, "message"), &rest.body["next"]), (vec!["backup begins"], &Value::Null));
}

#[tokio::test]
async fn what_others_put_into_a_day_is_passed_over() {
    let app = delivered().await;
    let day = app.db.day("2026-11-20");
    let foreign = [
        doc! { "_id": "text", "log_uid": ORDER_UID, "levelno": 50 },
        doc! { "_id": 5, "log_uid": ORDER_UID, "levelno": 50, "time": "noon" },
        doc! { "_id": { "log_uid": ORDER_UID }, "log_uid": ORDER_UID },
    ];
    day.insert_many(foreign).await.expect("a document can be put there");
    for (target, expect) in [
        ("/logs".to_owned(), 29),
        ("/logs?order=oldest".to_owned(), 29),
        ("/logs?level=ERROR".to_owned(), 1),
        (format!("/logs?log_uid={ORDER_UID}"), 9),
        (format!("/transactions/{ORDER_UID}"), 9),
    ] {
        assert_eq!(records(&app.get(&target).await).len(), expect, "{target}");
    }
}

#[tokio::test]
async fn an_answer_has_the_form_that_is_asked_for() {
    let app = delivered().await;
    let plain = PlainHttp::start(app.db.env()).await;
    let ndjson = plain.get("/logs?format=ndjson&limit=3").await;
    assert_eq!(ndjson.content_type, "application/x-ndjson");
    let lines: Vec<Value> =
        ndjson.body.as_str().expect("lines").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let as_json = plain.get("/logs?limit=3").await;
    assert_eq!(lines, records(&as_json));
    let text = app.get("/logs?format=text&level=ERROR").await;
    assert_eq!(text.content_type, "text/plain");
    let text = text.body.as_str().expect("text").to_owned();
    let begin = "2026-11-20T08:35:39.201314Z ERROR ordering ordering.apps.orders: vendor order failed, attempt 1\n    ";
    assert!(text.starts_with(begin) && text.contains("“Größe & Söhne”"), "{text}");
}

#[tokio::test]
async fn nothing_a_client_sends_is_an_operator() {
    let app = delivered().await;
    let plain = PlainHttp::start(app.db.env()).await;
    for (query, status) in [
        ("log_uid[$ne]=", 400),
        ("log_uid%5B%24ne%5D=", 400),
        ("$where=sleep(1000)", 400),
        ("level[$gt]=0", 400),
        ("level=%7B%22$gt%22:0%7D", 400),
        ("from[$gt]=2026-11-20", 400),
        ("from=%7B%22$gt%22:%22%22%7D", 400),
        ("q=/(?R)/", 400),
        ("q=/%00/", 400),
        ("field.=1", 400),
        ("field.a%00b=1", 400),
        ("field._id[$ne]=1", 200),
        ("field.$where=sleep(1000)", 200),
        ("field.$where:exists=true", 200),
        ("field.a.$ne=1", 200),
        ("field.$expr=%7B%22$function%22:1%7D", 200),
        ("field.level=%7B%22$ne%22:null%7D", 200),
        ("field.message:string=%7B%22$ne%22:null%7D", 200),
        ("field.message=$$ROOT", 200),
        ("field..=1", 200),
        ("log_uid=%7B%22$ne%22:null%7D", 200),
        ("log_uid=$ne", 200),
        ("log_uid=%00", 200),
        ("log_uid=../../quarantine", 200),
        ("service=%00,$gt", 200),
        ("logger=..%2F..", 200),
        ("q=%00", 200),
        ("q=$where", 200),
        ("after=../x", 400),
        ("after=ffffffffffffffffffffffff&order=oldest", 200),
    ] {
        let answer = plain.get(&format!("/logs?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {answer:#?}");
        if status == 200 {
            assert_eq!(records(&answer), [] as [Value; 0], "{query}");
        } else {
            assert_eq!(answer.content_type, "application/problem+json", "{query}");
        }
    }
    let long = "x".repeat(1_000_000);
    for target in [format!("/logs?q={long}"), format!("/logs?field.{long}=1")] {
        let answer = app.get(&target).await;
        assert_eq!((answer.status, &answer.body["type"]), (400, &json!("/problems/bad-parameter")), "{answer:#?}");
        assert!(answer.body.to_string().len() < 1_000, "{answer:#?}");
    }
    assert_eq!(app.db.count().await, 29);
}

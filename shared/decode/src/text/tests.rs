use record::without_colours;
use serde_json::{Value as Json, json};

use crate::testing::Decoded;

/// Checks some fields of the record that a text becomes. The text is the message, without its colours.
#[track_caller]
fn check(text: &str, expect: &Json) {
    let record = Decoded::of(text.as_bytes()).record();
    assert_eq!(record["message"], without_colours(text.trim_end()).as_ref(), "{record:#}");
    check_fields(&record, expect);
}

#[track_caller]
fn check_fields(record: &Json, expect: &Json) {
    for (name, value) in expect.as_object().unwrap() {
        assert_eq!(record[name], *value, "{name} in {record:#}");
    }
}

/// 2026-11-24T21:08:12Z
const TIME: f64 = 1_795_554_492.0;
const TIME_MILLIS: f64 = 1_795_554_492.123;
const TIME_MICROS: f64 = 1_795_554_492.123_456;

#[test]
fn a_text_is_the_message() {
    fn check_only(text: &str) {
        assert_eq!(Decoded::of(text.as_bytes()).record(), json!({ "message": text }));
    }
    check_only("listening on port 8080");
    check_only("42");
    check_only("<a><b/></a>");
    check_only("Größe: 7");
    // A level is no level among other words.
    check_only("the ERROR was fixed");
    check_only("no info today");
    assert_eq!(Decoded::of(b"caf\xe9 opened").record()["message"], "caf\u{fffd} opened");
    assert_eq!(Decoded::of(b"\"listening\"").record(), json!({"message": "listening"}));
}

#[test]
fn a_time_and_a_level_begin_a_line() {
    let check_level = |text: &str, time: f64, level: &str| check(text, &json!({"created": time, "levelname": level}));
    for (text, level) in [
        // Python, logback, Spring, log4j, Elasticsearch.
        ("2026-11-24 21:08:12,123 ERROR shop.cart [u-1] charge failed", "ERROR"),
        ("2026-11-24 21:08:12,123 - shop.cart - WARNING - slow", "WARNING"),
        ("2026-11-24 21:08:12,123 - shop - INFO - placed", "INFO"),
        ("2026-11-24 21:08:12.123 [main] DEBUG com.acme.Foo - m", "DEBUG"),
        ("2026-11-24 21:08:12.123  INFO 7 --- [  main] c.acme.Foo  : Started Foo in 2 seconds", "INFO"),
        ("2026-11-24T21:08:12.123Z  WARN 7 --- [shop] [nio-8080-exec-1] c.acme.Foo : m", "WARNING"),
        ("[2026-11-24T21:08:12,123][WARN ][o.e.c.Foo] [node-1] m", "WARNING"),
        // Celery, uvicorn with a time, loguru, Rails, Serilog.
        ("[2026-11-24 21:08:12,123: ERROR/MainProcess] Task failed", "ERROR"),
        ("2026-11-24 21:08:12.123 | SUCCESS  | app.main:run:7 - done", "INFO"),
        ("I, [2026-11-24T21:08:12.123 #8]  INFO -- : order placed", "INFO"),
        ("2026-11-24 21:08:12.123 +00:00 [ERR] boom", "ERROR"),
        // zap, tracing with its colours, env_logger, winston, Elixir.
        ("2026-11-24T21:08:12.123Z\tERROR\tapi/main.go:7\tfailed", "ERROR"),
        ("\u{1b}[2m2026-11-24T21:08:12.123Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m shop::orders: failed", "ERROR"),
        ("2026-11-24T21:08:12.123Z  INFO shop::orders: placed", "INFO"),
        ("[2026-11-24T21:08:12.123Z ERROR shop::orders] failed", "ERROR"),
        ("2026-11-24T21:08:12.123Z error: failed", "ERROR"),
        ("2026-11-24T21:08:12.123Z [shop] warn: slow", "WARNING"),
        ("2026-11-24 21:08:12.123 [error] GenServer terminating", "ERROR"),
        // MongoDB before 4.4, Redis, Kafka.
        ("2026-11-24T21:08:12.123+0000 E NETWORK  [listener] m", "ERROR"),
        ("[2026-11-24 21:08:12,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)", "INFO"),
    ] {
        check_level(text, TIME_MILLIS, level);
    }
    for (text, level) in [
        // nginx, MySQL, PostgreSQL, PHP, gunicorn, java.util.logging, Tomcat, Go.
        ("2026/11/24 21:08:12 [error] 7#7: *1 open() failed", "ERROR"),
        ("2026-11-24T21:08:12Z 8 [Warning] [MY-010068] [Server] m", "WARNING"),
        ("2026-11-24 21:08:12 UTC [123] ERROR:  duplicate key", "ERROR"),
        ("2026-11-24 21:08:12 UTC:10.0.0.1(5432):app@shop:[123]:LOG:  m", "INFO"),
        ("[24-Nov-2026 21:08:12 UTC] PHP Fatal error:  Uncaught Error", "CRITICAL"),
        ("[24-Nov-2026 21:08:12 UTC] PHP Warning:  Undefined variable", "WARNING"),
        ("[2026-11-24 21:08:12 +0000] [7] [INFO] Starting gunicorn 22", "INFO"),
        ("Nov 24, 2026 9:08:12 PM com.acme.Foo bar\nSEVERE: boom", "CRITICAL"),
        ("24-Nov-2026 21:08:12 SEVERE [main] org.apache.Foo.bar m", "ERROR"),
        ("2026/11/24 21:08:12 INFO started", "INFO"),
        // Tornado.
        ("[E 261124 21:08:12 web:2246] 500 GET /", "ERROR"),
    ] {
        let level = if text.contains("SEVERE") { "ERROR" } else { level };
        check_level(text, TIME, level);
    }
    check_level("[Tue Nov 24 21:08:12.123456 2026] [core:error] [pid 7:tid 8] [client ::1:5] m", TIME_MICROS, "ERROR");
    check("1795554492.123\t16.170.16.21\t0.332\t403\tGET", &json!({"created": TIME_MILLIS, "levelname": null}));
    check("2026/11/24 21:08:12 listening on :8080", &json!({"created": TIME, "levelname": null}));
    check("h2 2026-11-24T21:08:12Z app/lb/50dc 10.0.0.1:5 200 200", &json!({"created": TIME}));
}

#[test]
fn a_level_may_come_alone() {
    for (text, level) in [
        ("ERROR: disk full", "ERROR"),
        ("error: unknown option", "ERROR"),
        ("[WARN] slow", "WARNING"),
        ("INFO:root:started", "INFO"),
        ("INFO:     127.0.0.1:5 - \"GET / HTTP/1.1\" 200 OK", "INFO"),
        ("WARNING - slow", "WARNING"),
        ("info: Microsoft.Hosting.Lifetime[14]\n      Now listening on http://[::]:8080", "INFO"),
        ("[21:08:12 ERR] boom", "ERROR"),
        ("21:08:12.123 [main] ERROR com.acme.Foo - m", "ERROR"),
        ("<3>disk full", "ERROR"),
    ] {
        check(text, &json!({"levelname": level, "created": null}));
    }
}

#[test]
fn syslog_is_read() {
    check(
        "<34>Nov 24 21:08:12 gw su[7]: 'su root' failed log_uid=u-6s3",
        &json!({
            "levelname": "CRITICAL", "levelno": 50, "facility": 4, "severity": 2, "fqdn": "gw", "service": "su", "procid": "7",
            "log_uid": "u-6s3", "timestamp": "Nov 24 21:08:12"
        }),
    );
    check(
        "<165>1 2026-11-24T21:08:12.123Z web-1 shop 8710 ID47 [ex@32473 request_id=\"u-1\" q=\"a \\\"b\\\" ]\"][o@1] failed",
        &json!({
            "levelname": "INFO", "created": TIME_MILLIS, "fqdn": "web-1", "service": "shop", "procid": "8710", "msgid": "ID47",
            "structured_data": [{"id": "ex@32473", "request_id": "u-1", "q": "a \"b\" ]"}, {"id": "o@1"}], "log_uid": "u-1"
        }),
    );
    check("<14>1 - - - - - - m", &json!({"levelname": "INFO", "fqdn": null}));
    check("Nov 24 21:08:12 web-1 sshd[971]: Disconnected", &json!({"fqdn": "web-1", "service": "sshd"}));
    let record = Decoded::of(b"<14>Nov 24 21:08:12 gw app: @cee: {\"msg\": \"m\", \"log_uid\": \"u-1\"}").record();
    check_fields(&record, &json!({"message": "m", "log_uid": "u-1", "fqdn": "gw", "levelname": "INFO"}));
}

#[test]
fn access_logs_are_read() {
    check(
        r#"10.0.0.1 - alice [24/Nov/2026:21:08:12 +0000] "GET /a?b=1 HTTP/1.1" 500 12 "-" "curl/8""#,
        &json!({
            "created": TIME, "remote_addr": "10.0.0.1", "remote_user": "alice", "request": "GET /a?b=1 HTTP/1.1", "status": 500,
            "body_bytes_sent": 12, "http_user_agent": "curl/8", "levelname": null
        }),
    );
    check(
        r#"10.0.0.1 - - [24/Nov/2026:21:08:12 +0000] "GET / HTTP/1.1" 200 -"#,
        &json!({"status": 200, "created": TIME}),
    );
    check("79a bucket [24/Nov/2026:21:08:12 +0000] 10.0.0.1 - 3E57 REST.GET", &json!({"created": TIME}));
}

#[test]
fn klog_is_read() {
    check("E1124 21:08:12.123456       1 reflector.go:138] failed to list", &json!({"levelname": "ERROR"}));
    check("I1124 21:08:12.123456       1 main.go:7] started", &json!({"levelname": "INFO"}));
}

#[test]
fn logfmt_is_a_record_of_its_pairs() {
    let record =
        Decoded::of(br#"time=2026-11-24T21:08:12Z level=error msg="it \"failed\"" status=500 took=1.5 id=007 ok=true"#)
            .record();
    check_fields(
        &record,
        &json!({"message": "it \"failed\"", "levelno": 40, "created": TIME, "status": 500, "took": 1.5, "id": "007", "ok": true}),
    );
    check("at=info method=GET path=/ request_id=8601b555 status=200", &json!({"log_uid": "8601b555", "method": "GET"}));
    // Not all of it is pairs.
    check("total=7 of 8", &json!({"total": null}));
    let record = Decoded::of(b"2026-11-24 21:08:12 level=warn msg=slow").record();
    check_fields(&record, &json!({"message": "slow", "created": TIME, "levelname": "WARNING"}));
    assert_eq!(record["sent"]["prefix"], "2026-11-24 21:08:12 ");
}

#[test]
fn an_object_after_a_known_header_is_the_record() {
    let inner = r#"{"msg": "m", "log_uid": "u-1", "n": 1}"#;
    for prefix in [
        "2026-11-24T21:08:12.123Z INFO ",
        "2026-11-24 21:08:12,123 - shop - INFO - ",
        "2026-11-24T21:08:12.123456Z stdout F ",
        "INFO:root:",
        "[INFO] ",
        "web_1  | ",
        "2026-11-24T21:08:12.123Z\t79b4f56e-95b1-4643-9700-2807f4e68189\tINFO\t",
        "2026-11-24T21:08:12.123Z\t79b4f56e-95b1-4643-9700-2807f4e68189\tINFO\t\n",
    ] {
        let record = Decoded::of(format!("{prefix}{inner}").as_bytes()).record();
        check_fields(&record, &json!({"message": "m", "log_uid": "u-1", "n": 1}));
        assert_eq!(record["sent"]["prefix"], prefix);
    }
    // Words before it are a message, and the object is part of it.
    check(r#"order placed {"msg": "m"}"#, &json!({"msg": null}));
    check(r#"2026-11-24 21:08:12 INFO order placed {"msg": "m"}"#, &json!({"msg": null, "levelname": "INFO"}));
    let record =
        Decoded::of(br#"{"log": "2026-11-24 21:08:12 ERROR {\"msg\": \"m\"}\n", "stream": "stdout"}"#).record();
    check_fields(&record, &json!({"message": "m", "levelname": "ERROR", "created": TIME, "stream": "stdout"}));
}

/// rsyslog's template for JSON calls the message so, and leaves the blank before it.
#[test]
fn what_msg_holds_is_read_as_what_message_holds() {
    #[track_caller]
    fn check(around: &Json, text: &str, expect: &Json) {
        let records = ["message", "msg"].map(|name| {
            let mut payload = around.clone();
            payload[name] = json!(text);
            let mut record = Decoded::of(payload.to_string().as_bytes()).record();
            record.as_object_mut().unwrap().remove("msg");
            record
        });
        assert_eq!(records[0], records[1]);
        check_fields(&records[1], expect);
    }
    let rsyslog = json!({
        "timereported": "2026-11-24T21:08:12Z", "hostname": "h", "programname": "shop", "syslogseverity": "6",
        "syslogfacility": "3", "syslogtag": "shop:"
    });
    for around in [&json!({}), &rsyslog, &json!({"time": "2026-11-24T21:08:12Z", "host": "h"})] {
        for blanks in ["", " ", "\t "] {
            let object = format!(r#"{blanks}{{"level": "error", "msg": "m", "requestId": "r-1", "service": "pay"}}"#);
            let error = json!({"message": "m", "levelname": "ERROR", "log_uid": "r-1", "service": "pay"});
            check(around, &object, &error);
            check(around, &format!("{blanks}@cee: {object}"), &error);
        }
        check(around, r#"level=error msg="m x" request_id=r-1"#, &json!({"message": "m x", "levelname": "ERROR"}));
        check(around, r#"{"a": 1}"#, &json!({"message": r#"{"a": 1}"#, "a": 1}));
    }
    let line = "2026-11-24 21:08:12,123 ERROR request_id=r-1 boom";
    check(&json!({}), line, &json!({"message": line, "levelname": "ERROR", "log_uid": "r-1"}));
    check(&rsyslog, line, &json!({"message": line, "levelname": "INFO", "log_uid": "r-1", "fqdn": "h"}));
    // A template is no record.
    let template = json!({"msg": "a=%s b=%s", "args": ["x", 7], "message": "a=x b=7", "levelname": null});
    check_fields(&Decoded::of(br#"{"msg": "a=%s b=%s", "args": ["x", 7]}"#).record(), &template);
    // What Python logs may be any JSON.
    let python = br#"{"levelname": "INFO", "lineno": 7, "msg": "{\"level\": \"error\"}"}"#;
    check_fields(&Decoded::of(python).record(), &json!({"levelname": "INFO", "message": r#"{"level": "error"}"#}));
}

#[test]
fn ids_in_a_text_are_found() {
    // Wherever a line stands, it has the same id. A level beside it changes nothing.
    let check_id = |text: &str, uid: Option<&str>| {
        let body = |severity: u8| {
            let record = json!({"observedTimeUnixNano": "1795163739000000000", "severityNumber": severity, "body": {"stringValue": text}});
            json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
        };
        let objects = [
            json!({ "message": text }),
            json!({"message": text, "level": "info"}),
            json!({"message": text, "levelname": "INFO"}),
            json!({"message": text, "severity": "info", "host": "h"}),
            json!({"MESSAGE": text, "PRIORITY": "6", "SYSLOG_IDENTIFIER": "shop"}),
            json!({"version": "1.1", "short_message": text, "level": 6}),
            json!({"log": text, "level": "info", "stream": "stdout"}),
            body(0),
            body(9),
        ];
        let syslog = ["<11>Nov 24 21:08:12 web-1 shop[12]: ", "<11>1 2026-11-24T21:08:12Z web-1 shop 12 - - ", "<11>"];
        let lines = syslog.iter().map(|header| format!("{header}{text}"));
        for text in objects.iter().map(Json::to_string).chain(lines).chain([text.to_owned()]) {
            check_fields(&Decoded::of(text.as_bytes()).record(), &json!({ "log_uid": uid }));
        }
    };
    check_id("charge failed request_id=7f3a trace_id=5b8e", Some("5b8e"));
    check_id("charge failed (requestId: 7f3a)", Some("7f3a"));
    check_id(r#"charge failed {"correlation-id": "7f3a", "n": 1}"#, Some("7f3a"));
    check_id(
        "2026-11-24 21:08:12 f2db72ca-718a-424d-81d3-7859031af007 ERROR App:31 - m",
        Some("f2db72ca-718a-424d-81d3-7859031af007"),
    );
    check_id(
        "2026-11-24 21:08:12 INFO [shop,5b8efff798038103d269b633813fc60c,eee19b7ec3c1b174] 7 --- [main] c.Foo : m",
        Some("5b8efff798038103d269b633813fc60c"),
    );
    let (hex, uuid) = ("5b8efff798038103d269b633813fc60c", "f2db72ca-718a-424d-81d3-7859031af002");
    let span = "eee19b7ec3c1b174";
    for id in [hex, uuid] {
        check_id(&format!("2026-11-24 21:08:12,123 INFO [{id}] shop m"), Some(id));
        check_id(&format!("INFO ... [{id}] shop.views m"), Some(id));
        check_id(&format!("2026-11-24 21:08:12,123 INFO com.acme.Pay [{id}] - m"), Some(id));
        check_id(&format!("2026-11-24 21:08:12,123 | INFO | {id} | shop.pay:f:7 - m"), Some(id));
        let line = "10.0.0.1 - - [24/Nov/2026:21:08:12 +0000] \"GET / HTTP/1.1\" 200 12";
        check_id(&format!("{line} {id}"), Some(id));
        check_id(&format!("{line} {id} JKxyz123="), Some(id));
        check_id(&format!("{line} \"-\" \"curl\" \"{id}\" 0.012"), Some(id));
        check_id(&format!("{line} \"-\" \"curl\" 89 0.012 [a-b-80] [] 10.1.1.1:80 1 0.0 200 {id}"), Some(id));
        check_id(&format!("2026-11-24 21:08:12,123 INFO shop the file {id} was sent"), None);
        check_id(&format!("2026-11-24 21:08:12,123 INFO shop sent files [{id}]"), None);
    }
    check_id(&format!("2026-11-24 21:08:12,123 INFO [{hex},{span}] [main] c.Foo : m"), Some(hex));
    check_id(&format!("2026-11-24 21:08:12,123 INFO [{hex}/{span}] c.Foo : m"), Some(hex));
    check_id("alice is uid=1000(alice) gid=1000", None);
    check_id("failed request_id=- trace_id=none", None);
    check_id("stack trace: foo7", None);
}

#[test]
fn a_stack_stays_with_its_line() {
    fn check(text: &str, expect: &[&str]) {
        let records = Decoded::of(text.as_bytes()).records();
        let messages: Vec<_> = records.iter().map(|record| record["message"].as_str().unwrap()).collect();
        assert_eq!(messages, expect);
    }
    check("a\nb\n\nc", &["a", "b", "c"]);
    let traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nValueError: x";
    check(&format!("{traceback}\nnext"), &[traceback, "next"]);
    let python = format!(
        "2026-11-24 21:08:12,123 ERROR shop failed\n{traceback}\n\nDuring handling of the above exception, another exception occurred:\n\n{traceback}"
    );
    check(&format!("{python}\n2026-11-24 21:08:13,123 INFO shop m"), &[&python, "2026-11-24 21:08:13,123 INFO shop m"]);
    let java = "2026-11-24 21:08:12.123 [main] ERROR c.Foo - failed\njava.lang.IllegalStateException: boom\n\tat c.Foo.bar(Foo.java:7)\n\t... 2 more\nCaused by: java.io.IOException: x\n\tat c.Foo.baz(Foo.java:9)";
    check(
        &format!("{java}\n2026-11-24 21:08:13.123 [main] INFO c.Foo - m"),
        &[java, "2026-11-24 21:08:13.123 [main] INFO c.Foo - m"],
    );
    let go = "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2";
    check(go, &[go]);
    let node = "TypeError: x is undefined\n    at foo (a.js:1:2)\n    at bar (b.js:3:4)";
    check(&format!("{node}\nnext"), &[node, "next"]);
}

#[test]
fn a_stack_is_the_exception() {
    fn check_exception(text: &str, exception: &str) {
        check(text, &json!({"exc_text": exception, "levelname": "ERROR"}));
    }
    let traceback = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nValueError: x";
    check_exception(traceback, traceback);
    check_exception(&format!("2026-11-24 21:08:12,123 ERROR shop failed\n{traceback}"), traceback);
    let group = "  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1, in f\n  | ExceptionGroup: x (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | ValueError: y\n    +------------------------------------";
    check_exception(&format!("2026-11-24 21:08:12,123 ERROR shop failed\n{group}"), group);
    let java = "java.lang.IllegalStateException: boom\n\tat c.Foo.bar(Foo.java:7)";
    check_exception(&format!("2026-11-24 21:08:12.123 [main] ERROR c.Foo - failed\n{java}"), java);
    let ruby = "bad card (RuntimeError)\n/app/pay.rb:3:in `charge'\n/app/main.rb:1:in '<main>'";
    check_exception(&format!("E, [2026-11-24T21:08:12.123456 #7] ERROR -- : {ruby}"), ruby);
    let php = "[object] (RuntimeException(code: 0): bad \\\"card(1)\\\" at /app/Pay.php:42)";
    check_exception(&format!("[2026-11-24T21:08:12+00:00] app.ERROR: failed {{\"exception\":\"{php}\"}} []"), php);
    check_exception("panic: boom\n\ngoroutine 1 [running]:", "panic: boom\n\ngoroutine 1 [running]:");
    let lambda = "[ERROR] ValueError: boom\nTraceback (most recent call last):\n\u{a0}\u{a0}File \"/var/task/a.py\", line 3, in h";
    check_exception(lambda, lambda);
}

#[test]
fn failures_of_lambda_are_errors() {
    let id = "79b4f56e-95b1-4643-9700-2807f4e68189";
    for text in [
        format!("REPORT RequestId: {id}\tDuration: 3000.25 ms\tStatus: timeout"),
        format!("RequestId: {id} Error: Runtime exited with error: signal: killed"),
        format!("RequestId: {id} Process exited before completing request"),
    ] {
        check(&text, &json!({"levelname": "ERROR", "log_uid": id}));
    }
    check("INIT_REPORT Init Duration: 10.1 ms\tPhase: init\tStatus: error", &json!({"levelname": "ERROR"}));
}

#[test]
fn binary_is_no_text() {
    for payload in [&b"a\x00b"[..], b"\x07\x01\x02", b"abc\xff\xfe\xfd", b"Obj\x01\x04"] {
        assert_eq!(Decoded::of(payload).reason(payload), "unknown_format", "{}", payload.escape_ascii());
    }
}

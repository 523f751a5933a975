//! What ingest makes of a record that came through the forwarder, and of the same bytes on the stream.

use bson::Document;
use record::{EventTime, Rules, Source};
use serde_json::Value;

use super::{ARRIVED_US, Format, records};

const ID: &str = "f2db72ca-718a-424d-81d3-7859031af002";
const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const TRACEBACK: &str =
    "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    1/0\nZeroDivisionError: division by zero";

/// What a search and the page show of a record.
#[derive(Debug, PartialEq)]
struct Filed {
    log_uid: Option<String>,
    level: Option<i64>,
    service: Option<String>,
    host: Option<String>,
    time: EventTime,
    exception: Option<String>,
    message: String,
}

#[track_caller]
fn filed(payload: &[u8]) -> Filed {
    let arrived = EventTime::from_micros(ARRIVED_US).unwrap();
    let source =
        Source { stream: "", shard: "", sequence_number: "", sub_sequence: 0, index: 0, arrived, format: "unknown" };
    let decoded = decode::payload(&source, payload, &Rules::default());
    let [record] =
        <[_; 1]>::try_from(decoded.days.into_values().flat_map(|day| day.items).collect::<Vec<_>>()).unwrap();
    let document = Document::try_from(record.document()).unwrap();
    let text = |name: &str| document.get_str(name).ok().map(str::to_owned);
    Filed {
        log_uid: text("log_uid"),
        level: record.level_number(),
        service: text("service"),
        host: text("fqdn"),
        time: record.time(),
        exception: text("exc_text"),
        message: text("message").unwrap(),
    }
}

#[test]
fn a_message_of_syslog_is_filed_as_if_no_forwarder_were_between() {
    #[track_caller]
    fn check(header: &str, message: &str) {
        let raw = format!("{header}{message}");
        let [record] = <[Value; 1]>::try_from(records(Format::Syslog, raw.as_bytes())).unwrap();
        let (raw, mut forwarded) = (filed(raw.as_bytes()), filed(record.to_string().as_bytes()));
        // As plain text, the message is the whole line.
        if raw.message.starts_with(header) {
            forwarded.message.insert_str(0, header);
        }
        assert_eq!(forwarded, raw, "{record}");
    }
    for header in [
        "<30>Nov 20 08:35:38 web-1 shop[12]: ",
        "<11>Nov 20 08:35:38 web-1 shop: ",
        "<30>1 2026-11-20T08:35:38.5Z web-1 shop 12 - - ",
        "<30>1 2026-11-20T10:35:38.5+02:00 web-1 - - - - ",
        "<13>1 2026-11-20T08:35:38Z web-1 shop 12 - [ex@1 a=\"1\"][b c=\"2\"] ",
    ] {
        for message in [
            r#"{"level":"error","msg":"m","requestId":"ID","service":"pay","time":"2026-11-20T08:35:37.5Z"}"#,
            r#"{"msg":"m","stack_trace":"java.lang.X: b\n\tat a.B(C.java:1)"}"#,
            r#"{"a":1}"#,
            r#"{"severity":"error","message":"ID failed","facility":"pay"}"#,
            r#"{"message":"[ID] failed"}"#,
            r#"level=warn msg="m x" trace_id=TRACE"#,
            r#"2026-11-20 08:35:37,123 ERROR {"msg":"m","requestId":"ID"}"#,
            r#"[main] ERROR level=warn msg="m x" trace_id=TRACE"#,
            r#"paid {"order": 17} for {"service": "pay"}"#,
            r#"info: paid {"service": "pay"}"#,
            "order 17 placed",
            "ERROR payment failed",
            "failed request_id=ID",
            "2026-11-20 08:35:37,123 ERROR request_id=ID boom",
            "ERROR c.a.Pay [ID] - boom",
            "INFO ... [TRACE] shop m",
            "2026-11-20 08:35:37.123 ERROR [pay,TRACE,b7ad6b7169203331] 1 --- [x] c.a.P : boom",
            "2026-11-20T08:35:37.123Z ERROR 1 --- [pay] [exec-1] [TRACE-b7ad6b7169203331] c.a.P : boom",
            r#"10.0.0.1 - - [20/Nov/2026:08:35:37 +0000] "GET /x HTTP/1.1" 500 12 "-" "curl" TRACE"#,
            "INFO [a.py:1] [dd.service=pay dd.trace_id=7] - m",
            "failed request_id=ID\nTRACEBACK",
            "TRACEBACK",
        ] {
            let message = message.replace("TRACEBACK", TRACEBACK).replace("TRACE", TRACE).replace("ID", ID);
            check(header, &message);
        }
    }
    for data in [
        r#"[ctx@1 request_id="ID"]"#,
        r#"[ctx@1 request_id="ID"][x@2 a="b"]"#,
        r#"[x@2 a="\"b\" \]"][ctx@1 a="c" requestId="ID"]"#,
        r#"[mdc@18060 traceId="TRACE" spanId="b7ad6b7169203331"]"#,
    ] {
        let data = data.replace("TRACE", TRACE).replace("ID", ID);
        let header = format!("<11>1 2026-11-20T08:35:38Z web-1 shop 12 - {data} ");
        for message in ["boom", r#"{"level":"warn","msg":"m"}"#, "failed\nTRACEBACK"] {
            check(&header, &message.replace("TRACEBACK", TRACEBACK));
        }
    }
    for header in
        ["<30>Nov 20 08:35:38 web-1 shop[12]: @cee: ", "<30>1 2026-11-20T08:35:38.5Z web-1 shop 12 - - @cee: "]
    {
        check(header, r#"{"level":"warn","msg":"m","requestId":"r-1"}"#);
    }
}

//! Which words a text has, in all languages: by sketches and by a scan.

use mongodb::bson::{Document, doc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tests::app::TestApp;
use tests::http::{Get, PlainHttp};
use tests::kinesis::Stream;

const DAY: &str = "2026-11-20";

/// The texts of the records, and what finds each of them and nothing else.
const TEXTS: [(&str, &[&str]); 16] = [
    ("⚠️Disk full❤️", &["disk", "full", "disk full", "⚠️ disk"]),
    ("step 1️⃣ of 3️⃣", &["step 1", "1 of 3"]),
    ("خطأ، في الاتصال؟", &["خطأ", "الاتصال", "خطأ في"]),
    ("त्रुटि। विफल", &["त्रुटि", "त्रुटि विफल"]),
    ("שלום־עולם", &["שלום", "עולם"]),
    ("发生错误了7次", &["错误", "错", "发生错误", "7", "错误了 7", "发生错误了7次", "错误*"]),
    ("データベース接続エラー VND-9", &["接続", "エラー", "ベース接", "エラーVND", "vnd-9"]),
    ("ไม่สามารถเชื่อมต่อ", &["เชื่อมต่อ", "สามารถ"]),
    ("Gr\u{f6}\u{df}e", &["GR\u{d6}\u{1e9e}E", "gro\u{308}\u{df}e", "gr\u{f6}*"]),
    ("Vero\u{308}ffentlicht", &["ver\u{f6}ffentlicht", "VERO\u{308}FFENTLICHT"]),
    ("오류가 \u{1112}\u{1161}\u{11ab}", &["오류가", "오류*", "한"]),
    ("İZMİR çalışıyor", &["izmir", "İzmir", "i\u{307}zmir", "ÇALIŞIYOR", "çalışıyor"]),
    ("ISPARTA", &["ısparta", "isparta", "İSPARTA"]),
    ("か\u{3099}ぎ", &["が", "ぎ", "がぎ", "か\u{3099}き\u{3099}"]),
    ("cafe\u{301} Hu\u{1ebf} hu\u{ea}\u{301}", &["caf\u{e9}", "caf*", "caf\u{e9}*", "hue\u{302}\u{301}", "HU\u{1ebe}"]),
    ("ΟΔΥΣΣΕΥΣ", &["οδυσσευς", "Οδυσσευσ"]),
];

/// What finds nothing.
const NOTHING: [&str; 18] = [
    "错误了8",
    "误错",
    "次7",
    "Verof",
    "grosse",
    "grö",
    "오류",
    "zmir",
    "calisiyor",
    "ل",
    "か",
    "がき",
    "き*",
    "cafe",
    "cafe*",
    "hue*",
    "hu\u{ea}*",
    "하*",
];

async fn found(api: &PlainHttp, q: &str) -> (Vec<String>, Value) {
    let answer = api.get(&format!("/logs?q={}", utf8_percent_encode(q, NON_ALPHANUMERIC))).await;
    assert_eq!(answer.status, 200, "{q} {answer:#?}");
    let records = answer.body["records"].as_array().expect("records");
    let messages = records.iter().filter_map(|record| record["message"].as_str()).map(str::to_owned);
    (messages.collect(), answer.body["searched"].clone())
}

#[tokio::test]
async fn a_text_is_found_by_its_words_in_any_language() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for (second, (text, _)) in TEXTS.iter().enumerate() {
        let record = json!({ "timestamp": format!("{DAY}T08:00:{second:02}Z"), "message": text });
        stream.put("host", record.to_string());
    }
    app.deliver(&stream).await;
    let api = PlainHttp::start(app.db.env()).await;
    let queries: Vec<(&str, Vec<&str>)> = TEXTS
        .iter()
        .flat_map(|(text, queries)| queries.iter().map(|q| (*q, vec![*text])))
        .chain(NOTHING.map(|q| (q, Vec::new())))
        .collect();
    for (q, expect) in &queries {
        let (messages, searched) = found(&api, q).await;
        assert_eq!(messages, *expect, "{q}");
        // The beginning of a word is no word.
        if !q.ends_with('*') {
            assert_eq!(searched, json!({ "sketches": 1, "scanned": 0 }), "{q}");
        }
    }
    let sketches = app.db.database().collection::<Document>(&format!("sketches_{DAY}"));
    sketches.delete_one(doc! { "_id": "complete" }).await.expect("deleted");
    for (q, expect) in &queries {
        assert_eq!(found(&api, q).await.0, *expect, "{q}");
    }
}

/// A picture of several people has what joins them between them, which is no word.
#[tokio::test]
async fn a_picture_is_no_word() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for text in ["\u{1F469}\u{200D}\u{1F467} a", "\u{1F469}\u{200D}\u{1F4BB} b"] {
        stream.put("host", json!({ "timestamp": format!("{DAY}T08:00:00Z"), "message": text }).to_string());
    }
    app.deliver(&stream).await;
    let api = PlainHttp::start(app.db.env()).await;
    let (messages, _) = found(&api, "\u{1F469}\u{200D}\u{1F467}").await;
    assert_eq!(messages, ["\u{1F469}\u{200D}\u{1F467} a"]);
}

//! How deep a value may be in objects and lists.

use serde_json::json;
use tests::app::TestApp;
use tests::http::PlainHttp;
use tests::kinesis::Stream;

use super::{found, unmark};

/// How many levels below the fields of a record are searched.
pub(super) const DEPTH: usize = 4;

#[tokio::test]
async fn a_value_is_found_in_many_objects_and_lists() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    let lists = |levels: usize| (0..levels).fold(json!("lost VND-7"), |inner, _| json!([0, inner]));
    for levels in 0..=DEPTH + 1 {
        let objects = (0..levels).fold(json!("order VND-7"), |inner, _| json!({ "in": inner }));
        let mixed = (0..levels).fold(json!(7_000 + levels), |inner, level| {
            if level % 2 == 0 { json!([inner, "x"]) } else { json!({ "a": inner }) }
        });
        // Levels below do not matter for those above.
        let other = (0..60).fold(json!("bottom"), |inner, _| json!({ "in": inner }));
        for (value, note) in [(objects, "objects"), (lists(levels), "lists"), (mixed, "mixed")] {
            let note = format!("{note}{levels}");
            let record = json!({ "timestamp": "2026-11-20T08:00:00Z", "message": note, "value": value, "z": [other] });
            stream.put("host", record.to_string());
        }
    }
    app.deliver(&stream).await;
    let api = PlainHttp::start(app.db.env()).await;
    for is_sketched in [true, false] {
        for (q, expect) in [
            ("order vnd-7", DEPTH + 1),
            ("lost VND 7", DEPTH + 1),
            ("ord*", DEPTH + 1),
            ("VND", 2 * DEPTH + 2),
            ("order 7", 0),
            ("rder", 0),
        ] {
            let q = q.replace(' ', "+");
            let (ids, _) = found(&api, &format!("q={q}")).await;
            assert_eq!(ids.len(), expect, "{q} {is_sketched}");
            let (others, _) = found(&api, &format!("not.q={q}")).await;
            assert_eq!(ids.len() + others.len(), 3 * (DEPTH + 2), "{q} {is_sketched}");
        }
        for levels in 0..=DEPTH + 1 {
            let (ids, _) = found(&api, &format!("q={}", 7_000 + levels)).await;
            assert_eq!(ids.len(), usize::from(levels <= DEPTH), "{levels} {is_sketched}");
        }
        unmark(&app.db).await;
    }
}

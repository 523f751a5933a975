//! For random records, deliveries and searches, the sketches answer as a scan does.

use std::fmt::Write as _;

use mongodb::bson::doc;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use tests::app::TestApp;
use tests::http::{Get, PlainHttp};
use tests::kinesis::Stream;

use super::depth::DEPTH;
use super::{DAYS, found, sketches, unmark};

/// What an operator is written with.
const SIGNS: [char; 5] = ['<', '>', '=', '!', '~'];
/// With so many documents more, a day is one of many records, of which the sketches' ranges are read one by one.
const MANY: i32 = 2_100;
/// Records of one transaction in three, and errors, have an index. A search may be within these.
const WITHIN: [&str; 3] = ["", "&log_uid=uid-1", "&level=ERROR"];
/// The number of cases: half a minute on two cores.
const DEFAULT_CASES: u32 = 8;
const SHRINK_STEPS: u32 = 100;

#[derive(Debug, Clone)]
struct Case {
    records: Vec<Made>,
    /// How many records a payload holds.
    per_payload: usize,
    is_delivered_again: bool,
    /// Whether the days have many documents more.
    has_many: bool,
    /// The days that were filed without sketches.
    lost: Vec<usize>,
    searches: Vec<Search>,
}

#[derive(Debug, Clone)]
struct Made {
    day: usize,
    /// The time since midnight.
    second: u32,
    fields: Vec<(&'static str, Sent)>,
}

#[derive(Debug, Clone)]
struct Search {
    record: Index,
    field: Index,
    kind: Kind,
    within: &'static str,
    is_oldest: bool,
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Whole,
    OneWord,
    Beginning,
    OtherCase,
    NotThis,
    Field,
    FieldAndText,
    Nowhere,
}

#[derive(Debug, Clone)]
enum Sent {
    Text(String),
    Number(&'static str),
    Nested(String, &'static str),
    /// In so many objects and lists.
    Deep(String, usize),
}

impl Sent {
    fn json(&self) -> String {
        let quoted = |text: &String| Value::from(text.as_str()).to_string();
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) => (*number).to_owned(),
            Self::Nested(text, number) => format!("{{\"list\": [{number}, {{\"in\": {}}}]}}", quoted(text)),
            Self::Deep(text, levels) => (0..*levels).fold(quoted(text), |inner, level| {
                if level % 3 == 1 { format!("[1, {inner}]") } else { format!("{{\"in\": {inner}}}") }
            }),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Nested(text, _) | Self::Deep(text, _) => text,
            Self::Number(number) => number,
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let word = select(vec![
        "Vendor",
        "vendor",
        "timeout",
        "TIME",
        "VND",
        "007000",
        "größe",
        "GRÖßE",
        "ΟΔΟΣ",
        "οδος",
        "ſtraße",
        "STRASSE",
        "K9",
        "\u{212A}9",
        "İx",
        "ix",
        "ıx",
        "5",
        "05",
        "5.0",
        "0x1F",
        "µs",
        "在庫",
        "cafe\u{301}",
        "caf\u{e9}",
        "CAF\u{c9}",
        "İ\u{307}x",
        "ışık",
        "在",
        "在庫A",
        "庫が",
        "か\u{3099}",
        "が",
        "か",
        "か\u{3099}ぎ",
        "cafe",
        "caf",
        "\u{1112}\u{1161}\u{11ab}",
        "하",
        "Hu\u{ea}\u{301}",
        "hue\u{302}",
        "ที่ไม่",
        "خطأ،",
        "⚠\u{fe0f}",
        "\u{200d}a",
        "a",
        "",
    ]);
    let separator = select(vec![" ", "-", ", ", "/", "", " “", "→", "\n", "_", "…", "\u{a0}", "!?", "🙂"]);
    let text = vec((word, separator), 1..5)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, separator)| [word, separator]).collect::<String>())
        .boxed();
    let number = select(vec![
        "5",
        "5.0",
        "-7",
        "0",
        "42.5",
        "1e23",
        "1152921504606846976",
        "0.1",
        "18446744073709551615",
        "7000",
    ]);
    prop_oneof![
        5 => text.clone().prop_map(Sent::Text),
        2 => number.clone().prop_map(Sent::Number),
        1 => (text.clone(), number).prop_map(|(text, number)| Sent::Nested(text, number)),
        1 => (text, select(vec![2_usize, 3, DEPTH])).prop_map(|(text, levels)| Sent::Deep(text, levels)),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let name = select(vec!["message", "order", "note", "service", "thread", "exc_text"]);
    let record = (0..DAYS.len(), prop_oneof![0..86_400_u32, 3_600..3_700_u32], vec((name, sent()), 1..4))
        .prop_map(|(day, second, fields)| Made { day, second, fields });
    let kind = select(vec![
        Kind::Whole,
        Kind::OneWord,
        Kind::Beginning,
        Kind::OtherCase,
        Kind::NotThis,
        Kind::Field,
        Kind::FieldAndText,
        Kind::Nowhere,
    ]);
    let search =
        (any::<Index>(), any::<Index>(), kind, select(WITHIN.to_vec()), any::<bool>(), select(vec![2_usize, 7, 100]))
            .prop_map(|(record, field, kind, within, is_oldest, limit)| Search {
                record,
                field,
                kind,
                within,
                is_oldest,
                limit,
            });
    let delivery = (any::<bool>(), any::<bool>());
    (vec(record, 1..40), 1..20_usize, delivery, vec(0..DAYS.len(), 0..2), vec(search, 8..16)).prop_map(
        |(records, per_payload, (is_delivered_again, has_many), lost, searches)| Case {
            records,
            per_payload,
            is_delivered_again,
            has_many,
            lost,
            searches,
        },
    )
}

impl Search {
    /// Whether the record that the search was made of has to be found.
    fn is_found(&self, case: &Case) -> bool {
        let fields = &self.record.get(&case.records).fields;
        let at = self.field.index(fields.len());
        let (name, sent) = &fields[at];
        // Of fields with one name, the first is sent.
        let is_sent = fields.iter().position(|(other, _)| other == name) == Some(at);
        let has_word = sent.text().chars().any(char::is_alphanumeric);
        self.kind == Kind::Whole
            && self.within.is_empty()
            && *name != "thread"
            && is_sent
            && has_word
            && !matches!(sent, Sent::Number(_))
    }

    /// Returns the query string. `None` for a value that nobody can ask for.
    fn query(&self, case: &Case) -> Option<String> {
        let fields = &self.record.get(&case.records).fields;
        let (name, sent) = self.field.get(fields);
        let text = sent.text();
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let first = text.split_whitespace().next().unwrap_or_default();
        // Without the type, a sign of a comparison before the value is a part of the operator.
        let field = if text.starts_with(SIGNS) { format!("field.{name}:string") } else { format!("field.{name}") };
        let condition = match self.kind {
            Kind::Whole => format!("q={}", encoded(text)),
            Kind::OneWord => format!("q={}", encoded(first)),
            Kind::Beginning => format!("q={}*", encoded(&first.chars().take(2).collect::<String>())),
            Kind::OtherCase => format!("q={}", encoded(&text.to_uppercase())),
            Kind::NotThis => format!("q={}&not.q={}", encoded(first), encoded(text)),
            Kind::Field => format!("{field}={}", encoded(text)),
            Kind::FieldAndText => format!("{field}={}&q={}", encoded(text), encoded(first)),
            Kind::Nowhere => "q=nowhere".to_owned(),
        };
        let is_empty = (first.is_empty() && self.kind != Kind::Field) || text.is_empty();
        let order = if self.is_oldest { "oldest" } else { "newest" };
        (!is_empty).then(|| format!("{condition}{}&order={order}&limit={}", self.within, self.limit))
    }
}

async fn check(case: &Case) {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    for payload in case.records.chunks(case.per_payload) {
        let mut lines = String::new();
        for Made { day, second, fields } in payload {
            let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
            let mut fields = fields.clone();
            fields.sort_by_key(|(name, _)| *name);
            fields.dedup_by_key(|(name, _)| *name);
            let fields: Vec<String> =
                fields.iter().map(|(name, sent)| format!("\"{name}\": {}", sent.json())).collect();
            let time = format!("{}T{hour:02}:{minute:02}:{second:02}Z", DAYS[*day]);
            let level = if second % 2 == 0 { "ERROR" } else { "INFO" };
            let fields = fields.join(", ");
            let uid = second % 3;
            writeln!(lines, r#"{{"timestamp": "{time}", "level": "{level}", "log_uid": "uid-{uid}", {fields}}}"#)
                .expect("written");
        }
        stream.put("host", lines);
    }
    app.deliver(&stream).await;
    if case.is_delivered_again {
        app.deliver(&stream).await;
    }
    if case.has_many {
        for day in DAYS {
            let documents = (0..MANY).map(|number| doc! { "_id": number });
            app.db.day(day).insert_many(documents).await.expect("inserted");
        }
    }
    for day in &case.lost {
        sketches(&app.db, DAYS[*day]).drop().await.expect("dropped");
    }
    let api = PlainHttp::start(app.db.env()).await;
    let queries: Vec<(String, bool)> =
        case.searches.iter().filter_map(|search| Some((search.query(case)?, search.is_found(case)))).collect();
    let mut answers = Vec::new();
    for (query, _) in &queries {
        let counted = api.get(&format!("/histogram?from=2026-11-18&to=2026-11-20&{}", filter(query))).await;
        let counted =
            counted.body["buckets"].as_array().map(|all| all.iter().filter_map(|one| one["count"].as_u64()).sum());
        answers.push((found(&api, query).await.0, counted.unwrap_or(0_u64)));
    }
    unmark(&app.db).await;
    for ((query, is_found), (ids, counted)) in queries.iter().zip(answers) {
        let (expect, searched) = found(&api, query).await;
        assert_eq!(ids, expect, "{query}");
        assert!(!is_found || !ids.is_empty(), "{query}");
        assert_eq!(counted, expect.len() as u64, "{query}");
        assert_eq!(searched["sketches"].as_u64().unwrap_or_default(), 0, "{query}");
    }
}

/// Returns a query without order and limit.
fn filter(query: &str) -> &str {
    query.split_once("&order=").map_or(query, |(filter, _)| filter)
}

#[test]
fn the_sketches_answer_as_a_scan_does() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let default = Config::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { DEFAULT_CASES };
    let seed = match default.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
    };
    let rng_seed = RngSeed::Fixed(seed);
    let config = Config { cases, rng_seed, max_shrink_iters: SHRINK_STEPS, failure_persistence: None, ..default };
    let outcome = TestRunner::new(config).run(&case(), |case| {
        runtime.block_on(check(&case));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("again with PROPTEST_RNG_SEED={seed}: {failure}");
    }
}

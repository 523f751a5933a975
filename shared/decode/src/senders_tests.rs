//! Checks what real senders write (`tests/fixtures/senders`): each case is decoded and compared with what is right.
//!
//! `not_yet.txt` lists the cases that still fail. `decided.md` lists the cases that are decided otherwise. Both lists
//! are exact: a case outside them must pass, and a case in them must fail.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use record::{EventTime, LogRecord, LogUid, Rules, Source, WorkBudget, canonical};
use serde::Deserialize;

use crate::sink::DecodedItem;
use crate::{Sink, decode};

const CASES: &str = include_str!("../../../tests/fixtures/senders/cases.jsonl");
const NOT_YET: &str = include_str!("../../../tests/fixtures/senders/not_yet.txt");
const DECIDED: &str = include_str!("../../../tests/fixtures/senders/decided.md");
/// When all cases arrive: 2026-11-25T23:20:00Z.
const ARRIVED_MILLIS: i64 = 1_795_648_800_000;
/// The cases whose record is found by the id in `uid`, but has a better one as its `log_uid`.
const FOUND_BY_A_FURTHER_ID: [&str; 1] = ["libraries/dotnet_json_console"];
const EXCEPTION_FIELDS: [&str; 3] = ["exc_text", "exc_info", "stack_info"];

#[derive(Deserialize)]
struct Case {
    id: String,
    topic: String,
    want: Want,
    payload: Option<String>,
    payload_base64: Option<String>,
    expect: Expect,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Want {
    Must,
    Keep,
    May,
}

/// What is right, mostly about the first record. What is absent does not matter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    records: Option<usize>,
    uid: Option<String>,
    /// Further ids under which the record is found.
    #[serde(default)]
    ids: Vec<String>,
    time: Option<String>,
    levelno: Option<i64>,
    service: Option<String>,
    fqdn: Option<String>,
    logger: Option<String>,
    message: Option<String>,
    exception_contains: Option<String>,
    masked: Option<bool>,
    /// Fields that the record must not have.
    #[serde(default)]
    absent: Vec<String>,
}

fn cases() -> Vec<Case> {
    CASES.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the names of the cases that still fail.
fn not_yet() -> BTreeSet<&'static str> {
    NOT_YET.lines().filter(|line| !line.is_empty()).collect()
}

/// Returns the names of the cases that are decided otherwise: the first column of the table.
fn decided() -> BTreeSet<&'static str> {
    DECIDED.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |").map(|(id, _)| id)).collect()
}

pub(crate) fn records(rules: &Rules, payload: &[u8]) -> Vec<LogRecord> {
    let mut records = Vec::new();
    let mut on_item = |item: DecodedItem<'_, '_>| {
        let source = Source {
            stream: "logs",
            shard: "shardId-000000000000",
            sequence_number: "4954",
            sub_sequence: item.sub_sequence,
            index: item.index,
            arrived: EventTime::from_millis(ARRIVED_MILLIS).unwrap(),
            format: item.format.unwrap_or("unknown"),
        };
        records.extend(item.draft.ok().and_then(|draft| draft.complete(&source).ok()));
        ControlFlow::Continue(())
    };
    decode(payload, &mut Sink::new(rules, &WorkBudget::unlimited(), &mut on_item));
    records
}

impl Case {
    /// Returns the name in the lists: some topics share an id.
    fn name(&self) -> String {
        format!("{}/{}", self.topic, self.id)
    }

    fn payload(&self) -> Vec<u8> {
        match (&self.payload, &self.payload_base64) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(text)) => BASE64_STANDARD.decode(text).unwrap(),
            (None, None) => Vec::new(),
        }
    }

    /// Returns what is wrong; empty if all is right.
    fn faults(&self, rules: &Rules) -> Vec<String> {
        let records = records(rules, &self.payload());
        let mut faults = Vec::new();
        let mut check = |what: &str, found: Option<String>, expect: Option<String>| {
            if expect.is_some() && found != expect {
                faults.push(format!("{what} {found:?}, expected {expect:?}"));
            }
        };
        let expect = &self.expect;
        check("records", Some(records.len().to_string()), expect.records.map(|records| records.to_string()));
        let first = records.first();
        let text = |name: &str| first.and_then(|record| record.document().get_str(name).ok()).map(str::to_owned);
        let millis = |time: EventTime| time.to_bson().timestamp_millis().to_string();
        let expected_time = expect.time.as_deref().map(|time| EventTime::from_rfc3339(time).unwrap());
        // A search for an id finds it in every spelling.
        let spellings = |id: &str| LogUid::parse(id).unwrap().spellings();
        if let Some(expected) = expect.uid.as_deref().filter(|_| !FOUND_BY_A_FURTHER_ID.contains(&self.name().as_str()))
        {
            let canonicals: Vec<String> = LogUid::parse(expected).unwrap().canonical_spellings().collect();
            let found = text("log_uid")
                .map(|uid| if canonicals.contains(&canonical(&uid)) { expected.to_owned() } else { uid });
            check("uid", found, expect.uid.clone());
        }
        let carried: Vec<&str> = first.map_or_else(Vec::new, |record| record.ids().collect());
        for id in expect.uid.iter().chain(&expect.ids) {
            let is_found = spellings(id).iter().any(|spelling| carried.contains(&spelling.as_str()));
            check("ids", Some(format!("{id} found: {is_found}")), Some(format!("{id} found: true")));
        }
        check("time", first.map(|record| millis(record.time())), expected_time.map(millis));
        let levelno = first.and_then(LogRecord::level_number);
        check("levelno", levelno.map(|number| number.to_string()), expect.levelno.map(|number| number.to_string()));
        check("service", text("service"), expect.service.clone());
        check("fqdn", text("fqdn"), expect.fqdn.clone());
        check("name", text("name"), expect.logger.clone());
        check("message", text("message"), expect.message.clone());
        for name in &expect.absent {
            let field = first.and_then(|record| record.document().get(name).ok().flatten());
            check(name, Some(format!("{field:?}")), Some("None".to_owned()));
        }
        let masked = records.iter().any(|record| record.redacted() > 0);
        check("masked", Some(masked.to_string()), expect.masked.map(|masked| masked.to_string()));
        if let Some(part) = &expect.exception_contains {
            let exception: String = EXCEPTION_FIELDS.iter().filter_map(|name| text(name)).collect();
            if !exception.contains(part) {
                faults.push(format!("exception {exception:?}, expected to contain {part:?}"));
            }
        }
        faults
    }
}

#[test]
fn the_records_of_real_senders_are_understood() {
    let (not_yet, decided) = (not_yet(), decided());
    let cases: BTreeMap<String, Case> = cases().into_iter().map(|case| (case.name(), case)).collect();
    let (rules, mut wrong) = (Rules::default(), Vec::new());
    for (id, case) in &cases {
        let id = id.as_str();
        let faults = case.faults(&rules);
        let is_listed = not_yet.contains(id) || decided.contains(id);
        if case.want == Want::Keep && is_listed {
            wrong.push(format!("{id} has to pass: a `keep` case cannot be in a list"));
        }
        match (is_listed, faults.is_empty()) {
            (false, false) => wrong.push(format!("{id} fails: {}", faults.join("; "))),
            (true, true) => wrong.push(format!("{id} passes: take it out of the list")),
            _ => {}
        }
    }
    wrong
        .extend(not_yet.union(&decided).filter(|id| !cases.contains_key(**id)).map(|id| format!("{id} is not a case")));
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// Prints how many cases of each topic are right: `cargo test -p decode senders -- --ignored --nocapture`.
#[test]
#[ignore = "prints a table"]
fn a_table_of_the_topics() {
    let rules = Rules::default();
    let mut topics: BTreeMap<String, [usize; 6]> = BTreeMap::new();
    for case in cases() {
        let is_right = usize::from(case.faults(&rules).is_empty());
        let first = 2 * case.want as usize;
        for topic in [case.topic.as_str(), "total"] {
            let counts = topics.entry(topic.to_owned()).or_default();
            counts[first] += is_right;
            counts[first + 1] += 1;
        }
    }
    println!("| topic | must | keep | may |\n|---|---|---|---|");
    for (topic, [must, all_must, keep, all_keep, may, all_may]) in topics {
        println!("| {topic} | {must} of {all_must} | {keep} of {all_keep} | {may} of {all_may} |");
    }
}

/// Decodes plain JSON with known names many times, to count its instructions:
/// `valgrind --tool=callgrind <test binary> --ignored --exact senders::plain_json_many_times`.
#[test]
#[ignore = "is measured by hand"]
fn plain_json_many_times() {
    let python = include_str!("../../../tests/fixtures/order_python312.jsonl");
    let rules = Rules::default();
    for _ in 0..100 {
        assert!(records(&rules, python.as_bytes()).len() > 1);
    }
}

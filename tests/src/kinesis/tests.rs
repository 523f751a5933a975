//! Tests of the simulator against AWS's documented behaviour, as tables.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::runtime_api::FunctionError;

/// A reply of a scripted function.
#[derive(Debug, Clone, Copy)]
enum Say {
    Done,
    /// Reports the record at this position of the shard.
    Failed(usize),
    Error,
}

fn error() -> FunctionError {
    FunctionError { error_type: "Boom".to_owned(), message: "no".to_owned() }
}

fn say(stream: &Stream, answer: Say) -> Reply {
    match answer {
        Say::Done => Ok(json!({ "batchItemFailures": [] })),
        Say::Failed(place) => {
            let number = &stream.records(0)[place].sequence_number;
            Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number.as_str() }] }))
        }
        Say::Error => Err(error()),
    }
}

/// A function that sends its scripted replies, and then successes.
fn script<'a>(stream: &'a Stream, answers: &'a [Say]) -> impl Invoke + 'a {
    let next = Cell::new(0);
    move |_: Value| {
        let answer = answers.get(next.get()).copied().unwrap_or(Say::Done);
        next.set(next.get() + 1);
        say(stream, answer)
    }
}

/// Formats a batch as `first-last`, with positions on the shard instead of sequence numbers.
fn range(stream: &Stream, shard: usize, first: &str, last: &str) -> String {
    let place = |number: &str| {
        let records = stream.records(shard);
        records.iter().position(|record| record.sequence_number.as_str() == number).expect("on the shard")
    };
    format!("{}-{}", place(first), place(last))
}

fn journal(stream: &Stream, mapping: &Mapping<'_>) -> Vec<String> {
    let line = |invocation: &Invocation| {
        let sent = range(stream, invocation.shard, invocation.first.as_str(), invocation.last.as_str());
        format!("{sent} {} {:?}", invocation.retries, invocation.verdict)
    };
    mapping.journal().iter().map(line).collect()
}

fn discarded(stream: &Stream, mapping: &Mapping<'_>) -> Vec<String> {
    let line = |object: &Discarded| {
        let info = &object.body["KinesisBatchInfo"];
        let text = |name: &str| info[name].as_str().expect("text").to_owned();
        let sent = range(stream, 0, &text("startSequenceNumber"), &text("endSequenceNumber"));
        let context = &object.body["requestContext"];
        format!("{sent} {} {}", context["condition"].as_str().expect("text"), context["approximateInvokeCount"])
    };
    mapping.discarded().iter().map(line).collect()
}

fn stream_of(records: usize) -> Stream {
    let stream = Stream::new("s", 1);
    for number in 0..records {
        stream.put("k", number.to_string());
    }
    stream
}

fn reporting(batch_size: usize) -> EventSource {
    EventSource { batch_size, ..EventSource::reporting() }
}

fn bisecting(source: EventSource) -> EventSource {
    EventSource { on_function_error: OnFunctionError::Bisect, ..source }
}

fn retrying(maximum: u32, source: EventSource) -> EventSource {
    EventSource { maximum_retry_attempts: Some(maximum), ..source }
}

/// Checks the journal. Each line has the records sent, the retries counted before, and the outcome.
#[track_caller]
fn check(source: EventSource, records: usize, answers: &[Say], expect: &[&str], expect_discarded: &[&str]) {
    let stream = stream_of(records);
    let mut mapping = source.connect(&stream);
    assert_eq!(block_on(mapping.drain(&script(&stream, answers))), Drained::End);
    assert_eq!(journal(&stream, &mapping), expect);
    assert_eq!(discarded(&stream, &mapping), expect_discarded);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

#[test]
fn batches_in_order() {
    check(reporting(100), 0, &[], &[], &[]);
    check(reporting(100), 3, &[], &["0-2 0 Complete"], &[]);
    check(reporting(2), 5, &[], &["0-1 0 Complete", "2-3 0 Complete", "4-4 0 Complete"], &[]);
}

#[test]
fn a_reported_record_and_all_behind_it_come_again() {
    check(
        reporting(4),
        6,
        &[Say::Failed(2), Say::Failed(2), Say::Failed(3)],
        &["0-3 0 From(2)", "2-3 1 From(0)", "2-3 2 From(1)", "3-3 3 Complete", "4-5 0 Complete"],
        &[],
    );
}

#[test]
fn an_error_brings_the_whole_batch_again_and_nothing_passes_it() {
    check(
        reporting(2),
        4,
        &[Say::Error, Say::Error],
        &["0-1 0 Failed", "0-1 1 Failed", "0-1 2 Complete", "2-3 0 Complete"],
        &[],
    );
}

#[test]
fn used_up_attempts_go_to_the_destination_and_the_shard_goes_on() {
    check(
        retrying(2, reporting(2)),
        4,
        &[Say::Error, Say::Error, Say::Error],
        &["0-1 0 Failed", "0-1 1 Failed", "0-1 2 Failed", "2-3 0 Complete"],
        &["0-1 RetryAttemptsExhausted 3"],
    );
    check(retrying(0, reporting(3)), 3, &[Say::Failed(1)], &["0-2 0 From(1)"], &["1-2 RetryAttemptsExhausted 1"]);
}

#[test]
fn bisecting_halves_a_failed_batch_without_counting_a_retry() {
    check(
        bisecting(retrying(1, reporting(4))),
        4,
        // The third record always fails.
        &[Say::Error, Say::Done, Say::Error, Say::Error, Say::Error, Say::Done],
        &["0-3 0 Failed", "0-1 0 Complete", "2-3 0 Failed", "2-2 0 Failed", "2-2 1 Failed", "3-3 0 Complete"],
        &["2-2 RetryAttemptsExhausted 4"],
    );
}

#[test]
fn bisecting_cuts_at_the_reported_record() {
    check(
        bisecting(retrying(1, reporting(4))),
        4,
        &[Say::Failed(2), Say::Failed(3), Say::Failed(3), Say::Failed(3)],
        &["0-3 0 From(2)", "2-3 0 From(1)", "3-3 0 From(0)", "3-3 1 From(0)"],
        &["3-3 RetryAttemptsExhausted 4"],
    );
}

#[test]
fn the_payload_limit_ends_a_batch_early() {
    const MEBIBYTE: usize = 1024 * 1024;
    let stream = Stream::new("s", 1);
    // Base64 turns 3 bytes into 4. Two records of 2 MiB fit into 6 MiB; a record of 5 MiB does not.
    for size in [2, 2, 2, 5, 1] {
        stream.put("k", vec![b'x'; size * MEBIBYTE]);
    }
    let sizes = RefCell::new(Vec::new());
    let mut mapping = reporting(100).connect(&stream);
    let drained = block_on(mapping.drain(&|event: Value| {
        sizes.borrow_mut().push(event.to_string().len());
        Ok(Value::Null)
    }));
    assert_eq!(drained, Drained::End);
    assert_eq!(journal(&stream, &mapping), ["0-1 0 Complete", "2-2 0 Complete", "4-4 0 Complete"]);
    assert_eq!(discarded(&stream, &mapping), ["3-3 PayloadTooLarge 0"]);
    assert!(sizes.into_inner().iter().all(|size| *size <= 6 * MEBIBYTE));
}

#[test]
fn records_past_their_age_are_given_up_at_the_head_of_a_batch() {
    let stream = Stream::new("s", 1);
    for _ in 0..3 {
        stream.put("k", "x");
        stream.clock().advance(Duration::from_mins(1));
    }
    let source = EventSource { maximum_record_age: Some(Duration::from_secs(200)), ..reporting(10) };
    let mut mapping = source.connect(&stream);
    let function = |_: Value| say(&stream, Say::Error);
    let drained = block_on(mapping.drain_with(&function, async |_: &Invocation| {
        stream.clock().advance(Duration::from_mins(1));
    }));
    assert_eq!(drained, Drained::End);
    assert_eq!(journal(&stream, &mapping), ["0-2 0 Failed", "1-2 1 Failed", "2-2 2 Failed"]);
    assert_eq!(
        discarded(&stream, &mapping),
        ["0-0 RecordAgeExceeded 1", "1-1 RecordAgeExceeded 2", "2-2 RecordAgeExceeded 3"]
    );
}

#[test]
fn shards_do_not_wait_for_each_other() {
    let stream = Stream::new("s", 2);
    stream.put_on(0, "k", "poison");
    stream.put_on(0, "k", "x");
    stream.put_on(1, "k", "x");
    let mut mapping = EventSource::reporting().connect(&stream).with_invocations_limit(10);
    let poisoned = |event: Value| match event["Records"][0]["eventID"].as_str() {
        Some(id) if id.starts_with("shardId-000000000000") => Err(error()),
        _ => Ok(Value::Null),
    };
    assert_eq!(block_on(mapping.drain(&poisoned)), Drained::Limit);
    let done = mapping.journal().iter().filter(|invocation| invocation.verdict == Verdict::Complete).count();
    assert_eq!((done, mapping.journal().len()), (1, 10));
}

#[test]
fn a_drain_goes_on_where_the_last_one_stopped() {
    let stream = stream_of(3);
    let mut mapping = reporting(2).connect(&stream).with_invocations_limit(1);
    let function = script(&stream, &[Say::Failed(1)]);
    assert_eq!(block_on(mapping.drain(&function)), Drained::Limit);
    assert_eq!(block_on(mapping.drain(&function)), Drained::Limit);
    assert_eq!(block_on(mapping.drain(&function)), Drained::End);
    stream.put("k", "x");
    assert_eq!(block_on(mapping.drain(&function)), Drained::End);
    assert_eq!(journal(&stream, &mapping), ["0-1 0 From(1)", "1-1 1 Complete", "2-2 0 Complete", "3-3 0 Complete"]);
}

#[test]
fn parallel_lanes_keep_the_order_of_a_partition_key() {
    const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];
    let stream = Stream::new("s", 1);
    for number in 0..50 {
        stream.put(KEYS[number % KEYS.len()], number.to_string());
    }
    let seen = RefCell::new(Vec::new());
    let function = |event: Value| {
        let records = event["Records"].as_array().expect("a list").clone();
        seen.borrow_mut().extend(records.into_iter().map(|record| {
            let field = |name: &str| record["kinesis"][name].as_str().expect("text").to_owned();
            (field("partitionKey"), field("sequenceNumber"))
        }));
        Ok(Value::Null)
    };
    let source = EventSource { parallelization_factor: 3, ..reporting(4) };
    let mut mapping = source.connect(&stream);
    assert_eq!(block_on(mapping.drain(&function)), Drained::End);
    let seen = seen.into_inner();
    assert_eq!(seen.len(), 50);
    for key in KEYS {
        assert!(seen.iter().filter(|(of, _)| of == key).is_sorted_by(|(_, a), (_, b)| a < b), "{key}");
    }
    let lanes: std::collections::BTreeSet<_> = mapping.journal().iter().map(|invocation| invocation.lane).collect();
    assert!(lanes.len() > 1, "more than one lane had work");
}

#[test]
fn a_discarded_batch_is_written_as_aws_writes_it() {
    let stream = stream_of(2);
    let mut mapping = retrying(0, reporting(10)).connect(&stream);
    assert_eq!(block_on(mapping.drain(&script(&stream, &[Say::Error]))), Drained::End);
    let [object] = &mapping.discarded()[..] else { panic!("one object") };
    assert_eq!(object.event(), event(&stream, 0, &stream.records(0)));
    let mut body = object.body.clone();
    body["payload"] = json!("<the event as text>");
    insta::assert_snapshot!(
        format!("{}\n{body:#}", object.key),
        @r#"
    aws/lambda/5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10/shardId-000000000000/2026/11/20/2026-11-20T12.00.00-00000000-0000-4000-8000-000000000000
    {
      "KinesisBatchInfo": {
        "approximateArrivalOfFirstRecord": "2026-11-20T12:00:00.000Z",
        "approximateArrivalOfLastRecord": "2026-11-20T12:00:00.000Z",
        "batchSize": 2,
        "endSequenceNumber": "49546986683135544286507457936321620000000000000000000100",
        "shardId": "shardId-000000000000",
        "startSequenceNumber": "49546986683135544286507457936321620000000000000000000000",
        "streamArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s"
      },
      "payload": "<the event as text>",
      "requestContext": {
        "approximateInvokeCount": 1,
        "condition": "RetryAttemptsExhausted",
        "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:ingest",
        "requestId": "00000000-0000-4000-8000-000000000000"
      },
      "responseContext": {
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
        "statusCode": 200
      },
      "timestamp": "2026-11-20T12:00:00.000Z",
      "version": "1.0"
    }
    "#
    );
}

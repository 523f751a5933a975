//! Property: any records, delivered in any way with any faults, are kept once, in their day.
//!
//! `PROPTEST_CASES` sets the number of cases, `PROPTEST_RNG_SEED` repeats the cases of a failed run.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::pending;
use std::time::Duration;

use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;
use tests::app::TestApp;
use tests::fixtures::Payload;
use tests::kinesis::{Drained, EventSource, Invoke, OnFunctionError, Reply, Stream};
use tests::mongo::{FailCommand, OwnServer};
use tests::wait::DEADLINE;

use crate::kept::{Place, kept};

/// The number of cases: well under a minute on two cores.
const DEFAULT_CASES: u32 = 24;
const SHRINK_STEPS: u32 = 200;
const SHARDS: usize = 3;
const INVOCATIONS_LIMIT: usize = 2_000;
/// Long enough to kill a process meanwhile, short enough that the late insert meets the next delivery.
const HELD_UP: Duration = Duration::from_millis(300);
/// Leaves the function a tenth of a second for MongoDB.
const TOO_SHORT: Duration = Duration::from_millis(1_600);
/// The commands that fail, each as often as it is listed.
const COMMANDS: [&str; 6] = ["insert", "insert", "insert", "find", "create", "createIndexes"];
/// `BadValue`, `Unauthorized`, `MaxTimeMSExpired`, `ShutdownInProgress`, `PrimarySteppedDown`, `NotWritablePrimary`,
/// `InterruptedAtShutdown`, `OutOfDiskSpace`.
const CODES: [i32; 8] = [2, 13, 50, 91, 189, 10_107, 11_600, 14_031];

#[derive(Debug, Clone)]
struct Case {
    sent: Vec<Sent>,
    deliveries: Vec<Delivery>,
}

/// A payload and its shard.
#[derive(Debug, Clone)]
struct Sent {
    shard: usize,
    key: u8,
    /// The time since midnight.
    second: i64,
    holds: Holds,
}

#[derive(Debug, Clone, Copy)]
enum Holds {
    Record,
    ThreeRecords,
    RecordWithoutTime,
    NoRecord,
}

/// A delivery of the whole stream to several functions at once.
#[derive(Debug, Clone)]
struct Delivery {
    mappings: Vec<Cut>,
    /// One for each invocation, until none are left.
    faults: Vec<Fault>,
}

#[derive(Debug, Clone)]
struct Cut {
    batch_size: usize,
    parallelization_factor: usize,
    bisects: bool,
}

#[derive(Debug, Clone)]
enum Fault {
    None,
    Refused {
        command: &'static str,
        code: i32,
        times: u32,
    },
    Unconfirmed {
        times: u32,
    },
    HungUp {
        command: &'static str,
        times: u32,
    },
    Killed,
    TimeUp,
    /// Kills the process at its deadline, without a reply.
    NoTimeAtAll,
    ColdStart,
}

fn case() -> impl Strategy<Value = Case> {
    // With two at once, one would often repair what the other loses.
    let mappings = prop_oneof![3 => vec(cut(), 1), 1 => vec(cut(), 2)];
    let deliveries = vec((mappings, vec(fault(), 0..=10)), 1..=3);
    (vec(sent(), 1..=40), deliveries).prop_map(|(sent, deliveries)| Case {
        sent,
        deliveries: deliveries.into_iter().map(|(mappings, faults)| Delivery { mappings, faults }).collect(),
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    let holds = prop_oneof![
        4 => Just(Holds::Record),
        2 => Just(Holds::ThreeRecords),
        1 => Just(Holds::RecordWithoutTime),
        1 => Just(Holds::NoRecord),
    ];
    // Few times, so that many records have the same microsecond.
    (0..SHARDS, 0..4_u8, -2..2_i64, holds).prop_map(|(shard, key, second, holds)| Sent { shard, key, second, holds })
}

fn cut() -> impl Strategy<Value = Cut> {
    (1..=16_usize, prop_oneof![3 => Just(1_usize), 1 => 2..=3_usize], any::<bool>())
        .prop_map(|(batch_size, parallelization_factor, bisects)| Cut { batch_size, parallelization_factor, bisects })
}

fn fault() -> impl Strategy<Value = Fault> {
    let refused = (select(&COMMANDS[..]), select(&CODES[..]), 1..=4_u32);
    prop_oneof![
        2 => Just(Fault::None),
        6 => refused.prop_map(|(command, code, times)| Fault::Refused { command, code, times }),
        2 => (1..=3_u32).prop_map(|times| Fault::Unconfirmed { times }),
        3 => (select(&COMMANDS[..]), 1..=3_u32).prop_map(|(command, times)| Fault::HungUp { command, times }),
        2 => Just(Fault::Killed),
        1 => Just(Fault::TimeUp),
        1 => Just(Fault::NoTimeAtAll),
        1 => Just(Fault::ColdStart),
    ]
}

/// Builds the stream. Returns it with the positions of the records in its payloads.
fn put(sent: &[Sent]) -> (Stream, Vec<Place>) {
    let stream = Stream::new("app_logging", SHARDS);
    let midnight: jiff::Timestamp = "2026-11-21T00:00:00Z".parse().expect("RFC 3339");
    let mut places = Vec::new();
    for Sent { shard, key, second, holds } in sent {
        let time = midnight + jiff::SignedDuration::from_secs(*second);
        let record = Payload::record(&time.to_string(), "uid", "service", "the same words").data;
        let (data, pieces) = match holds {
            Holds::Record => (record, 1),
            Holds::ThreeRecords => ([&record[..], &record, &record].join(&b'\n'), 3),
            Holds::RecordWithoutTime => (br#"{"message":"when?"}"#.to_vec(), 1),
            Holds::NoRecord => (b"no record".to_vec(), 1),
        };
        stream.clock().set(time.as_millisecond());
        let number = stream.put_on(*shard, &format!("key-{key}"), data);
        places.extend((0..pieces).map(|index| (number.to_string(), index)));
    }
    places.sort();
    (stream, places)
}

/// A function with a fault in each invocation, while there are any.
struct Faulty<'a> {
    app: &'a TestApp,
    faults: RefCell<VecDeque<Fault>>,
}

impl Invoke for Faulty<'_> {
    async fn invoke(&self, event: Value) -> Reply {
        let (function, db) = (&self.app.ingest, &self.app.db);
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        let mut timeout = DEADLINE;
        match fault {
            Fault::None => {}
            Fault::Refused { command, code, times } => {
                FailCommand::refuse(db, command, times, code).await;
            }
            Fault::Unconfirmed { times } => {
                FailCommand::leave_unconfirmed(db, "insert", times, 64).await;
            }
            Fault::HungUp { command, times } => {
                FailCommand::hang_up(db, command, times).await;
            }
            Fault::Killed => {
                let held_up = FailCommand::block(db, "insert", 1, HELD_UP).await;
                let kill = async {
                    held_up.wait_until_hit().await;
                    function.crash();
                    pending::<()>().await;
                };
                return tokio::select! { reply = function.invoke(&event, timeout) => reply, () = kill => unreachable!() };
            }
            Fault::TimeUp => {
                FailCommand::block(db, "insert", 1, HELD_UP).await;
                timeout = TOO_SHORT;
            }
            Fault::NoTimeAtAll => timeout = Duration::ZERO,
            Fault::ColdStart => function.recycle(),
        }
        function.invoke(&event, timeout).await
    }
}

async fn check(server: &OwnServer, case: &Case) {
    let app = TestApp::on(server).await;
    FailCommand::disarm(&app.db).await;
    let (stream, places) = put(&case.sent);
    for Delivery { mappings, faults } in &case.deliveries {
        let faulty = Faulty { app: &app, faults: RefCell::new(faults.iter().cloned().collect()) };
        let mut mappings: Vec<_> = mappings
            .iter()
            .map(|cut| {
                let on_function_error = if cut.bisects { OnFunctionError::Bisect } else { OnFunctionError::Retry };
                let Cut { batch_size, parallelization_factor, .. } = *cut;
                let source =
                    EventSource { batch_size, parallelization_factor, on_function_error, ..EventSource::reporting() };
                source.connect(&stream).with_invocations_limit(INVOCATIONS_LIMIT)
            })
            .collect();
        let drained = join_all(mappings.iter_mut().map(|mapping| mapping.drain(&faulty))).await;
        assert!(drained.iter().all(|drained| *drained == Drained::End), "{}", app.ingest.logs().lines().join("\n"));
        assert_eq!(kept(&app.db).await, places);
    }
}

#[test]
fn each_record_is_kept_once_in_its_day() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = OwnServer::start();
    let default = Config::default();
    let seed = match default.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0),
    };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { DEFAULT_CASES };
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: SHRINK_STEPS,
        failure_persistence: None,
        ..default
    };
    let outcome = TestRunner::new(config).run(&case(), |case| {
        runtime.block_on(check(&server, &case));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("again with PROPTEST_RNG_SEED={seed}: {failure}");
    }
}

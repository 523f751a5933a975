//! The decoding benchmark: from an event's text to records ready to store, for each format.
#![allow(missing_docs, reason = "criterion's macros make functions without any")]

use std::time::Duration;

use bench::decode::{EVENT, GROUP, JSON, UNREDACTED};
use bench::error::Error;
use bench::load::{batch, event_of};
use bench::payloads::FORMATS;
use bench::quick::is_quick;
use bench::records::Records;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use decode::{KinesisBatch, whole};
use record::Rules;

/// Records in a batch.
const RECORDS: usize = bench::decode::RECORDS;
/// Records in a payload of a format with many.
const PER_PAYLOAD: usize = 100;

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group(GROUP);
    let is_quick = is_quick();
    let (warm_up_ms, measure_ms) = if is_quick { (100, 300) } else { (500, 2_000) };
    group.warm_up_time(Duration::from_millis(warm_up_ms)).measurement_time(Duration::from_millis(measure_ms));
    group.sample_size(if is_quick { 10 } else { 50 }).throughput(Throughput::Elements(RECORDS as u64));
    if let Err(error) = run(&mut group) {
        eprintln!("{}", runtime::telemetry::chain(&error));
    }
    group.finish();
}

fn run(group: &mut BenchmarkGroup<'_, WallTime>) -> Result<(), Error> {
    let records: Vec<_> = Records::of_today().take(RECORDS).collect();
    let event = event_of(records.iter().map(|record| record.data.clone()))?;
    group.bench_function(EVENT, |bencher| bencher.iter(|| batch(&event)));
    filing(group, JSON, &batch(&event)?);
    for (format, encode) in FORMATS {
        let payloads = records.chunks(PER_PAYLOAD).map(encode).collect::<Result<Vec<_>, _>>()?;
        filing(group, format, &batch(&event_of(payloads)?)?);
    }
    Ok(())
}

fn filing(group: &mut BenchmarkGroup<'_, WallTime>, format: &str, batch: &KinesisBatch) {
    let redacted = Rules::default();
    let unredacted = Rules { redactor: None, ..Rules::default() };
    group.bench_function(format, |bencher| bencher.iter(|| whole(batch, &redacted)));
    let name = format!("{format}{UNREDACTED}");
    group.bench_function(name, |bencher| bencher.iter(|| whole(batch, &unredacted)));
}

criterion_group!(benches, decode);
criterion_main!(benches);

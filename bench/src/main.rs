//! The entry point of `make bench`: logbraid against the limit, Python, and Debian's log daemons.

use std::process::ExitCode;

use bench::error::Error;
use bench::{query, simulation, suite, worker};

const USAGE: &str = "bench [query | search DAYS RECORDS-A-DAY [SCANS] | cold-start | contest WRITERS BATCH | simulate [MB_PER_S]] (BENCH_QUICK=1 for a short run)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match *arguments.as_slice() {
        [] => suite::run(),
        ["query"] => suite::run_queries(),
        ["search", days, records_a_day, ref scans @ ..] if scans.len() <= 1 => {
            let scans = scans.first().map_or(Ok(query::SCANS), |scans| scans.parse());
            match (days.parse(), records_a_day.parse(), scans) {
                (Ok(days), Ok(records_a_day), Ok(scans)) => suite::run_searches(days, records_a_day, scans),
                _ => Err(Error::Usage(USAGE)),
            }
        }
        ["cold-start"] => suite::run_cold_starts(),
        ["contest", writers, batch] => match (writers.parse(), batch.parse()) {
            (Ok(writers), Ok(batch)) => suite::run_contest(writers, batch),
            _ => Err(Error::Usage(USAGE)),
        },
        ["simulate"] => {
            simulation::print(simulation::MB_PER_S);
            Ok(())
        }
        ["simulate", load] => match load.parse() {
            Ok(load) if load > 0.0 && load <= simulation::MAX_MB_PER_S => {
                simulation::print(load);
                Ok(())
            }
            _ => Err(Error::Usage(USAGE)),
        },
        ["worker", ref rest @ ..] => worker::main(rest),
        _ => Err(Error::Usage(USAGE)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", runtime::telemetry::chain(&error));
            ExitCode::FAILURE
        }
    }
}

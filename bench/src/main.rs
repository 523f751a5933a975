//! `make bench`: logbraid against the limit, against Python, against what Debian has.

use std::process::ExitCode;

use bench::error::Error;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((first, rest)) if first == "worker" => bench::worker::main(rest),
        Some((first, [])) if first == "query" => bench::suite::run_queries(),
        Some(_) => Err(Error::Usage("bench [query] (BENCH_QUICK=1 for a short run)")),
        None => bench::suite::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", shared::telemetry::chain(&error));
            ExitCode::FAILURE
        }
    }
}

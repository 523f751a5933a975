//! Serves the query API: as a Lambda function behind an HTTP API, or as plain HTTP.

use std::process::ExitCode;

use query::{Command, serve};
use runtime::ProcessEnvironment;
use runtime::telemetry;

/// The exit code for a wrong command line.
const USAGE: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let source = match Command::parse(std::env::args_os().skip(1), &ProcessEnvironment) {
        Ok(Command::Print(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(source)) => source,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(USAGE);
        }
    };
    if let Err(error) = telemetry::init(&ProcessEnvironment) {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    if let Err(error) = serve(source, &ProcessEnvironment).await {
        tracing::error!(error = telemetry::chain(&error), "cannot serve");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

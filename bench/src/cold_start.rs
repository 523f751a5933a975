//! Cold starts: the time from exec to the first request for an event, and to the first batch stored over TLS.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::tests::runtime_api::{Bytes, Function, FunctionError, Program};
use serde::Serialize;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::load::Load;
use crate::programs::allocator;
use crate::python;
use crate::server::Server;
use crate::stats::{BYTES_PER_MIB, median, round};
use crate::usage;

const DATABASE: &str = "bench_cold_start";
/// The longest time for an invocation.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The medians of a candidate's cold starts.
#[derive(Debug, Serialize)]
pub struct ColdStartRow {
    /// The candidate: `ours-cold-start`, `python-best-cold-start`.
    pub name: &'static str,
    /// The number of starts.
    pub starts: usize,
    /// Time until it asks for an event.
    pub first_poll_ms: f64,
    /// Time until the first batch is stored, with TLS to MongoDB.
    pub first_stored_ms: f64,
    /// Peak memory of its process after that batch.
    pub peak_mib: f64,
}

/// A program to start.
#[derive(Debug)]
pub struct Candidate {
    name: &'static str,
    program: Program,
    variables: Vec<(String, String)>,
}

impl Candidate {
    /// Returns the built function.
    #[must_use]
    pub fn ours(binary: PathBuf) -> Self {
        let program = Program { path: binary, arguments: Vec::new() };
        Self { name: "ours-cold-start", program, variables: allocator().collect() }
    }

    /// Returns the better Python function, on Lambda's own runtime for Python.
    #[must_use]
    pub fn python(interpreter: PathBuf, load: &Load) -> Self {
        let arguments = ["-m", "awslambdaric", "best.lambda_handler"].map(Into::into).to_vec();
        let folder = python::folder().display().to_string();
        let variables = [("PYTHONPATH", folder.as_str()), ("BENCH_COLLECTION", &load.collection)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { name: "python-best-cold-start", program: Program { path: interpreter, arguments }, variables }
    }
}

struct Start {
    first_poll: Duration,
    first_stored: Duration,
    peak_bytes: u64,
}

/// Starts the candidates in turns. The first turn warms up the file cache and is not counted.
pub fn run(
    server: &Server,
    certificate: &Certificate,
    load: &Load,
    event: &[u8],
    candidates: &[Candidate],
    starts: usize,
) -> Result<Vec<ColdStartRow>, Error> {
    let mut measured: Vec<Vec<Start>> = candidates.iter().map(|_| Vec::new()).collect();
    for turn in 0..=starts {
        for (candidate, measured) in candidates.iter().zip(&mut measured) {
            server.prepare(DATABASE, load)?;
            let start = start(server, &certificate.authority, candidate, event)?;
            if turn > 0 {
                measured.push(start);
            }
        }
    }
    server.drop(DATABASE)?;
    Ok(candidates.iter().zip(&measured).map(|(candidate, starts)| row(candidate.name, starts)).collect())
}

fn start(server: &Server, authority: &Path, candidate: &Candidate, event: &[u8]) -> Result<Start, Error> {
    let uri = format!("mongodb://127.0.0.1:{}/?tls=true&tlsCAFile={}", server.port(), authority.display());
    let variables = [("MONGODB_URI".to_owned(), uri), ("LOGBRAID_DB".to_owned(), DATABASE.to_owned())];
    let variables = variables.into_iter().chain(candidate.variables.iter().cloned());
    let function = Function::running(candidate.program.clone(), candidate.name, variables);
    let event = Bytes::copy_from_slice(event);
    let started = Instant::now();
    let times = server.runtime().block_on(async {
        function.start_one().await?;
        let first_poll = started.elapsed();
        function.invoke_json(event, TIMEOUT).await?;
        Ok((first_poll, started.elapsed()))
    });
    let failed = |error: FunctionError| {
        let said = format!("{error}\n{}", function.logs().lines().join("\n"));
        Error::Worker { name: candidate.name, said, expected: "its reply" }
    };
    let (first_poll, first_stored) = times.map_err(failed)?;
    let peak_bytes = function.pids().into_iter().map(usage::peak_bytes).sum::<Result<u64, _>>()?;
    Ok(Start { first_poll, first_stored, peak_bytes })
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
fn row(name: &'static str, starts: &[Start]) -> ColdStartRow {
    let middle = |value: fn(&Start) -> f64| round(median(starts.iter().map(value)).unwrap_or_default(), 2);
    ColdStartRow {
        name,
        starts: starts.len(),
        first_poll_ms: middle(|start| start.first_poll.as_secs_f64() * 1e3),
        first_stored_ms: middle(|start| start.first_stored.as_secs_f64() * 1e3),
        peak_mib: middle(|start| start.peak_bytes as f64 / BYTES_PER_MIB),
    }
}

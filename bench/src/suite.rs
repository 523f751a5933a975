//! Runs all measurements in order.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use ::tests::runtime_api::Bytes;
use ::tests::watchdog::Watchdog;

use crate::certificate::Certificate;
use crate::cold_start::{self, Candidate, ColdStartRow};
use crate::contest::{self, Contender, DatabaseIs, Deliveries};
use crate::decode;
use crate::error::{Error, attempt};
use crate::forward;
use crate::load::Load;
use crate::programs::{ALLOCATOR, WITHOUT_SKETCHES, release_binary, this_program};
use crate::python;
use crate::query;
use crate::quick::is_quick;
use crate::report::{self, Row, SizeRow, Summary};
use crate::server::Server;
use crate::team::functions::Functions;
use crate::team::syslog::{Daemon, Destination, Kind};
use crate::team::{Program, Team, Workers};

/// The results, in cargo's target folder.
const SUMMARY: &str = "bench/summary.json";
const WRITERS: [usize; 3] = [1, 2, 4];
const BATCHES: [usize; 3] = [100, 1_000, 10_000];
/// The batch size of contenders that run with one size only: about the largest that a Lambda function gets.
const USUAL_BATCH: usize = 1_000;
/// The batch size of a cold start: an idle stream has little to deliver.
const COLD_START_BATCH: usize = 100;
/// Records in a round of a fast contender: one batch of the largest size for each of the most writers.
const RECORDS: usize = 40_000;
/// Records of each writer in a round of a contender that inserts one by one.
const SLOW_RECORDS: usize = 2_000;

/// The function without sketches: what they cost is the difference to it.
const WITHOUT: &str = "ours-without-sketches";

/// The number of timed rounds.
#[derive(Clone, Copy)]
struct Rounds {
    /// Of contenders near the limit.
    quick: usize,
    /// Of slow contenders.
    slow: usize,
    /// Of cold starts.
    starts: usize,
}

impl Rounds {
    fn from_environment() -> Self {
        if is_quick() { Self { quick: 1, slow: 1, starts: 2 } } else { Self { quick: 7, slow: 2, starts: 15 } }
    }
}

/// Runs all measurements, prints the tables and writes the summary.
pub fn run() -> Result<(), Error> {
    Suite::prepared(|suite, certificate| {
        let mut summary = Summary::default();
        print!("{}", report::CONTEST_HEAD);
        for batch in BATCHES {
            for writers in WRITERS {
                let rows = suite.contest(writers, batch, Suite::all)?;
                rows.iter().for_each(report::print_contest);
                summary.contests.extend(rows);
            }
        }
        for kind in [Kind::Rsyslog, Kind::SyslogNg].iter().filter(|kind| kind.program().is_none()) {
            println!("\n{} is not installed, so it is not in the table.", kind.name());
        }
        summary.cold_starts = suite.cold_starts(certificate)?;
        summary.sizes.push(SizeRow::of("ours-binary-size", &release_binary("ingest")?)?);
        summary.decodes = decode::rows(&target())?;
        summary.forward = forward::rows(&target())?;
        summary.print_cold_starts();
        summary.print_others();
        summary.queries = query::run(&suite.server)?;
        summary.queries.print();
        summary.write(&target().join(SUMMARY))
    })
}

/// Runs one contest of `ours` against `wire`, for work on `ours`.
pub fn run_contest(writers: usize, batch: usize) -> Result<(), Error> {
    Suite::prepared(|suite, _| {
        print!("{}", report::CONTEST_HEAD);
        suite.contest(writers, batch, Suite::near_the_limit)?.iter().for_each(report::print_contest);
        Ok(())
    })
}

/// Runs only the cold starts.
pub fn run_cold_starts() -> Result<(), Error> {
    Suite::prepared(|suite, certificate| {
        let summary = Summary { cold_starts: suite.cold_starts(certificate)?, ..Summary::default() };
        summary.print_cold_starts();
        Ok(())
    })
}

/// Runs only the query measurements. The summary has nothing else.
pub fn run_queries() -> Result<(), Error> {
    let server = Server::start(&[])?;
    println!("MongoDB {}", server.version()?);
    let summary = Summary { queries: query::run(&server)?, ..Summary::default() };
    summary.queries.print();
    summary.write(&target().join(SUMMARY))
}

/// Runs only the searches, with this number of days, of records in each, and of scans of each kind.
pub fn run_searches(days: usize, records_a_day: usize, scans: usize) -> Result<(), Error> {
    let server = Server::start(&[])?;
    println!("MongoDB {}", server.version()?);
    let queries = query::run_searches(&server, days, records_a_day, scans)?;
    queries.print();
    Summary { queries, ..Summary::default() }.write(&target().join(SUMMARY))
}

/// Returns the folder where cargo and criterion put their results.
fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Into::into)
}

struct Suite {
    server: Server,
    load: Load,
    rounds: Rounds,
    /// The interpreter with all packages.
    python: PathBuf,
}

impl Suite {
    fn prepared(measure: impl FnOnce(&Self, &Certificate) -> Result<(), Error>) -> Result<(), Error> {
        let folder = attempt("create", Path::new("a temporary folder"), |_| {
            tempfile::Builder::new().prefix("logbraid-bench-").tempdir()
        })?;
        // Removes the folder also when a signal ends this process.
        let _removes_folder = Watchdog::with_folder(folder.path());
        let certificate = Certificate::make(folder.path())?;
        let suite = Self {
            python: python::interpreter()?,
            server: Server::start(&certificate.server_arguments())?,
            load: Load::prepare(folder.path(), RECORDS, &BATCHES)?,
            rounds: Rounds::from_environment(),
        };
        println!("MongoDB {}, {RECORDS} records, {} rounds\n", suite.server.version()?, suite.rounds.quick);
        measure(&suite, &certificate)
    }

    fn cold_starts(&self, certificate: &Certificate) -> Result<Vec<ColdStartRow>, Error> {
        let Self { server, load, .. } = self;
        let events = load.events(COLD_START_BATCH);
        let event = attempt("read", &events, fs::read)?;
        let event = event.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let candidates = [Candidate::ours(release_binary("ingest")?), Candidate::python(self.python.clone(), load)];
        cold_start::run(server, certificate, load, event, &candidates, self.rounds.starts)
    }

    /// Runs contenders against each other, with this number of writers and this batch size.
    fn contest(
        &self,
        writers: usize,
        batch: usize,
        contenders: impl FnOnce(Contest<'_>) -> Result<Vec<Contender>, Error>,
    ) -> Result<Vec<Row>, Error> {
        let contest = Contest { suite: self, writers, batch, batches: RECORDS / batch, rounds: self.rounds.quick };
        let outcomes = contest::run(&self.server, &self.load, &mut contenders(contest)?)?;
        Ok(report::rows(&outcomes, writers, batch))
    }

    fn near_the_limit(contest: Contest<'_>) -> Result<Vec<Contender>, Error> {
        let deliveries = if contest.writers == 1 { Deliveries::Two } else { Deliveries::One };
        let mut contenders = vec![
            contest.contender("ours", deliveries, Contest::own)?,
            contest.contender("wire", Deliveries::One, Contest::own)?,
        ];
        if contest.writers == 1 {
            contenders.push(contest.contender(WITHOUT, Deliveries::One, Contest::own)?);
        }
        Ok(contenders)
    }

    fn all(contest: Contest<'_>) -> Result<Vec<Contender>, Error> {
        let middle = Contest { rounds: contest.suite.rounds.slow, ..contest };
        let slow = Contest { batches: contest.writers * (SLOW_RECORDS / contest.batch).max(1), ..middle };
        let python = |module| move |contest: &Contest<'_>, name, database: &str| contest.python(name, module, database);
        let mut contenders = Self::near_the_limit(contest)?;
        contenders.push(middle.contender("python-best", Deliveries::One, python("best"))?);
        let article = slow.contender("article", Deliveries::One, python("article"))?;
        contenders.push(Contender { database_is: DatabaseIs::Absent, ..article });
        if contest.batch == USUAL_BATCH {
            contenders.push(contest.contender("ours-binary", Deliveries::One, Contest::function)?);
            for kind in [Kind::Rsyslog, Kind::SyslogNg] {
                if let Some(program) = kind.program() {
                    let team = |contest: &Contest<'_>, _, database: &str| contest.daemon(kind, &program, database);
                    contenders.push(slow.contender(kind.name(), Deliveries::One, team)?);
                }
            }
        }
        Ok(contenders)
    }
}

/// The settings that the contenders of a contest share.
#[derive(Clone, Copy)]
struct Contest<'a> {
    suite: &'a Suite,
    writers: usize,
    batch: usize,
    /// The number of batches in a round.
    batches: usize,
    rounds: usize,
}

impl Contest<'_> {
    fn contender<T: Team + 'static>(
        &self,
        name: &'static str,
        deliveries: Deliveries,
        team: impl FnOnce(&Self, &'static str, &str) -> Result<T, Error>,
    ) -> Result<Contender, Error> {
        let database = format!("bench_{}", name.replace('-', "_"));
        self.suite.server.prepare(&database, &self.suite.load)?;
        let team = Box::new(team(self, name, &database)?);
        Ok(Contender { name, team, database, rounds: self.rounds, database_is: DatabaseIs::Prepared, deliveries })
    }

    /// Starts writers that run this program.
    fn own(&self, name: &'static str, database: &str) -> Result<Workers, Error> {
        let load = &self.suite.load;
        let file = if name == "wire" { load.documents() } else { load.events(self.batch) };
        let (kind, variables) = match name {
            "wire" => (name, [].as_slice()),
            WITHOUT => ("ours", WITHOUT_SKETCHES),
            _ => (name, ALLOCATOR),
        };
        let first = ["worker", kind].map(OsString::from).to_vec();
        self.workers(name, &this_program()?, &first, variables, database, &file)
    }

    fn python(&self, name: &'static str, module: &str, database: &str) -> Result<Workers, Error> {
        let first = vec![python::folder().join("writer.py").into(), module.into()];
        self.workers(name, &self.suite.python, &first, &[], database, &self.suite.load.events(self.batch))
    }

    fn workers(
        &self,
        name: &'static str,
        program: &Path,
        first_arguments: &[OsString],
        variables: &'static [(&'static str, &'static str)],
        database: &str,
        file: &Path,
    ) -> Result<Workers, Error> {
        let Suite { server, load, .. } = self.suite;
        let worker = |writer: usize| {
            let mut arguments = first_arguments.to_vec();
            arguments.push(server.port().to_string().into());
            arguments.extend([database, &load.collection].map(OsString::from));
            arguments.push(file.into());
            let share = [self.batch, writer, self.writers, self.batches];
            arguments.extend(share.map(|number| OsString::from(number.to_string())));
            arguments.push(load.warm_up_file().into());
            Program { path: program.to_owned(), arguments, variables }
        };
        let programs: Vec<Program> = (0..self.writers).map(worker).collect();
        let file_bytes = attempt("read", file, fs::metadata)?.len();
        let records = self.batches * self.batch;
        let given_bytes = file_bytes * records as u64 / (RECORDS * self.writers) as u64;
        Workers::start(name, &programs, given_bytes)
    }

    /// Starts the built function.
    fn function(&self, name: &'static str, database: &str) -> Result<Functions, Error> {
        let Suite { server, load, .. } = self.suite;
        let file = load.events(self.batch);
        let lines = attempt("open", &file, fs::File::open).map(BufReader::new)?.split(b'\n');
        let events: Vec<Bytes> = attempt("read", &file, |_| lines.map(|line| line.map(Bytes::from)).collect())?;
        let share = |writer: usize| {
            let events: Vec<Bytes> = events.iter().skip(writer).step_by(self.writers).cloned().collect();
            let records = events.len() * self.batch;
            (events, records)
        };
        let shares = (0..self.writers).map(share).collect();
        let uri = format!("mongodb://127.0.0.1:{}", server.port());
        let variables = [("MONGODB_URI", uri.as_str()), ("LOGBRAID_DB", database)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Functions::start(name, server.runtime().handle(), &release_binary("ingest")?, &variables, shares, &load.warm_up)
    }

    fn daemon(&self, kind: Kind, program: &Path, database: &str) -> Result<Daemon, Error> {
        let Suite { server, load, .. } = self.suite;
        let (writers, batch, collection) = (self.writers, self.batch, load.collection.as_str());
        let destination = Destination { port: server.port(), database, collection, writers, batch };
        let records = self.batches * self.batch;
        Daemon::start(kind, program, destination, server.runtime().handle(), &load.lines(), records)
    }
}

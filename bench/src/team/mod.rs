//! The processes of a contender: one for each writer. All are told to store at the same moment.

pub mod functions;
pub mod syslog;

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::error::{Error, attempt};
use crate::usage;
use crate::worker::{READY, STORE, STORED};

/// The part of a function's log line that reports an error.
const ERROR: &str = r#""level":"ERROR""#;

/// Processes that store their records on command.
pub trait Team {
    /// Stores all records once. Returns their number.
    fn store(&mut self) -> Result<usize, Error>;

    /// Returns the process ids.
    fn pids(&self) -> Vec<u32>;

    /// Returns the peak memory of the largest process, without the records that it was given beforehand.
    fn peak_bytes(&self) -> Result<u64, Error>;
}

/// Writers that read commands from standard input.
#[derive(Debug)]
pub struct Workers {
    name: &'static str,
    processes: Vec<Worker>,
    /// The bytes of records that each writer holds.
    given_bytes: u64,
}

/// The command line of a worker.
#[derive(Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Additional environment variables.
    pub variables: &'static [(&'static str, &'static str)],
}

impl Workers {
    /// Starts a worker for each of these programs and waits until all are ready.
    pub fn start(name: &'static str, programs: &[Program], given_bytes: u64) -> Result<Self, Error> {
        let processes = programs.iter().map(Worker::start).collect::<Result<_, _>>()?;
        let workers = Self { name, processes, given_bytes };
        for worker in &workers.processes {
            worker.hear(name, READY, |said| (said == READY).then_some(()))?;
            worker.forget_peak()?;
        }
        Ok(workers)
    }
}

impl Team for Workers {
    fn store(&mut self) -> Result<usize, Error> {
        for worker in &mut self.processes {
            worker.tell(STORE)?;
        }
        let number = |said: &str| said.strip_prefix(STORED)?.trim().parse::<usize>().ok();
        self.processes.iter().map(|worker| worker.hear(self.name, "the number of stored records", number)).sum()
    }

    fn pids(&self) -> Vec<u32> {
        self.processes.iter().map(|worker| worker.process.id()).collect()
    }

    fn peak_bytes(&self) -> Result<u64, Error> {
        let peaks = self.pids().into_iter().map(usage::peak_bytes).collect::<Result<Vec<_>, _>>()?;
        Ok(peaks.into_iter().max().unwrap_or_default().saturating_sub(self.given_bytes))
    }
}

#[derive(Debug)]
struct Worker {
    process: Child,
    input: ChildStdin,
    said: Receiver<String>,
}

impl Worker {
    fn start(program: &Program) -> Result<Self, Error> {
        let mut process = Command::new(&program.path)
            .args(&program.arguments)
            .envs(program.variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|source| Error::Spawn { program: program.path.clone(), source })?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Error::Spawn { program: program.path.clone(), source: io::ErrorKind::BrokenPipe.into() });
        };
        let (tell, said) = mpsc::channel();
        // This thread ends with the worker's output.
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines {
                if !line.starts_with('{') {
                    // An error means that no one waits for the line.
                    let _ = tell.send(line);
                } else if line.contains(ERROR) {
                    eprintln!("{line}");
                }
            }
        });
        Ok(Self { process, input, said })
    }

    fn tell(&mut self, line: &str) -> Result<(), Error> {
        attempt("tell", Path::new("a worker"), |_| writeln!(self.input, "{line}"))
    }

    fn hear<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        understand: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let said = self.said.recv().unwrap_or_else(|_| "nothing more".to_owned());
        understand(&said).ok_or(Error::Worker { name, said, expected })
    }

    /// Resets the peak memory.
    fn forget_peak(&self) -> Result<(), Error> {
        const PEAK: &str = "5";
        let path = format!("/proc/{}/clear_refs", self.process.id());
        attempt("write", Path::new(&path), |path| fs::write(path, PEAK))
    }
}

impl Drop for Worker {
    /// Kills the worker, which has nothing to clean up. If this process dies instead, the worker ends with its input.
    fn drop(&mut self) {
        // Its exit status does not matter any more.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

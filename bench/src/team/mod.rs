//! The processes of a contender: as many as there are writers, all of them told to store at the same moment.

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

/// What a function's log line has if something went wrong.
const ERROR: &str = r#""level":"ERROR""#;

/// Whoever stores what it was given when it is told to.
pub trait Team {
    /// Stores everything once; how many records that were.
    fn store(&mut self) -> Result<usize, Error>;

    /// Its processes.
    fn pids(&self) -> Vec<u32>;

    /// The most memory that one of its processes had while it stored, without what it had been given before.
    fn peak_bytes(&self) -> Result<u64, Error>;
}

/// Writers that are told through their standard input.
#[derive(Debug)]
pub struct Workers {
    name: &'static str,
    processes: Vec<Worker>,
    /// What each of them holds of what is to be stored.
    given_bytes: u64,
}

/// How a worker is started.
#[derive(Debug)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The variables it is given beside those that are there.
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
        self.processes.iter().map(|worker| worker.hear(self.name, "how many records it stored", number)).sum()
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
        // Ends with the worker's output.
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines {
                if !line.starts_with('{') {
                    // Whoever listened may have heard enough.
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

    /// From now on the most memory is counted anew.
    fn forget_peak(&self) -> Result<(), Error> {
        const PEAK: &str = "5";
        let path = format!("/proc/{}/clear_refs", self.process.id());
        attempt("write", Path::new(&path), |path| fs::write(path, PEAK))
    }
}

impl Drop for Worker {
    /// It has nothing to tidy up. When this process dies instead, it ends at the end of its input.
    fn drop(&mut self) {
        // Whether it ended well does not matter any more.
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

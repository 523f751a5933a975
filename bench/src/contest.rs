//! Runs contenders against each other: in turns, round after round, each with an empty database.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::load::Load;
use crate::server::{Held, Server};
use crate::team::Team;
use crate::usage::Cpu;

/// A contender.
pub struct Contender {
    /// Its name in the table.
    pub name: &'static str,
    /// Its processes.
    pub team: Box<dyn Team>,
    /// The database that it writes to.
    pub database: String,
    /// The number of timed rounds.
    pub rounds: usize,
    /// The state of the database before a round.
    pub database_is: DatabaseIs,
    /// How often its team stores the records in a round.
    pub deliveries: Deliveries,
}

/// The state of a database at the beginning of a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DatabaseIs {
    /// Empty, with the collections and indexes that the function creates.
    Prepared,
    /// Dropped.
    Absent,
}

/// How often the records are delivered in a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deliveries {
    /// Once.
    One,
    /// Twice: the second time, all records are stored already.
    Two,
}

/// The measurements of a contender's round.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// The number of stored records.
    pub records: usize,
    /// The time from the command until all records were acknowledged.
    pub elapsed: Duration,
    /// The CPU time of its processes.
    pub client: Duration,
    /// The CPU time of the server.
    pub server: Duration,
    /// The time of the redelivery.
    pub again: Option<Duration>,
}

impl Measured {
    /// Returns the records stored in a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 records")]
    pub fn per_second(&self) -> f64 {
        self.records as f64 / self.elapsed.as_secs_f64()
    }
}

/// All measurements of a contender.
pub struct Outcome {
    /// Its name.
    pub name: &'static str,
    /// Its rounds. Rounds of different contenders at the same position ran one after the other.
    pub rounds: Vec<Measured>,
    /// The peak memory of its largest process.
    pub peak_bytes: u64,
    /// The sizes of the database, and the number of records in it.
    pub held: Option<(Held, usize)>,
}

/// Runs the contenders in turns. The first round warms up and is not counted.
pub fn run(server: &Server, load: &Load, contenders: &mut [Contender]) -> Result<Vec<Outcome>, Error> {
    let rounds = contenders.iter().map(|contender| contender.rounds).max().unwrap_or_default();
    let mut measured: Vec<Vec<Measured>> = contenders.iter().map(|_| Vec::new()).collect();
    let mut held: Vec<Option<(Held, usize)>> = contenders.iter().map(|_| None).collect();
    for round in 0..=rounds {
        // The first of one round is the last of the next.
        for turn in 0..contenders.len() {
            let position = (turn + round) % contenders.len();
            let (Some(contender), Some(measured), Some(held)) =
                (contenders.get_mut(position), measured.get_mut(position), held.get_mut(position))
            else {
                continue;
            };
            if round > contender.rounds {
                continue;
            }
            let one = contender.run_once(server, load)?;
            if round == 0 {
                *held = Some((server.held(&contender.database)?, one.records));
            } else {
                measured.push(one);
            }
            server.drop(&contender.database)?;
        }
    }
    let outcomes = contenders.iter().zip(measured).zip(held).map(|((contender, rounds), held)| {
        Ok(Outcome { name: contender.name, rounds, peak_bytes: contender.team.peak_bytes()?, held })
    });
    outcomes.collect()
}

impl Contender {
    fn run_once(&mut self, server: &Server, load: &Load) -> Result<Measured, Error> {
        match self.database_is {
            DatabaseIs::Prepared => server.prepare(&self.database, load)?,
            DatabaseIs::Absent => server.drop(&self.database)?,
        }
        let before = server.count(&self.database, &load.collection)?;
        let (client, server_cpu) = (self.client_cpu()?, Cpu::of(server.pid())?);
        let started = Instant::now();
        let records = self.team.store()?;
        let elapsed = started.elapsed();
        let (client, server_cpu) = (self.client_cpu()?.since(client), Cpu::of(server.pid())?.since(server_cpu));
        let again = match self.deliveries {
            Deliveries::One => None,
            Deliveries::Two => {
                let started = Instant::now();
                self.team.store()?;
                Some(started.elapsed())
            }
        };
        let stored = server.count(&self.database, &load.collection)? - before;
        if stored != records {
            return Err(Error::Lost { name: self.name, given: records, stored });
        }
        Ok(Measured { records, elapsed, client, server: server_cpu, again })
    }

    fn client_cpu(&self) -> Result<Cpu, Error> {
        self.team.pids().into_iter().map(Cpu::of).sum()
    }
}

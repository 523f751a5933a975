//! Contenders against each other: in turns, round after round, each against an empty database.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::load::Load;
use crate::server::{Held, Server};
use crate::team::Team;
use crate::usage::Cpu;

/// Somebody who takes part.
pub struct Contender {
    /// Its name in the table.
    pub name: &'static str,
    /// Its processes.
    pub team: Box<dyn Team>,
    /// The database that it writes to, and the collection.
    pub database: String,
    /// How often it is timed.
    pub rounds: usize,
    /// What a round of it begins with.
    pub database_is: DatabaseIs,
    /// What its team does in a round.
    pub deliveries: Deliveries,
}

/// What a database is at the beginning of a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DatabaseIs {
    /// As the function makes it.
    Prepared,
    /// Not there.
    Absent,
}

/// How often the records are delivered in a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Deliveries {
    /// Once.
    One,
    /// Twice: the second time all of them are there already.
    Two,
}

/// What a round of a contender gave.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// How many records were stored.
    pub records: usize,
    /// From the word to start until all of them were acknowledged.
    pub elapsed: Duration,
    /// The CPU time of its processes.
    pub client: Duration,
    /// The CPU time of the server.
    pub server: Duration,
    /// How long it took to deliver the same again.
    pub again: Option<Duration>,
}

impl Measured {
    /// How many records were stored in a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 records")]
    pub fn per_second(&self) -> f64 {
        self.records as f64 / self.elapsed.as_secs_f64()
    }
}

/// All that is known of a contender at the end.
pub struct Outcome {
    /// Its name.
    pub name: &'static str,
    /// Its rounds; those of the same position were run one after the other.
    pub rounds: Vec<Measured>,
    /// The most memory that one of its processes had.
    pub peak_bytes: u64,
    /// What its records take in the database, and how many they are.
    pub held: Option<(Held, usize)>,
}

/// Lets them run in turns. The first round warms up and does not count.
pub fn run(server: &Server, load: &Load, contenders: &mut [Contender]) -> Result<Vec<Outcome>, Error> {
    let rounds = contenders.iter().map(|contender| contender.rounds).max().unwrap_or_default();
    let mut measured: Vec<Vec<Measured>> = contenders.iter().map(|_| Vec::new()).collect();
    let mut held: Vec<Option<(Held, usize)>> = contenders.iter().map(|_| None).collect();
    for round in 0..=rounds {
        // Whoever was first is last the next time.
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

//! The built function behind the Runtime API, as on Lambda: one process for each writer.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ::tests::runtime_api::{Bytes, Function, FunctionError, Program};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::Team;
use crate::error::Error;
use crate::programs::allocator;
use crate::usage;

/// The longest time for an invocation.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The processes of the function.
#[derive(Debug)]
pub struct Functions {
    name: &'static str,
    runtime: Handle,
    function: Arc<Function>,
    /// For each writer, its events and the number of records in them.
    shares: Vec<(Vec<Bytes>, usize)>,
}

impl Functions {
    /// Starts a process for each writer.
    pub fn start(
        name: &'static str,
        runtime: &Handle,
        program: &Path,
        variables: &[(String, String)],
        shares: Vec<(Vec<Bytes>, usize)>,
        warm_up: &[u8],
    ) -> Result<Self, Error> {
        let program = Program { path: program.to_owned(), arguments: Vec::new() };
        let variables = variables.iter().cloned().chain(allocator());
        let function = Arc::new(Function::running(program, "ingest", variables));
        let functions = Self { name, runtime: runtime.clone(), function, shares };
        let warm_up = vec![Bytes::copy_from_slice(warm_up)];
        functions.deliver(functions.shares.iter().map(|_| warm_up.clone()))?;
        Ok(functions)
    }

    /// Delivers to each process its events.
    fn deliver(&self, shares: impl Iterator<Item = Vec<Bytes>>) -> Result<(), Error> {
        self.runtime
            .block_on(async {
                let mut writers = JoinSet::new();
                for events in shares {
                    let function = Arc::clone(&self.function);
                    writers.spawn(async move {
                        for event in events {
                            function.invoke_json(event, TIMEOUT).await?;
                        }
                        Ok(())
                    });
                }
                let outcomes: Vec<Result<(), FunctionError>> = writers.join_all().await;
                outcomes.into_iter().collect::<Result<(), _>>()
            })
            .map_err(|error| Error::Worker { name: self.name, said: error.to_string(), expected: "its reply" })
    }
}

impl Team for Functions {
    fn store(&mut self) -> Result<usize, Error> {
        self.deliver(self.shares.iter().map(|(events, _)| events.clone()))?;
        Ok(self.shares.iter().map(|(_, records)| records).sum())
    }

    fn pids(&self) -> Vec<u32> {
        self.function.pids()
    }

    fn peak_bytes(&self) -> Result<u64, Error> {
        let peaks = self.pids().into_iter().map(usage::peak_bytes).collect::<Result<Vec<_>, _>>()?;
        Ok(peaks.into_iter().max().unwrap_or_default())
    }
}

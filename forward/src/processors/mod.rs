//! Programs and built-in steps that change records between the rules and the outputs.

mod exec;
mod redact;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;

pub use self::exec::NoProgram;
use self::exec::Program;
use crate::config::{Processor, ProcessorSettings};
use crate::event::Event;
use crate::outputs::Stop;
use crate::rules::Filter;

/// The processors of a configuration. Records go through them one after the other.
#[derive(Debug)]
pub struct Processors {
    stages: Vec<Stage>,
}

/// A processor, and which records it gets.
#[derive(Debug)]
struct Stage {
    filter: Filter,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Redact(Box<record::Redactor>),
    Exec(Box<Program>),
}

/// The forwarder ends before all records are through. They come again after the next start.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the forwarder ends")]
pub struct Stopped;

/// Looks for the programs of processors in the folders of `path`. Without its program, a processor would let everything pass.
pub fn find_programs(processors: &[Processor], path: &OsStr) -> Result<(), NoProgram> {
    processors.iter().try_for_each(|Processor { name, settings, .. }| match settings {
        ProcessorSettings::Redact(_) => Ok(()),
        ProcessorSettings::Exec(settings) => exec::find(name, settings, path),
    })
}

impl Processors {
    /// Returns the processors. Programs start when they get their first record.
    #[must_use]
    pub fn new(processors: Vec<Processor>) -> Self {
        let stage = |Processor { name, when, settings }| Stage {
            filter: Filter::new(when),
            step: match settings {
                ProcessorSettings::Redact(redactor) => Step::Redact(redactor),
                ProcessorSettings::Exec(settings) => Step::Exec(Box::new(Program::new(name, settings))),
            },
        };
        Self { stages: processors.into_iter().map(stage).collect() }
    }

    /// Returns whether records stay as they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// Changes records. What a processor drops is taken out. The second part of a pair is the caller's own. Blocks while a
    /// program works.
    pub fn apply<T>(&mut self, records: &mut Vec<(Event, T)>, stop: &Stop) -> Result<(), Stopped> {
        for Stage { filter, step } in &mut self.stages {
            let mut chosen = Vec::with_capacity(records.len());
            let mut is_kept = vec![true; records.len()];
            for (position, (event, _)) in records.iter_mut().enumerate() {
                if filter.holds(event) {
                    chosen.push((position, event));
                }
            }
            match step {
                Step::Redact(redactor) => chosen.into_iter().for_each(|(_, event)| redact::mask(redactor, event)),
                Step::Exec(program) => {
                    let (positions, mut events): (Vec<usize>, Vec<&mut Event>) = chosen.into_iter().unzip();
                    for (position, keep) in positions.into_iter().zip(program.ask(&mut events, stop)?) {
                        is_kept[position] = keep;
                    }
                }
            }
            let mut is_kept = is_kept.into_iter();
            records.retain(|_| is_kept.next().unwrap_or(true));
        }
        Ok(())
    }
}

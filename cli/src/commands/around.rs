//! `logbraid around`: one record among its neighbours in its process and in its service.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Cut, Target};
use crate::args::AroundArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{Event, LineStart, RecordLines, heading, visible};
use crate::stderr;
use crate::stdout::{Format, Output};

/// The answer to `GET /logs/{id}`.
#[derive(Deserialize)]
struct Surroundings {
    record: Box<RawValue>,
    process: Neighbours,
    service: Neighbours,
}

impl Surroundings {
    /// Returns both groups of neighbours, each with its title.
    fn groups(&self) -> [(&'static str, &Neighbours); 2] {
        [("in its process", &self.process), ("in its service", &self.service)]
    }
}

/// The records before and after, in time order.
#[derive(Deserialize)]
struct Neighbours {
    before: Vec<Box<RawValue>>,
    after: Vec<Box<RawValue>>,
    cut: Option<Cuts>,
}

/// The directions in which the time limit ended the search.
#[derive(Deserialize)]
struct Cuts {
    before: Option<Cut>,
    after: Option<Cut>,
}

/// Shows the record once in each group. As JSON, prints the answer as one line.
pub(crate) async fn run(args: &AroundArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let target = Target::new("/logs").segment(&args.id);
    let target = target.parameter("around", args.limit.map(|limit| limit.to_string()).as_deref());
    let answer: Box<RawValue> = api.get(target.as_str()).await?;
    let mut output = Output::new(&args.output);
    match output.format() {
        Format::Json => output.json(&answer),
        Format::Text { width } => {
            let surroundings: Surroundings = api.read(answer.get().as_bytes())?;
            let mut lines = RecordLines::new(LineStart::DateTime, args.ids.ids(), width);
            push_groups(&surroundings, &mut lines, output.text());
            report_cuts(&surroundings);
        }
    }
    output.flush()?;
    Ok(Exit::Done)
}

fn push_groups(surroundings: &Surroundings, lines: &mut RecordLines, text: &mut String) {
    for (title, neighbours) in surroundings.groups() {
        heading(title, text);
        let records = neighbours.before.iter().chain([&surroundings.record]).chain(&neighbours.after);
        for (position, record) in records.enumerate() {
            let mark = if position == neighbours.before.len() { "▶ " } else { "  " };
            lines.push_marked(mark, &Event::read(record), text);
        }
    }
}

/// Reports the directions in which the search was cut: nearer records than those shown may be missing.
fn report_cuts(surroundings: &Surroundings) {
    for (title, neighbours) in surroundings.groups() {
        let Some(Cuts { before, after }) = &neighbours.cut else { continue };
        for (direction, cut) in [("back", before), ("on", after)] {
            if let Some(reached) = cut.as_ref().and_then(|cut| cut.reached.as_ref()) {
                let reached = visible(reached);
                stderr::print(format_args!("{title}: searched {direction} to {reached} only, then the time was up"));
            }
        }
    }
}

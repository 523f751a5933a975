//! `logbraid around`: what happened beside a record, in its process and in its service.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, Cut, Target};
use crate::args::AroundArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::note::note;
use crate::out::{Format, Out};
use crate::render::{Event, Lines, When, heading, visible};

/// An answer to `GET /logs/{id}`.
#[derive(Deserialize)]
struct Surroundings {
    record: Box<RawValue>,
    process: Neighbours,
    service: Neighbours,
}

impl Surroundings {
    /// Both kinds of neighbours, each with what it is called.
    fn neighbours(&self) -> [(&'static str, &Neighbours); 2] {
        [("in its process", &self.process), ("in its service", &self.service)]
    }
}

/// In time order.
#[derive(Deserialize)]
struct Neighbours {
    before: Vec<Box<RawValue>>,
    after: Vec<Box<RawValue>>,
    cut: Option<Cuts>,
}

/// On which sides the time was up.
#[derive(Deserialize)]
struct Cuts {
    before: Option<Cut>,
    after: Option<Cut>,
}

/// Shows the record between its neighbours, twice; in a pipe, the answer as one line.
pub(crate) async fn run(args: &AroundArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let target = Target::new("/logs").segment(&args.id);
    let target = target.parameter("around", args.limit.map(|limit| limit.to_string()).as_deref());
    let answer: Box<RawValue> = api.get(target.as_str()).await?;
    let mut out = Out::new(&args.output);
    match out.format() {
        Format::Json => out.json(&answer),
        Format::Text { width } => {
            let surroundings: Surroundings = api.read(answer.get().as_bytes())?;
            let mut lines = Lines::new(When::Clock, args.ids.ids(), width);
            text(&surroundings, &mut lines, out.text());
            note_cuts(&surroundings);
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn text(surroundings: &Surroundings, lines: &mut Lines, text: &mut String) {
    for (title, neighbours) in surroundings.neighbours() {
        heading(title, text);
        let all = neighbours.before.iter().chain([&surroundings.record]).chain(&neighbours.after);
        for (at, neighbour) in all.enumerate() {
            let mark = if at == neighbours.before.len() { "▶ " } else { "  " };
            lines.push_marked(mark, &Event::read(neighbour), text);
        }
    }
}

/// Says how far was looked where that was not far enough: the nearest that are shown may not be all there are.
fn note_cuts(surroundings: &Surroundings) {
    for (title, neighbours) in surroundings.neighbours() {
        let Some(Cuts { before, after }) = &neighbours.cut else { continue };
        for (direction, cut) in [("back", before), ("on", after)] {
            if let Some(reached) = cut.as_ref().and_then(|cut| cut.reached.as_ref()) {
                note(&format!("{title}, the time was up: looked {direction} to {}", visible(reached)));
            }
        }
    }
}

//! `logbraid around`: what happened beside a record, in its process and in its service.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::api::{Api, Target};
use crate::args::AroundArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::out::{Format, Out};
use crate::render::{Event, Lines, When, heading};

/// An answer to `GET /logs/{id}`.
#[derive(Deserialize)]
struct Surroundings {
    record: Box<RawValue>,
    process: Neighbours,
    service: Neighbours,
}

/// In time order.
#[derive(Deserialize)]
struct Neighbours {
    before: Vec<Box<RawValue>>,
    after: Vec<Box<RawValue>>,
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
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn text(surroundings: &Surroundings, lines: &mut Lines, text: &mut String) {
    let Surroundings { record, process, service } = surroundings;
    for (title, neighbours) in [("in its process", process), ("in its service", service)] {
        heading(title, text);
        let all = neighbours.before.iter().chain([record]).chain(&neighbours.after);
        for (at, neighbour) in all.enumerate() {
            let mark = if at == neighbours.before.len() { "▶ " } else { "  " };
            lines.push_marked(mark, &Event::read(neighbour), text);
        }
    }
}

//! The tree of a transaction's tasks: what was to be achieved, by whom, and whether it was.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use record::level;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use textwrap::core::display_width;

use super::escape::visible;
use super::event::Event;
use super::lanes::Lanes;
use super::quantity::count;
use super::style::{FAINT, WARNING, level_style, message_style, service_style, styled};
use super::time::{duration, offset};
use super::wrap::{padded, wrapped};

/// A tree shows no more tasks. It says how many there are beyond.
const MAX_TASKS: usize = 10_000;
/// Deeper tasks are shown at this depth.
const MAX_DEPTH: usize = 32;
const OFFSET_WIDTH: usize = 12;
const DURATION_WIDTH: usize = 11;
/// A text has at least this width.
const MIN_TEXT_WIDTH: usize = 30;
const GAP: &str = "  ";

/// The tasks of a transaction, as far as its records are read.
#[derive(Debug, Default)]
pub(crate) struct TaskTree {
    tasks: Vec<Task>,
    /// The last task with each path.
    by_path: HashMap<String, usize>,
    lanes: Lanes,
    /// The number of tasks that are not shown.
    more: u64,
}

#[derive(Debug, Default)]
struct Task {
    path: String,
    lane: usize,
    service: String,
    started: Option<Timestamp>,
    goal: String,
    end: Option<End>,
}

#[derive(Debug)]
struct End {
    is_failed: bool,
    duration_ms: Option<f64>,
    message: String,
    error: Option<String>,
}

/// The fields of a task's record. Senders decide what is in a field, so each can be any JSON value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TaskFields {
    task: Value,
    status: Value,
    duration_ms: Value,
    error: Value,
}

impl TaskTree {
    /// Adds a record. Records that do not say how a task goes are none of the tree's.
    pub(crate) fn add(&mut self, record: &RawValue) {
        let fields: TaskFields = serde_json::from_str(record.get()).unwrap_or_default();
        let (Some(path), Some(status)) = (fields.task.as_str(), fields.status.as_str()) else { return };
        let event = Event::read(record);
        match status {
            "started" => drop(self.begin(path, &event)),
            "succeeded" | "failed" => {
                let end = End {
                    is_failed: status == "failed",
                    duration_ms: fields.duration_ms.as_f64(),
                    message: first_line(&event.message()),
                    error: fields.error.as_str().map(first_line),
                };
                let open =
                    self.by_path.get(path).copied().filter(|task| self.tasks.get(*task).is_some_and(Task::is_open));
                let task = open.or_else(|| self.begin(path, &event)).and_then(|task| self.tasks.get_mut(task));
                if let Some(task) = task {
                    task.end = Some(end);
                }
            }
            _ => {}
        }
    }

    /// Returns whether there is no task.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Renders the tree: start, duration, service, and the task below the one that it is part of.
    pub(crate) fn render(&self, start: Timestamp, width: Option<usize>) -> String {
        let mut text = String::new();
        let children = self.children();
        let roots = children.get(&None).map_or(&[][..], Vec::as_slice);
        // The tasks that are still to be shown, the next one last, each with what is before its branch.
        let mut waiting: Vec<(usize, String, String)> =
            roots.iter().rev().map(|root| (*root, String::new(), String::new())).collect();
        while let Some((index, branch, below)) = waiting.pop() {
            let Some(task) = self.tasks.get(index) else { continue };
            let subtasks = children.get(&Some(index)).map_or(&[][..], Vec::as_slice);
            let bar = if subtasks.is_empty() { "  " } else { "│ " };
            self.push(task, start, &branch, &format!("{below}{bar}"), width, &mut text);
            let is_deep = display_width(&below) >= MAX_DEPTH * 3;
            for (place, subtask) in subtasks.iter().enumerate().rev() {
                let (fork, line) = if place + 1 == subtasks.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                let next_below = if is_deep { below.clone() } else { format!("{below}{line}") };
                waiting.push((*subtask, format!("{below}{fork}"), next_below));
            }
        }
        if self.more > 0 {
            let _ = writeln!(text, "{}", styled(&format!("and {} more", count(self.more, "task")), FAINT));
        }
        text
    }

    /// Adds a task that began. Returns its index, none if there are too many.
    fn begin(&mut self, path: &str, event: &Event) -> Option<usize> {
        if self.tasks.len() == MAX_TASKS {
            self.more += 1;
            return None;
        }
        let service = visible(&event.service()).into_owned();
        let lane = self.lanes.index_of(&service);
        let goal = first_line(&event.message());
        self.tasks.push(Task { path: path.to_owned(), lane, service, started: event.time(), goal, end: None });
        self.by_path.insert(path.to_owned(), self.tasks.len() - 1);
        Some(self.tasks.len() - 1)
    }

    /// Returns the tasks below each task. A task whose parent has no record is below the nearest one above that has.
    fn children(&self) -> HashMap<Option<usize>, Vec<usize>> {
        let mut children: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (index, task) in self.tasks.iter().enumerate() {
            let mut above = task.path.as_str();
            let mut parent = None;
            while let (None, Some((shorter, _))) = (parent, above.rsplit_once('/')) {
                (above, parent) = (shorter, self.by_path.get(shorter).copied());
            }
            children.entry(parent).or_default().push(index);
        }
        children
    }

    fn push(&self, task: &Task, start: Timestamp, branch: &str, below: &str, width: Option<usize>, text: &mut String) {
        let began = task.started.map_or_else(|| "-".to_owned(), |started| offset(start, started));
        let took = task.end.as_ref().and_then(|end| end.duration_ms).map_or_else(String::new, duration);
        let times = format!("{began:>OFFSET_WIDTH$}{GAP}{took:>DURATION_WIDTH$}{GAP}");
        let name_width = self.lanes.name_width();
        let (mark, style) = task.mark();
        let _ = write!(
            text,
            "{}{}{GAP}{}{} ",
            styled(&times, FAINT),
            styled(&padded(&task.service, name_width), service_style(task.lane)),
            styled(branch, FAINT),
            styled(mark, style),
        );
        let margin = times.len() + name_width + GAP.len();
        let room = width.map(|width| width.saturating_sub(margin + display_width(below)).max(MIN_TEXT_WIDTH));
        let is_failed = task.end.as_ref().is_some_and(|end| end.is_failed);
        let style = message_style(is_failed.then_some(level::ERROR));
        for (number, part) in wrapped(&task.text(), room).iter().enumerate() {
            if number > 0 {
                let _ = write!(text, "{}{}", " ".repeat(margin), styled(below, FAINT));
            }
            let _ = writeln!(text, "{}", styled(part, style));
        }
    }
}

impl Task {
    fn is_open(&self) -> bool {
        self.end.is_none()
    }

    fn mark(&self) -> (&'static str, anstyle::Style) {
        match &self.end {
            None => ("?", WARNING),
            Some(end) if end.is_failed => ("✗", message_style(Some(level::ERROR))),
            Some(_) => ("✓", level_style(level::number("INFO"))),
        }
    }

    /// Returns the goal, and what the end adds to it.
    fn text(&self) -> String {
        let Some(end) = &self.end else { return format!("{} (no end)", self.goal).trim_start().to_owned() };
        match &end.error {
            Some(error) => format!("{}: {error}", self.goal.strip_suffix(": failed").unwrap_or(&self.goal)),
            None => match end.message.strip_prefix(&self.goal) {
                Some("" | ": succeeded" | ": failed") => self.goal.clone(),
                Some(_) => end.message.clone(),
                None => format!("{}: {}", self.goal, end.message),
            },
        }
    }
}

fn first_line(text: &str) -> String {
    visible(text.lines().next().unwrap_or_default()).into_owned()
}

//! What logbraid makes of a record: its level, its logger and its service, in whatever dialect the sender wrote them.

use record::{Draft, EventTime, LogRecord, Rules, Source, WorkBudget};

use crate::event::Event;
use crate::fields;

/// The work that one record may take: more than any record takes that logbraid files.
const MAX_WORK: u64 = 1 << 30;

/// A record as logbraid would file it; none if it could not.
pub(super) struct Filed(Option<LogRecord>);

impl Filed {
    pub(super) fn of(event: &Event, rules: &Rules) -> Self {
        let work = WorkBudget::new(MAX_WORK);
        let mut draft = Draft::new(rules, &work, event.fields.len() * fields::BYTES_PER_FIELD);
        fields::push_all(&mut draft, &event.fields);
        let Some(arrived) = EventTime::from_micros(event.arrived.as_microsecond()) else { return Self(None) };
        let source =
            Source { stream: "", shard: "", sequence_number: "", sub_sequence: 0, index: 0, arrived, format: "" };
        Self(draft.complete(&source).ok())
    }

    /// Returns an attribute that is a text.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.0.as_ref()?.document().get_str(attribute).ok()
    }

    /// Returns the number of the level.
    pub(super) fn level(&self) -> Option<i64> {
        self.0.as_ref()?.level_number()
    }
}

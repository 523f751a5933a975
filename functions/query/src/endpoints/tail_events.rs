//! A live tail as server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use record::LogRecord;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::QueryError;
use crate::render::{Cut, Pushed, TailProgress, record_json};
use crate::request::accept::wanted;
use crate::request::{JournalCursor, TailSearch};
use crate::search::follow::Follower;

const EVENT_STREAM: &str = "text/event-stream";
/// How long to wait before reading again when everything is sent.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a client is told of the progress when nothing is filed.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// How many records may wait for a slow client. None is added once they have `FULL_BYTES`.
const MAX_PENDING: usize = 500;
const FULL_BYTES: usize = 4 * 1024 * 1024;

/// Whether a client that sends this `Accept` wants events.
pub(crate) fn are_accepted(accept: &str) -> bool {
    wanted(accept).any(|(name, _)| name.eq_ignore_ascii_case(EVENT_STREAM))
}

/// Whether it wants nothing but events.
pub(crate) fn alone_are_accepted(accept: &str) -> bool {
    are_accepted(accept) && wanted(accept).all(|(name, _)| name.eq_ignore_ascii_case(EVENT_STREAM))
}

/// Returns the events of a tail. Each record is an `event: record`; its id is the cursor after the record. An `event:
/// progress` says how far the journal was read; its id is the cursor there. A failure is the last event, `event: problem`.
pub(crate) async fn stream(
    context: Arc<Context>,
    caller: Caller,
    search: TailSearch,
    stopping: watch::Receiver<bool>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, QueryError> {
    let (place, cut) = Follower::new(&context, &caller, &search).begin(&search).await?;
    let (pending, state) = (VecDeque::new(), State::Behind);
    let mut tail = Tail {
        context,
        caller,
        search,
        stopping,
        place,
        cut,
        told: None,
        pending,
        state,
        progress: None,
        told_at: None,
    };
    // A refused request gets a problem document, before any event.
    tail.read().await?;
    let events = stream::unfold(tail, async |mut tail| tail.next().await.map(|event| (Ok(event), tail)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// What to do when no event is pending.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// Read on: there is more.
    Behind,
    /// Wait: everything is read.
    UpToDate,
    /// End the stream.
    Ended,
}

/// The data of an `event: progress`.
#[derive(Debug, Serialize)]
struct Progress {
    #[serde(flatten)]
    progress: TailProgress,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
}

/// A live tail.
struct Tail {
    context: Arc<Context>,
    caller: Caller,
    search: TailSearch,
    stopping: watch::Receiver<bool>,
    /// The cursor up to which everything is read.
    place: JournalCursor,
    /// The last cursor that the client got.
    told: Option<JournalCursor>,
    /// How far it looked for the last records, if that ended early. The first progress says it.
    cut: Option<Cut>,
    pending: VecDeque<Event>,
    state: State,
    /// How far the journal was read.
    progress: Option<TailProgress>,
    /// When the client was last told of the progress, and whether everything was read then.
    told_at: Option<(Instant, bool)>,
}

impl Tail {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return Some(event);
            }
            if self.state == State::Ended || *self.stopping.borrow() {
                return None;
            }
            if let Some(progress) = self.progress.filter(|progress| self.is_news(*progress)) {
                self.told = Some(self.place);
                self.told_at = Some((Instant::now(), progress.caught_up));
                return Some(self.tell(progress));
            }
            // Ends early when the program stops.
            if self.state == State::UpToDate && timeout(PAUSE, self.stopping.changed()).await.is_ok() {
                return None;
            }
            if let Err(error) = self.read().await {
                self.pending.push_back(error.to_event());
                self.state = State::Ended;
            }
        }
    }

    /// Whether the client should be told of the progress.
    fn is_news(&self, progress: TailProgress) -> bool {
        let is_recent = |(at, caught_up): (Instant, bool)| caught_up == progress.caught_up && at.elapsed() < TOLD_EVERY;
        self.told != Some(self.place) || !self.told_at.is_some_and(is_recent)
    }

    fn tell(&mut self, progress: TailProgress) -> Event {
        let event = Event::default().event("progress").id(self.place.to_string());
        let told = Progress { progress, cut: self.cut.take() };
        // It has truth values and texts only, which always serialise.
        event.data(serde_json::to_string(&told).unwrap_or_default())
    }

    /// Reads on, as many records as may wait for the client.
    async fn read(&mut self) -> Result<(), QueryError> {
        let (pending, told, fields) = (&mut self.pending, &mut self.told, self.search.fields.as_ref());
        let (mut bytes, mut state) = (0, State::UpToDate);
        let mut push = |record: &LogRecord, behind: JournalCursor| {
            if pending.len() == MAX_PENDING || bytes >= FULL_BYTES {
                state = State::Behind;
                return Ok(Pushed::Full);
            }
            let json = record_json(record, fields).map_err(|source| QueryError::Render { id: record.id(), source })?;
            bytes += json.len();
            pending.push_back(Event::default().event("record").id(behind.to_string()).data(json));
            *told = Some(behind);
            Ok(Pushed::Taken)
        };
        let followed = Follower::new(&self.context, &self.caller, &self.search).read(self.place, &mut push).await?;
        self.place = followed.place;
        self.progress = Some(followed.progress);
        self.state = state;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::are_accepted;

    #[test]
    fn events_are_for_those_who_want_them() {
        fn check(accept: &str, expect: bool) {
            assert_eq!(are_accepted(accept), expect, "{accept}");
        }
        check("text/event-stream", true);
        check("application/json, Text/Event-Stream;q=0.9", true);
        check("*/*", false);
        check("text/*", false);
        check("text/plain;x=text/event-stream", false);
    }
}

//! A list on standard output: item by item, page by page.

use std::io::{self, IsTerminal as _};
use std::pin::pin;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::timeout;

use crate::api::{Api, Page, Searched};
use crate::error::Error;
use crate::exit::Exit;
use crate::stderr;
use crate::stdout::{Format, Output};

/// The items that one page holds at most: few requests, and the first items are there soon.
pub(crate) const PAGE_ITEMS: u64 = 1_000;

/// How long a person waits for a list without a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// Appends an item as text for people.
type Render = Box<dyn FnMut(&RawValue, &mut String)>;

/// A list that is being shown.
pub(crate) struct Listing {
    output: Output,
    render: Render,
    /// The number of items shown so far.
    shown: u64,
    /// How the days were looked at: on the only page. Of several pages, two may have looked at one day.
    searched: Option<Searched>,
}

impl Listing {
    /// Starts a list. `render` makes text of an item.
    pub(crate) fn new(output: Output, render: impl FnMut(&RawValue, &mut String) + 'static) -> Self {
        Self { output, render: Box::new(render), shown: 0, searched: None }
    }

    /// Requests page after page, and shows at most `limit` items.
    pub(crate) async fn show_pages(&mut self, api: &Api, target: &str, limit: u64) -> Result<Exit, Error> {
        let mut next = Some(target.to_owned());
        let mut is_first = true;
        while let Some(target) = next.filter(|_| self.shown < limit) {
            let page: Page = explained(api.get(&target), is_first).await?;
            self.searched = page.searched.filter(|_| is_first);
            is_first = false;
            let room = usize::try_from(limit - self.shown).unwrap_or(usize::MAX);
            self.show(page.items.iter().take(room))?;
            if let (Some(cut), true) = (&page.cut, self.shown < limit && page.next.is_some()) {
                stderr::print(cut);
            }
            next = page.next;
        }
        Ok(self.exit())
    }

    /// Returns how the command ended, if the list is complete.
    pub(crate) fn exit(&self) -> Exit {
        if self.shown > 0 { Exit::Done } else { Exit::Nothing }
    }

    /// Says on standard error that nothing matches, if so, and what was looked at: as the API says it, else `looked_at`. Returns how
    /// the command ended.
    pub(crate) fn say_if_nothing(&self, exit: Exit, noun: &str, looked_at: &str) -> Exit {
        match self.searched {
            _ if exit != Exit::Nothing => {}
            Some(searched) => stderr::print(format_args!("no {noun} matches: {searched}")),
            None => stderr::print(format_args!("no {noun} matches: {looked_at}")),
        }
        exit
    }

    /// Shows items, and writes them at once.
    pub(crate) fn show<'i>(&mut self, items: impl Iterator<Item = &'i Box<RawValue>>) -> Result<(), Error> {
        for item in items {
            self.shown += 1;
            match self.output.format() {
                Format::Json => self.output.json(item),
                Format::Text { .. } => (self.render)(item, self.output.text()),
            }
            self.output.flush_if_full()?;
        }
        self.output.flush()
    }
}

/// Waits for an answer. Tells a person at a terminal why it takes long, if it is the first one.
async fn explained<T>(answer: impl Future<Output = T>, is_first: bool) -> T {
    let mut answer = pin!(answer);
    if is_first && io::stderr().is_terminal() {
        if let Ok(answer) = timeout(PATIENCE, &mut answer).await {
            return answer;
        }
        stderr::print(
            "still looking: records have to be read, as for a regular expression, common words, or days without sketches",
        );
    }
    answer.await
}

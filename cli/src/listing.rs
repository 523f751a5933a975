//! Lists on standard output: item after item, answer after answer.

use serde_json::value::RawValue;

use crate::api::{Api, Page};
use crate::error::Error;
use crate::exit::Exit;
use crate::note::note_cut;
use crate::out::{Format, Out};

/// How many items an answer has at most: enough, and the first are there soon.
pub(crate) const PAGE_ITEMS: u64 = 1_000;

/// Appends an item as people read it.
type Render = Box<dyn FnMut(&RawValue, &mut String)>;

/// Shows items one after the other.
pub(crate) struct Listing {
    out: Out,
    render: Render,
    /// How many there were.
    shown: u64,
}

impl Listing {
    /// On this output; rendered so for people.
    pub(crate) fn new(out: Out, render: impl FnMut(&RawValue, &mut String) + 'static) -> Self {
        Self { out, render: Box::new(render), shown: 0 }
    }

    /// Asks for this and what follows it, and shows so many of it at most.
    pub(crate) async fn all(&mut self, api: &Api, target: &str, limit: u64) -> Result<Exit, Error> {
        let mut next = Some(target.to_owned());
        while let Some(target) = next.filter(|_| self.shown < limit) {
            let page: Page = api.get(&target).await?;
            let room = usize::try_from(limit - self.shown).unwrap_or(usize::MAX);
            self.show(page.items.iter().take(room))?;
            if let (Some(cut), true) = (&page.cut, self.shown < limit && page.next.is_some()) {
                note_cut(cut);
            }
            next = page.next;
        }
        Ok(if self.shown > 0 { Exit::Done } else { Exit::Nothing })
    }

    /// Shows these, at once.
    pub(crate) fn show<'i>(&mut self, items: impl Iterator<Item = &'i Box<RawValue>>) -> Result<(), Error> {
        for item in items {
            self.shown += 1;
            match self.out.format() {
                Format::Json => self.out.json(item),
                Format::Text { .. } => (self.render)(item, self.out.text()),
            }
            self.out.drain()?;
        }
        self.out.flush()
    }
}

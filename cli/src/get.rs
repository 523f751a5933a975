//! `logbraid get`: a whole transaction, however large, as it comes.

use crate::api::{Api, Target};
use crate::args::GetArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::note::note;
use crate::out::{Format, Out};
use crate::render::{Event, Ids, Lines, Totals, TransactionPage, When};

/// Shows the transaction: answer after answer, so that none is held any longer than it takes to write it.
pub(crate) async fn run(args: &GetArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    let mut out = Out::new(&args.output);
    let mut shown = Shown::new(args, out.format());
    let target = Target::new("/transactions").segment(&args.uid).parameter("q", args.q.as_deref());
    let target = args.time.apply(args.filter.apply(target));
    let mut next = Some(target.as_str().to_owned());
    while let Some(target) = next {
        let page: TransactionPage = api.get(&target).await?;
        shown.page(&page, &mut out)?;
        next = page.next;
    }
    shown.end(&mut out)?;
    Ok(if shown.totals.started().is_some() { Exit::Done } else { Exit::Nothing })
}

/// What was shown so far.
struct Shown<'a> {
    uid: &'a str,
    ids: Ids,
    format: Format,
    totals: Totals,
    pages: u64,
    lines: Option<Lines>,
}

impl<'a> Shown<'a> {
    fn new(args: &'a GetArgs, format: Format) -> Self {
        Self { uid: &args.uid, ids: args.ids.ids(), format, totals: Totals::default(), pages: 0, lines: None }
    }

    /// Writes one answer.
    fn page(&mut self, page: &TransactionPage, out: &mut Out) -> Result<(), Error> {
        self.totals.add(page);
        if let Format::Text { width } = self.format {
            self.text(page, width, out)?;
        } else {
            for record in &page.records {
                out.json(record);
                out.drain()?;
            }
        }
        out.flush()
    }

    fn text(&mut self, page: &TransactionPage, width: Option<usize>, out: &mut Out) -> Result<(), Error> {
        // An answer without records is one that the time limit cut.
        let Some(started) = self.totals.started() else { return Ok(()) };
        if self.pages == 0 {
            let is_all = page.next.is_none();
            let head = if is_all { self.totals.head(self.uid) } else { self.totals.head_of_long(self.uid) };
            out.text().push_str(&head);
        }
        self.pages += 1;
        let lines = self.lines.get_or_insert_with(|| Lines::new(When::Since(started), self.ids, width));
        lines.expect(&page.services);
        for record in &page.records {
            lines.push(&Event::read(record), out.text());
            out.drain()?;
        }
        Ok(())
    }

    /// Says of the whole what was not known before.
    fn end(&self, out: &mut Out) -> Result<(), Error> {
        if self.pages > 1 {
            out.text().push_str(&self.totals.head(self.uid));
        }
        out.flush()?;
        if let Some(doubt) = self.totals.doubt() {
            note(&doubt);
        }
        Ok(())
    }
}

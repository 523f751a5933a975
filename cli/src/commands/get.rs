//! `logbraid get`: a whole transaction of any size, page by page.

use runtime::telemetry;
use serde::Deserialize;

use crate::api::{Api, Target};
use crate::args::GetArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{Event, Ids, LineStart, RecordLines, TaskTree, Totals, TransactionPage, visible};
use crate::stderr;
use crate::stdout::{Format, Output};

/// How many transactions are offered if there is no such uid.
const MAX_OFFERED: &str = "5";
/// They may be of any day.
const FIRST_DAY: &str = "1970-01-01";

/// Shows the transaction. Each page is written before the next is requested, so that memory stays bounded.
pub(crate) async fn run(args: &GetArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let mut output = Output::new(&args.output);
    let mut view = TransactionView::new(args, output.format());
    let target = Target::new("/transactions").segment(&args.uid).parameter("q", args.q.as_deref());
    let target = target.parameter("follow", args.follow.then_some("1"));
    let target = args.time.apply(args.filter.apply(target));
    let mut next = Some(target.as_str().to_owned());
    while let Some(target) = next {
        let page: TransactionPage = match api.get(&target).await {
            Err(error) if view.totals.started().is_none() && error.exit() == Exit::Nothing => {
                stderr::print(telemetry::chain(&error));
                offer(&api, &args.uid).await;
                return Ok(Exit::Nothing);
            }
            page => page?,
        };
        view.push(&page, &mut output)?;
        next = page.next;
    }
    view.finish(&mut output)?;
    if args.tree && view.tree.is_empty() && view.totals.started().is_some() {
        stderr::print("no record of this transaction has a task and a status");
        return Ok(Exit::Nothing);
    }
    Ok(if view.totals.started().is_some() { Exit::Done } else { Exit::Nothing })
}

/// Names transactions that mention what is no uid, such as the number of an order.
async fn offer(api: &Api, text: &str) {
    let target = Target::new("/transactions").parameter("q", Some(text)).parameter("from", Some(FIRST_DAY));
    let target = target.parameter("limit", Some(MAX_OFFERED));
    // It is more than was asked for, so a failure is not told.
    let Ok(Mentioning { transactions, next }) = api.get(target.as_str()).await else { return };
    let uids: Vec<String> = transactions.iter().map(|transaction| visible(&transaction.log_uid).into_owned()).collect();
    if !uids.is_empty() {
        stderr::print(format_args!("these transactions mention it, the newest first: {}", uids.join(", ")));
    } else if next.is_none() {
        stderr::print("no transaction mentions it");
    }
}

/// The transactions that mention a text.
#[derive(Deserialize)]
struct Mentioning {
    transactions: Vec<Named>,
    /// There may be more: the search ran out of time.
    next: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    log_uid: String,
}

/// The transaction as far as it is shown.
struct TransactionView<'a> {
    uid: &'a str,
    ids: Ids,
    format: Format,
    totals: Totals,
    /// The number of pages shown as text.
    pages: u64,
    lines: Option<RecordLines>,
    is_tree: bool,
    tree: TaskTree,
}

impl<'a> TransactionView<'a> {
    fn new(args: &'a GetArgs, format: Format) -> Self {
        Self {
            uid: &args.uid,
            ids: args.ids.ids(),
            format,
            totals: Totals::default(),
            pages: 0,
            lines: None,
            is_tree: args.tree,
            tree: TaskTree::default(),
        }
    }

    /// Shows a page.
    fn push(&mut self, page: &TransactionPage, output: &mut Output) -> Result<(), Error> {
        self.totals.add(page);
        if self.is_tree {
            for record in &page.records {
                self.tree.add(record);
            }
            return Ok(());
        }
        if let Format::Text { width } = self.format {
            self.push_text(page, width, output)?;
        } else {
            for record in &page.records {
                output.json(record);
                output.flush_if_full()?;
            }
        }
        output.flush()
    }

    fn push_text(&mut self, page: &TransactionPage, width: Option<usize>, output: &mut Output) -> Result<(), Error> {
        // The time limit can end a search before its first record.
        let Some(started) = self.totals.started() else { return Ok(()) };
        if self.pages == 0 {
            let is_whole = page.next.is_none();
            let head = if is_whole { self.totals.head(self.uid) } else { self.totals.head_of_first_page(self.uid) };
            output.text().push_str(&head);
        }
        self.pages += 1;
        let start = LineStart::Offset(started);
        let lines = self.lines.get_or_insert_with(|| RecordLines::new(start, self.ids, width));
        lines.add_services(&page.services);
        for record in &page.records {
            lines.push(&Event::read(record), output.text());
            output.flush_if_full()?;
        }
        Ok(())
    }

    /// Shows the tree, or the totals of a transaction of several pages, and reports what may be missing.
    fn finish(&self, output: &mut Output) -> Result<(), Error> {
        if let (true, false, Some(started)) = (self.is_tree, self.tree.is_empty(), self.totals.started()) {
            let tree = self.tree.render(started, output.width());
            output.text().push_str(&(self.totals.head(self.uid) + &tree));
        }
        if self.pages > 1 {
            output.text().push_str(&self.totals.head(self.uid));
        }
        output.flush()?;
        for warning in self.totals.warnings() {
            stderr::print(warning);
        }
        Ok(())
    }
}

//! Where the decoders put the items of a payload.

use std::ops::ControlFlow;

use record::{Draft, MAX_RAW_BYTES, Rules, WorkBudget};

use crate::rejection::{Reason, Rejection};

/// How often a payload may be wrapped. gzip in a KPL aggregate in gzip is wrapped three times.
const MAX_WRAPPINGS: u8 = 4;
/// The work of any item, beside its bytes.
const ITEM_WORK: usize = 500;

/// An item of a payload: a log record, or a part that should have been one.
#[derive(Debug)]
pub(crate) struct DecodedItem<'p, 'r> {
    /// The index of the user record within a KPL aggregate; 0 for an ordinary Kinesis record.
    pub(crate) sub_sequence: u32,
    /// The index of the item within the user record, from 0.
    pub(crate) index: u32,
    /// The format it was decoded from; `None` if no format was recognised.
    pub(crate) format: Option<&'static str>,
    /// Its bytes. If these are too large for the quarantine, the compressed bytes that contain it.
    pub(crate) raw: &'p [u8],
    /// The sub-sequence and index of the first item in `raw`. They differ from its own if `raw` holds more items.
    pub(crate) raw_begins: (u32, u32),
    /// Its fields, or why there are none.
    pub(crate) draft: Result<Draft<'r>, Rejection>,
}

/// Takes the items that the decoders find, in order.
pub(crate) struct Sink<'f, 'r> {
    rules: &'r Rules,
    work: &'r WorkBudget,
    progress: Progress,
    wrappings: u8,
    in_aggregate: bool,
    /// How the payload was repaired, for its records.
    repaired: Option<&'static str>,
    on_item: &'f mut dyn FnMut(DecodedItem<'_, 'r>) -> ControlFlow<()>,
}

/// How far a payload has been decoded, including everything wrapped in it.
#[derive(Clone, Copy)]
struct Progress {
    sub_sequence: u32,
    index: u32,
    ignored: usize,
    decompressed_bytes_left: usize,
    is_over: bool,
}

impl<'f, 'r> Sink<'f, 'r> {
    /// Creates a sink that passes each item to `on_item`. If that breaks, the whole payload is quarantined, and the
    /// rest need not be decoded.
    pub(crate) fn new(
        rules: &'r Rules,
        work: &'r WorkBudget,
        on_item: &'f mut dyn FnMut(DecodedItem<'_, 'r>) -> ControlFlow<()>,
    ) -> Self {
        let decompressed_bytes_left = rules.max_decompressed_bytes;
        let progress = Progress { sub_sequence: 0, index: 0, ignored: 0, decompressed_bytes_left, is_over: false };
        Self { rules, work, progress, wrappings: 0, in_aggregate: false, repaired: None, on_item }
    }

    /// Sets the numbers of the first item. Used if only a part of a payload is decoded.
    pub(crate) fn beginning_at(self, sub_sequence: u32, index: u32) -> Self {
        // Only an aggregate has user records with numbers.
        let in_aggregate = sub_sequence > 0;
        Self { progress: Progress { sub_sequence, index, ..self.progress }, in_aggregate, ..self }
    }

    /// Creates an empty draft for an item of `bytes`.
    pub(crate) fn draft(&self, bytes: usize) -> Draft<'r> {
        let mut draft = Draft::new(self.rules, self.work, bytes);
        if let Some(how) = self.repaired {
            draft.set_repaired(how);
        }
        draft
    }

    /// Counts work. Returns whether there is any left.
    pub(crate) fn spend(&self, units: usize) -> bool {
        self.work.spend(units);
        !self.work.is_exhausted()
    }

    /// Takes an item of a known format.
    pub(crate) fn push(&mut self, format: &'static str, raw: &[u8], draft: Result<Draft<'r>, Rejection>) {
        self.push_item(Some(format), raw, draft);
    }

    /// Rejects bytes of no known format.
    pub(crate) fn reject(&mut self, raw: &[u8], rejection: Rejection) {
        self.push_item(None, raw, Err(rejection));
    }

    /// Counts a message that by design holds no log record.
    pub(crate) fn ignore(&mut self) {
        self.progress.ignored += 1;
    }

    /// Returns how many messages were ignored.
    pub(crate) fn ignored(&self) -> usize {
        self.progress.ignored
    }

    /// Returns whether no more items are wanted.
    pub(crate) fn is_over(&self) -> bool {
        self.progress.is_over || self.work.is_exhausted()
    }

    /// The work that may still be done for the payload.
    pub(crate) fn work(&self) -> &'r WorkBudget {
        self.work
    }

    /// Returns how many bytes may still be decompressed.
    pub(crate) fn decompressed_bytes_left(&self) -> usize {
        self.progress.decompressed_bytes_left
    }

    /// Returns whether a KPL aggregate is being decoded. Aggregates do not nest.
    pub(crate) fn in_aggregate(&self) -> bool {
        self.in_aggregate
    }

    /// Decodes the decompressed bytes `plain` of `compressed`.
    pub(crate) fn decompressed(&mut self, compressed: &[u8], plain: &[u8], decode: impl FnOnce(&mut Sink<'_, 'r>)) {
        self.progress.decompressed_bytes_left = self.progress.decompressed_bytes_left.saturating_sub(plain.len());
        let on_item = &mut *self.on_item;
        let begins = (self.progress.sub_sequence, self.progress.index);
        let mut on_item = |item: DecodedItem<'_, 'r>| {
            let is_too_large = item.raw.len() > MAX_RAW_BYTES;
            let (raw, raw_begins) = if is_too_large { (compressed, begins) } else { (item.raw, item.raw_begins) };
            on_item(DecodedItem { raw, raw_begins, ..item })
        };
        let mut inner = Sink {
            rules: self.rules,
            work: self.work,
            progress: self.progress,
            wrappings: self.wrappings + 1,
            in_aggregate: self.in_aggregate,
            repaired: self.repaired,
            on_item: &mut on_item,
        };
        decode(&mut inner);
        self.progress = inner.progress;
    }

    /// Decodes with a mark that the records were repaired.
    pub(crate) fn repaired<T>(&mut self, how: &'static str, decode: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.repaired;
        self.repaired = outer.or(Some(how));
        let decoded = decode(self);
        self.repaired = outer;
        decoded
    }

    /// Decodes a user record of a KPL aggregate. Its items are numbered from 0.
    pub(crate) fn user_record(&mut self, sub_sequence: u32, decode: impl FnOnce(&mut Self)) {
        (self.progress.sub_sequence, self.progress.index) = (sub_sequence, 0);
        let outer = (self.wrappings, self.in_aggregate);
        (self.wrappings, self.in_aggregate) = (self.wrappings + 1, true);
        decode(self);
        (self.wrappings, self.in_aggregate) = outer;
    }

    /// Checks that the payload may be wrapped once more.
    pub(crate) fn check_wrappings(&self) -> Result<(), Rejection> {
        if self.wrappings < MAX_WRAPPINGS {
            return Ok(());
        }
        Err(Rejection::new(Reason::TooDeep, format!("the payload is wrapped more than {MAX_WRAPPINGS} times")))
    }

    fn push_item(&mut self, format: Option<&'static str>, raw: &[u8], draft: Result<Draft<'r>, Rejection>) {
        self.work.spend(ITEM_WORK + raw.len());
        let Progress { sub_sequence, index, .. } = self.progress;
        let item = DecodedItem { sub_sequence, index, format, raw, raw_begins: (sub_sequence, index), draft };
        self.progress.is_over |= (self.on_item)(item).is_break();
        self.progress.index += 1;
    }
}

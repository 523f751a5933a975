//! The parts into which a payload is taken.

use std::ops::ControlFlow;

use record::{Draft, MAX_RAW_BYTES, Rules};

use crate::rejection::{Reason, Rejection};

/// How deep a payload may be wrapped: gzip in a KPL aggregate in gzip are three wrappings.
const MAX_WRAPPINGS: u8 = 4;

/// A part of a payload that is, or should have been, one log record.
#[derive(Debug)]
pub(crate) struct DecodedItem<'p, 'r> {
    /// The number of the user record within a KPL aggregate; 0 in an ordinary record.
    pub(crate) sub_sequence: u32,
    /// The number of the piece within the user record, from 0.
    pub(crate) index: u32,
    /// The format it was decoded from; `None` where it was not recognised.
    pub(crate) format: Option<&'static str>,
    /// Its bytes, or, where they are more than can be set aside, the fewer ones that they were decompressed from.
    pub(crate) raw: &'p [u8],
    /// The numbers of the first piece in `raw`: its own, unless `raw` holds more than it.
    pub(crate) raw_begins: (u32, u32),
    /// Its fields.
    pub(crate) draft: Result<Draft<'r>, Rejection>,
}

/// Where the decoders put what they find, in order.
pub(crate) struct Sink<'f, 'r> {
    rules: &'r Rules,
    progress: Progress,
    wrappings: u8,
    in_aggregate: bool,
    found: &'f mut dyn FnMut(DecodedItem<'_, 'r>) -> ControlFlow<()>,
}

/// How far a payload is decoded, however deep it is wrapped.
#[derive(Clone, Copy)]
struct Progress {
    sub_sequence: u32,
    index: u32,
    ignored: usize,
    decompressed_bytes_left: usize,
    is_over: bool,
}

impl<'f, 'r> Sink<'f, 'r> {
    /// Gives each piece to `found`, until it breaks: then the payload is set aside whole, and the rest need not be decoded.
    pub(crate) fn new(rules: &'r Rules, found: &'f mut dyn FnMut(DecodedItem<'_, 'r>) -> ControlFlow<()>) -> Self {
        let decompressed_bytes_left = rules.max_decompressed_bytes;
        let progress = Progress { sub_sequence: 0, index: 0, ignored: 0, decompressed_bytes_left, is_over: false };
        Self { rules, progress, wrappings: 0, in_aggregate: false, found }
    }

    /// Numbers the sink from here on: what is decoded is a part of a payload.
    pub(crate) fn beginning_at(self, sub_sequence: u32, index: u32) -> Self {
        // Only an aggregate numbers what is in it.
        let in_aggregate = sub_sequence > 0;
        Self { progress: Progress { sub_sequence, index, ..self.progress }, in_aggregate, ..self }
    }

    /// An empty draft for a piece of so many bytes.
    pub(crate) fn draft(&self, bytes: usize) -> Draft<'r> {
        Draft::new(self.rules, bytes)
    }

    /// A piece of a known format.
    pub(crate) fn push(&mut self, format: &'static str, raw: &[u8], draft: Result<Draft<'r>, Rejection>) {
        self.found(Some(format), raw, draft);
    }

    /// A piece of no known format.
    pub(crate) fn reject(&mut self, raw: &[u8], rejection: Rejection) {
        self.found(None, raw, Err(rejection));
    }

    /// Something that holds no log record and is not meant to.
    pub(crate) fn ignore(&mut self) {
        self.progress.ignored += 1;
    }

    /// How often something was ignored.
    pub(crate) fn ignored(&self) -> usize {
        self.progress.ignored
    }

    /// Whether no more sink are wanted.
    pub(crate) fn is_over(&self) -> bool {
        self.progress.is_over
    }

    /// How many bytes may still be decompressed.
    pub(crate) fn decompressed_bytes_left(&self) -> usize {
        self.progress.decompressed_bytes_left
    }

    /// Whether this is the inside of a KPL aggregate, in which there is no other.
    pub(crate) fn in_aggregate(&self) -> bool {
        self.in_aggregate
    }

    /// Decodes what `compressed` turned out to be.
    pub(crate) fn decompressed(&mut self, compressed: &[u8], plain: &[u8], decode: impl FnOnce(&mut Sink<'_, 'r>)) {
        self.progress.decompressed_bytes_left = self.progress.decompressed_bytes_left.saturating_sub(plain.len());
        let found = &mut *self.found;
        let begins = (self.progress.sub_sequence, self.progress.index);
        let mut found = |piece: DecodedItem<'_, 'r>| {
            let is_too_large = piece.raw.len() > MAX_RAW_BYTES;
            let (raw, raw_begins) = if is_too_large { (compressed, begins) } else { (piece.raw, piece.raw_begins) };
            found(DecodedItem { raw, raw_begins, ..piece })
        };
        let mut inside = Sink {
            rules: self.rules,
            progress: self.progress,
            wrappings: self.wrappings + 1,
            in_aggregate: self.in_aggregate,
            found: &mut found,
        };
        decode(&mut inside);
        self.progress = inside.progress;
    }

    /// Decodes a user record of a KPL aggregate, whose sink are numbered on their own.
    pub(crate) fn user_record(&mut self, sub_sequence: u32, decode: impl FnOnce(&mut Self)) {
        (self.progress.sub_sequence, self.progress.index) = (sub_sequence, 0);
        let outside = (self.wrappings, self.in_aggregate);
        (self.wrappings, self.in_aggregate) = (self.wrappings + 1, true);
        decode(self);
        (self.wrappings, self.in_aggregate) = outside;
    }

    /// Sees that another wrapping is not one too many.
    pub(crate) fn check_wrappings(&self) -> Result<(), Rejection> {
        if self.wrappings < MAX_WRAPPINGS {
            return Ok(());
        }
        Err(Rejection::new(Reason::TooDeep, format!("it is wrapped more than {MAX_WRAPPINGS} times")))
    }

    fn found(&mut self, format: Option<&'static str>, raw: &[u8], draft: Result<Draft<'r>, Rejection>) {
        let Progress { sub_sequence, index, .. } = self.progress;
        let piece = DecodedItem { sub_sequence, index, format, raw, raw_begins: (sub_sequence, index), draft };
        self.progress.is_over |= (self.found)(piece).is_break();
        self.progress.index += 1;
    }
}

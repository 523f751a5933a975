//! The parts into which a payload is taken.

use shared::record::{Draft, Rules};

use crate::rejection::Rejection;

/// A part of a payload that is, or should have been, one log record.
#[derive(Debug)]
pub(crate) struct Piece<'p, 'r> {
    /// The number of the user record within a KPL aggregate; 0 in an ordinary record.
    pub(crate) sub_sequence: u32,
    /// The number of the piece within the user record, from 0.
    pub(crate) index: u32,
    /// The format it was decoded from; `None` where it was not recognised.
    pub(crate) format: Option<&'static str>,
    /// Its bytes.
    pub(crate) raw: &'p [u8],
    /// Its fields.
    pub(crate) draft: Result<Draft<'r>, Rejection>,
}

/// Where the decoders put what they find, in order.
pub(crate) struct Pieces<'f, 'r> {
    rules: &'r Rules,
    sub_sequence: u32,
    index: u32,
    found: &'f mut dyn FnMut(Piece<'_, 'r>),
}

impl<'f, 'r> Pieces<'f, 'r> {
    /// Gives each piece to `found`.
    pub(crate) fn new(rules: &'r Rules, found: &'f mut dyn FnMut(Piece<'_, 'r>)) -> Self {
        Self { rules, sub_sequence: 0, index: 0, found }
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

    /// Decodes a user record of a KPL aggregate, whose pieces are numbered on their own.
    pub(crate) fn user_record(&mut self, sub_sequence: u32, decode: impl FnOnce(&mut Self)) {
        (self.sub_sequence, self.index) = (sub_sequence, 0);
        decode(self);
    }

    fn found(&mut self, format: Option<&'static str>, raw: &[u8], draft: Result<Draft<'r>, Rejection>) {
        (self.found)(Piece { sub_sequence: self.sub_sequence, index: self.index, format, raw, draft });
        self.index += 1;
    }
}

//! Maps a text back to the bytes of its payload. In the text, U+FFFD replaces bytes that are not UTF-8.

/// The bytes of a payload, taken from front to back.
pub(super) struct SourceBytes<'p> {
    payload: &'p [u8],
    /// The payload from `text_at` on, in which the next offset is searched.
    rest: &'p [u8],
    text_at: usize,
    is_lossy: bool,
    /// The offset in the text up to which everything was taken.
    pub(super) taken: usize,
}

impl<'p> SourceBytes<'p> {
    pub(super) fn new(payload: &'p [u8], is_lossy: bool) -> Self {
        Self { payload, rest: payload, text_at: 0, is_lossy, taken: 0 }
    }

    /// Returns whether the text differs from the bytes.
    pub(super) fn is_lossy(&self) -> bool {
        self.is_lossy
    }

    /// Returns the bytes between two offsets in the text. Offsets must not go backwards.
    pub(super) fn take(&mut self, from: usize, to: usize) -> &'p [u8] {
        self.taken = to;
        let (from, to) = if self.is_lossy { (self.offset(from), self.offset(to)) } else { (from, to) };
        self.payload.get(from..to).unwrap_or_default()
    }

    /// Returns the offset in the payload of an offset in the text.
    fn offset(&mut self, text_offset: usize) -> usize {
        while self.text_at < text_offset {
            // No further than wanted, since the offsets that follow look at the rest again. What is not UTF-8 never
            // takes more bytes than its replacement.
            let wanted = &self.rest[..self.rest.len().min(text_offset - self.text_at)];
            let Some(chunk) = wanted.utf8_chunks().next() else { break };
            let valid = chunk.valid().len();
            let (in_text, in_payload) = if self.text_at + valid < text_offset {
                (valid + char::REPLACEMENT_CHARACTER.len_utf8(), valid + chunk.invalid().len())
            } else {
                (valid, valid)
            };
            self.text_at += in_text;
            self.rest = &self.rest[in_payload..];
        }
        self.payload.len() - self.rest.len()
    }
}

#[cfg(test)]
mod tests {
    use super::SourceBytes;

    #[test]
    fn an_offset_in_the_text_finds_its_bytes() {
        fn check(payload: &[u8]) {
            let text = String::from_utf8_lossy(payload);
            let mut source = SourceBytes::new(payload, true);
            let offsets = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            let mut start = 0;
            for (from, to) in offsets.clone().zip(offsets.skip(1)) {
                let bytes = source.take(from, to);
                assert_eq!(String::from_utf8_lossy(bytes), text[from..to], "{}", payload.escape_ascii());
                assert_eq!(bytes, &payload[start..start + bytes.len()]);
                start += bytes.len();
            }
            assert_eq!(start, payload.len());
        }
        check(b"plain");
        check(b"a\xffb\xc3\xa4c");
        check(b"\xff\xfe\xf0\x9f\x98x");
        check("Größe \u{fffd}".as_bytes());
        check(b"");
    }
}

//! Where messages end in a stream of msgpack. Pure. Goes on where it stopped when more bytes come.

/// The stream is no msgpack.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no msgpack: a byte that begins nothing")]
pub(super) struct NotMsgpack;

/// Looks for the end of the message at the beginning of a buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Framing {
    /// How many bytes of the message are known to be in it.
    seen: usize,
    /// How many values are open. 0 before the message begins.
    open: u64,
}

impl Framing {
    /// Returns the size of the message at the beginning of the buffer, if it is whole. The next message comes next.
    pub(super) fn end(&mut self, buffer: &[u8]) -> Result<Option<usize>, NotMsgpack> {
        if self.seen == 0 {
            self.open = 1;
        }
        while self.open > 0 {
            let Some(head) = buffer.get(self.seen..).filter(|head| !head.is_empty()) else { return Ok(None) };
            let Some((size, values)) = value(head)? else { return Ok(None) };
            self.seen = self.seen.saturating_add(size);
            self.open = (self.open - 1).saturating_add(values);
        }
        if self.seen > buffer.len() {
            return Ok(None);
        }
        Ok(Some(std::mem::take(self).seen))
    }

    /// Returns how many bytes the message has at least.
    pub(super) fn at_least(&self) -> usize {
        // Each open value takes a byte.
        self.seen.saturating_add(usize::try_from(self.open).unwrap_or(usize::MAX))
    }
}

/// Returns the size of the value that begins here, without the values in it, and their number. `None` if more bytes are
/// needed.
fn value(head: &[u8]) -> Result<Option<(usize, u64)>, NotMsgpack> {
    let Some(first) = head.first().copied() else { return Ok(None) };
    // The number in the following bytes.
    let number = |bytes: usize| {
        let number = head.get(1..=bytes)?;
        Some(number.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let sized = |bytes: usize, more: usize| {
        number(bytes).map(|size| (usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1 + bytes + more), 0))
    };
    Ok(match first {
        0x00..=0x7F | 0xE0..=0xFF | 0xC0 | 0xC2 | 0xC3 => Some((1, 0)),
        0x80..=0x8F => Some((1, 2 * u64::from(first & 0x0F))),
        0x90..=0x9F => Some((1, u64::from(first & 0x0F))),
        0xA0..=0xBF => Some((1 + usize::from(first & 0x1F), 0)),
        0xC1 => return Err(NotMsgpack),
        0xC4 | 0xD9 => sized(1, 0),
        0xC5 | 0xDA => sized(2, 0),
        0xC6 | 0xDB => sized(4, 0),
        0xC7 => sized(1, 1),
        0xC8 => sized(2, 1),
        0xC9 => sized(4, 1),
        0xCC | 0xD0 => Some((2, 0)),
        0xCD | 0xD1 => Some((3, 0)),
        0xCA | 0xCE | 0xD2 => Some((5, 0)),
        0xCB | 0xCF | 0xD3 => Some((9, 0)),
        0xD4..=0xD8 => Some((2 + (1 << (first - 0xD4)), 0)),
        0xDC => number(2).map(|values| (3, values)),
        0xDD => number(4).map(|values| (5, values)),
        0xDE => number(2).map(|entries| (3, 2 * entries)),
        0xDF => number(4).map(|entries| (5, 2 * entries)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Framing, NotMsgpack};

    fn ends(stream: &[u8], step: usize) -> Result<Vec<Vec<u8>>, NotMsgpack> {
        let (mut framing, mut start, mut messages) = (Framing::default(), 0, Vec::new());
        let mut have = 0;
        while have < stream.len() {
            have = (have + step).min(stream.len());
            while let Some(size) = framing.end(&stream[start..have])? {
                messages.push(stream[start..start + size].to_vec());
                start += size;
            }
        }
        Ok(messages)
    }

    #[test]
    fn messages_end_where_their_last_value_ends() {
        let messages: [&[u8]; 7] = [
            b"\x93\xa1t\x01\x81\xa1a\x92\xc0\xcb\0\0\0\0\0\0\0\0",
            b"\xc0",
            b"\x92\xa1t\xdc\x00\x02\x92\xd7\x00\0\0\0\0\0\0\0\0\xde\x00\x01\xd9\x01a\xcd\x01\x02\x92\x01\x80",
            b"\x93\xdb\0\0\0\x02tt\xc6\0\0\0\x03abc\x81\xa5chunk\xc5\x00\x01x",
            b"\x94\xda\0\x01t\xcf\0\0\0\0\0\0\0\x01\xdf\0\0\0\x01\xa0\xc8\0\x01\x05x\xc7\x01\x05x",
            b"\x91\xdd\0\0\0\0",
            b"\xd4\x05x",
        ];
        let stream = messages.concat();
        for step in [1, 2, 3, 7, stream.len()] {
            assert_eq!(ends(&stream, step).unwrap(), messages, "{step}");
        }
        assert_eq!(ends(b"\x91\xc1", 1), Err(NotMsgpack));
    }

    proptest! {
        #[test]
        fn any_stream_is_read_to_an_end_in_any_steps(stream in prop::collection::vec(any::<u8>(), 0..200), step in 1..9_usize) {
            prop_assert_eq!(ends(&stream, step), ends(&stream, stream.len().max(1)));
        }
    }
}

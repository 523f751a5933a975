//! The text that replaces a secret.

use std::borrow::Cow;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use memchr::memmem;
use sha2::Sha256;

use crate::Secret;

/// The mask without a key.
pub(super) const MASK: &str = "[redacted]";
/// The beginning of a mask with a key.
const KEYED: &str = "[redacted:";
/// How many bytes of the keyed hash a mask shows, in hexadecimal.
const HASH_BYTES: usize = 8;

/// Creates masks: one mask for all secrets, or with a key one mask for equal secrets.
#[derive(Clone)]
pub(super) struct Mask(Option<Hmac<Sha256>>);

impl Mask {
    /// Without a key, masks reveal nothing. With a key, they reveal which secrets are equal.
    pub(super) fn new(key: Option<&Secret>) -> Self {
        // HMAC accepts keys of any length, so this cannot fail.
        Self(key.and_then(|key| Hmac::new_from_slice(key.reveal().as_bytes()).ok()))
    }

    /// Returns the mask of `secret`.
    pub(super) fn of(&self, secret: &[u8]) -> Cow<'static, str> {
        let Some(keyed) = &self.0 else { return Cow::Borrowed(MASK) };
        let mut hmac = keyed.clone();
        hmac.update(secret);
        let hash = hmac.finalize().into_bytes();
        Cow::Owned(format!("{KEYED}{}]", hex::encode(&hash[..HASH_BYTES])))
    }
}

/// Returns whether the bytes are exactly one mask.
pub(crate) fn is_mask(bytes: &[u8]) -> bool {
    length_at(bytes) == Some(bytes.len())
}

/// Returns the length of the mask at the beginning of the bytes.
fn length_at(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(MASK.as_bytes()) {
        return Some(MASK.len());
    }
    let (hash, rest) = bytes.strip_prefix(KEYED.as_bytes())?.split_at_checked(2 * HASH_BYTES)?;
    let is_hash = hash.iter().all(u8::is_ascii_hexdigit) && rest.first() == Some(&b']');
    is_hash.then_some(KEYED.len() + 2 * HASH_BYTES + 1)
}

/// Returns where the masks are.
pub(crate) fn masks_in(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memmem::find_iter(bytes, "[redacted").filter_map(|at| Some(at..at + length_at(&bytes[at..])?))
}

/// The masks in a text, which are not secrets.
pub(super) struct Masks(Vec<Range<usize>>);

impl Masks {
    pub(super) fn of(text: &[u8]) -> Self {
        Self(masks_in(text).collect())
    }

    /// Returns whether a mask overlaps a possible secret.
    pub(super) fn overlap(&self, secret: &Range<usize>) -> bool {
        let first = self.0.partition_point(|mask| mask.end <= secret.start);
        self.0.get(first).is_some_and(|mask| mask.start < secret.end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mask, is_mask, masks_in};
    use crate::Secret;

    #[test]
    fn with_a_key_equal_secrets_have_equal_masks() {
        let mask = Mask::new(Some(&Secret::new("a key of many bytes".to_owned())));
        // printf hunter2 | openssl dgst -sha256 -hmac 'a key of many bytes'
        assert_eq!(mask.of(b"hunter2"), "[redacted:627036a697d1cea0]");
        assert_eq!(mask.of(b"hunter2"), mask.of(b"hunter2"));
        assert_ne!(mask.of(b"hunter2"), mask.of(b"hunter3"));
        let other = Mask::new(Some(&Secret::new("another key of bytes".to_owned())));
        assert_ne!(mask.of(b"hunter2"), other.of(b"hunter2"));
        assert_eq!(Mask::new(None).of(b"hunter2"), "[redacted]");
    }

    #[test]
    fn masks_are_recognised() {
        for mask in ["[redacted]", "[redacted:0123456789abcdef]"] {
            assert!(is_mask(mask.as_bytes()), "{mask}");
            let text = format!("a {mask} b");
            assert_eq!(
                masks_in(text.as_bytes()).collect::<Vec<_>>(),
                std::slice::from_ref(&(2..2 + mask.len())),
                "{mask}"
            );
        }
        for text in
            ["", "[redacted", "[redacted:]", "[redacted:0123456789abcdeg]", "[redacted]x", "[redacted:0123456789abcdef"]
        {
            assert!(!is_mask(text.as_bytes()), "{text}");
        }
    }
}

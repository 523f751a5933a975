//! What stands for a secret.

use std::borrow::Cow;
use std::ops::Range;

use hmac::{Hmac, KeyInit, Mac};
use memchr::memmem;
use sha2::Sha256;

use crate::Secret;

/// What stands for a secret where no key is configured.
pub(super) const MASK: &str = "[redacted]";
/// What a mask begins with where a key is.
const KEYED: &str = "[redacted:";
/// Bytes of the keyed hash that are kept, each as two digits.
const HASH_BYTES: usize = 8;

/// What stands for secrets: the same for all, or for equal ones.
#[derive(Clone)]
pub(super) struct Mask(Option<Hmac<Sha256>>);

impl Mask {
    /// Masks that tell nothing, or with a key which secrets are equal.
    pub(super) fn new(key: Option<&Secret>) -> Self {
        // HMAC takes keys of any length: there is nothing that could be wrong.
        Self(key.and_then(|key| Hmac::new_from_slice(key.reveal().as_bytes()).ok()))
    }

    /// What stands for `secret`.
    pub(super) fn of(&self, secret: &[u8]) -> Cow<'static, str> {
        let Some(keyed) = &self.0 else { return Cow::Borrowed(MASK) };
        let mut hmac = keyed.clone();
        hmac.update(secret);
        let hash = hmac.finalize().into_bytes();
        let digits = hash.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}"));
        Cow::Owned(format!("{KEYED}{}]", digits.collect::<String>()))
    }
}

/// Whether the bytes are a mask and nothing else.
pub(super) fn is_mask(bytes: &[u8]) -> bool {
    length_at(bytes) == Some(bytes.len())
}

/// The length of the mask that the bytes begin with.
fn length_at(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(MASK.as_bytes()) {
        return Some(MASK.len());
    }
    let (hash, rest) = bytes.strip_prefix(KEYED.as_bytes())?.split_at_checked(2 * HASH_BYTES)?;
    let is_hash = hash.iter().all(u8::is_ascii_hexdigit) && rest.first() == Some(&b']');
    is_hash.then_some(KEYED.len() + 2 * HASH_BYTES + 1)
}

/// Where there are masks.
pub(super) fn masks_in(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memmem::find_iter(bytes, "[redacted").filter_map(|at| Some(at..at + length_at(&bytes[at..])?))
}

/// Where a text has masks, which are no secrets.
pub(super) struct Masks(Vec<Range<usize>>);

impl Masks {
    pub(super) fn of(text: &[u8]) -> Self {
        Self(masks_in(text).collect())
    }

    /// Whether there is one where a secret would be.
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
    fn masks_are_known_again() {
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

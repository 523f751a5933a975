//! The correlation id (`log_uid`) of a transaction.

use std::fmt;

/// The longest correlation id in bytes. A longer text is a payload in the wrong field.
pub const MAX_BYTES: usize = 512;

/// What senders write when they have no correlation id.
const NOTHING: [&str; 3] = ["", "-", "None"];

/// A correlation id (`log_uid`): 1 to [`MAX_BYTES`] bytes of text, kept exactly as the services wrote it.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct LogUid(String);

/// Why a text is not a correlation id.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NotAUid {
    /// The text means "none".
    #[error("it is empty, `-` or `None`: services write these when there is no transaction")]
    Nothing,
    /// The text is longer than [`MAX_BYTES`].
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
}

impl LogUid {
    /// Checks `text` and keeps it as an id.
    pub fn parse(text: &str) -> Result<Self, NotAUid> {
        check(text).map(|()| Self(text.to_owned()))
    }

    /// Returns the id exactly as the services wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks whether `text` is a correlation id.
pub(crate) fn check(text: &str) -> Result<(), NotAUid> {
    if NOTHING.contains(&text) {
        Err(NotAUid::Nothing)
    } else if text.len() > MAX_BYTES {
        Err(NotAUid::TooLong)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{LogUid, MAX_BYTES, NotAUid};

    #[test]
    fn some_texts_mean_no_transaction() {
        fn check(text: &str, expect: Result<(), NotAUid>) {
            assert_eq!(LogUid::parse(text).map(|uid| assert_eq!(uid.as_str(), text)), expect, "{text}");
        }
        check("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", Ok(()));
        check("order 17/Größe", Ok(()));
        check("none", Ok(()));
        check("", Err(NotAUid::Nothing));
        check("-", Err(NotAUid::Nothing));
        check("None", Err(NotAUid::Nothing));
        check(&"x".repeat(MAX_BYTES), Ok(()));
        check(&"x".repeat(MAX_BYTES + 1), Err(NotAUid::TooLong));
    }
}

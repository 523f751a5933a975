//! Why a payload cannot become a log record.

/// Why a payload is set aside. The codes are stable: people search and redrive by them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// The event's `data` is not base64.
    BadBase64,
    /// There are no bytes.
    Empty,
    /// The payload is of no format that logbraid knows.
    UnknownFormat,
    /// It begins like JSON and does not go on so.
    BadJson,
    /// As BSON it is larger than MongoDB takes.
    TooLarge,
    /// Decoding it failed unexpectedly.
    InternalError,
}

impl Reason {
    /// The code that is stored.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::BadBase64 => "bad_base64",
            Self::Empty => "empty",
            Self::UnknownFormat => "unknown_format",
            Self::BadJson => "bad_json",
            Self::TooLarge => "too_large",
            Self::InternalError => "internal_error",
        }
    }
}

/// A payload's reason to be set aside, with what the person who looks should know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Rejection {
    pub(crate) reason: Reason,
    pub(crate) detail: String,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

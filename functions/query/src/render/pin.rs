//! A pin as JSON.

use serde::Serialize;
use store::Pin;

/// What an answer says of the pin of its transaction: `{reason, pinned_at, until}`. `until` is null for ever.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PinMark {
    reason: String,
    pinned_at: String,
    until: Option<String>,
}

/// A pin: `{log_uid, reason, pinned_at, until, records}`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListedPin {
    log_uid: String,
    #[serde(flatten)]
    mark: PinMark,
    records: u64,
}

/// All pins, the newest first.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListedPins {
    pub(crate) pins: Vec<ListedPin>,
}

impl From<Pin> for PinMark {
    fn from(pin: Pin) -> Self {
        let Pin { reason, at, until, .. } = pin;
        Self { reason, pinned_at: at.to_string(), until: until.map(|until| until.to_string()) }
    }
}

impl From<Pin> for ListedPin {
    fn from(pin: Pin) -> Self {
        Self { log_uid: pin.uid.clone(), records: pin.records, mark: pin.into() }
    }
}

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

/// A pin: `{log_uid, tenant, reason, pinned_at, until, records}`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListedPin {
    log_uid: String,
    /// The tenant that pinned it; only for who sees the pins of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
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
        Self { log_uid: pin.uid.clone(), tenant: pin.tenant.clone(), records: pin.records, mark: pin.into() }
    }
}

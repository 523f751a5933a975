//! Messages of Google Cloud's Pub/Sub: `{"message": {"data": "<base64>", …}, "subscription": "…"}`.
//!
//! Source: <https://cloud.google.com/pubsub/docs/push#receive_push>.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::decode_base64;
use crate::{Sink, decode as decode_payload};

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(borrow, rename = "messageId", alias = "message_id")]
    _message_id: &'a RawValue,
}

/// Decodes the payload in a message. Returns whether it holds one.
pub(super) fn decode(object: &str, sink: &mut Sink<'_, '_>) -> bool {
    let Ok(Push { message }) = serde_json::from_str(object) else { return false };
    let payload = decode_base64(message.data.as_bytes());
    let Some(payload) = payload.filter(|payload| !payload.is_empty() && sink.check_wrappings().is_ok()) else {
        return false;
    };
    sink.decompressed(object.as_bytes(), &payload, |sink| decode_payload(&payload, sink));
    true
}

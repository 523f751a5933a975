//! A log record on its way from an input to the outputs.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// A log record, and what the forwarder knows of its arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The name of the input in the configuration.
    pub input: Arc<str>,
    /// Fluentd's tag, if the protocol has one.
    pub tag: Option<Arc<str>>,
    /// What makes this record that record: ingest knows a record that was sent again by it.
    pub record_id: String,
    /// When it arrived: fixed by the spool, so that it is the same after a restart.
    pub arrived: Timestamp,
    /// The record's fields, as the sender named them.
    pub fields: Map<String, Value>,
}

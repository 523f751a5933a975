//! What Kinesis says of a stream.

use serde::Deserialize;

/// A stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct StreamFacts {
    #[serde(rename = "StreamStatus")]
    pub(crate) status: String,
    #[serde(rename = "RetentionPeriodHours")]
    pub(crate) retention_hours: i64,
    #[serde(rename = "OpenShardCount", default)]
    pub(crate) open_shards: u32,
    #[serde(rename = "StreamModeDetails", default)]
    mode: StreamMode,
    /// `KMS` or `NONE`; `None` if it does not say.
    pub(crate) encryption_type: Option<String>,
    /// The key: its id, its ARN or an alias.
    pub(crate) key_id: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct StreamMode {
    stream_mode: String,
}

impl StreamFacts {
    /// Returns `ON_DEMAND` or `PROVISIONED`; `None` if it does not say.
    pub(crate) fn mode(&self) -> Option<&str> {
        Some(self.mode.stream_mode.as_str()).filter(|mode| !mode.is_empty())
    }
}

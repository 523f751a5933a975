//! The settings of outputs.

use record::Secret;
use serde::Deserialize;

use super::named::{kind, settings};
use super::secret::secret;
use crate::outputs::dated_path;
use crate::yaml::{Mistake, Node};

const TYPES: [&str; 4] = ["kinesis", "file", "mongodb", "stdout"];

/// Where an output writes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OutputSettings {
    /// A Kinesis stream.
    Kinesis(KinesisOutput),
    /// Files with one line of JSON for each record.
    File(FileOutput),
    /// logbraid's own collections, without Kinesis and Lambda.
    MongoDb(MongoDbOutput),
    /// Standard output, one line of JSON for each record.
    Stdout(StdoutOutput),
}

/// The settings of a Kinesis stream.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct KinesisOutput {
    /// The stream's name.
    pub stream: String,
    /// The region; by default that of the environment.
    pub region: Option<String>,
    /// Another endpoint than that of the region.
    pub endpoint: Option<String>,
    /// How records are compressed.
    #[serde(default)]
    pub compress: Compress,
}

/// How records are compressed.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Compress {
    /// With gzip.
    Gzip,
    /// With zstd.
    #[default]
    Zstd,
    /// Not at all.
    None,
}

/// The settings of files.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FileOutput {
    /// The path, with the time in it as strftime has it: `/var/log/errors-%Y-%m-%d.jsonl`. A new time is a new file.
    pub path: String,
    /// For how many days files are kept; without it, for ever.
    pub keep_days: Option<u32>,
}

/// The settings of MongoDB. What is not set is as the functions have it: `MONGODB_URI`, `LOGBRAID_DB` and so on.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct MongoDbOutput {
    /// The connection string; by default that of the environment, or a server on this machine.
    #[serde(deserialize_with = "secret")]
    pub uri: Option<Secret>,
    /// The database.
    pub database: Option<String>,
    /// The prefix of the names of the collections.
    pub prefix: Option<String>,
}

/// The settings of standard output. There are none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct StdoutOutput {}

/// The longest name of a stream.
const MAX_STREAM_BYTES: usize = 128;

fn is_stream_name(name: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=MAX_STREAM_BYTES).contains(&name.len()) && name.chars().all(is_safe)
}

impl OutputSettings {
    /// Reads the settings of an output.
    pub(super) fn read(node: &Node) -> Result<Self, Mistake> {
        let common = ["type"];
        Ok(match kind(node, "output", &TYPES)? {
            "kinesis" => {
                let kinesis: KinesisOutput = settings(node, &common)?;
                if !is_stream_name(&kinesis.stream) {
                    let allowed = format!("1 to {MAX_STREAM_BYTES} letters, digits, `_`, `-` or `.`");
                    let stream = node.get("stream").unwrap_or(node);
                    let name = &kinesis.stream;
                    return Err(stream.mistake(format!("`{name}` cannot be the name of a stream: expected {allowed}")));
                }
                Self::Kinesis(kinesis)
            }
            "file" => {
                let file: FileOutput = settings(node, &common)?;
                match dated_path::problem(&file.path, file.keep_days) {
                    None => Self::File(file),
                    Some(problem) => return Err(node.get("path").unwrap_or(node).mistake(problem)),
                }
            }
            "mongodb" => Self::MongoDb(settings(node, &common)?),
            _ => Self::Stdout(settings(node, &common)?),
        })
    }
}

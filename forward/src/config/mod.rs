//! The configuration: YAML becomes typed settings, and a mistake is shown with its line.

mod address;
mod defaults;
mod inputs;
mod named;
mod outputs;
mod processors;
mod secret;
mod size;
mod substitute;
#[cfg(test)]
mod tests;
mod whole;
#[cfg(test)]
mod whole_tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

pub use self::inputs::{
    FileInput, ForwardInput, GelfInput, InputSettings, OtlpInput, ReadFrom, SyslogInput, TcpInput, Transport,
};
pub use self::outputs::{Compress, FileOutput, KinesisOutput, MongoDbOutput, OutputSettings, StdoutOutput};
pub use self::processors::{Exec, OnFailure, Processor, ProcessorSettings};
pub use self::size::Size;
use crate::rules::{Names, Rules};
pub use crate::yaml::ConfigError;
use crate::yaml::{Mistake, Node, read, suggestion};

/// What a file may have at its top.
const SECTIONS: [&str; 7] = ["data_dir", "listen", "spool", "inputs", "rules", "processors", "outputs"];
/// The address of metrics and health, if the file names none.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9_460);

/// What the forwarder does.
#[derive(Debug)]
pub struct Config {
    /// The folder of the spool and of the checkpoints.
    pub data_dir: PathBuf,
    /// Where metrics and health are served.
    pub listen: SocketAddr,
    /// The spool.
    pub spool: SpoolSettings,
    /// What listens.
    pub inputs: Vec<Named<InputSettings>>,
    /// Which records go where.
    pub rules: Rules,
    /// What changes records between the rules and the outputs, in this order.
    pub processors: Vec<Processor>,
    /// Where records go. The rules name outputs by their positions here.
    pub outputs: Vec<Named<OutputSettings>>,
}

/// Settings, and the name that the file gives them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named<T> {
    /// The name.
    pub name: String,
    /// The settings.
    pub settings: T,
}

/// The settings of the spool.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolSettings {
    /// How much it may take on the disk.
    pub max_bytes: Size,
    /// What happens when it takes that much.
    pub when_full: WhenFull,
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self { max_bytes: Size(4 << 30), when_full: WhenFull::PushBack }
    }
}

/// What happens when the spool is full.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// Senders are told to come again.
    #[default]
    PushBack,
}

/// Where records go if the file names no outputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DefaultOutput {
    /// To the stream of `LOGBRAID_STREAM`, else to the one that the template creates.
    Kinesis,
    /// To MongoDB.
    MongoDb,
}

/// Where the values of variables come from: the environment of the process, or a table in a test.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

impl Config {
    /// Reads the text of a file. `file` is its name, for messages.
    pub fn parse(yaml: &str, file: &str, variables: Variables<'_>) -> Result<Self, ConfigError> {
        Self::parse_for(DefaultOutput::Kinesis, yaml, file, variables)
    }

    /// Returns the configuration for which no file is needed: every input on loopback, and one output.
    pub fn without_file(variables: Variables<'_>) -> Result<Self, ConfigError> {
        Self::parse("", "the configuration without a file", variables)
    }

    /// Reads the text of a file that may name no outputs.
    pub fn parse_for(
        default: DefaultOutput,
        yaml: &str,
        file: &str,
        variables: Variables<'_>,
    ) -> Result<Self, ConfigError> {
        Node::parse(yaml)
            .and_then(|mut node| substitute::substitute(&mut node, variables).map(|()| node))
            .and_then(|node| Self::read(&node, default, variables))
            .map_err(|mistake| mistake.in_file(file, yaml))
    }

    fn read(node: &Node, default: DefaultOutput, variables: Variables<'_>) -> Result<Self, Mistake> {
        for (key, _) in node.entries("the configuration")? {
            if !SECTIONS.contains(&key.text.as_str()) {
                let suggestion = suggestion(&key.text, SECTIONS);
                return Err(key.mistake(format!("`{key}` is no part of the configuration; {suggestion}")));
            }
        }
        let inputs = match node.get("inputs") {
            Some(inputs) => named::read_named(inputs, "input", InputSettings::read)?,
            None => defaults::inputs(),
        };
        let outputs = match node.get("outputs") {
            Some(outputs) => named::read_named(outputs, "output", OutputSettings::read)?,
            None => defaults::outputs(default, variables),
        };
        let input_names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        let output_names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
        let names = Names { inputs: &input_names, outputs: &output_names };
        let rules = match node.get("rules") {
            Some(rules) => Rules::read(rules, names)?,
            None => Rules::none(outputs.len()),
        };
        let processors = match node.get("processors") {
            Some(all) => named::read_section(all, "processor", |name, node| Processor::read(name, node, names))?,
            None => Vec::new(),
        };
        let config = Self {
            data_dir: setting(node, "data_dir")?.unwrap_or_else(|| defaults::data_dir(variables)),
            listen: match node.get("listen") {
                Some(listen) => address::address(listen).map_err(|mistake| mistake.at(listen.place))?,
                None => LISTEN,
            },
            spool: setting(node, "spool")?.unwrap_or_default(),
            inputs,
            rules,
            processors,
            outputs,
        };
        whole::check(&config, node)?;
        Ok(config)
    }
}

fn setting<'n, T: Deserialize<'n>>(node: &'n Node, name: &str) -> Result<Option<T>, Mistake> {
    node.get(name).map(read).transpose()
}

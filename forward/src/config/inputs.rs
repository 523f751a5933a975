//! The settings of inputs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use record::Secret;
use serde::Deserialize;

use super::address::{address, some_address};
use super::named::{kind, settings};
use super::secret::{secret, secrets};
use crate::yaml::{Mistake, Node};

const TYPES: [&str; 10] =
    ["victorialogs", "forward", "distlog", "otlp", "syslog", "gelf", "json", "http", "file", "stdin"];

/// What an input listens to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InputSettings {
    /// HTTP as `VictoriaLogs` takes it: JSON lines, Loki's push, Elasticsearch's bulk.
    VictoriaLogs(TcpInput),
    /// Fluentd's protocol.
    Forward(ForwardInput),
    /// `distlog`'s frames over `ZeroMQ`.
    Distlog(TcpInput),
    /// OpenTelemetry.
    Otlp(OtlpInput),
    /// Syslog.
    Syslog(SyslogInput),
    /// GELF.
    Gelf(GelfInput),
    /// Lines of JSON over TCP and UDP.
    Json(GelfInput),
    /// Lines of JSON over HTTP.
    Http(TcpInput),
    /// Files that are followed.
    File(FileInput),
    /// Standard input.
    Stdin,
}

/// The settings of an input that listens on one TCP port.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct TcpInput {
    /// The address.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
}

/// The settings of Fluentd's protocol.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ForwardInput {
    /// The address, for TCP and for the heartbeats over UDP.
    #[serde(default, deserialize_with = "some_address")]
    pub listen: Option<SocketAddr>,
    /// A Unix socket.
    pub unix: Option<PathBuf>,
    /// The key that senders have to know. With it, the input greets its senders.
    #[serde(default, deserialize_with = "secret")]
    pub shared_key: Option<Secret>,
    /// Users and their passwords, if senders have to name one.
    #[serde(default, deserialize_with = "secrets")]
    pub users: BTreeMap<String, Secret>,
}

/// The settings of OpenTelemetry's protocol.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct OtlpInput {
    /// The address of OTLP over HTTP.
    #[serde(default, deserialize_with = "some_address")]
    pub listen: Option<SocketAddr>,
    /// The address of OTLP over gRPC.
    #[serde(default, deserialize_with = "some_address")]
    pub grpc: Option<SocketAddr>,
}

/// How a sender's bytes come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// A connection.
    Tcp,
    /// Datagrams.
    Udp,
}

/// The settings of syslog.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SyslogInput {
    /// The address.
    #[serde(default, deserialize_with = "some_address")]
    pub listen: Option<SocketAddr>,
    /// Over what it listens there.
    #[serde(default = "both")]
    pub transports: Vec<Transport>,
    /// A Unix socket for datagrams, as `/dev/log` is one.
    pub unix: Option<PathBuf>,
}

/// The settings of an input that takes TCP and UDP.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct GelfInput {
    /// The address.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Over what it listens there.
    #[serde(default = "both")]
    pub transports: Vec<Transport>,
}

/// The settings of files that are followed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FileInput {
    /// The files; `*` in a name stands for any text.
    pub paths: Vec<String>,
    /// Where reading begins in a file that is seen for the first time.
    #[serde(default)]
    pub read_from: ReadFrom,
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ReadFrom {
    /// At the beginning of the file.
    Beginning,
    /// At the end: only what is written from now on.
    #[default]
    End,
}

fn both() -> Vec<Transport> {
    vec![Transport::Tcp, Transport::Udp]
}

impl InputSettings {
    /// Reads the settings of an input.
    pub(super) fn read(node: &Node) -> Result<Self, Mistake> {
        let kind = kind(node, "input", &TYPES)?;
        let common = ["type"];
        let needs = |is_there: bool, what: &str| if is_there { Ok(()) } else { Err(node.mistake(what)) };
        Ok(match kind {
            "victorialogs" => Self::VictoriaLogs(settings(node, &common)?),
            "forward" => {
                let forward: ForwardInput = settings(node, &common)?;
                needs(forward.listen.is_some() || forward.unix.is_some(), "a forward input needs `listen` or `unix`")?;
                needs(
                    forward.users.is_empty() || forward.shared_key.is_some(),
                    "`users` need `shared_key`: without it a sender is not greeted and names no user",
                )?;
                Self::Forward(forward)
            }
            "distlog" => Self::Distlog(settings(node, &common)?),
            "otlp" => {
                let otlp: OtlpInput = settings(node, &common)?;
                needs(otlp.listen.is_some() || otlp.grpc.is_some(), "an otlp input needs `listen` or `grpc`")?;
                Self::Otlp(otlp)
            }
            "syslog" => {
                let syslog: SyslogInput = settings(node, &common)?;
                needs(syslog.listen.is_some() || syslog.unix.is_some(), "a syslog input needs `listen` or `unix`")?;
                needs_transport(node, &syslog.transports)?;
                Self::Syslog(syslog)
            }
            "gelf" => Self::Gelf(messages(node)?),
            "json" => Self::Json(messages(node)?),
            "http" => Self::Http(settings(node, &common)?),
            "file" => {
                let file: FileInput = settings(node, &common)?;
                let paths = node.get("paths").unwrap_or(node);
                if file.paths.is_empty() { Err(paths.mistake("`paths` names no file")) } else { Ok(Self::File(file)) }?
            }
            _ => {
                let NoSettings {} = settings(node, &common)?;
                Self::Stdin
            }
        })
    }
}

fn messages(node: &Node) -> Result<GelfInput, Mistake> {
    let messages: GelfInput = settings(node, &["type"])?;
    needs_transport(node, &messages.transports).map(|()| messages)
}

fn needs_transport(node: &Node, transports: &[Transport]) -> Result<(), Mistake> {
    if !transports.is_empty() {
        return Ok(());
    }
    Err(node.get("transports").unwrap_or(node).mistake("`transports` names none: `[tcp, udp]` are known"))
}

/// An entry that has only its type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoSettings {}

//! What the forwarder does without a file.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::{
    Compress, DefaultOutput, ForwardInput, GelfInput, InputSettings, KinesisOutput, MongoDbOutput, Named, OtlpInput,
    OutputSettings, SyslogInput, TcpInput, Transport, Variables,
};

/// The stream that the template creates.
const STREAM: &str = "app_logging";
/// Where data is if nothing says where.
const DATA_DIR: &str = "/var/lib/logbraid";

/// Returns every input that needs no choice, on its protocol's own port of the loopback interface. Syslog's own port is
/// root's.
pub(super) fn inputs() -> Vec<Named<InputSettings>> {
    let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    let tcp = |port| TcpInput { listen: local(port) };
    let both = |port| GelfInput { listen: local(port), transports: vec![Transport::Tcp, Transport::Udp] };
    let forward =
        ForwardInput { listen: Some(local(24_224)), unix: None, shared_key: None, users: BTreeMap::default() };
    let syslog =
        SyslogInput { listen: Some(local(5_514)), transports: vec![Transport::Tcp, Transport::Udp], unix: None };
    [
        ("victorialogs", InputSettings::VictoriaLogs(tcp(9_428))),
        ("forward", InputSettings::Forward(forward)),
        ("distlog", InputSettings::Distlog(tcp(5_010))),
        ("otlp", InputSettings::Otlp(OtlpInput { listen: Some(local(4_318)), grpc: Some(local(4_317)) })),
        ("syslog", InputSettings::Syslog(syslog)),
        ("gelf", InputSettings::Gelf(both(12_201))),
        ("json", InputSettings::Json(both(5_170))),
        ("http", InputSettings::Http(tcp(9_880))),
    ]
    .map(|(name, settings)| Named { name: name.to_owned(), settings })
    .into()
}

/// Returns the one output.
pub(super) fn outputs(default: DefaultOutput, variables: Variables<'_>) -> Vec<Named<OutputSettings>> {
    let (name, settings) = match default {
        DefaultOutput::MongoDb => ("mongodb", OutputSettings::MongoDb(MongoDbOutput::default())),
        DefaultOutput::Kinesis => {
            let stream = variables("LOGBRAID_STREAM").filter(|stream| !stream.is_empty());
            let stream = stream.unwrap_or_else(|| STREAM.to_owned());
            let settings = KinesisOutput { stream, region: None, endpoint: None, compress: Compress::default() };
            ("stream", OutputSettings::Kinesis(settings))
        }
    };
    vec![Named { name: name.to_owned(), settings }]
}

/// Returns the folder for data: systemd's for the service, else that of the user, else the system's.
pub(super) fn data_dir(variables: Variables<'_>) -> PathBuf {
    let folder = |variable: &str| variables(variable).filter(|folder| folder.starts_with('/')).map(PathBuf::from);
    folder("STATE_DIRECTORY")
        .or_else(|| folder("XDG_STATE_HOME").map(|state| state.join("logbraid")))
        .or_else(|| {
            folder("HOME").filter(|home| home.as_os_str() != "/root").map(|home| home.join(".local/state/logbraid"))
        })
        .unwrap_or_else(|| PathBuf::from(DATA_DIR))
}

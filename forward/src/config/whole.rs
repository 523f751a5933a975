//! Mistakes that no section shows by itself: an address that is used twice, an output that nobody has.

use std::net::SocketAddr;
use std::path::Path;

use super::inputs::{InputSettings, Transport};
use super::outputs::OutputSettings;
use super::{Config, Named, Size};
use crate::yaml::{Mistake, Node};

/// The least size of a spool. A smaller one would refuse what senders send at once, for ever.
const MIN_SPOOL: Size = Size(1 << 20);
/// The longest path of a Unix socket, on Linux.
const MAX_SOCKET_PATH_BYTES: usize = 107;

/// What an input or the forwarder itself takes for itself.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Place<'c> {
    Tcp(SocketAddr),
    Udp(SocketAddr),
    Socket(&'c Path),
    Stdin,
}

/// Checks the sections of `node` beside each other.
pub(super) fn check(config: &Config, node: &Node) -> Result<(), Mistake> {
    if config.outputs.is_empty() {
        let place = node.get("outputs").unwrap_or(node);
        return Err(place.mistake("there is no output: what senders are told is delivered would go nowhere"));
    }
    if config.spool.max_bytes < MIN_SPOOL {
        let spool = node.get("spool").unwrap_or(node);
        return Err(spool.get("max_bytes").unwrap_or(spool).mistake("the spool needs at least 1MiB"));
    }
    check_places(config, node)?;
    check_files(&config.outputs, node)
}

/// Two inputs cannot listen at one address.
fn check_places(config: &Config, node: &Node) -> Result<(), Mistake> {
    let own = node.get("listen").unwrap_or(node);
    let mut taken = vec![(Place::Tcp(config.listen), "`listen` of metrics and health".to_owned())];
    for Named { name, settings } in &config.inputs {
        let input = node.get("inputs").and_then(|inputs| inputs.get(name));
        for (setting, place) in places(settings) {
            // Inputs that nobody wrote are where they always are: then `listen` has to go elsewhere.
            let node = input.map_or(own, |input| input.get(setting).unwrap_or(input));
            if let Place::Socket(path) = place
                && path.as_os_str().len() > MAX_SOCKET_PATH_BYTES
            {
                return Err(node.mistake(format!("the path of a socket has at most {MAX_SOCKET_PATH_BYTES} bytes")));
            }
            if let Some((_, who)) = taken.iter().find(|(other, _)| place.collides(other)) {
                let place = match &place {
                    Place::Tcp(address) => format!("{address} over TCP"),
                    Place::Udp(address) => format!("{address} over UDP"),
                    Place::Socket(path) => path.display().to_string(),
                    Place::Stdin => "standard input".to_owned(),
                };
                return Err(node.mistake(format!("the input `{name}` cannot have {place}: {who} has it")));
            }
            taken.push((place, format!("the input `{name}`")));
        }
    }
    Ok(())
}

/// Returns what an input takes, each with the setting that says it.
fn places(settings: &InputSettings) -> Vec<(&'static str, Place<'_>)> {
    let transports = |listen: SocketAddr, transports: &[Transport]| {
        let place = |transport: &Transport| match transport {
            Transport::Tcp => Place::Tcp(listen),
            Transport::Udp => Place::Udp(listen),
        };
        transports.iter().map(|transport| ("listen", place(transport))).collect::<Vec<_>>()
    };
    match settings {
        InputSettings::VictoriaLogs(tcp) | InputSettings::Distlog(tcp) | InputSettings::Http(tcp) => {
            vec![("listen", Place::Tcp(tcp.listen))]
        }
        InputSettings::Forward(forward) => {
            let listen = forward.listen.map(|listen| transports(listen, &[Transport::Tcp, Transport::Udp]));
            let unix = forward.unix.as_deref().map(|path| ("unix", Place::Socket(path)));
            listen.into_iter().flatten().chain(unix).collect()
        }
        InputSettings::Otlp(otlp) => {
            let listen = otlp.listen.map(|listen| ("listen", Place::Tcp(listen)));
            listen.into_iter().chain(otlp.grpc.map(|grpc| ("grpc", Place::Tcp(grpc)))).collect()
        }
        InputSettings::Syslog(syslog) => {
            let listen = syslog.listen.map(|listen| transports(listen, &syslog.transports));
            let unix = syslog.unix.as_deref().map(|path| ("unix", Place::Socket(path)));
            listen.into_iter().flatten().chain(unix).collect()
        }
        InputSettings::Gelf(both) | InputSettings::Json(both) => transports(both.listen, &both.transports),
        InputSettings::File(_) => Vec::new(),
        InputSettings::Stdin => vec![("type", Place::Stdin)],
    }
}

impl Place<'_> {
    fn collides(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tcp(one), Self::Tcp(other)) | (Self::Udp(one), Self::Udp(other)) => collide(*one, *other),
            _ => self == other,
        }
    }
}

/// Returns whether the kernel gives only one of two addresses. It chooses port 0 anew each time.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let is_same = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && one.is_ipv4() == other.is_ipv4() && is_same
}

/// Two outputs cannot write to one file: their lines would be mixed, and both would remove old ones.
fn check_files(outputs: &[Named<OutputSettings>], node: &Node) -> Result<(), Mistake> {
    let mut taken: Vec<(&str, &str)> = Vec::new();
    for Named { name, settings } in outputs {
        let OutputSettings::File(file) = settings else { continue };
        if let Some((_, other)) = taken.iter().find(|(path, _)| *path == file.path) {
            let output = node.get("outputs").and_then(|outputs| outputs.get(name)).unwrap_or(node);
            let place = output.get("path").unwrap_or(output);
            return Err(place.mistake(format!("the output `{other}` writes to this file, too")));
        }
        taken.push((&file.path, name));
    }
    Ok(())
}

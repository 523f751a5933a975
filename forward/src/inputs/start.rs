//! Settings become inputs that listen.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::forward::{self, Secrets};
use super::messages::{self, Kind};
use super::sockets::{Slot, Sockets};
use super::{Context, distlog, file, grpc, http, stdin};
use crate::config::{FileInput, ForwardInput, GelfInput, InputSettings, OtlpInput, SyslogInput, Transport};

/// Why an input does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The forwarder ends.
    #[error("the input `{input}` cannot start: the forwarder ends")]
    Ended {
        /// The input's name.
        input: String,
    },
    /// An address cannot be listened at.
    #[error("the input `{input}` cannot listen at {address}")]
    Listen {
        /// The input's name.
        input: String,
        /// The address, or the path of a socket.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Starts an input: it listens when this returns. Its tasks end when the forwarder does. Returns the addresses.
pub fn start(
    context: Context,
    settings: &InputSettings,
    data_dir: &Path,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<Vec<String>, StartError> {
    match settings {
        InputSettings::VictoriaLogs(settings) | InputSettings::Http(settings) => {
            Ok(vec![serve(&context, settings.listen, http::run, tasks, sockets)?])
        }
        InputSettings::Forward(settings) => start_forward(context, settings, tasks, sockets),
        InputSettings::Distlog(settings) => Ok(vec![serve(&context, settings.listen, distlog::run, tasks, sockets)?]),
        InputSettings::Otlp(settings) => start_otlp(&context, settings, tasks, sockets),
        InputSettings::Syslog(settings) => start_syslog(context, settings, tasks, sockets),
        InputSettings::Gelf(settings) => start_messages(context, settings, Kind::Gelf, tasks, sockets),
        InputSettings::Json(settings) => start_messages(context, settings, Kind::Json, tasks, sockets),
        InputSettings::File(settings) => {
            let state = data_dir.join(format!("files-{}", context.name));
            let FileInput { paths, read_from } = settings.clone();
            tasks.spawn(file::run(context, file::Settings { paths: paths.clone(), read_from, state }));
            Ok(paths)
        }
        InputSettings::Stdin => {
            let name = "standard input";
            let chunks = stdin::chunks(io::stdin()).map_err(|source| failed_at(&context, name.as_ref(), source))?;
            tasks.spawn(stdin::run(context, chunks));
            Ok(vec![name.to_owned()])
        }
    }
}

fn start_otlp(
    context: &Context,
    settings: &OtlpInput,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<Vec<String>, StartError> {
    let mut addresses = Vec::new();
    if let Some(wanted) = settings.listen {
        addresses.push(serve(context, wanted, http::run, tasks, sockets)?);
    }
    if let Some(wanted) = settings.grpc {
        addresses.push(serve(context, wanted, grpc::run, tasks, sockets)?);
    }
    Ok(addresses)
}

fn start_syslog(
    context: Context,
    settings: &SyslogInput,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<Vec<String>, StartError> {
    let mut addresses = Vec::new();
    if let Some(listen) = settings.listen {
        let settings = GelfInput { listen, transports: settings.transports.clone() };
        addresses.extend(start_messages(context.clone(), &settings, Kind::Syslog, tasks, sockets)?);
    }
    if let Some(path) = &settings.unix {
        let socket = sockets.unix_datagrams(path).map_err(|source| failed_at(&context, path, source))?;
        addresses.push(path.display().to_string());
        tasks.spawn(messages::run_unix(context, socket, Kind::Syslog));
    }
    Ok(addresses)
}

/// Starts an input of messages over TCP and UDP, at the same port.
fn start_messages(
    context: Context,
    settings: &GelfInput,
    kind: Kind,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<Vec<String>, StartError> {
    let mut wanted = settings.listen;
    let mut addresses = Vec::new();
    if settings.transports.contains(&Transport::Tcp) {
        let (listener, _) = tcp(&context, wanted, sockets)?;
        wanted = listener.local_addr().map_err(|source| failed(&context, wanted, source))?;
        addresses.push(format!("{wanted} (TCP)"));
        tasks.spawn(messages::run_tcp(context.clone(), listener, kind));
    }
    if settings.transports.contains(&Transport::Udp) {
        let socket = sockets.udp(wanted).map_err(|source| failed(&context, wanted, source))?;
        let bound = socket.local_addr().map_err(|source| failed(&context, wanted, source))?;
        addresses.push(format!("{bound} (UDP)"));
        tasks.spawn(messages::run_udp(context, socket, kind));
    }
    Ok(addresses)
}

fn start_forward(
    context: Context,
    settings: &ForwardInput,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<Vec<String>, StartError> {
    let secrets = settings
        .shared_key
        .as_ref()
        .map(|key| Arc::new(Secrets { shared_key: key.clone(), users: settings.users.clone() }));
    let mut addresses = Vec::new();
    if let Some(wanted) = settings.listen {
        let (listener, slot) = tcp(&context, wanted, sockets)?;
        let bound = listener.local_addr().map_err(|source| failed(&context, wanted, source))?;
        let heartbeats = sockets.udp(bound).map_err(|source| failed(&context, bound, source))?;
        addresses.push(bound.to_string());
        tasks.spawn(forward::run_heartbeats(context.clone(), heartbeats));
        tasks.spawn(forward::run_tcp(context.clone(), listener, slot, secrets.clone()));
    }
    if let Some(path) = &settings.unix {
        let listener = sockets.unix(path).map_err(|source| failed_at(&context, path, source))?;
        addresses.push(path.display().to_string());
        tasks.spawn(forward::run_unix(context, listener, secrets));
    }
    Ok(addresses)
}

/// Listens over TCP, and serves in a task. Returns the address.
fn serve<F>(
    context: &Context,
    wanted: SocketAddr,
    run: impl FnOnce(Context, TcpListener) -> F,
    tasks: &mut JoinSet<()>,
    sockets: &mut Sockets,
) -> Result<String, StartError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, _) = tcp(context, wanted, sockets)?;
    let bound = listener.local_addr().map_err(|source| failed(context, wanted, source))?;
    tasks.spawn(run(context.clone(), listener));
    Ok(bound.to_string())
}

/// Opens a listener.
fn tcp(context: &Context, address: SocketAddr, sockets: &mut Sockets) -> Result<(TcpListener, Arc<Slot>), StartError> {
    sockets.tcp(address).map_err(|source| failed(context, address, source))
}

fn failed(context: &Context, address: SocketAddr, source: io::Error) -> StartError {
    StartError::Listen { input: context.name.to_string(), address: address.to_string(), source }
}

fn failed_at(context: &Context, path: &Path, source: io::Error) -> StartError {
    StartError::Listen { input: context.name.to_string(), address: path.display().to_string(), source }
}

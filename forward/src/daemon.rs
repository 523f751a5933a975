//! The daemon: starts everything, and ends it so that nothing is lost.

mod admin;
mod inputs;
mod metrics;
mod outputs;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_blocking};

pub use self::inputs::ChangeError;
use self::inputs::Inputs;
pub use self::outputs::{MakeOutput, OutputStartError};
use crate::config::{Config, ConfigError, Named};
use crate::inputs::Seen;
use crate::pipeline::{Decisions, Pipeline, ThreadError, Way};
use crate::processors::{NoProgram, Processors, find_programs};
use crate::spool::{Settings, Spool, SpoolError};
use crate::tail;

/// How long outputs may write on when the forwarder ends. The rest stays in the spool.
const FINISH: Duration = Duration::from_secs(10);
/// How much longer than [`DRAIN`] is waited for inputs.
const SLACK: Duration = Duration::from_millis(500);

/// Reads the configuration, as it is now.
pub type Load<'l> = &'l dyn Fn() -> Result<Config, LoadError>;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("{file} cannot be read")]
    Read {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is wrong.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
    /// A processor has no program.
    #[error(transparent)]
    Program(#[from] NoProgram),
}

/// Why the forwarder does not start.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// There is no configuration.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The spool does not open.
    #[error("there is no spool")]
    Spool(#[source] SpoolError),
    /// An input does not start.
    #[error(transparent)]
    Input(#[from] ChangeError),
    /// An output does not start.
    #[error(transparent)]
    Output(#[from] OutputStartError),
    /// A thread does not start.
    #[error(transparent)]
    Thread(#[from] ThreadError),
    /// The address of metrics and health cannot be listened at.
    #[error("metrics and health cannot be served at {address} (`listen`)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Signals cannot be received.
    #[error("signals cannot be received")]
    Signals(#[source] io::Error),
}

/// Why the configuration is not taken over.
#[derive(Debug, thiserror::Error)]
enum ReloadError {
    /// It is wrong, or cannot be read.
    #[error("the configuration is not taken over")]
    Load(#[from] LoadError),
    /// An input does not start.
    #[error("the configuration is not taken over")]
    Inputs(#[from] ChangeError),
    /// Each output has a position in the spool, which others must not get.
    #[error("other outputs need a restart")]
    Outputs,
}

/// Is told the name of an input, and its addresses.
pub type Started<'s> = &'s dyn Fn(&str, &[String]);

/// What metrics and health are made of.
struct Running {
    spool: Arc<Spool>,
    inputs: watch::Receiver<Seen>,
    pipeline: Mutex<Option<Pipeline>>,
    ending: watch::Receiver<bool>,
}

/// Reads the configuration as [`run`] does, and makes its outputs. Nothing is opened, and nobody is asked.
pub fn check(load: Load<'_>, make: MakeOutput<'_>) -> Result<Config, DaemonError> {
    let config = loaded(load)?;
    for Named { name, settings } in &config.outputs {
        outputs::start(name, settings, &config.data_dir, make)?;
    }
    Ok(config)
}

/// Reads the configuration, and looks for the programs that it names.
fn loaded(load: Load<'_>) -> Result<Config, LoadError> {
    let config = load()?;
    // Without PATH, a program with a path only.
    find_programs(&config.processors, &std::env::var_os("PATH").unwrap_or_default())?;
    Ok(config)
}

/// Runs the forwarder until it is told to end. `make` makes the outputs that this crate does not have. `started` is told the
/// addresses of each input.
pub async fn run(load: Load<'_>, make: MakeOutput<'_>, started: Started<'_>) -> Result<(), DaemonError> {
    // Before anything starts: a signal that comes early is not lost.
    let mut signals = Signals::new().map_err(DaemonError::Signals)?;
    let config = loaded(load)?;
    let settings = Settings { folder: config.data_dir.join("spool"), max_bytes: config.spool.max_bytes.0 };
    let spool = Arc::new(Spool::open(settings).map_err(DaemonError::Spool)?);
    let pipeline = start_outputs(&config, load, make, &spool)?;
    let mut inputs = Inputs::new(&spool, config.data_dir.clone());
    inputs.change(&config.inputs, started).await?;
    let (end, ending) = watch::channel(false);
    let pipeline = Mutex::new(Some(pipeline));
    let running = Arc::new(Running { spool: Arc::clone(&spool), inputs: inputs.seen(), pipeline, ending });
    let mut tasks = JoinSet::new();
    start_tail(&config, &spool, inputs.seen(), &mut tasks);
    let listen = |source| DaemonError::Listen { address: config.listen, source };
    let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
    started("metrics", &[listener.local_addr().map_err(listen)?.to_string()]);
    let admin = tokio::spawn(admin::serve(Arc::clone(&running), listener));
    tracing::info!(inputs = config.inputs.len(), outputs = config.outputs.len(), "the forwarder runs");
    loop {
        match signals.next().await {
            Asked::End => break,
            Asked::Reload => match reload(&running, &config, &mut inputs, load, started).await {
                Ok(()) => tracing::info!("the configuration is read again"),
                Err(error) => {
                    tracing::error!(error = send::chain(&error), "the forwarder goes on as it was");
                }
            },
        }
    }
    tracing::info!("the forwarder ends: it takes no new connections, and reads those it has to their end");
    // Everybody may be gone.
    let _ = end.send(true);
    inputs.end().await;
    tasks.shutdown().await;
    let pipeline = running.pipeline.lock().unwrap_or_else(PoisonError::into_inner).take();
    let finished = spawn_blocking(move || {
        spool.close();
        if let Some(pipeline) = pipeline {
            pipeline.finish(FINISH);
        }
    });
    if finished.await.is_err() {
        tracing::error!("the outputs have not ended as they should");
    }
    admin.abort();
    tracing::info!("the forwarder has ended");
    Ok(())
}

/// Starts what answers `logbraid forward tail`. The forwarder does its work without it.
fn start_tail(config: &Config, spool: &Arc<Spool>, inputs: watch::Receiver<Seen>, tasks: &mut JoinSet<()>) {
    let path = tail::socket(&config.data_dir);
    match tail::listen(&path) {
        Ok(listener) => {
            tasks.spawn(tail::run(listener, Arc::downgrade(spool), inputs));
        }
        Err(error) => tracing::warn!(path = %path.display(), %error, "`logbraid forward tail` finds nobody"),
    }
}

fn start_outputs(
    config: &Config,
    load: Load<'_>,
    make: MakeOutput<'_>,
    spool: &Arc<Spool>,
) -> Result<Pipeline, DaemonError> {
    let mut ways = Vec::new();
    let decisions = decisions(load, config.outputs.len())?;
    for (Named { name, settings }, decisions) in config.outputs.iter().zip(decisions) {
        let output = outputs::start(name, settings, &config.data_dir, make)?;
        ways.push(Way { name: name.clone(), output, decisions });
    }
    Ok(Pipeline::start(spool, &config.data_dir.join("positions"), ways)?)
}

/// Reads the rules, and for each output processors of its own.
fn decisions(load: Load<'_>, outputs: usize) -> Result<Vec<Decisions>, LoadError> {
    let mut rules = None;
    (0..outputs)
        .map(|_| {
            let config = load()?;
            let rules = Arc::clone(rules.get_or_insert_with(|| Arc::new(config.rules)));
            Ok(Decisions { rules, processors: Processors::new(config.processors) })
        })
        .collect()
}

/// Takes new inputs, rules and processors. What else is new needs a restart. After an error, everything is as it was.
async fn reload(
    running: &Running,
    old: &Config,
    inputs: &mut Inputs,
    load: Load<'_>,
    started: Started<'_>,
) -> Result<(), ReloadError> {
    let new = loaded(load)?;
    // The rules may name them.
    if old.outputs != new.outputs {
        return Err(ReloadError::Outputs);
    }
    if old.data_dir != new.data_dir || old.spool != new.spool || old.listen != new.listen {
        tracing::warn!("a new `data_dir`, `spool` or `listen` needs a restart");
    }
    let decisions = decisions(load, old.outputs.len())?;
    inputs.change(&new.inputs, started).await?;
    if let Some(pipeline) = &*running.pipeline.lock().unwrap_or_else(PoisonError::into_inner) {
        pipeline.decide(decisions);
    }
    Ok(())
}

/// What a signal asks for.
enum Asked {
    End,
    Reload,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.hangup.recv() => Asked::Reload,
        }
    }
}

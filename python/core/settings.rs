//! A handler's options become the settings of a sender.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use send::buffer::{BufferSettings, WhenFull};
use send::credentials::{Chain, CredentialSource, Credentials, Environment as _};
use send::{
    Answer, Compression, Entry, Identity, Kinesis, KinesisSettings, Sender, SenderSettings, SystemClock, Transport,
};

use crate::environment::Copied;
use crate::keys::Keys;

/// The largest request: a request's text is in memory beside the buffer.
const REQUEST_BYTES: usize = 1024 * 1024;
const MIB: f64 = 1024.0 * 1024.0;
/// The region in signatures to an address that is not AWS's.
const LOCAL_REGION: &str = "us-east-1";

/// The options of a handler that concern sending.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    pub(crate) stream: String,
    pub(crate) service: Option<String>,
    pub(crate) fqdn: String,
    region: Option<String>,
    endpoint_url: Option<String>,
    /// Access key, secret key, token.
    credentials: Option<(String, String, Option<String>)>,
    /// What supplies them, if only botocore can use the profile.
    keys: Option<Py<Keys>>,
    linger: f64,
    max_buffer_mb: f64,
    when_full: String,
    pub(crate) block_seconds: f64,
    spool: Option<PathBuf>,
    spool_mb: f64,
    compression: String,
    pub(crate) hold_below: Option<i64>,
    pub(crate) hold_kb: f64,
    pub(crate) sample: f64,
    /// Whether forks may happen of which Python is not told.
    pub(crate) forks_unseen: bool,
}

impl Options {
    /// Returns a sender, which has not started yet.
    pub(crate) fn sender(&self, identity: &Arc<Identity>, common: String) -> PyResult<Sender> {
        let settings = SenderSettings {
            stream: self.stream.clone(),
            buffer: BufferSettings {
                max_bytes: whole(self.max_buffer_mb * MIB),
                max_spool_bytes: if self.spool.is_some() { whole(self.spool_mb * MIB) as u64 } else { 0 },
                linger: seconds("linger", self.linger)?,
                when_full: self.when_full()?,
                request_bytes: REQUEST_BYTES,
            },
            compression: self.compression()?,
            spool: self.spool.clone(),
            common,
            complain,
        };
        Ok(Sender::new(settings, self.transport()?, Box::new(SystemClock), Arc::clone(identity)))
    }

    fn transport(&self) -> PyResult<Box<dyn Transport>> {
        let env = Copied::now();
        let endpoint_url = self.endpoint_url.clone().or_else(|| send::endpoint_url(&env));
        let local = endpoint_url.as_ref().map(|_| LOCAL_REGION.to_owned());
        let Some(region) = self.region.clone().or_else(|| env.region()).or(local) else {
            return Ok(Box::new(NoRegion));
        };
        let credentials: Box<dyn CredentialSource> = match (&self.credentials, &self.keys) {
            (Some((access_key_id, secret_access_key, session_token)), _) => Box::new(Credentials {
                access_key_id: access_key_id.clone(),
                secret_access_key: secret_access_key.clone(),
                session_token: session_token.clone(),
                expires: None,
            }),
            (None, Some(keys)) => Box::new(keys.get().source()),
            (None, None) => Box::new(Chain::new(Box::new(env.clone()), region.clone())),
        };
        let bundle = env.get("AWS_CA_BUNDLE").and_then(|path| std::fs::read(path).ok());
        let settings = KinesisSettings {
            stream: self.stream.clone(),
            region,
            proxy: send::proxy(&env, endpoint_url.as_deref()),
            endpoint_url,
            ca_bundle: bundle,
        };
        let kinesis = Kinesis::new(settings, credentials).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Box::new(kinesis))
    }

    fn when_full(&self) -> PyResult<WhenFull> {
        match self.when_full.as_str() {
            "drop_newest" => Ok(WhenFull::DropNewest),
            "drop_oldest" => Ok(WhenFull::DropOldest),
            "block" => Ok(WhenFull::Block),
            other => Err(PyValueError::new_err(format!(
                "when_full is {other:?}; it must be \"drop_newest\", \"drop_oldest\" or \"block\""
            ))),
        }
    }

    fn compression(&self) -> PyResult<Compression> {
        match self.compression.as_str() {
            "zstd" => Ok(Compression::Zstd),
            "zlib" => Ok(Compression::Zlib),
            other => Err(PyValueError::new_err(format!("compression is {other:?}; it must be \"zstd\" or \"zlib\""))),
        }
    }
}

/// Returns a time, or an error that names the option.
pub(crate) fn seconds(name: &str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| PyValueError::new_err(format!("{name} is {value}; it must be a number of seconds from 0")))
}

/// Returns a number of bytes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as saturates")]
pub(crate) fn whole(value: f64) -> usize {
    value as usize
}

/// Tells a failure on standard error, which may be closed.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "logbraid: {message}");
}

/// Stands for Kinesis as long as nobody says in which region it is.
struct NoRegion;

impl Transport for NoRegion {
    fn put(&self, _: &[Entry<'_>]) -> Answer {
        Answer::None { message: "there is no region: set AWS_REGION, or give the handler region=…".to_owned() }
    }
}

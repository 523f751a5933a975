//! Settings become outputs.

use std::path::Path;

use send::credentials::{Chain, Environment, region_of_profile};
use send::{Compression, Kinesis, KinesisError, KinesisSettings};

use crate::config::{Compress, KinesisOutput as StreamSettings, OutputSettings};
use crate::outputs::file::Files;
use crate::outputs::kinesis::{self, KinesisOutput};
use crate::outputs::stdout::Stdout;
use crate::outputs::{Output, OutputError};

/// Makes an output that this crate does not have. Returns `None` if it does not know it either.
pub type MakeOutput<'m> = &'m dyn Fn(&str, &OutputSettings) -> Result<Option<Box<dyn Output>>, OutputError>;

/// Why an output does not start.
#[derive(Debug, thiserror::Error)]
pub enum OutputStartError {
    /// Kinesis cannot be reached with these settings.
    #[error("the output `{output}` has no way to its stream")]
    Kinesis {
        /// The output's name.
        output: String,
        /// Why.
        #[source]
        source: KinesisError,
    },
    /// Nobody says in which region the stream is.
    #[error("the output `{output}` needs a region: set AWS_REGION, or give the output `region`")]
    NoRegion {
        /// The output's name.
        output: String,
    },
    /// Another output cannot be made.
    #[error("the output `{output}` cannot start")]
    Other {
        /// The output's name.
        output: String,
        /// Why.
        #[source]
        source: OutputError,
    },
    /// There is no output of this kind in this build.
    #[error("the output `{output}` is of a kind that this command does not have")]
    Unknown {
        /// The output's name.
        output: String,
    },
}

/// Makes an output.
pub(super) fn start(
    name: &str,
    settings: &OutputSettings,
    data_dir: &Path,
    make: MakeOutput<'_>,
) -> Result<Box<dyn Output>, OutputStartError> {
    let output = || name.to_owned();
    match settings {
        OutputSettings::Kinesis(settings) => {
            let transport = transport(name, settings)?;
            let compression = match settings.compress {
                Compress::Gzip => Compression::Gzip,
                Compress::Zstd => Compression::Zstd,
                Compress::None => Compression::Plain,
            };
            let settings = kinesis::Settings::new(name, compression, data_dir.join("aside"));
            Ok(Box::new(KinesisOutput::new(settings, Box::new(transport))))
        }
        OutputSettings::File(settings) => Ok(Box::new(Files::new(settings.clone()))),
        OutputSettings::Stdout(_) => Ok(Box::new(Stdout)),
        other @ OutputSettings::MongoDb(_) => {
            let found = make(name, other).map_err(|source| OutputStartError::Other { output: output(), source })?;
            found.ok_or_else(|| OutputStartError::Unknown { output: output() })
        }
    }
}

/// The region in signatures to an address that is not AWS's.
const LOCAL_REGION: &str = "us-east-1";

/// The environment of this process.
struct OfProcess;

impl Environment for OfProcess {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }
}

/// Returns the way to a stream. What the settings leave out is as AWS's own clients take it from the environment.
fn transport(name: &str, settings: &StreamSettings) -> Result<Kinesis, OutputStartError> {
    let endpoint_url = settings.endpoint.clone().or_else(|| send::endpoint_url(&OfProcess));
    let of_environment = || OfProcess.get("AWS_REGION").or_else(|| OfProcess.get("AWS_DEFAULT_REGION"));
    let region = settings.region.clone().or_else(of_environment).or_else(|| region_of_profile(&OfProcess));
    let region = region.or_else(|| endpoint_url.as_ref().map(|_| LOCAL_REGION.to_owned()));
    let region = region.ok_or_else(|| OutputStartError::NoRegion { output: name.to_owned() })?;
    let credentials = Chain::new(Box::new(OfProcess), region.clone());
    let settings = KinesisSettings {
        stream: settings.stream.clone(),
        region,
        proxy: send::proxy(&OfProcess, endpoint_url.as_deref()),
        endpoint_url,
        ca_bundle: OfProcess.get("AWS_CA_BUNDLE").and_then(|path| std::fs::read(path).ok()),
    };
    let failed = |source| OutputStartError::Kinesis { output: name.to_owned(), source };
    Kinesis::new(settings, Box::new(credentials)).map_err(failed)
}

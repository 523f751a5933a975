//! AWS as a person's terminal reaches it: environment, profile, single sign-on.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use jiff::Timestamp;
use runtime::{Environment, ProcessEnvironment};
use send::credentials::{CredentialError, CredentialSource, Kept};
use send::{Kinesis, KinesisError, KinesisSettings};
use tokio::runtime::Handle;

/// The environment variables that replace the address of S3.
const S3_ENDPOINT_VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];

/// AWS cannot be used as this machine is configured.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// There are no credentials.
    #[error("no AWS credentials: sign in (`aws sso login`), name a profile in AWS_PROFILE, or set AWS_ACCESS_KEY_ID")]
    Credentials(#[source] CredentialsError),
    /// There is no region.
    #[error("no AWS region: set AWS_REGION, or name a profile that has one in AWS_PROFILE")]
    Region,
    /// The HTTP client cannot be set up.
    #[error("cannot set up HTTP")]
    Client(#[source] reqwest::Error),
    /// The way to Kinesis is not configured well.
    #[error("Kinesis cannot be reached as this machine is configured")]
    Kinesis(#[source] KinesisError),
    /// The bundle of certificates cannot be read.
    #[error("cannot read {path}, which AWS_CA_BUNDLE names")]
    CaBundle {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Loads the configuration. TLS is on ring, so that the binary has one TLS library.
pub(crate) async fn config() -> SdkConfig {
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await
}

/// Returns the configured region.
pub(crate) fn region(config: &SdkConfig) -> Result<String, AwsError> {
    config.region().map(ToString::to_string).ok_or(AwsError::Region)
}

/// Loads the credentials now, so that missing ones are reported before the first request.
pub(crate) async fn credentials(config: &SdkConfig) -> Result<Credentials, AwsError> {
    let none = || AwsError::Credentials(CredentialsError::not_loaded("none are configured"));
    let provider = config.credentials_provider().ok_or_else(none)?;
    provider.provide_credentials().await.map_err(AwsError::Credentials)
}

/// Creates a transport to a stream. It blocks, and needs a runtime on another thread.
pub(crate) async fn kinesis(stream: String) -> Result<Kinesis, AwsError> {
    let config = config().await;
    let region = region(&config)?;
    credentials(&config).await?;
    let endpoint_url = ProcessEnvironment.get("AWS_ENDPOINT_URL_KINESIS");
    let endpoint_url = endpoint_url.or_else(|| config.endpoint_url().map(str::to_owned));
    let ca_bundle = ProcessEnvironment
        .get("AWS_CA_BUNDLE")
        .map(|path| std::fs::read(&path).map_err(|source| AwsError::CaBundle { path, source }));
    let proxy = send::proxy(&OfProcess, endpoint_url.as_deref());
    let settings = KinesisSettings { stream, region, endpoint_url, ca_bundle: ca_bundle.transpose()?, proxy };
    let provider = config.credentials_provider();
    let credentials = SignedIn { provider, runtime: Handle::current(), kept: Kept::default() };
    Kinesis::new(settings, Box::new(credentials)).map_err(AwsError::Kinesis)
}

/// The process's environment, as `send` reads it.
struct OfProcess;

impl send::credentials::Environment for OfProcess {
    fn get(&self, name: &str) -> Option<String> {
        ProcessEnvironment.get(name)
    }
}

/// The credentials of whoever uses this machine, for a thread that may block.
struct SignedIn {
    provider: Option<SharedCredentialsProvider>,
    runtime: Handle,
    kept: Kept,
}

impl SignedIn {
    fn find(&self) -> Result<send::credentials::Credentials, CredentialError> {
        let provider = self.provider.as_ref().ok_or(CredentialError::NoSource)?;
        let found = self.runtime.block_on(provider.provide_credentials());
        let found = found.map_err(|error| CredentialError::Source(Box::new(error)))?;
        Ok(send::credentials::Credentials {
            access_key_id: found.access_key_id().to_owned(),
            secret_access_key: found.secret_access_key().to_owned(),
            session_token: found.session_token().map(str::to_owned),
            expires: found.expiry().and_then(|time| Timestamp::try_from(time).ok()),
        })
    }
}

impl CredentialSource for SignedIn {
    fn get(&self, now: Timestamp) -> Result<send::credentials::Credentials, CredentialError> {
        self.kept.get(now, || self.find())
    }

    fn refuse(&self, credentials: &send::credentials::Credentials) {
        self.kept.refuse(credentials);
    }
}

/// Creates a client for S3.
pub(crate) async fn s3() -> Result<aws_sdk_s3::Client, AwsError> {
    let config = config().await;
    region(&config)?;
    credentials(&config).await?;
    // Only AWS's own S3 has a host name per bucket. Replacements take the bucket in the path.
    let is_replaced = S3_ENDPOINT_VARIABLES.iter().any(|name| ProcessEnvironment.get(name).is_some());
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(is_replaced).build();
    Ok(aws_sdk_s3::Client::from_conf(config))
}

/// The process's environment with AWS credentials and region added, as Lambda sets them.
pub(crate) struct SignedInEnvironment {
    credentials: Credentials,
    region: String,
}

impl SignedInEnvironment {
    /// Loads credentials and region.
    pub(crate) async fn new() -> Result<Self, AwsError> {
        let config = config().await;
        let region = region(&config)?;
        let credentials = credentials(&config).await?;
        Ok(Self { credentials, region })
    }
}

impl Environment for SignedInEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "AWS_ACCESS_KEY_ID" => Some(self.credentials.access_key_id().to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(self.credentials.secret_access_key().to_owned()),
            "AWS_SESSION_TOKEN" => self.credentials.session_token().map(str::to_owned),
            "AWS_REGION" => Some(self.region.clone()),
            _ => ProcessEnvironment.get(name),
        }
    }
}

//! AWS as a person's terminal reaches it: environment, profile, single sign-on.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use runtime::{Environment, ProcessEnvironment};

use crate::error::Error;

/// Where another endpoint stands in for AWS's.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];

/// What is configured, on ring as everything here: one TLS library in the binary.
pub(crate) async fn config() -> SdkConfig {
    let https = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(https).load().await
}

/// The region that is configured.
pub(crate) fn region(config: &SdkConfig) -> Result<String, Error> {
    config.region().map(ToString::to_string).ok_or(Error::Region)
}

/// The credentials, wherever they are configured. Asked for at once, so that what is missing is said as such.
pub(crate) async fn credentials(config: &SdkConfig) -> Result<Credentials, Error> {
    let none = || Error::Credentials(CredentialsError::not_loaded("none are configured"));
    let provider = config.credentials_provider().ok_or_else(none)?;
    provider.provide_credentials().await.map_err(Error::Credentials)
}

/// A client for Kinesis.
pub(crate) async fn kinesis() -> Result<aws_sdk_kinesis::Client, Error> {
    let config = config().await;
    region(&config)?;
    credentials(&config).await?;
    Ok(aws_sdk_kinesis::Client::new(&config))
}

/// A client for S3.
pub(crate) async fn s3() -> Result<aws_sdk_s3::Client, Error> {
    let config = config().await;
    region(&config)?;
    credentials(&config).await?;
    // Whatever stands in for S3 knows buckets as paths; only AWS has names for them.
    let elsewhere = ENDPOINTS.iter().any(|name| ProcessEnvironment.get(name).is_some());
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(elsewhere).build();
    Ok(aws_sdk_s3::Client::from_conf(config))
}

/// The process's environment, with credentials and region in it as Lambda would set them.
pub(crate) struct SignedIn {
    credentials: Credentials,
    region: String,
}

impl SignedIn {
    /// Finds credentials wherever they are configured.
    pub(crate) async fn new() -> Result<Self, Error> {
        let config = config().await;
        let region = region(&config)?;
        let credentials = credentials(&config).await?;
        Ok(Self { credentials, region })
    }
}

impl Environment for SignedIn {
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

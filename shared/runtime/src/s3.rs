//! What the buckets of a stack have in common: how S3 is addressed, signed and read.

use aws_sigv4::http_request::{PayloadChecksumKind, PercentEncodingMode, SigningSettings, UriPathNormalizationMode};

use crate::aws::{AskError, Service};
use crate::environment::{ConfigError, Environment, set};
use crate::xml::elements;

pub(crate) const SERVICE: &str = "s3";

/// Reads the name of a bucket; `None` if it is not set.
pub(crate) fn bucket_name(
    env: &(impl Environment + ?Sized),
    name: &'static str,
) -> Result<Option<String>, ConfigError> {
    let Some(bucket) = set(env, name) else { return Ok(None) };
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    if bucket.bytes().all(is_allowed) {
        Ok(Some(bucket))
    } else {
        let expected = "the name of an S3 bucket".to_owned();
        Err(ConfigError::Invalid { name, value: bucket, expected })
    }
}

/// Returns the service at the address of a bucket, which ends with a slash.
pub(crate) fn bucket_service(env: &(impl Environment + ?Sized), bucket: &str) -> Result<Service, ConfigError> {
    let service = Service::from_environment(env, SERVICE, signing_settings())?;
    let endpoint = env.get("AWS_ENDPOINT_URL_S3").unwrap_or_else(|| service.endpoint().to_owned());
    Ok(service.at(format!("{endpoint}/{bucket}/")))
}

/// Returns the settings with which S3 requires requests to be signed. The checksum of the body is a part: S3 refuses a body that
/// was changed on the way.
pub(crate) fn signing_settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// Returns what S3 says in an answer that is no success.
pub(crate) fn refusal(status: u16, text: &str) -> AskError {
    let said = |name| elements(text, name).next().unwrap_or_default().to_owned();
    AskError::Refused { service: "S3", status, code: said("Code"), message: said("Message") }
}

//! The bucket of the archive, as a function reaches it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>, `API_GetObject.html` and `API_ListObjectsV2.html`.

use std::thread;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ureq::http::Request;

use crate::aws::{AskError, Service};
use crate::environment::{ConfigError, Environment, number, set};
use crate::s3::{bucket_name, bucket_service, refusal};
use crate::xml::elements;

const BUCKET: &str = "LOGBRAID_ARCHIVE_BUCKET";
const PREFIX: &str = "LOGBRAID_ARCHIVE_PREFIX";
const PART_MIB: &str = "LOGBRAID_ARCHIVE_PART_MIB";
/// The size of a part's lines, uncompressed. The whole part is in memory, compressed.
const DEFAULT_PART_MIB: u64 = 32;
const PARTS_MIB: std::ops::RangeInclusive<u64> = 1..=64;
/// The longest prefix. A key has at most 1,024 bytes, of which logbraid's own part takes up to 250.
const MAX_PREFIX_BYTES: usize = 512;
/// The time limit for one try of a request.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The pause before each try but the first.
const PAUSES: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4)];
/// The largest object that is read: a part of records that do not compress, or a manifest.
const MAX_OBJECT_BYTES: u64 = 256 << 20;
/// The most pages of a list, of 1,000 objects each.
const MAX_PAGES: usize = 1_000;

/// Where the archive is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchivePlace {
    /// The bucket (`LOGBRAID_ARCHIVE_BUCKET`).
    pub bucket: String,
    /// What all keys begin with (`LOGBRAID_ARCHIVE_PREFIX`): nothing, or something that ends with a slash.
    pub prefix: String,
    /// After so many bytes of lines a part ends (`LOGBRAID_ARCHIVE_PART_MIB`).
    pub part_bytes: u64,
}

impl ArchivePlace {
    /// Reads the settings; `None` if there is no bucket.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Option<Self>, ConfigError> {
        let Some(bucket) = bucket_name(env, BUCKET)? else { return Ok(None) };
        let prefix = set(env, PREFIX).unwrap_or_default();
        let part_bytes = number(env, PART_MIB, DEFAULT_PART_MIB, PARTS_MIB)? << 20;
        let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
        let is_path = prefix.is_empty() || prefix.ends_with('/') && !prefix.starts_with('/') && !prefix.contains("//");
        // Clients resolve these.
        let has_dots = prefix.split('/').any(|folder| matches!(folder, "." | ".."));
        if prefix.len() <= MAX_PREFIX_BYTES && prefix.bytes().all(is_safe) && is_path && !has_dots {
            Ok(Some(Self { bucket, prefix, part_bytes }))
        } else {
            let expected = format!(
                "folders such as archive/, of at most {MAX_PREFIX_BYTES} letters, digits, `-`, `_`, `.` and `/`"
            );
            Err(ConfigError::Invalid { name: PREFIX, value: prefix, expected })
        }
    }
}

/// The bucket.
#[derive(Debug)]
pub struct ArchiveBucket {
    service: Service,
}

/// Some keys of a list, and the folders in place of others.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ListedKeys {
    /// Each key with the object's size.
    pub keys: Vec<(String, u64)>,
    /// The folders, each with its slash.
    pub folders: Vec<String>,
}

impl ArchiveBucket {
    /// Takes credentials and region from the environment.
    pub fn open(place: &ArchivePlace, env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        Ok(Self { service: bucket_service(env, &place.bucket)? })
    }

    /// Writes an object. Blocks.
    pub fn put(&self, key: &str, body: &[u8]) -> Result<(), AskError> {
        let address = format!("{}{key}", self.service.endpoint());
        self.ask(|| Request::put(&address).body(body.to_vec()), 0).map(|_| ())
    }

    /// Reads an object; `None` if there is none. Blocks.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, AskError> {
        let address = format!("{}{key}", self.service.endpoint());
        match self.ask(|| Request::get(&address).body(Vec::new()), MAX_OBJECT_BYTES) {
            Ok(body) => Ok(Some(body)),
            Err(AskError::Refused { code, .. }) if code == "NoSuchKey" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the keys that begin with a prefix, in order. With `by_folder`, the folders behind the prefix stand for what is in
    /// them. Blocks.
    pub fn list(&self, prefix: &str, by_folder: bool) -> Result<ListedKeys, AskError> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let delimiter = if by_folder { "&delimiter=%2F" } else { "" };
        let (mut listed, mut token) = (ListedKeys::default(), None);
        for _ in 0..MAX_PAGES {
            let more =
                token.map(|token: String| format!("&continuation-token={}", encoded(&token))).unwrap_or_default();
            let query = format!("list-type=2&prefix={}{delimiter}{more}", encoded(prefix));
            let address = format!("{}?{query}", self.service.endpoint());
            let page = self.ask(|| Request::get(&address).body(Vec::new()), MAX_OBJECT_BYTES)?;
            let page = String::from_utf8_lossy(&page);
            for object in elements(&page, "Contents") {
                let of = |name| elements(object, name).next();
                if let (Some(key), Some(bytes)) = (of("Key"), of("Size").and_then(|size| size.parse().ok())) {
                    listed.keys.push((key.to_owned(), bytes));
                }
            }
            let folders = elements(&page, "CommonPrefixes").filter_map(|folder| elements(folder, "Prefix").next());
            listed.folders.extend(folders.map(str::to_owned));
            token = elements(&page, "NextContinuationToken").next().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(listed)
    }

    /// Sends a request, again if it may pass then.
    fn ask(
        &self,
        request: impl Fn() -> Result<Request<Vec<u8>>, ureq::http::Error>,
        max_bytes: u64,
    ) -> Result<Vec<u8>, AskError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let failure = match self.ask_once(&request, max_bytes) {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            match pauses.next() {
                Some(pause) if failure.may_pass() => thread::sleep(pause),
                _ => return Err(failure),
            }
        }
    }

    fn ask_once(
        &self,
        request: impl Fn() -> Result<Request<Vec<u8>>, ureq::http::Error>,
        max_bytes: u64,
    ) -> Result<Vec<u8>, AskError> {
        /// What S3 says of an error fits.
        const ERROR_BYTES: u64 = 1 << 20;
        let endpoint = || self.service.endpoint().to_owned();
        let request = request().map_err(|source| AskError::Request { endpoint: endpoint(), source: source.into() })?;
        let (status, body) = self.service.send_bytes(request, TIMEOUT, max_bytes.max(ERROR_BYTES))?;
        if status == 200 { Ok(body) } else { Err(refusal(status, &String::from_utf8_lossy(&body))) }
    }
}

#[cfg(test)]
mod tests {
    use super::ArchivePlace;

    #[test]
    fn the_archive_is_in_a_folder_of_a_bucket() {
        fn check(bucket: &str, prefix: &str, expect: &str) {
            let env = [("LOGBRAID_ARCHIVE_BUCKET", bucket), ("LOGBRAID_ARCHIVE_PREFIX", prefix)];
            let place = ArchivePlace::from_environment(env.as_slice());
            let said = place.map_or_else(|error| error.to_string(), |place| format!("{place:?}"));
            assert!(said.starts_with(expect), "{bucket} {prefix}: {said}");
        }
        check("", "", "None");
        check("", "..", "None");
        check("b.1-x", "", r#"Some(ArchivePlace { bucket: "b.1-x", prefix: "", part_bytes: 33554432 })"#);
        check("b", "a-1/b_2/", r#"Some(ArchivePlace { bucket: "b", prefix: "a-1/b_2/", part_bytes: 33554432 })"#);
        check("B/", "", "LOGBRAID_ARCHIVE_BUCKET is `B/`: expected the name of an S3 bucket");
        for wrong in ["a", "/a/", "a//b/", "../", "a/./", "a b/", "é/", "/", &"a/".repeat(257)] {
            check("b", wrong, &format!("LOGBRAID_ARCHIVE_PREFIX is `{wrong}`: expected folders such as archive/"));
        }
    }
}

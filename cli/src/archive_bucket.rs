//! The bucket of the archive, as a person reaches it.

use std::error::Error as Cause;

use archive::{Layout, Object, Objects};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use runtime::{ArchivePlace, Environment, ProcessEnvironment};

use crate::args::ArchivePlaceArgs;
use crate::aws::{self, AwsError};
use crate::error::{BucketError, Error};

/// The bucket.
pub(crate) struct ArchiveBucket {
    client: Client,
    place: ArchivePlace,
}

/// The code for a bucket that does not exist.
const NO_BUCKET: &str = "NoSuchBucket";
/// The codes of requests that may succeed later, beside those of S3's own faults.
const PASSING: [&str; 4] = ["SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "OperationAborted"];

/// The process's environment with what the arguments say of the archive.
struct WithArguments<'a>(&'a ArchivePlaceArgs);

impl Environment for WithArguments<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "LOGBRAID_ARCHIVE_BUCKET" => self.0.bucket.clone(),
            "LOGBRAID_ARCHIVE_PREFIX" => self.0.prefix.clone(),
            _ => ProcessEnvironment.get(name),
        }
    }
}

impl ArchiveBucket {
    /// Opens the bucket that the arguments name.
    pub(crate) async fn open(args: &ArchivePlaceArgs) -> Result<Self, Error> {
        let place = ArchivePlace::from_environment(&WithArguments(args)).map_err(Error::Config)?;
        let place = place.ok_or(Error::NoArchive)?;
        Ok(Self { client: aws::s3().await?, place })
    }

    /// Opens the bucket that the environment names; `None` if it names none.
    pub(crate) async fn from_environment() -> Result<Option<Self>, Error> {
        let Some(place) = ArchivePlace::from_environment(&ProcessEnvironment).map_err(Error::Config)? else {
            return Ok(None);
        };
        Ok(Some(Self { client: aws::s3().await?, place }))
    }

    /// Opens the bucket of a place that is known.
    pub(crate) async fn at(place: ArchivePlace) -> Result<Self, AwsError> {
        Ok(Self { client: aws::s3().await?, place })
    }

    /// Returns the client for S3.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Returns where the archive of a stack is.
    pub(crate) fn layout<'a>(&'a self, prefix: &'a str) -> Layout<'a> {
        Layout { root: &self.place.prefix, prefix, part_bytes: self.place.part_bytes }
    }

    /// Returns why a request failed, in this program's words where they are known.
    fn failed<E>(&self, error: SdkError<E>) -> Box<dyn Cause + Send + Sync>
    where
        E: Cause + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let is_refused = error.raw_response().is_some_and(|answer| answer.status().is_client_error());
        match error.code() {
            Some(NO_BUCKET) => BucketError::Missing { bucket: self.place.bucket.clone() }.into(),
            Some(code) if is_refused && !PASSING.contains(&code) => {
                let message = error.message().unwrap_or_default().to_owned();
                BucketError::Refused { code: code.to_owned(), message }.into()
            }
            _ => error.into(),
        }
    }
}

impl Objects for ArchiveBucket {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Box<dyn Cause + Send + Sync>> {
        let put = self.client.put_object().bucket(&self.place.bucket).key(key).body(ByteStream::from(body));
        put.send().await.map(drop).map_err(|error| self.failed(error))
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Box<dyn Cause + Send + Sync>> {
        let object = match self.client.get_object().bucket(&self.place.bucket).key(key).send().await {
            Ok(object) => object,
            Err(SdkError::ServiceError(error)) if error.err().is_no_such_key() => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        Ok(Some(object.body.collect().await?.into_bytes().to_vec()))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Object>, Box<dyn Cause + Send + Sync>> {
        let list = self.client.list_objects_v2().bucket(&self.place.bucket).prefix(prefix);
        let (mut pages, mut objects) = (list.into_paginator().send(), Vec::new());
        while let Some(page) = pages.next().await {
            objects.extend(page.map_err(|error| self.failed(error))?.contents().iter().map(|object| Object {
                key: object.key().unwrap_or_default().to_owned(),
                bytes: object.size().and_then(|bytes| bytes.try_into().ok()).unwrap_or_default(),
            }));
        }
        Ok(objects)
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Box<dyn Cause + Send + Sync>> {
        let list = self.client.list_objects_v2().bucket(&self.place.bucket).prefix(prefix).delimiter("/");
        let (mut pages, mut folders) = (list.into_paginator().send(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed(error))?;
            folders.extend(page.common_prefixes().iter().filter_map(|folder| folder.prefix().map(str::to_owned)));
        }
        Ok(folders)
    }

    fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.place.bucket)
    }
}

//! The bucket of the archive, as the archive uses it.

use std::error::Error;
use std::sync::Arc;

use archive::{Layout, Object, Objects};
use runtime::{ArchiveBucket, ArchivePlace, AskError};

/// The bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    bucket: Arc<ArchiveBucket>,
    place: ArchivePlace,
}

impl Bucket {
    /// Joins the bucket with where the archive is in it.
    #[must_use]
    pub fn new(bucket: ArchiveBucket, place: ArchivePlace) -> Self {
        Self { bucket: Arc::new(bucket), place }
    }

    /// Returns where the archive of a stack is.
    #[must_use]
    pub fn layout<'a>(&'a self, prefix: &'a str) -> Layout<'a> {
        Layout { root: &self.place.prefix, prefix, part_bytes: self.place.part_bytes }
    }

    /// Runs a request on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&ArchiveBucket) -> Result<T, AskError> + Send + 'static,
    ) -> Result<T, Box<dyn Error + Send + Sync>> {
        let bucket = Arc::clone(&self.bucket);
        Ok(tokio::task::spawn_blocking(move || request(&bucket)).await??)
    }
}

impl Objects for Bucket {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let key = key.to_owned();
        self.ask(move |bucket| bucket.put(&key, &body)).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let key = key.to_owned();
        self.ask(move |bucket| bucket.get(&key)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Object>, Box<dyn Error + Send + Sync>> {
        let prefix = prefix.to_owned();
        let listed = self.ask(move |bucket| bucket.list(&prefix, false)).await?;
        Ok(listed.keys.into_iter().map(|(key, bytes)| Object { key, bytes }).collect())
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
        let prefix = prefix.to_owned();
        Ok(self.ask(move |bucket| bucket.list(&prefix, true)).await?.folders)
    }

    fn address(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.place.bucket)
    }
}

//! A bucket, as much of it as an archive needs.

use std::error::Error;

/// An object of a bucket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A bucket.
pub trait Objects: Sync {
    /// Writes an object.
    fn put(&self, key: &str, body: Vec<u8>) -> impl Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send;

    /// Reads an object; `None` if there is none.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>>> + Send;

    /// Lists all objects whose keys begin with a prefix, in the order of their keys.
    fn list(&self, prefix: &str) -> impl Future<Output = Result<Vec<Object>, Box<dyn Error + Send + Sync>>> + Send;

    /// Lists the folders below a prefix, each with its slash at the end.
    fn folders(&self, prefix: &str) -> impl Future<Output = Result<Vec<String>, Box<dyn Error + Send + Sync>>> + Send;

    /// Returns the address of an object for people, such as `s3://bucket/key`.
    fn address(&self, key: &str) -> String;
}

//! Files again the batches that the event source mapping wrote to its S3 bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::Object;
use decode::KinesisBatch;
use runtime::given_up_at;

use super::mode::Mode;
use super::on_failure::{MAX_RECORD_BYTES, Unreadable, batches};
use super::session::Session;
use super::summary::RedriveSummary;
use crate::aws;
use crate::error::Error;
use crate::progress::Progress;
use crate::run_end::RunEnd;

/// The number of skipped objects that are named. Further ones are only counted.
const MAX_NAMED: u64 = 10;

/// The objects to read, and whether they stay in the bucket.
pub(super) struct Bucket<'a> {
    pub(super) name: &'a str,
    pub(super) prefix: &'a str,
    pub(super) keep: bool,
}

/// Files the batches in the order of their keys. Deletes each object when everything in it is stored.
pub(super) async fn redrive(
    session: &Session,
    bucket: &Bucket<'_>,
    summary: &mut RedriveSummary,
) -> Result<RunEnd, Error> {
    let client = aws::s3().await?;
    let mut progress = Progress::new("objects", None);
    let list = client.list_objects_v2().bucket(bucket.name).prefix(bucket.prefix);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|source| Error::ListBucket { bucket: bucket.name.to_owned(), source: Box::new(source) })?;
        for object in page.contents() {
            let key = object.key().unwrap_or_default();
            if given_up_at(key).is_none() {
                skip(key, summary, &progress);
                continue;
            }
            if summary.looked_at >= session.limit {
                return Ok(RunEnd::Done);
            }
            if session.interrupt.is_requested() {
                return Ok(RunEnd::Interrupted);
            }
            summary.looked_at += 1;
            match read(&client, bucket, object).await? {
                ObjectContent::Batches(batches) => {
                    for batch in &batches {
                        session.file_parts(batch, summary).await?;
                    }
                    delete(&client, bucket, key, session.mode, summary).await?;
                }
                ObjectContent::Unreadable(unreadable) => {
                    summary.unreadable += 1;
                    progress.print(&format!("{key}: {unreadable}"));
                }
                ObjectContent::Gone => {}
            }
            progress.advance(1);
        }
    }
    Ok(RunEnd::Done)
}

fn skip(key: &str, summary: &mut RedriveSummary, progress: &Progress) {
    summary.skipped += 1;
    match summary.skipped {
        ..=MAX_NAMED => progress.print(&format!("{key}: skipped, its name is not that of a failed batch")),
        number if number == MAX_NAMED + 1 => progress.print("more such objects are skipped without being named"),
        _ => {}
    }
}

/// The content of an object.
enum ObjectContent {
    /// Failed batches: one in an object that AWS wrote, or several in one that a person put together.
    Batches(Vec<KinesisBatch>),
    Unreadable(Unreadable),
    /// The object was deleted in the meantime.
    Gone,
}

async fn read(client: &Client, bucket: &Bucket<'_>, object: &Object) -> Result<ObjectContent, Error> {
    let key = object.key().unwrap_or_default();
    if object.size().is_some_and(|bytes| bytes.unsigned_abs() > MAX_RECORD_BYTES) {
        return Ok(ObjectContent::Unreadable(Unreadable::TooLarge { limit: MAX_RECORD_BYTES }));
    }
    let response = match client.get_object().bucket(bucket.name).key(key).send().await {
        Ok(response) => response,
        Err(SdkError::ServiceError(error)) if error.err().is_no_such_key() => return Ok(ObjectContent::Gone),
        Err(source) => return Err(Error::GetObject { key: key.to_owned(), source: Box::new(source) }),
    };
    let body = response.body.collect().await.map_err(|source| Error::ReadObject { key: key.to_owned(), source })?;
    let body = body.into_bytes();
    let batches: Result<Vec<KinesisBatch>, Unreadable> = batches(body.as_ref()).collect();
    Ok(match batches {
        // AWS writes no empty objects.
        Ok(batches) if batches.is_empty() => ObjectContent::Unreadable(Unreadable::NotARecord { line: 1, column: 0 }),
        Ok(batches) => ObjectContent::Batches(batches),
        Err(unreadable) => ObjectContent::Unreadable(unreadable),
    })
}

async fn delete(
    client: &Client,
    bucket: &Bucket<'_>,
    key: &str,
    mode: Mode,
    summary: &mut RedriveSummary,
) -> Result<(), Error> {
    if bucket.keep {
        return Ok(());
    }
    if mode == Mode::Write {
        let deleted = client.delete_object().bucket(bucket.name).key(key).send().await;
        deleted.map_err(|source| Error::DeleteObject { key: key.to_owned(), source: Box::new(source) })?;
    }
    summary.removed += 1;
    Ok(())
}

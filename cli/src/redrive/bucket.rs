//! Brings back the batches that the event source mapping wrote to its S3 bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::Object;
use decode::KinesisBatch;

use super::files::{MAX_RECORD_BYTES, file};
use super::on_failure::{Unreadable, batches, is_key};
use super::session::{Ended, Mode, Session};
use super::tally::Tally;
use crate::aws;
use crate::error::Error;
use crate::progress::Progress;

/// How many objects that are no failed batches are named.
const MAX_NAMED: u64 = 10;

/// Where the objects are, and whether they stay there.
pub(super) struct Place<'a> {
    pub(super) bucket: &'a str,
    pub(super) prefix: &'a str,
    pub(super) keep: bool,
}

/// Files the batches in a bucket, in the order of their keys, and deletes each object once everything in it is stored.
pub(super) async fn redrive(session: &Session, place: &Place<'_>, tally: &mut Tally) -> Result<Ended, Error> {
    let client = aws::s3().await?;
    let mut progress = Progress::new("objects", None);
    let list = client.list_objects_v2().bucket(place.bucket).prefix(place.prefix);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|source| Error::List { bucket: place.bucket.to_owned(), source: Box::new(source) })?;
        for object in page.contents() {
            let key = object.key().unwrap_or_default();
            if !is_key(key) {
                skip(key, tally, &progress);
                continue;
            }
            if tally.seen >= session.limit {
                return Ok(Ended::AllDone);
            }
            if session.interrupt.is_requested() {
                return Ok(Ended::Interrupted);
            }
            tally.seen += 1;
            match read(&client, place, object).await? {
                Found::Batches(batches) => {
                    for batch in &batches {
                        file(session, batch, tally).await?;
                    }
                    delete(&client, place, key, session.mode, tally).await?;
                }
                Found::Unreadable(unreadable) => {
                    tally.unreadable += 1;
                    progress.note(&format!("{key}: {unreadable}"));
                }
                Found::Gone => {}
            }
            progress.advance(1);
        }
    }
    Ok(Ended::AllDone)
}

fn skip(key: &str, tally: &mut Tally, progress: &Progress) {
    tally.skipped += 1;
    match tally.skipped {
        ..=MAX_NAMED => progress.note(&format!("{key}: skipped, its name is not that of a failed batch")),
        number if number == MAX_NAMED + 1 => progress.note("more such objects are skipped without being named"),
        _ => {}
    }
}

/// What an object is.
enum Found {
    /// One failed batch, as AWS writes it; or several.
    Batches(Vec<KinesisBatch>),
    Unreadable(Unreadable),
    /// Somebody else was quicker.
    Gone,
}

async fn read(client: &Client, place: &Place<'_>, object: &Object) -> Result<Found, Error> {
    let key = object.key().unwrap_or_default();
    if object.size().is_some_and(|bytes| bytes.unsigned_abs() > MAX_RECORD_BYTES) {
        return Ok(Found::Unreadable(Unreadable::TooLarge { limit: MAX_RECORD_BYTES }));
    }
    let got = match client.get_object().bucket(place.bucket).key(key).send().await {
        Ok(got) => got,
        Err(SdkError::ServiceError(error)) if error.err().is_no_such_key() => return Ok(Found::Gone),
        Err(source) => return Err(Error::Get { key: key.to_owned(), source: Box::new(source) }),
    };
    let body = got.body.collect().await.map_err(|source| Error::Body { key: key.to_owned(), source })?;
    let body = body.into_bytes();
    let batches: Result<Vec<KinesisBatch>, Unreadable> = batches(body.as_ref()).collect();
    Ok(match batches {
        // An empty object is none that AWS wrote.
        Ok(batches) if batches.is_empty() => Found::Unreadable(Unreadable::NotARecord { line: 1, column: 0 }),
        Ok(batches) => Found::Batches(batches),
        Err(unreadable) => Found::Unreadable(unreadable),
    })
}

async fn delete(client: &Client, place: &Place<'_>, key: &str, mode: Mode, tally: &mut Tally) -> Result<(), Error> {
    if place.keep {
        return Ok(());
    }
    if mode == Mode::Write {
        let deleted = client.delete_object().bucket(place.bucket).key(key).send().await;
        deleted.map_err(|source| Error::Delete { key: key.to_owned(), source: Box::new(source) })?;
    }
    tally.removed += 1;
    Ok(())
}

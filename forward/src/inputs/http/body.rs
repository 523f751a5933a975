//! The body of a request.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::HeaderName;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::answer::Answer;
use crate::entry::Encoding;
use crate::spool::MAX_BODY_BYTES;

/// The unit of what bodies take in memory.
pub(super) const PERMIT_BYTES: usize = 64 * 1024;
/// What a body of unknown length is counted as.
const UNKNOWN_BYTES: usize = 1024 * 1024;
/// What is left for the header of an entry.
const MAX_PAYLOAD_BYTES: usize = MAX_BODY_BYTES - 64 * 1024;
/// How long a body may take to come.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Returns the content type, in lower case; nothing if there is none.
pub(super) fn kind(request: &Request) -> String {
    header(request, &CONTENT_TYPE)
}

/// Returns how the body is compressed.
pub(super) fn encoding(request: &Request) -> Result<Encoding, Answer> {
    match header(request, &CONTENT_ENCODING).as_str() {
        "" | "identity" => Ok(Encoding::Plain),
        "gzip" | "x-gzip" => Ok(Encoding::Gzip),
        "deflate" => Ok(Encoding::Deflate),
        "zstd" => Ok(Encoding::Zstd),
        "snappy" => Ok(Encoding::Snappy),
        _ => Err(Answer::UnknownEncoding),
    }
}

/// Reads a body. What it takes in memory is held until the permit is dropped.
pub(super) async fn read(request: Request, permits: &Semaphore) -> Result<(Vec<u8>, SemaphorePermit<'_>), Answer> {
    let length = header(&request, &CONTENT_LENGTH).parse().unwrap_or(UNKNOWN_BYTES);
    if length > MAX_PAYLOAD_BYTES {
        return Err(Answer::TooLarge);
    }
    let wanted = u32::try_from(length.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX);
    let permit = permits.acquire_many(wanted).await.map_err(|_| Answer::Ending)?;
    let body = timeout(TIME_LIMIT, to_bytes(request.into_body(), MAX_PAYLOAD_BYTES)).await;
    match body {
        Ok(Ok(bytes)) => Ok((bytes.into(), permit)),
        // It is too large, or the sender is gone: then nobody reads the answer.
        Ok(Err(_)) => Err(Answer::TooLarge),
        Err(_) => Err(Answer::TooSlow),
    }
}

fn header(request: &Request, name: &HeaderName) -> String {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().trim().to_ascii_lowercase()
}

//! Failed batches: what lies in the on-failure bucket, listed anew after a few seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use runtime::{FailedBatches, FailedBucket, telemetry};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tracing::warn;

/// How long a list is used again.
const KEPT: Duration = Duration::from_secs(10);
/// How long the bucket is left alone after it did not answer.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// The on-failure bucket, with its last list.
#[derive(Debug)]
pub struct FailedBatchList {
    /// `None` where no bucket is configured.
    bucket: Option<Arc<FailedBucket>>,
    last: Mutex<Option<Listed>>,
}

#[derive(Debug)]
struct Listed {
    at: Instant,
    /// `None` where the bucket did not answer.
    batches: Option<Arc<FailedBatches>>,
}

impl Listed {
    fn is_fresh(&self) -> bool {
        let kept = if self.batches.is_some() { KEPT } else { RETRY_AFTER };
        self.at.elapsed() < kept
    }
}

impl FailedBatchList {
    /// Takes the bucket to list, if there is one.
    #[must_use]
    pub fn new(bucket: Option<FailedBucket>) -> Self {
        Self { bucket: bucket.map(Arc::new), last: Mutex::new(None) }
    }

    /// Returns the batches in the bucket; `None` if nobody knows. Requests at the same time share one list.
    pub(crate) async fn get(&self) -> Option<Arc<FailedBatches>> {
        let bucket = self.bucket.as_ref()?;
        let mut last = self.last.lock().await;
        if !last.as_ref().is_some_and(Listed::is_fresh) {
            let batches = list(Arc::clone(bucket)).await.map(Arc::new);
            *last = Some(Listed { at: Instant::now(), batches });
        }
        last.as_ref()?.batches.clone()
    }
}

async fn list(bucket: Arc<FailedBucket>) -> Option<FailedBatches> {
    let listed = spawn_blocking(move || bucket.list()).await.ok()?;
    listed.inspect_err(|error| warn!(error = telemetry::chain(error), "the on-failure bucket cannot be listed")).ok()
}

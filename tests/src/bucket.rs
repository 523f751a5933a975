//! A bucket for failed batches, and as much of S3 as reading it needs:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::kinesis::Discarded;

/// The most keys of a page unless the request says so, so that a few objects need several pages.
const KEYS_PER_PAGE: usize = 2;

type Objects = Arc<Mutex<BTreeMap<String, String>>>;

/// A bucket. Every name leads to it.
#[derive(Debug)]
pub struct Bucket {
    endpoint: String,
    objects: Objects,
    is_refusing: Arc<AtomicBool>,
}

impl Bucket {
    /// Starts a bucket with these objects, and one that AWS did not write.
    pub async fn with(given_up: &[Discarded]) -> Self {
        let objects = given_up.iter().map(|object| (object.key.clone(), object.body.to_string()));
        let foreign = ("aws/lambda/README".to_owned(), "not ours".to_owned());
        let objects: Objects = Arc::new(Mutex::new(objects.chain([foreign]).collect()));
        let is_refusing = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let app = Router::new()
            .route("/{bucket}/", get(list))
            .route("/{bucket}/{*key}", get(read).delete(delete))
            .with_state(objects.clone())
            .layer(from_fn_with_state(Arc::clone(&is_refusing), refuse));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { endpoint, objects, is_refusing }
    }

    /// Returns the environment with which a program finds the bucket.
    #[must_use]
    pub fn env(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL_S3", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
        ]
    }

    /// Adds an object without content.
    pub fn add(&self, key: &str) {
        self.objects().insert(key.to_owned(), String::new());
    }

    /// Removes all objects.
    pub fn clear(&self) {
        self.objects().clear();
    }

    /// Refuses every request from now on.
    pub fn refuse(&self) {
        self.is_refusing.store(true, Ordering::Relaxed);
    }

    /// Returns the keys of the objects.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.objects.lock().expect("no panic")
    }
}

async fn refuse(State(is_refusing): State<Arc<AtomicBool>>, request: Request, next: Next) -> Response {
    if is_refusing.load(Ordering::Relaxed) {
        let error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        return (StatusCode::FORBIDDEN, error).into_response();
    }
    next.run(request).await
}

async fn list(State(objects): State<Objects>, Query(query): Query<BTreeMap<String, String>>) -> String {
    let prefix = query.get("prefix").map(String::as_str).unwrap_or_default();
    let after = query.get("continuation-token").map(String::as_str).unwrap_or_default();
    let max_keys = query.get("max-keys").map_or(KEYS_PER_PAGE, |count| count.parse().expect("a number"));
    let objects = objects.lock().expect("no panic");
    let mut rest = objects.iter().filter(|(key, _)| key.starts_with(prefix) && key.as_str() > after).peekable();
    let (mut xml, mut last) = ("<ListBucketResult>".to_owned(), "");
    for (key, body) in rest.by_ref().take(max_keys) {
        write!(xml, "<Contents><Key>{key}</Key><Size>{}</Size></Contents>", body.len()).expect("text");
        last = key;
    }
    let is_truncated = rest.peek().is_some();
    write!(xml, "<IsTruncated>{is_truncated}</IsTruncated>").expect("text");
    if is_truncated {
        write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>").expect("text");
    }
    xml + "</ListBucketResult>"
}

async fn read(State(objects): State<Objects>, Path((_, key)): Path<(String, String)>) -> Response {
    match objects.lock().expect("no panic").get(&key) {
        Some(body) => body.clone().into_response(),
        None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

async fn delete(State(objects): State<Objects>, Path((_, key)): Path<(String, String)>) -> StatusCode {
    objects.lock().expect("no panic").remove(&key);
    StatusCode::NO_CONTENT
}

//! A bucket for failed batches or for an archive, and as much of S3 as these need:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::kinesis::Discarded;

/// The most keys of a page unless the request says so, so that a few objects need several pages.
const KEYS_PER_PAGE: usize = 2;

type Objects = Arc<Mutex<BTreeMap<String, Bytes>>>;
/// How many objects may still be written.
type Puts = Arc<AtomicUsize>;
/// Called with each key before its object is written.
type OnPut = Arc<Mutex<Option<Box<dyn FnMut(&str) + Send>>>>;

/// A bucket. Every name leads to it.
pub struct Bucket {
    endpoint: String,
    objects: Objects,
    refusal: Arc<Mutex<Option<Refusal>>>,
    puts: Puts,
    on_put: OnPut,
}

/// How every request is refused.
#[derive(Clone, Copy)]
struct Refusal {
    status: StatusCode,
    error: &'static str,
}

#[derive(Clone)]
struct Shared {
    objects: Objects,
    puts: Puts,
    on_put: OnPut,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bucket").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Bucket {
    /// Starts a bucket with these objects, and one that AWS did not write.
    pub async fn with(given_up: &[Discarded]) -> Self {
        let objects = given_up.iter().map(|object| (object.key.clone(), object.body.to_string().into()));
        let foreign = ("aws/lambda/README".to_owned(), "not ours".into());
        Self::of(objects.chain([foreign]).collect()).await
    }

    /// Starts a bucket without objects.
    pub async fn empty() -> Self {
        Self::of(BTreeMap::new()).await
    }

    async fn of(objects: BTreeMap<String, Bytes>) -> Self {
        let shared = Shared {
            objects: Arc::new(Mutex::new(objects)),
            puts: Arc::new(AtomicUsize::new(usize::MAX)),
            on_put: Arc::default(),
        };
        let refusal = Arc::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
        let Shared { objects, puts, on_put } = shared.clone();
        let app = Router::new()
            .route("/{bucket}/", get(list))
            .route("/{bucket}", get(list))
            .route("/{bucket}/{*key}", get(read).delete(delete).put(put))
            .with_state(shared)
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(Arc::clone(&refusal), refuse));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { endpoint, objects, refusal, puts, on_put }
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
        self.objects().insert(key.to_owned(), Bytes::new());
    }

    /// Returns an object.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.objects().get(key).map(|body| body.to_vec())
    }

    /// Replaces an object.
    pub fn replace(&self, key: &str, body: Vec<u8>) {
        self.objects().insert(key.to_owned(), body.into());
    }

    /// Removes an object.
    pub fn remove(&self, key: &str) {
        self.objects().remove(key);
    }

    /// Takes so many objects more, and refuses those after.
    pub fn take_only(&self, puts: usize) {
        self.puts.store(puts, Ordering::Relaxed);
    }

    /// Calls this with each key before its object is written. The request waits for it.
    pub fn on_put(&self, call: impl FnMut(&str) + Send + 'static) {
        *self.on_put.lock().expect("no panic") = Some(Box::new(call));
    }

    /// Removes all objects.
    pub fn clear(&self) {
        self.objects().clear();
    }

    /// Refuses every request from now on.
    pub fn refuse(&self) {
        let error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        self.answer_with(Refusal { status: StatusCode::FORBIDDEN, error });
    }

    /// Answers from now on as S3 does for a bucket that does not exist.
    pub fn vanish(&self) {
        let error = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
        self.answer_with(Refusal { status: StatusCode::NOT_FOUND, error });
    }

    fn answer_with(&self, refusal: Refusal) {
        *self.refusal.lock().expect("no panic") = Some(refusal);
    }

    /// Returns the keys of the objects.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.objects().keys().cloned().collect()
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().expect("no panic")
    }
}

async fn refuse(State(refusal): State<Arc<Mutex<Option<Refusal>>>>, request: Request, next: Next) -> Response {
    let refusal = *refusal.lock().expect("no panic");
    match refusal {
        Some(Refusal { status, error }) => (status, error).into_response(),
        None => next.run(request).await,
    }
}

async fn list(State(shared): State<Shared>, Query(query): Query<BTreeMap<String, String>>) -> String {
    let of = |name| query.get(name).map(String::as_str).unwrap_or_default();
    let (prefix, after, delimiter) = (of("prefix"), of("continuation-token"), of("delimiter"));
    let max_keys = query.get("max-keys").map_or(KEYS_PER_PAGE, |count| count.parse().expect("a number"));
    let objects = shared.objects.lock().expect("no panic");
    let folder = |key: &str| {
        let (folder, _) = key.strip_prefix(prefix)?.split_once(delimiter).filter(|_| !delimiter.is_empty())?;
        Some(format!("{prefix}{folder}{delimiter}"))
    };
    let all = objects.iter().filter(|(key, _)| key.starts_with(prefix));
    let rows: BTreeSet<(String, Option<usize>)> = all
        .map(|(key, body)| folder(key).map_or_else(|| (key.clone(), Some(body.len())), |folder| (folder, None)))
        .collect();
    let mut rest = rows.iter().filter(|(name, _)| name.as_str() > after).peekable();
    let (mut xml, mut last) = ("<ListBucketResult>".to_owned(), "");
    for (name, bytes) in rest.by_ref().take(max_keys) {
        match bytes {
            Some(bytes) => write!(xml, "<Contents><Key>{name}</Key><Size>{bytes}</Size></Contents>").expect("text"),
            None => write!(xml, "<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>").expect("text"),
        }
        last = name;
    }
    let is_truncated = rest.peek().is_some();
    write!(xml, "<IsTruncated>{is_truncated}</IsTruncated>").expect("text");
    if is_truncated {
        write!(xml, "<NextContinuationToken>{last}</NextContinuationToken>").expect("text");
    }
    xml + "</ListBucketResult>"
}

async fn read(State(shared): State<Shared>, Path((_, key)): Path<(String, String)>) -> Response {
    match shared.objects.lock().expect("no panic").get(&key) {
        Some(body) => body.clone().into_response(),
        None => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

async fn put(State(shared): State<Shared>, Path((_, key)): Path<(String, String)>, body: Bytes) -> Response {
    let (objects, puts, on_put) = (shared.objects, shared.puts, shared.on_put);
    // What is called may block.
    let called = key.clone();
    let call = move || {
        if let Some(call) = on_put.lock().expect("no panic").as_mut() {
            call(&called);
        }
    };
    tokio::task::spawn_blocking(call).await.expect("no panic");
    if puts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err() {
        let error = "<Error><Code>AccessDenied</Code><Message>no more</Message></Error>";
        return (StatusCode::FORBIDDEN, error).into_response();
    }
    objects.lock().expect("no panic").insert(key, body);
    StatusCode::OK.into_response()
}

async fn delete(State(shared): State<Shared>, Path((_, key)): Path<(String, String)>) -> StatusCode {
    shared.objects.lock().expect("no panic").remove(&key);
    StatusCode::NO_CONTENT
}

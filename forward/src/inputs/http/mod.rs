//! Inputs over HTTP: `VictoriaLogs`' paths, Loki's push, Elasticsearch's bulk, OTLP, and lines of JSON.
//!
//! Each listener knows all paths. victorialogs-handler takes every 2xx for delivered, resends on every other status, loses
//! the batch on a redirect, and dies of an error whose body is not short ASCII. So there are few statuses, and no redirects.

mod answer;
mod body;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Method};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use axum::serve::ListenerExt as _;
use memchr::memmem;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::answer::Answer;
use super::{Context, DRAIN};
use crate::entry::{Encoding, Entry, Format, Identity};
use crate::formats::bulk;
use crate::identity::hash;

/// What bodies may take together while they come, in units of [`body::PERMIT_BYTES`].
const MAX_BODY_PERMITS: usize = 2048;

/// Where Elasticsearch's API begins.
const ELASTICSEARCH: &str = "/insert/elasticsearch";

/// What Elasticsearch says it is.
const ABOUT: &str = r#"{"version":{"number":"8.9.0","build_flavor":"default"},"tagline":"You Know, for Search"}"#;

struct Shared {
    context: Context,
    permits: Semaphore,
}

/// Serves HTTP until the forwarder ends.
pub async fn run(context: Context, listener: TcpListener) {
    let shared = Arc::new(Shared { context: context.clone(), permits: Semaphore::new(MAX_BODY_PERMITS) });
    let service = routes(shared).into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|connection| {
        // An answer must not wait for more.
        let _ = connection.set_nodelay(true);
    });
    let ended = context.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move { ended.ended().await });
    let server = tokio::spawn(async move { server.await });
    context.ended().await;
    let abort = server.abort_handle();
    // Connections that are idle never end by themselves.
    if timeout(DRAIN, server).await.is_err() {
        abort.abort();
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    let elasticsearch = Router::new()
        .route("/_bulk", post(bulk_body).put(bulk_body))
        .route("/{index}/_bulk", post(bulk_body).put(bulk_body))
        .route("/insert/elasticsearch/_bulk", post(bulk_body).put(bulk_body))
        .route("/insert/elasticsearch", any(elasticsearch))
        .route("/insert/elasticsearch/", any(elasticsearch))
        .route("/insert/elasticsearch/{*path}", any(elasticsearch))
        .layer(map_response(answer::of_elasticsearch));
    Router::new()
        .route("/", get(root).post(json_lines))
        .route("/health", get(alive))
        .route("/insert/jsonline", post(json_lines))
        .route("/insert/loki/api/v1/push", post(loki))
        .route("/loki/api/v1/push", post(loki))
        .route("/insert/loki/ready", get(alive))
        .route("/insert/opentelemetry/v1/logs", post(otlp))
        .route("/v1/logs", post(otlp))
        .merge(elasticsearch)
        .fallback(unknown)
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

async fn alive() -> &'static str {
    "OK"
}

/// Clients of Elasticsearch ask here what it is, too, and want JSON.
async fn root(headers: HeaderMap) -> Response {
    let wants_json = headers.get(ACCEPT).is_some_and(|accept| memmem::find(accept.as_bytes(), b"json").is_some());
    if wants_json { answer::of_elasticsearch(Answer::json(ABOUT)).await } else { alive().await.into_response() }
}

async fn unknown() -> Response {
    Answer::NotFound.into()
}

/// Clients of Elasticsearch ask what it is before they send, and tell it how to keep what they will send: `_ilm`,
/// `_index_template`. What could be a document must not be taken for one that is stored.
async fn elasticsearch(shared: State<Arc<Shared>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let path = request.uri().path().strip_prefix(ELASTICSEARCH).unwrap_or_default().trim_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let is_answered = match (request.method(), segments.as_slice()) {
        (&Method::GET | &Method::HEAD, _) => true,
        (&Method::POST | &Method::PUT, [_, "_bulk"]) => return bulk_body(shared, peer, request).await,
        (_, ["_bulk", ..] | []) => false,
        // An index that is created.
        (&Method::PUT, [_]) => true,
        (_, [first, ..]) => first.starts_with('_'),
    };
    if !is_answered {
        return Answer::NotFound.into();
    }
    Answer::json(ABOUT)
}

async fn json_lines(State(shared): State<Arc<Shared>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let stored = shared.store(&peer, request, |_| Format::JsonLines).await;
    stored.map_or_else(Into::into, |_| Answer::Stored.into())
}

async fn loki(State(shared): State<Arc<Shared>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let format = |kind: &str| if kind.contains("json") { Format::Loki } else { Format::LokiProtobuf };
    shared.store(&peer, request, format).await.map_or_else(Into::into, |_| Answer::NoContent.into())
}

/// Takes a bulk body. An index in the path is that of the actions without one.
async fn bulk_body(State(shared): State<Arc<Shared>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let stored = shared.store(&peer, request, |_| Format::Bulk).await;
    stored.map_or_else(Into::into, Answer::bulk)
}

async fn otlp(State(shared): State<Arc<Shared>>, peer: ConnectInfo<SocketAddr>, request: Request) -> Response {
    let is_json = body::kind(&request).contains("json");
    let format = |_: &str| if is_json { Format::OtlpJson } else { Format::OtlpProtobuf };
    let stored = shared.store(&peer, request, format).await;
    stored.map_or_else(Into::into, |_| if is_json { Answer::json("{}") } else { Answer::EmptyProtobuf.into() })
}

/// Returns the index in the path of a bulk request; nothing if there is none.
fn index(path: &str) -> &str {
    let path = path.strip_prefix(ELASTICSEARCH).unwrap_or(path);
    path.strip_suffix("/_bulk").unwrap_or_default().trim_start_matches('/')
}

impl Shared {
    /// Stores a request's body. Returns the number of documents, if the format's answer names it.
    async fn store(
        &self,
        ConnectInfo(peer): &ConnectInfo<SocketAddr>,
        request: Request,
        format: impl FnOnce(&str) -> Format,
    ) -> Result<usize, Answer> {
        let format = format(&body::kind(&request));
        let encoding = if format == Format::LokiProtobuf { Encoding::Snappy } else { body::encoding(&request)? };
        let index = if format == Format::Bulk { index(request.uri().path()) } else { "" }.to_owned();
        let options = if index.is_empty() { request.uri().query().unwrap_or_default() } else { &index }.to_owned();
        let (payload, _permit) = body::read(request, &self.permits).await?;
        if payload.is_empty() {
            return Ok(0);
        }
        let count = if format == Format::Bulk { bulk::count(&payload, encoding) } else { 0 };
        let peer = peer.ip().to_canonical().to_string();
        // A batch of lines may be cut in another way when it is sent again. An export is sent again whole.
        let identity = match format {
            Format::OtlpProtobuf | Format::OtlpJson => Identity::Seed(hash(&[peer.as_bytes(), &payload])),
            _ if !index.is_empty() => Identity::Content(hash(&[peer.as_bytes(), index.as_bytes()])),
            _ => Identity::Content(hash(&[peer.as_bytes()])),
        };
        let entry = Entry { encoding, identity, peer, options, ..Entry::new(&self.context.name, format, payload) };
        self.context.store(entry).await.map_err(Answer::from)?;
        Ok(count)
    }
}

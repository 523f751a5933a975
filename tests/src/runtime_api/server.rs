//! The Runtime API of one execution environment.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

/// The largest response that AWS accepts.
const RESPONSE_LIMIT_BYTES: usize = 6_291_556;
/// The ARN of the function.
const FUNCTION_ARN_PREFIX: &str = "arn:aws:lambda:eu-west-1:123456789012:function:";

/// An event on its way to the function.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) request_id: String,
    pub(super) timeout: Duration,
    pub(super) event: Bytes,
}

/// A message of the function to the service.
#[derive(Debug)]
pub(super) enum Told {
    /// It asks for work.
    Next,
    /// Its reply to an invocation.
    Response { request_id: String, body: Bytes },
    /// Its error in an invocation.
    Error { request_id: String, body: Bytes },
    /// Its error at start.
    InitError { body: Bytes },
}

/// The running API. It ends when dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: String,
    pub(super) work: mpsc::Sender<Work>,
    pub(super) told: mpsc::UnboundedReceiver<Told>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Api {
    function_arn: Arc<str>,
    work: Arc<Mutex<mpsc::Receiver<Work>>>,
    told: mpsc::UnboundedSender<Told>,
}

impl Server {
    /// Starts the API on a free port.
    pub(super) async fn start(function_name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let (work, work_receiver) = mpsc::channel(1);
        let (told_sender, told) = mpsc::unbounded_channel();
        let api = Api {
            function_arn: format!("{FUNCTION_ARN_PREFIX}{function_name}").into(),
            work: Arc::new(Mutex::new(work_receiver)),
            told: told_sender,
        };
        let task = tokio::spawn(async move {
            axum::serve(listener, router(api)).await.expect("serving does not end by itself");
        });
        Self { address, work, told, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(RESPONSE_LIMIT_BYTES))
        .with_state(api)
}

async fn next(State(api): State<Api>) -> Response {
    api.tell(Told::Next);
    let Some(work) = api.work.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let deadline = SystemTime::now() + work.timeout;
    let deadline_ms = deadline.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let headers = [
        ("Content-Type", "application/json".to_owned()),
        ("Lambda-Runtime-Aws-Request-Id", work.request_id),
        ("Lambda-Runtime-Deadline-Ms", deadline_ms.to_string()),
        ("Lambda-Runtime-Invoked-Function-Arn", api.function_arn.to_string()),
        (
            "Lambda-Runtime-Trace-Id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".into(),
        ),
    ];
    (headers, work.event).into_response()
}

async fn response(State(api): State<Api>, Path(request_id): Path<String>, body: Bytes) -> StatusCode {
    api.tell(Told::Response { request_id, body })
}

async fn error(State(api): State<Api>, Path(request_id): Path<String>, body: Bytes) -> StatusCode {
    api.tell(Told::Error { request_id, body })
}

async fn init_error(State(api): State<Api>, body: Bytes) -> StatusCode {
    api.tell(Told::InitError { body })
}

impl Api {
    fn tell(&self, told: Told) -> StatusCode {
        match self.told.send(told) {
            Ok(()) => StatusCode::ACCEPTED,
            Err(_) => StatusCode::GONE,
        }
    }
}

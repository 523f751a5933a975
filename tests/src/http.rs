//! HTTP in two forms: the event of an HTTP API for a function, and plain HTTP to a listening binary.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::binaries;
use crate::runtime_api::{Function, Logs};
use crate::wait::until_some;
use crate::watchdog::Watchdog;

/// The type of events that say how far a tail came.
const PROGRESS: &str = "progress";
/// An HTTP API times out after 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The content type without its parameters.
    pub content_type: String,
    /// The header `Link`.
    pub link: Option<String>,
    /// The header that says which limit ended the following of ids.
    pub follow_cut: Option<String>,
    /// The body as JSON, or as a JSON string if it is not JSON.
    pub body: Value,
}

impl Answer {
    fn new(status: u16, header: impl Fn(&str) -> Option<String>, body: &str) -> Self {
        let content_type = header("content-type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let body = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
        let (link, follow_cut) = (header("link"), header("logbraid-follow-cut"));
        Self { status, content_type: essence.to_owned(), link, follow_cut, body }
    }
}

/// A server that answers GET requests.
pub trait Get {
    /// Requests a path with its query string, percent-encoded as a client sends it.
    fn get(&self, target: &str) -> impl Future<Output = Answer>;
}

impl Get for Function {
    async fn get(&self, target: &str) -> Answer {
        let reply = self.invoke(&api_gateway_event(target), TIMEOUT).await;
        let reply = reply.unwrap_or_else(|error| panic!("GET {target}: {error}\n{}", self.logs().lines().join("\n")));
        let status = reply["statusCode"].as_u64().and_then(|status| status.try_into().ok());
        assert_ne!(reply["isBase64Encoded"], json!(true), "text is not sent as base64");
        Answer::new(
            status.unwrap_or_else(|| panic!("no status code in {reply}")),
            |name| header(&reply["headers"], name),
            reply["body"].as_str().unwrap_or_default(),
        )
    }
}

/// Builds the event that an HTTP API sends to a function (payload format 2.0):
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
#[must_use]
pub fn api_gateway_event(target: &str) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // The path is decoded; the query string is as the client sent it.
    let path = percent_decode_str(path).decode_utf8().expect("a path is UTF-8");
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": { "accept": "*/*", "host": "abc123.execute-api.eu-west-1.amazonaws.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": "abc123.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "abc123",
            "http": {
                "method": "GET",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "20/Nov/2026:09:15:39 +0000",
            "timeEpoch": 1_795_163_739_000_u64,
        },
        "isBase64Encoded": false,
    });
    if !query.is_empty() {
        let parameters: Map<String, Value> =
            form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (name.into_owned(), json!(value))).collect();
        event["queryStringParameters"] = Value::Object(parameters);
    }
    event
}

/// The query binary serving plain HTTP. It is killed when dropped.
#[derive(Debug)]
pub struct PlainHttp {
    process: Child,
    watchdog: Watchdog,
    base: String,
    logs: Logs,
}

impl PlainHttp {
    /// Starts the query function's binary with `--listen`, and waits until it listens.
    pub async fn start(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::running(binaries::executable("query"), variables).await
    }

    /// Starts another build of the query function like [`PlainHttp::start`].
    pub async fn running(program: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut process = Command::new(program)
            .args(["--listen", "127.0.0.1:0"])
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("a built function can be run");
        let mut watchdog = Watchdog::default();
        watchdog.watch(process.id().expect("not waited for yet"));
        let logs = Logs::default();
        logs.follow(process.stdout.take().expect("piped"));
        logs.follow(process.stderr.take().expect("piped"));
        let address = until_some("the binary listens", async || {
            if let Some(status) = process.try_wait().expect("a child can be looked at") {
                panic!("query --listen ended ({status}): {}", logs.lines().join("\n"));
            }
            let events = logs.events();
            let listening = events.iter().find(|event| event["message"] == "listening")?;
            Some(listening["address"].as_str()?.to_owned())
        })
        .await;
        Self { process, watchdog, base: format!("http://{address}"), logs }
    }

    /// Returns the process id; none after it has been stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Returns the base address, without a trailing slash.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns its output.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.logs
    }
}

/// A server-sent event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// The event's type.
    pub event: String,
    /// The id to resume after.
    pub id: String,
    /// The data, if it is JSON.
    pub data: Value,
}

/// A stream of server-sent events.
#[derive(Debug)]
pub struct Events(UnboundedReceiver<Event>);

impl Events {
    /// Waits for the next event that is no progress; none if the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        self.next_where(|event| !event.event.is_empty() && event.event != PROGRESS).await
    }

    /// Waits for the next event of progress; none if the stream has ended.
    pub async fn next_progress(&mut self) -> Option<Event> {
        self.next_where(|event| event.event == PROGRESS).await
    }

    async fn next_where(&mut self, is_wanted: impl Fn(&Event) -> bool) -> Option<Event> {
        loop {
            let event = timeout(TIMEOUT, self.0.recv()).await.expect("an event in time")?;
            if is_wanted(&event) {
                return Some(event);
            }
        }
    }
}

impl PlainHttp {
    /// Requests a stream of events, which resumes after the last event seen, if one is given.
    pub async fn events(&self, target: &str, last_seen: Option<&str>) -> Events {
        let url = format!("{}{target}", self.base);
        let mut request = ureq::get(&url).header("accept", "text/event-stream");
        if let Some(id) = last_seen {
            request = request.header("last-event-id", id);
        }
        let (sender, events) = unbounded_channel();
        let call = move || request.call().expect("a stream").into_body().into_reader();
        let reader = tokio::task::spawn_blocking(call).await.expect("a request does not panic");
        std::thread::spawn(move || {
            let mut event = Event::default();
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                match line.split_once(": ") {
                    Some(("event", name)) => name.clone_into(&mut event.event),
                    Some(("id", id)) => id.clone_into(&mut event.id),
                    Some(("data", data)) => event.data = serde_json::from_str(data).unwrap_or_default(),
                    // An error means that the receiver was dropped.
                    _ if line.is_empty() => drop(sender.send(std::mem::take(&mut event))),
                    _ => {}
                }
            }
        });
        Events(events)
    }

    /// Stops the program with SIGTERM and waits for it.
    pub async fn stop(&mut self) -> ExitStatus {
        let id = self.process.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it runs");
        kill_process(id, Signal::TERM).expect("it can be told");
        timeout(TIMEOUT, self.process.wait()).await.expect("it ends in time").expect("it can be waited for")
    }
}

impl Drop for PlainHttp {
    fn drop(&mut self) {
        // A destructor cannot report a failure; the process may have ended by itself.
        let _ = self.process.start_kill();
        self.watchdog.forget();
    }
}

impl Get for PlainHttp {
    async fn get(&self, target: &str) -> Answer {
        let url = format!("{}{target}", self.base);
        let call = move || -> Result<Answer, ureq::Error> {
            let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
            let mut response = ureq::Agent::from(config.build()).get(&url).call()?;
            let body = response.body_mut().read_to_string()?;
            let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
            Ok(Answer::new(response.status().as_u16(), header, &body))
        };
        let answer = tokio::task::spawn_blocking(call).await.expect("a request does not panic");
        answer.unwrap_or_else(|error| panic!("GET {target}: {error}"))
    }
}

fn header(headers: &Value, name: &str) -> Option<String> {
    let mut headers = headers.as_object().into_iter().flatten();
    headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?.1.as_str().map(str::to_owned)
}

//! The ingest Lambda: files the log records of a Kinesis stream in MongoDB.

use std::cell::Cell;
use std::error::Error;
use std::mem;
use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use decode::{KinesisBatch, NotAnEvent};
use futures_util::FutureExt as _;
use ingest::{Context, handle};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use runtime::{ProcessEnvironment, panics, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(&ProcessEnvironment)?;
    panics::report_places(report_panic);
    let context = Context::from_environment(&ProcessEnvironment).await.inspect_err(report)?;
    // The event's text bypasses the runtime's deserializer: see docs/adr/0013.
    let text = Cell::new(Bytes::new());
    let handler = service_fn(async |event: LambdaEvent<()>| {
        let invocation = async {
            let batch = KinesisBatch::from_json(&text.take()).map_err(|error| diagnostic(&error))?;
            Ok::<_, Diagnostic>(handle(&context, &batch, event.context.deadline()).await)
        };
        // The runtime would tell Lambda the panic's message, which may quote a payload.
        AssertUnwindSafe(invocation).catch_unwind().await.unwrap_or_else(|_| Err(panicked()))
    });
    let bypass = MapRequestLayer::new(|mut invocation: LambdaInvocation| {
        text.set(mem::replace(&mut invocation.body, Bytes::from_static(b"null")));
        invocation
    });
    Runtime::new(handler).layer(TracingLayer::new()).layer(bypass).run().await
}

fn report(error: &impl Error) {
    tracing::error!(error = telemetry::chain(error), "the function cannot start");
}

/// Logs a panic, once for each place. A panic in decoding only quarantines the payload, as `internal_error`.
fn report_panic(place: &str) {
    tracing::warn!(place, "a defect of logbraid: the code panicked here");
}

fn panicked() -> Diagnostic {
    Diagnostic {
        error_type: "Panic".to_owned(),
        error_message: "the function panicked: its log has the place".to_owned(),
    }
}

/// Returns what the runtime logs and reports to Lambda.
fn diagnostic(error: &NotAnEvent) -> Diagnostic {
    Diagnostic { error_type: "NotAnEvent".to_owned(), error_message: telemetry::chain(error) }
}

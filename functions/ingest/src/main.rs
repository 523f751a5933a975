//! The ingest Lambda: files the log records of a Kinesis stream in MongoDB.

use std::cell::Cell;
use std::error::Error;
use std::mem;

use bytes::Bytes;
use decode::{KinesisBatch, NotAnEvent};
use ingest::{Context, handle};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use runtime::{ProcessEnvironment, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(&ProcessEnvironment)?;
    let context = Context::from_environment(&ProcessEnvironment).await.inspect_err(report)?;
    // The event's text goes around the runtime's deserializer: see docs/adr/0013.
    let text = Cell::new(Bytes::new());
    let handler = service_fn(async |event: LambdaEvent<()>| {
        let batch = KinesisBatch::from_json(&text.take()).map_err(|error| diagnostic(&error))?;
        Ok::<_, Diagnostic>(handle(&context, &batch, event.context.deadline()).await)
    });
    let around = MapRequestLayer::new(|mut invocation: LambdaInvocation| {
        text.set(mem::replace(&mut invocation.body, Bytes::from_static(b"null")));
        invocation
    });
    Runtime::new(handler).layer(TracingLayer::new()).layer(around).run().await
}

fn report(error: &impl Error) {
    tracing::error!(error = telemetry::chain(error), "the function cannot start");
}

/// What the runtime logs and Lambda is told.
fn diagnostic(error: &NotAnEvent) -> Diagnostic {
    Diagnostic { error_type: "NotAnEvent".to_owned(), error_message: telemetry::chain(error) }
}

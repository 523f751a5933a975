//! The ingest Lambda: files the log records of a Kinesis stream in MongoDB.

use std::error::Error;

use ingest::{Batch, Context, handle};
use lambda_runtime::{LambdaEvent, service_fn};
use shared::config::ProcessEnvironment;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(&ProcessEnvironment)?;
    let context = Context::from_environment(&ProcessEnvironment).await.inspect_err(report)?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Batch>| {
        let deadline = event.context.deadline();
        Ok::<_, lambda_runtime::Error>(handle(&context, &event.payload, deadline).await)
    }))
    .await
}

fn report(error: &impl Error) {
    tracing::error!(error = telemetry::chain(error), "the function cannot start");
}

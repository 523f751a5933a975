//! The retention Lambda: drops the days that are past retention, and makes sketches that are missing.

use std::error::Error;

use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use retention::{Context, Event, RunError, run};
use runtime::{ProcessEnvironment, panics, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    telemetry::init(&ProcessEnvironment)?;
    panics::report_places(|place| tracing::warn!(place, "a defect of logbraid: the code panicked here"));
    let context = Context::from_environment(&ProcessEnvironment).await.inspect_err(report)?;
    let handler = service_fn(async |event: LambdaEvent<Event>| {
        let deadline = event.context.deadline();
        let mut ran = run(&context, event.payload, deadline).await;
        // An address or a password may be changed while the function is warm.
        if ran.as_ref().is_err_and(RunError::is_of_address) && context.store.reopen().await {
            ran = run(&context, event.payload, deadline).await;
        }
        ran.map_err(|error| diagnostic(&error))
    });
    Runtime::new(handler).layer(TracingLayer::new()).run().await
}

fn report(error: &impl Error) {
    tracing::error!(error = telemetry::chain(error), "the function cannot start");
}

/// Logs why a run failed. Returns what Lambda keeps: the call is tried again, and then goes to the queue.
fn diagnostic(error: &RunError) -> Diagnostic {
    let error_message = telemetry::chain(error);
    tracing::error!(error = error_message, "the run ended early");
    let error_type = match error {
        RunError::List(_) => "List",
        RunError::Unsketched(_) => "Unsketched",
        RunError::Replaced(_) => "Replaced",
        RunError::Sketch { .. } => "Sketch",
        RunError::Pins(_) => "Pins",
        RunError::Holds(_) => "Holds",
        RunError::Probe(_) => "Probe",
        RunError::Archive { .. } => "Archive",
        RunError::Drop { .. } => "Drop",
    };
    Diagnostic { error_type: error_type.to_owned(), error_message }
}

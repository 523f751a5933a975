//! `/transactions/{log_uid}/pin` and `/pins`: transactions that are kept when their days are dropped.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use record::LogUid;
use store::{MAX_PINNED_RECORDS, MAX_PINS, MAX_TENANT_PINS, Pinned};
use tokio::time::timeout;

use crate::Context;
use crate::caller::Caller;
use crate::http::error::{QueryError, READING};
use crate::http::reply::{TIME_LIMIT, now};
use crate::render::{ListedPin, ListedPins};
use crate::request::{MAX_PIN_BODY_BYTES, Parameters, PinWish, is_pin, pin_uid};
use crate::search::completeness::progress;

/// Answers with the pin of a transaction.
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<ListedPin>, QueryError> {
    let uid = asked(&uri)?;
    let find = async {
        let pins = context.reader(&caller).pins(now()).await.map_err(QueryError::Store)?;
        let spellings = uid.spellings();
        pins.into_iter().find(|pin| spellings.contains(&pin.uid)).ok_or(QueryError::UnknownPin { uid })
    };
    within_time(find).await.map(|pin| Json(pin.into()))
}

/// Pins a transaction. Answers when all of its records are copied.
pub(crate) async fn put(
    State(context): State<Arc<Context>>,
    caller: Caller,
    method: Method,
    uri: Uri,
    body: Body,
) -> Result<Json<ListedPin>, QueryError> {
    let uid = allowed(&context, method, &uri)?;
    // Axum's own limit would answer in plain text.
    let body = to_bytes(body, MAX_PIN_BODY_BYTES).await.map_err(|_| QueryError::Parameter(PinWish::too_large()))?;
    let wish = PinWish::parse(&body, now()).map_err(QueryError::Parameter)?;
    let pin = async {
        // Before the search, so that the problem of an unknown transaction can say it.
        let progress = progress(&context, context.reader(&caller)).await?;
        match context.reader(&caller).pin(&uid, &wish.reason, wish.until, now()).await.map_err(QueryError::Store)? {
            Pinned::Done(pin) => Ok(Json(pin.into())),
            Pinned::Unknown(days) => Err(QueryError::UnknownTransaction { uid, days, progress, is_narrowed: false }),
            Pinned::TooLarge => {
                let why = format!("The transaction has more than {MAX_PINNED_RECORDS} records. Export it instead.");
                Err(QueryError::CannotPin { why })
            }
            Pinned::TooMany => {
                let why = if context.reader(&caller).whole_store().is_some() {
                    format!("There are {MAX_PINS} pins, the most that there can be. Remove some first.")
                } else {
                    format!("There is no room for more pins. A tenant can have {MAX_TENANT_PINS}. Remove some first.")
                };
                Err(QueryError::CannotPin { why })
            }
        }
    };
    within_time(pin).await
}

/// Ends the pin of a transaction.
pub(crate) async fn delete(
    State(context): State<Arc<Context>>,
    caller: Caller,
    method: Method,
    uri: Uri,
) -> Result<StatusCode, QueryError> {
    let uid = allowed(&context, method, &uri)?;
    let unpin = async { context.reader(&caller).unpin(&uid).await.map_err(QueryError::Store) };
    if within_time(unpin).await? { Ok(StatusCode::NO_CONTENT) } else { Err(QueryError::UnknownPin { uid }) }
}

/// Answers with all pins.
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<ListedPins>, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    let pins = async { context.reader(&caller).pins(now()).await.map_err(QueryError::Store) };
    let pins = within_time(pins).await?.into_iter().map(ListedPin::from).collect();
    Ok(Json(ListedPins { pins }))
}

/// Reads the uid of a request that changes something, if it may.
fn allowed(context: &Context, method: Method, uri: &Uri) -> Result<LogUid, QueryError> {
    if !is_pin(uri.path()) {
        return Err(QueryError::WrongMethod { method, allowed: READING });
    }
    let uid = asked(uri)?;
    if context.config.allows_pins { Ok(uid) } else { Err(QueryError::PinsOff) }
}

fn asked(uri: &Uri) -> Result<LogUid, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    pin_uid(uri.path()).map_err(QueryError::Parameter)
}

async fn within_time<T>(answer: impl Future<Output = Result<T, QueryError>>) -> Result<T, QueryError> {
    timeout(TIME_LIMIT, answer).await.map_err(|_| QueryError::OutOfTime { limit: TIME_LIMIT })?
}

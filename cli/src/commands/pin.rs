//! `logbraid pin`, `unpin` and `pins`: transactions that are kept when their days are dropped.

use reqwest::Method;
use serde_json::{Map, Value};

use crate::api::Target;
use crate::args::{PinArgs, PinsArgs, UnpinArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::pin_line;
use crate::stdout::Output;

/// Pins a transaction, and shows the pin.
pub(crate) async fn pin(args: &PinArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    let fields = [("reason", Some(&args.reason)), ("until", args.until.as_ref())];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?.as_str()))));
    let body = Value::Object(fields.collect::<Map<_, _>>()).to_string();
    let pin = api.change(Method::PUT, target(&args.uid).as_str(), Some(body)).await?;
    Listing::new(Output::new(&args.output), pin_line).show(pin.iter())?;
    Ok(Exit::Done)
}

/// Ends a pin.
pub(crate) async fn unpin(args: &UnpinArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    api.change(Method::DELETE, target(&args.uid).as_str(), None).await?;
    Ok(Exit::Done)
}

/// Lists the pins, newest first.
pub(crate) async fn list(args: &PinsArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    Listing::new(Output::new(&args.output), pin_line).show_pages(&api, "/pins", u64::MAX).await
}

fn target(uid: &str) -> Target {
    Target::new("/transactions").segment(uid).segment("pin")
}

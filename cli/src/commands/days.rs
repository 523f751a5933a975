//! `logbraid days`: the days that have records.

use crate::args::DaysArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::render::day_line;
use crate::stdout::Output;

/// Lists the days, newest first.
pub(crate) async fn run(args: &DaysArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    Listing::new(Output::new(&args.output), day_line).show_pages(&api, "/days", u64::MAX).await
}

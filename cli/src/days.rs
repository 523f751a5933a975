//! `logbraid days`: of which days there are records.

use crate::api::Api;
use crate::args::DaysArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::listing::Listing;
use crate::out::Out;
use crate::render::day_line;

/// Lists the days, the newest first.
pub(crate) async fn run(args: &DaysArgs) -> Result<Exit, Error> {
    let api = Api::new(&args.api).await?;
    Listing::new(Out::new(&args.output), day_line).all(&api, "/days", u64::MAX).await
}

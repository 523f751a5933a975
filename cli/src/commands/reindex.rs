//! `logbraid reindex`: makes the sketches of days, and the indexes and views that are missing.

use std::io::{self, Write as _};

use crate::args::ReindexArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::store_connection::connect;

/// Makes the sketches, missing indexes and missing views of the days, one after another. Prints a line for each.
pub(crate) async fn run(args: &ReindexArgs) -> Result<Exit, Error> {
    let (store, _) = connect().await?;
    let mut exit = Exit::Done;
    // Those of earlier runs: a search may still read those that this one replaces.
    store.remove_replaced_sketches().await.map_err(Error::Reindex)?;
    for day in &args.days {
        let records = store.sketch_day(*day).await.map_err(Error::Reindex)?;
        if records.is_some() {
            store.complete_day(*day).await.map_err(Error::Reindex)?;
        }
        let line = match records {
            Some(1) => format!("{day}: 1 record\n"),
            Some(records) => format!("{day}: {records} records\n"),
            None => {
                exit = Exit::Nothing;
                format!("{day}: there is no such day\n")
            }
        };
        io::stdout().write_all(line.as_bytes()).map_err(Error::Output)?;
    }
    Ok(exit)
}

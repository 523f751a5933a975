//! `logbraid reindex`: makes the sketches of days, and the indexes and views that are missing.

use std::io::{self, Write as _};

use store::Filled;

use crate::args::ReindexArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::count;
use crate::stderr;
use crate::store_connection::connect;

/// What is said of a day whose sketches are made in vain.
const NOT_WHOLE: &str = "\
searches still scan it, since records were filed without sketches seconds ago. Run the command again a minute after the last \
such batch";

/// Makes the sketches, missing indexes and missing views of the days, one after another. Prints a line for each.
pub(crate) async fn run(args: &ReindexArgs) -> Result<Exit, Error> {
    let (store, _) = connect().await?;
    let mut exit = Exit::Done;
    // Those of earlier runs: a search may still read those that this one replaces.
    store.remove_replaced_sketches().await.map_err(Error::Reindex)?;
    for day in &args.days {
        let Some(Filled { records, is_whole }) = store.sketch_day(*day).await.map_err(Error::Reindex)? else {
            print(&format!("{day}: there is no such day\n"))?;
            exit = exit.worse(Exit::Nothing);
            continue;
        };
        store.complete_day(*day).await.map_err(Error::Reindex)?;
        print(&format!("{day}: {}\n", count(records, "record")))?;
        if !is_whole {
            stderr::print(format_args!("{day}: {NOT_WHOLE}"));
            exit = exit.worse(Exit::Remaining);
        }
    }
    Ok(exit)
}

fn print(line: &str) -> Result<(), Error> {
    io::stdout().write_all(line.as_bytes()).map_err(Error::Output)
}

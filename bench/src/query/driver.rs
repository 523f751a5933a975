//! The same query with only the driver, on one thread as in the function.

use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::options::Hint;
use mongodb::{Client, Collection};
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, attempt};
use crate::load::COLLECTION_PREFIX;
use crate::server::Server;

/// How many days are read at the same time, as in the function.
const DAYS_AT_ONCE: usize = 8;

/// How records are found.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// Through the index on uids, in time order.
    Index,
    /// By scanning all records, as without an index.
    Scan,
}

pub(super) struct Driver {
    runtime: Runtime,
    days: Vec<Collection<RawDocumentBuf>>,
}

impl Driver {
    /// Lists the days once, so that a query reads only records.
    pub(super) fn open(server: &Server, database: &str) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = attempt("start", Path::new("a runtime"), |_| runtime)?;
        let days = runtime.block_on(async {
            let database = Client::with_uri_str(server.uri()).await?.database(database);
            let mut names = database.list_collection_names().await?;
            names.retain(|name| name.starts_with(COLLECTION_PREFIX));
            names.sort_unstable();
            Ok(names.iter().map(|name| database.collection(name)).collect())
        });
        let days = days.map_err(|source| Error::Mongo { action: "name the days", source })?;
        Ok(Self { runtime, days })
    }

    /// Reads a transaction's records. Returns their number.
    pub(super) fn find(&self, uid: &str, by: By) -> Result<usize, Error> {
        let look = async |day: &Collection<RawDocumentBuf>| {
            let find = day.find(doc! { "log_uid": uid });
            let find = match by {
                By::Index => find.sort(doc! { "_id": 1 }),
                By::Scan => find.hint(Hint::Keys(doc! { "$natural": 1 })),
            };
            find.await?.try_collect::<Vec<_>>().await
        };
        let records = stream::iter(self.days.iter().map(look)).buffered(DAYS_AT_ONCE);
        let count = records.try_fold(0, async |count, records| Ok(count + records.len()));
        self.runtime.block_on(count).map_err(|source| Error::Mongo { action: "find records", source })
    }
}

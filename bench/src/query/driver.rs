//! The same query with only the driver, on one thread as in the function.

use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::options::Hint;
use mongodb::{Client, Collection};
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, attempt};
use crate::load::COLLECTION_PREFIX;
use crate::server::Server;

/// The beginning of the name of a day's sketches.
const SKETCHES_PREFIX: &str = "sketches_";
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

fn number(document: &Document, name: &str) -> f64 {
    let integer = || document.get_i32(name).map(f64::from);
    document.get_f64(name).or_else(|_| integer()).unwrap_or_default()
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

    /// Returns the bytes on the disk of all sketches.
    pub(super) fn sketch_bytes(&self) -> Result<f64, Error> {
        let sum = async {
            let mut sum = 0.0;
            for day in &self.days {
                let name = day.name().replacen(COLLECTION_PREFIX, SKETCHES_PREFIX, 1);
                let database = day.client().database(&day.namespace().db);
                let stats = database.run_command(doc! { "collStats": name }).await?;
                sum += ["storageSize", "totalIndexSize"].map(|name| number(&stats, name)).iter().sum::<f64>();
            }
            Ok(sum)
        };
        self.runtime.block_on(sum).map_err(|source| Error::Mongo { action: "say the size of sketches", source })
    }

    /// Makes the days look as if they were filed without sketches.
    pub(super) fn forget_sketches(&self) -> Result<(), Error> {
        let forget = async {
            for day in &self.days {
                let name = day.name().replacen(COLLECTION_PREFIX, SKETCHES_PREFIX, 1);
                let database = day.client().database(&day.namespace().db);
                database.collection::<RawDocumentBuf>(&name).drop().await?;
            }
            Ok(())
        };
        self.runtime.block_on(forget).map_err(|source| Error::Mongo { action: "forget the sketches", source })
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

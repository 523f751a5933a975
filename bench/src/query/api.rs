//! The built function over plain HTTP on one open connection: the cheapest way to call it.

use ::tests::http::PlainHttp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::Error;
use crate::programs::release_binary;
use crate::server::Server;

pub(super) struct Api {
    function: PlainHttp,
    client: ureq::Agent,
}

/// The fields of an answer that are read here.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) record_count: usize,
    pub(super) next: Option<String>,
}

/// The fields of a search's answer that are read here.
#[derive(Deserialize)]
struct SearchAnswer {
    records: Vec<IgnoredAny>,
    next: Option<String>,
}

impl Api {
    /// Starts a process of the function.
    pub(super) fn start(server: &Server, database: &str) -> Result<Self, Error> {
        let variables = [("MONGODB_URI", server.uri()), ("LOGBRAID_DB", database.to_owned())];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let function = server.runtime().block_on(PlainHttp::running(&release_binary("query")?, variables));
        // The server is on this machine, so no proxy.
        let client = ureq::Agent::config_builder().proxy(None).build().into();
        Ok(Self { function, client })
    }

    pub(super) fn base(&self) -> &str {
        self.function.base()
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.function.pid()
    }

    /// Returns the path of a transaction.
    pub(super) fn target(uid: &str) -> String {
        format!("/transactions/{uid}")
    }

    /// Reads a transaction. Returns the number of records in the answer.
    pub(super) fn find(&self, uid: &str) -> Result<usize, Error> {
        self.page(&Self::target(uid)).map(|page| page.record_count)
    }

    /// Searches records. Returns how many there are in the answer, and the next page.
    pub(super) fn records(&self, target: &str) -> Result<(usize, Option<String>), Error> {
        let SearchAnswer { records, next } = self.answer(target)?;
        Ok((records.len(), next))
    }

    /// Reads an answer.
    pub(super) fn page(&self, target: &str) -> Result<Page, Error> {
        self.answer(target)
    }

    fn answer<T: DeserializeOwned>(&self, target: &str) -> Result<T, Error> {
        let body = self.client.get(format!("{}{target}", self.function.base())).call();
        let body = body.and_then(|mut answer| answer.body_mut().read_to_vec());
        let body = body.map_err(|source| Error::Answer { target: target.to_owned(), source })?;
        serde_json::from_slice(&body).map_err(|source| Error::Json { what: "an answer", source })
    }
}

//! A bucket in memory, and what happens while something is written to it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Mutex;

use archive::{Object, Objects};
use mongodb::bson::{Bson, RawDocumentBuf, doc};
use tests::mongo::TestDb;

use crate::DAY;

/// What is done before an object is written.
type Before = Box<dyn FnMut(&str) -> Option<Change> + Send>;

/// What changes in the day while it is exported.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Insert(RawDocumentBuf),
    Remove(Bson),
    Refuse,
    /// The bucket says that it has the object, and does not.
    Lose,
}

/// A bucket in memory.
pub(crate) struct Memory<'a> {
    db: &'a TestDb,
    pub(crate) objects: Mutex<BTreeMap<String, Vec<u8>>>,
    before: Mutex<Option<Before>>,
}

impl<'a> Memory<'a> {
    pub(crate) fn new(db: &'a TestDb) -> Self {
        Self { db, objects: Mutex::default(), before: Mutex::default() }
    }

    pub(crate) fn before(&self, call: impl FnMut(&str) -> Option<Change> + Send + 'static) {
        *self.before.lock().unwrap() = Some(Box::new(call));
    }

    /// Does something before the part with a number is written.
    pub(crate) fn at_part(&self, number: usize, change: Change) {
        let mut parts = 0;
        self.before(move |key| {
            parts += usize::from(key.contains("/part-"));
            (key.contains("/part-") && parts == number).then(|| change.clone())
        });
    }

    pub(crate) fn keys(&self) -> BTreeSet<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

impl Objects for Memory<'_> {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let change = self.before.lock().unwrap().as_mut().and_then(|before| before(key));
        let collection = self.db.database().collection::<RawDocumentBuf>(&format!("kinesis_logs_{DAY}"));
        match change {
            None => {}
            Some(Change::Insert(document)) => {
                collection.insert_one(document).await?;
            }
            Some(Change::Remove(id)) => {
                collection.delete_one(doc! { "_id": id }).await?;
            }
            Some(Change::Refuse) => return Err("refused".into()),
            Some(Change::Lose) => return Ok(()),
        }
        let is_new = self.objects.lock().unwrap().insert(key.to_owned(), body).is_none();
        // An export that notes how far it got writes these again.
        assert!(is_new || key.ends_with("/unfinished.json") || key.ends_with("/ids.bloom"), "{key} is written twice");
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Object>, Box<dyn Error + Send + Sync>> {
        let objects = self.objects.lock().unwrap();
        let of = |(key, body): (&String, &Vec<u8>)| Object { key: key.clone(), bytes: body.len() as u64 };
        Ok(objects.iter().filter(|(key, _)| key.starts_with(prefix)).map(of).collect())
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
        let keys = self.keys();
        let folder = |key: &String| Some(format!("{prefix}{}/", key.strip_prefix(prefix)?.split_once('/')?.0));
        Ok(keys.iter().filter_map(folder).collect::<BTreeSet<_>>().into_iter().collect())
    }

    fn address(&self, key: &str) -> String {
        format!("s3://memory/{key}")
    }
}

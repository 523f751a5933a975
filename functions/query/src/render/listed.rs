//! The list of transactions as one JSON document.

use std::collections::{BTreeMap, HashMap};

use record::{EventTime, level, time_of};
use serde::Serialize;
use store::ServiceSlice;

use super::summary::millis;
use super::transaction::quoted_len;
use super::{Cut, NO_LEVEL, Searched, shortened_name};

/// How many services of a transaction are named.
const MAX_SERVICES: usize = 100;
/// Bytes for everything but the transactions.
const HEAD_BYTES: usize = 44 * 1024;

/// A transaction of the list, over all its records:
/// `{log_uid, started, ended, duration_ms, services, record_count, levels, worst_level, first_error}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ListedTransaction {
    log_uid: String,
    #[serde(serialize_with = "super::as_text")]
    started: EventTime,
    #[serde(serialize_with = "super::as_text")]
    ended: EventTime,
    duration_ms: f64,
    /// In order of first appearance.
    services: Vec<String>,
    record_count: u64,
    /// Counts by level, with Python's names.
    levels: BTreeMap<&'static str, u64>,
    worst_level: Option<&'static str>,
    first_error: Option<FirstError>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct FirstError {
    service: Option<String>,
    message: Option<String>,
}

#[derive(Serialize)]
struct TransactionList<'a> {
    transactions: &'a [ListedTransaction],
    next: Option<&'a str>,
    cut: Option<Cut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<Searched>,
}

impl ListedTransaction {
    /// Builds the transactions from the slices of services, by uid.
    pub(crate) fn of(shares: impl IntoIterator<Item = ServiceSlice>) -> HashMap<String, Self> {
        let mut by_uid: HashMap<String, Vec<ServiceSlice>> = HashMap::new();
        for share in shares {
            by_uid.entry(share.uid.clone()).or_default().push(share);
        }
        by_uid.into_iter().filter_map(|(uid, shares)| Some((uid.clone(), Self::new(uid, shares)?))).collect()
    }

    fn new(uid: String, mut shares: Vec<ServiceSlice>) -> Option<Self> {
        shares.sort_unstable_by_key(|share| share.first);
        let started = shares.iter().map(|share| share.first).min().and_then(time_of)?;
        let ended = shares.iter().map(|share| share.last).max().and_then(time_of)?;
        let mut levels = BTreeMap::new();
        let mut services: Vec<String> = Vec::new();
        for share in &shares {
            *levels.entry(share.level.and_then(level::name).unwrap_or(NO_LEVEL)).or_default() += share.count;
            if let Some(service) = share.service.as_deref().map(shortened)
                && services.len() < MAX_SERVICES
                && !services.contains(&service)
            {
                services.push(service);
            }
        }
        let is_error = |share: &&ServiceSlice| share.level >= Some(level::ERROR);
        let first_error = shares.iter().find(is_error).map(|share| FirstError {
            service: share.service.as_deref().map(shortened),
            message: share.message.clone(),
        });
        Some(Self {
            log_uid: uid,
            started,
            ended,
            duration_ms: millis(ended.distance(started)),
            services,
            record_count: shares.iter().map(|share| share.count).sum(),
            levels,
            worst_level: shares.iter().filter_map(|share| share.level).max().and_then(level::name),
            first_error,
        })
    }

    /// Returns its size as Lambda counts it.
    fn bytes(&self) -> Result<usize, serde_json::Error> {
        Ok(quoted_len(&serde_json::to_vec(self)?) + 1)
    }
}

/// Returns how many of the transactions fit in `max_bytes`, from the first on.
pub(crate) fn fitting(transactions: &[ListedTransaction], max_bytes: usize) -> Result<usize, serde_json::Error> {
    let (mut bytes, mut count) = (HEAD_BYTES, 0);
    for transaction in transactions {
        bytes += transaction.bytes()?;
        if bytes > max_bytes {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// Renders the answer.
pub(crate) fn transaction_list(
    transactions: &[ListedTransaction],
    next: Option<&str>,
    cut: Option<Cut>,
    searched: Option<Searched>,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&TransactionList { transactions, next, cut, searched })
}

fn shortened(name: &str) -> String {
    shortened_name(name).to_owned()
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use insta::assert_snapshot;
    use record::{EventTime, first_id};
    use store::ServiceSlice;

    use super::{ListedTransaction, fitting, transaction_list};

    fn at(micros: i64) -> ObjectId {
        first_id(EventTime::from_micros(1_795_163_739_000_000 + micros).unwrap())
    }

    fn share(service: &str, level: Option<i64>, micros: [i64; 2], message: Option<&str>) -> ServiceSlice {
        let [first, last] = micros.map(at);
        let service = (!service.is_empty()).then(|| service.to_owned());
        ServiceSlice { uid: "x".to_owned(), service, level, count: 3, first, last, message: message.map(str::to_owned) }
    }

    fn listed(shares: Vec<ServiceSlice>) -> ListedTransaction {
        ListedTransaction::of(shares).remove("x").unwrap()
    }

    #[test]
    fn a_transaction_is_of_all_days_and_services() {
        let shares = vec![
            share("stock", Some(40), [7_000, 7_000], Some("no widgets")),
            share("shop", Some(50), [9_000, 86_400_000_000], Some("no order")),
            share("shop", Some(20), [1_000, 2_000], None),
            share("", None, [0, 0], None),
        ];
        let json = transaction_list(&[listed(shares)], Some("/transactions?after=x"), None, None).unwrap();
        assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"transactions":[{"log_uid":"x","started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-21T08:35:39.000000Z","duration_ms":86400000.0,"services":["shop","stock"],"record_count":12,"levels":{"CRITICAL":3,"ERROR":3,"INFO":3,"NOTSET":3},"worst_level":"CRITICAL","first_error":{"service":"stock","message":"no widgets"}}],"next":"/transactions?after=x","cut":null}"#);
    }

    #[test]
    fn what_is_not_known_is_null() {
        let json = transaction_list(&[listed(vec![share("", None, [0, 0], None)])], None, None, None).unwrap();
        assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"transactions":[{"log_uid":"x","started":"2026-11-20T08:35:39.000000Z","ended":"2026-11-20T08:35:39.000000Z","duration_ms":0.0,"services":[],"record_count":3,"levels":{"NOTSET":3},"worst_level":null,"first_error":null}],"next":null,"cut":null}"#);
    }

    #[test]
    fn a_list_never_takes_more_than_an_answer_has_room_for() {
        let long = "\u{1}".repeat(1_000);
        let services =
            (0..150).map(|number| share(&format!("{number} {long}"), Some(40), [number, number], Some(&long)));
        let transaction = listed(services.collect());
        assert_eq!(transaction.services.len(), 100);
        let many = vec![transaction; 200];
        let fitting = fitting(&many, 6_000_000).unwrap();
        assert!((10..200).contains(&fitting), "{fitting}");
        let json = String::from_utf8(transaction_list(&many[..fitting], None, None, None).unwrap()).unwrap();
        assert!(serde_json::to_vec(&json).unwrap().len() < 6_000_000);
    }
}

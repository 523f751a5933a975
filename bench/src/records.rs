//! The records of the benchmark: as the article's handler sends them, all different, the same in each run.

use std::time::SystemTime;

use ::tests::fixtures::Payload;

/// Records in a transaction.
pub const PER_TRANSACTION: usize = 12;
/// The time of day of the first record: 08:35:38.
const FIRST_US: u64 = 30_938_000_000;
const US_PER_DAY: u64 = 86_400_000_000;
/// The time between two records.
const STEP_US: u64 = 25;
/// One of so many transactions fails.
const TRANSACTIONS_PER_ERROR: u64 = 20;
/// The seed of the uids.
const SEED: u64 = 0x6c6f_6762_7261_6964;

/// A log statement of a service.
struct Point {
    service: &'static str,
    level: Level,
    module: &'static str,
    function: &'static str,
    line: u32,
    msg: &'static str,
}

#[derive(Clone, Copy)]
enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    /// Returns Python's name and number.
    fn name_and_number(self) -> (&'static str, u8) {
        match self {
            Self::Debug => ("DEBUG", 10),
            Self::Info => ("INFO", 20),
            Self::Warning => ("WARNING", 30),
            Self::Error => ("ERROR", 40),
        }
    }
}

const fn point(
    service: &'static str,
    level: Level,
    module: &'static str,
    function: &'static str,
    line: u32,
    msg: &'static str,
) -> Point {
    Point { service, level, module, function, line, msg }
}

/// The log statements of an order on its way through three services.
const TRANSACTION: [Point; PER_TRANSACTION] = [
    point("ordering", Level::Info, "checkout", "place_order", 118, "order for %s received, %d pieces"),
    point("ordering", Level::Debug, "basket", "price", 64, "price list asked for %s, %d entries"),
    point("inventory", Level::Info, "stock", "reserve", 201, "stock of %s looked up, %d pieces wanted"),
    point("inventory", Level::Debug, "warehouse", "nearest", 77, "warehouses with %s in stock, %d found"),
    point("inventory", Level::Info, "stock", "reserve", 214, "reserved %s, %d pieces"),
    point("ordering", Level::Info, "payment", "authorise", 93, "payment for %s authorised after %d attempts"),
    point("purchasing", Level::Info, "vendor", "choose", 152, "vendor for %s chosen among %d"),
    point("purchasing", Level::Warning, "vendor", "order", 171, "vendor of %s is slow to answer, attempt %d"),
    point("purchasing", Level::Info, "vendor", "order", 188, "vendor order of %s placed, %d pieces"),
    point("inventory", Level::Debug, "stock", "level", 240, "stock level of %s is now %d"),
    point("ordering", Level::Info, "shipping", "label", 132, "shipping label for %s printed, %d parcels"),
    point("ordering", Level::Info, "checkout", "confirm", 160, "order for %s confirmed, %d lines"),
];

/// An endless iterator of records.
#[derive(Debug)]
pub struct Records {
    random: SplitMix,
    uid: String,
    /// The number of records before the next transaction starts.
    per_transaction: u64,
    number: u64,
    first_us: u64,
    step_us: u64,
}

impl Records {
    /// Returns records of the current UTC day. Except for the date, they are the same in each run. A stream delivers
    /// records of today, and the function knows that today's collection exists.
    #[must_use]
    pub fn of_today() -> Self {
        Self::of_day(0)
    }

    /// Returns records of an earlier day. Each day has different ones.
    #[must_use]
    pub fn of_day(days_ago: u64) -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now_us = u64::try_from(now.as_micros()).unwrap_or_default();
        let first_us = now_us - now_us % US_PER_DAY + FIRST_US - days_ago * US_PER_DAY;
        let random = SplitMix(SEED ^ days_ago);
        Self {
            random,
            uid: String::new(),
            per_transaction: PER_TRANSACTION as u64,
            number: 0,
            first_us,
            step_us: STEP_US,
        }
    }

    /// Returns this number of records, spread from morning to midnight.
    pub fn spread(self, count: usize) -> std::iter::Take<Self> {
        let step_us = (US_PER_DAY - FIRST_US) / (count as u64).max(1);
        Self { step_us, ..self }.take(count)
    }

    /// Returns the records with one uid, so that they form one transaction.
    #[must_use]
    pub fn in_one_transaction(self) -> Self {
        Self { per_transaction: u64::MAX, ..self }
    }
}

impl Iterator for Records {
    type Item = Payload;

    fn next(&mut self) -> Option<Payload> {
        let per_transaction = TRANSACTION.len() as u64;
        let (transaction, position) = (self.number / per_transaction, self.number % per_transaction);
        if self.number.is_multiple_of(self.per_transaction) {
            self.uid = self.random.uid();
        }
        let point = TRANSACTION.get(usize::try_from(position).ok()?)?;
        let is_error = matches!(point.level, Level::Warning) && transaction % TRANSACTIONS_PER_ERROR == 0;
        let level = if is_error { Level::Error } else { point.level };
        let at_us = self.first_us + self.number * self.step_us;
        let record = line(point, level, self.number, at_us, &self.uid, self.random.next());
        self.number += 1;
        Some(record)
    }
}

/// Formats a record with every value as text, as `str()` makes it.
fn line(point: &Point, level: Level, number: u64, at_us: u64, uid: &str, random: u64) -> Payload {
    let Point { service, module, function, line, msg, .. } = point;
    let order = 1_000_000 + number / PER_TRANSACTION as u64;
    let (level, levelno) = level.name_and_number();
    let (seconds, micros) = (at_us / 1_000_000, at_us % 1_000_000);
    let host = format!("{service}-{}.shop.example", random % 4);
    let (sku, quantity) = (random >> 8 & 0xFFFF, random >> 24 & 0x3F);
    let data = format!(
        r#"{{"fqdn": "{host}", "pk": "{host}", "exc_info": "None", "name": "{service}.apps.orders", "msg": "{msg}", "args": "('WIDGET-{sku}', {quantity})", "levelname": "{level}", "levelno": "{levelno}", "pathname": "/srv/shop/{service}/corp/apps/orders/{module}.py", "filename": "{module}.py", "module": "{module}", "exc_text": "None", "stack_info": "None", "lineno": "{line}", "funcName": "{function}", "created": "{seconds}.{micros:06}", "msecs": "{}.0", "relativeCreated": "{}.{:04}", "thread": "{}", "threadName": "ThreadPoolExecutor-0_{}", "processName": "MainProcess", "process": "{}", "log_uid": "{uid}", "service": "{service}", "sku": "WIDGET-{sku}", "quantity": "{quantity}", "order": "A-{:08}", "customer": "C{:07}", "url": "https://shop.example/orders/A-{:08}/lines?page=1&sort=sku", "visit": "{random:016x}", "warehouse": "EU-CENTRAL-{}", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}}"#,
        micros / 1_000,
        number * STEP_US / 1_000 + 5_000,
        number * STEP_US % 1_000 * 10,
        140_362_540_690_304 + (random % 64) * 8_392_704,
        random % 8,
        15_000 + random % 32,
        order,
        random >> 40 & 0xF_FFFF,
        order,
        random >> 60,
    );
    let created_ms = i64::try_from(at_us / 1_000).unwrap_or(i64::MAX);
    Payload { created_ms, partition_key: host, data: data.into_bytes() }
}

/// Sebastiano Vigna's `SplitMix64`: the same numbers in each run.
#[derive(Debug)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a random UUID (version 4).
    fn uid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            low >> 48 & 0x3FFF | 0x8000,
            low & 0xFFFF_FFFF_FFFF,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use ::tests::fixtures::{self, Python};
    use serde_json::{Map, Value};

    use super::{PER_TRANSACTION, Records};

    const MANY: usize = 120 * PER_TRANSACTION;

    fn objects() -> Vec<Map<String, Value>> {
        Records::of_today().take(MANY).map(|record| serde_json::from_slice(&record.data).unwrap()).collect()
    }

    #[test]
    fn records_have_the_captured_fields_all_of_them_text() {
        let captured: Map<String, Value> = serde_json::from_slice(&fixtures::order(Python::V311)[0].data).unwrap();
        for object in objects() {
            let missing: Vec<_> = captured.keys().filter(|name| !object.contains_key(*name)).collect();
            assert_eq!(missing, Vec::<&String>::new());
            assert!(object.values().all(Value::is_string));
        }
    }

    #[test]
    fn a_record_is_about_a_kilobyte() {
        let lengths: Vec<usize> = Records::of_today().take(MANY).map(|record| record.data.len()).collect();
        let mean = lengths.iter().sum::<usize>() / MANY;
        assert!((980..=1_040).contains(&mean), "{mean}");
        assert!(lengths.iter().all(|length| mean.abs_diff(*length) < 100), "{lengths:?}");
    }

    #[test]
    fn transactions_have_twelve_records_each_with_a_random_uid() {
        let mut transactions = BTreeMap::<String, usize>::new();
        for object in objects() {
            *transactions.entry(object["log_uid"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        assert_eq!(transactions.len(), MANY / PER_TRANSACTION);
        assert!(transactions.values().all(|records| *records == PER_TRANSACTION));
        for uid in transactions.keys() {
            assert!(uid.len() == 36 && &uid[14..15] == "4" && "89ab".contains(&uid[19..20]), "{uid}");
        }
    }

    #[test]
    fn days_have_transactions_of_their_own_and_one_may_be_large() {
        fn uids(records: Records) -> BTreeMap<String, usize> {
            let mut uids = BTreeMap::new();
            for record in records.take(MANY) {
                let record: Map<String, Value> = serde_json::from_slice(&record.data).unwrap();
                *uids.entry(record["log_uid"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            uids
        }
        let (today, yesterday) = (uids(Records::of_today()), uids(Records::of_day(1)));
        assert!(today.keys().all(|uid| !yesterday.contains_key(uid)));
        assert!(uids(Records::of_today().in_one_transaction()).into_values().eq([MANY]));
        let spread: Vec<i64> = Records::of_day(1).spread(3).map(|record| record.created_ms).collect();
        assert_eq!((spread[1] - spread[0], spread[2] - spread[1]), (18_487_333, 18_487_333));
        let created = |records: Records| records.take(1).map(|record| record.created_ms).sum::<i64>();
        assert_eq!(created(Records::of_today()) - created(Records::of_day(90)), 90 * 24 * 60 * 60 * 1_000);
    }

    #[test]
    fn records_are_all_different_and_the_same_again() {
        let lines = || Records::of_today().take(MANY).map(|record| record.data);
        assert_eq!(lines().collect::<HashSet<_>>().len(), MANY);
        assert!(lines().eq(lines()));
    }
}

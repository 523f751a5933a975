//! A day of a large stack, second by second, calculated: how far behind ingest falls when something fails, and what breaks
//! first as the load grows. No process runs and nothing is measured: the figures of one record come from
//! docs/performance.md.

mod day;
mod stack;

use self::day::{Failure, Outcome, simulate};
pub use self::stack::Stack;

/// The load of the simulated day, in MB of records a second on average.
pub const MB_PER_S: f64 = 100.0;
/// The largest load that is calculated.
pub const MAX_MB_PER_S: f64 = 10_000.0;
/// The loads of the table of growth.
const LOADS: [f64; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0];
const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;

/// The failures of the simulated day, each on a day of its own, at the hour of the highest load.
const FAILURES: [(&str, Failure); 7] = [
    ("none", Failure::None),
    ("MongoDB changes its primary: away for 15 s", Failure::MongoAway { seconds: 15 }),
    ("MongoDB away for 20 minutes", Failure::MongoAway { seconds: 20 * MINUTE }),
    ("MongoDB away for 4 hours", Failure::MongoAway { seconds: 4 * HOUR }),
    ("MongoDB at half its speed for 2 hours: a backup", Failure::MongoSlow { seconds: 2 * HOUR, share: 0.5 }),
    (
        "half of the functions for 2 hours: another function takes the account's",
        Failure::FewFunctions { seconds: 2 * HOUR, share: 0.5 },
    ),
    ("a tenth of all records in one shard: senders with one partition key", Failure::HotShard { share: 0.1 }),
];

/// Prints what a load needs, and what failures do to the stack that it needs.
pub fn print(mb_per_s: f64) {
    println!("What a load needs, calculated. Its highest hour has {} times the average.\n", stack::PEAK);
    println!(
        "| MB/s | records/s | stream MB/s | shards | functions | vCPU of Lambda | cores of MongoDB | connections | GB a day | breaks first |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|");
    for load in LOADS {
        let stack = Stack::for_load(load);
        println!(
            "| {load} | {} | {:.1} | {} | {} | {:.1} | {} | {} | {:.0} | {} |",
            thousands(stack.records_per_s()),
            stack.stream_mb_per_s(),
            stack.shards,
            stack.functions(),
            stack.vcpus(),
            stack.mongo_cores,
            thousands(f64::from(stack.connections())),
            stack.stored_gb_a_day(),
            stack.first_limit(),
        );
    }
    let stack = Stack::for_load(mb_per_s);
    println!("\nA day of {mb_per_s} MB/s on such a stack, with failures at its highest hour:\n");
    println!("| failure | largest iterator age | caught up after | given up to the bucket | lost |");
    println!("|---|--:|--:|--:|--:|");
    for (name, failure) in FAILURES {
        let Outcome { largest_age, caught_up, given_up, refused } = simulate(&stack, failure);
        let caught_up = caught_up.map_or("not that day".to_owned(), duration);
        println!("| {name} | {} | {caught_up} | {} | {} |", duration(largest_age), share(given_up), share(refused));
    }
    println!("\nLost is what the stream refuses: senders with a spool or a retry keep it.");
}

fn duration(seconds: u32) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / MINUTE),
        _ => format!("{:.1} h", f64::from(seconds) / f64::from(HOUR)),
    }
}

fn share(share: f64) -> String {
    if share == 0.0 { "0".to_owned() } else { format!("{:.1} %", share * 100.0) }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

//! `logbraid erase`: erases records everywhere in MongoDB.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use archive::{Archived, ArchivedDay, Objects as _, all_transaction_exports, days, exports_of, may_have};
use record::{Day, LogUid};
use store::{Erasable, EraseAudit, Erasure, FieldName, InBytes, Literal};

use crate::archive_bucket::ArchiveBucket;
use crate::args::EraseArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{count, visible};
use crate::stderr;
use crate::store_connection::connect;

/// What is not in MongoDB.
const OUT_OF_REACH: &str = "\
not erased, since it is not in MongoDB:
- what is still on the stream, until StreamRetentionHours after it was put. If it is delivered again, it is filed again
- batches in the on-failure bucket, until FailedRetentionDays after they were given up. Do not redrive them
- backups of MongoDB, what senders and forwarders still hold, exports";
/// What is said of the archive where no setting tells of one.
const ARCHIVE_UNKNOWN: &str = "
- the archive: set LOGBRAID_ARCHIVE_BUCKET and LOGBRAID_ARCHIVE_PREFIX to be told which exports may have it";
/// How the names of fields end that `search` compares with.
const COMPARISONS: [char; 3] = ['<', '>', '!'];

/// Says what would be erased, asks, and erases.
pub(crate) async fn run(args: &EraseArgs) -> Result<Exit, Error> {
    let what = what(args)?;
    let (store, _) = connect().await?;
    let found = store.find_erasable(&what).await.map_err(Error::Erase)?;
    print(&lines("would erase", &found))?;
    let archive = ArchiveBucket::from_environment().await?;
    if let Some(bucket) = &archive {
        for line in in_the_archive(&what, bucket, store.collection_prefix()).await? {
            print(&format!("cannot erase from the archive: {line}\n"))?;
        }
    }
    if found.count() == 0 {
        return Ok(Exit::Nothing);
    }
    if !args.yes && !found.in_bytes.is_empty() {
        stderr::print(in_bytes(&found.in_bytes));
    }
    if !args.yes && !is_confirmed(found.count())? {
        stderr::print("nothing is erased");
        return Ok(Exit::Done);
    }
    let audit = EraseAudit { by: by(), reason: args.reason.clone() };
    let erased = store.erase(&what, &found, &audit).await.map_err(Error::Erase)?;
    print(&lines("erased", &erased))?;
    let archive = if archive.is_some() { "" } else { ARCHIVE_UNKNOWN };
    stderr::print(format_args!("{OUT_OF_REACH}{archive}"));
    Ok(Exit::Done)
}

/// Names what of the archive may have what is erased. Nothing can be erased from it. `restore` brings back what is whole.
async fn in_the_archive(what: &Erasable, bucket: &ArchiveBucket, prefix: &str) -> Result<Vec<String>, Error> {
    let (layout, mut may_have_it, mut exports, mut lost) = (bucket.layout(prefix), Vec::new(), Vec::new(), Vec::new());
    let days = days(bucket, layout).await.map_err(Error::Archive)?;
    for day in &days {
        let of_day = exports_of(bucket, layout, *day).await.map_err(Error::Archive)?;
        lost.extend(unreadable(&day.to_string(), &of_day));
        exports.extend(of_day.exports.into_iter().map(|export| (day.to_string(), export)));
    }
    // All of them: a record may carry the uid beside that of the transaction.
    let own = all_transaction_exports(bucket, layout).await.map_err(Error::Archive)?;
    lost.extend(unreadable("a transaction", &own));
    match what {
        Erasable::Uid(uid) => {
            let of_uid = |export: Archived| (export.manifest.log_uid.clone().unwrap_or_default(), export);
            for (of, export) in exports.into_iter().chain(own.exports.into_iter().map(of_uid)) {
                if may_have(bucket, &export, uid).await.map_err(Error::Archive)? {
                    may_have_it.push(format!("{} ({}) may have it", bucket.address(&export.key), visible(&of)));
                }
            }
        }
        Erasable::Field { .. } => {
            if let (Some((first, _)), Some((last, _))) = (exports.first(), exports.last()) {
                may_have_it.push(format!("{} of {first} to {last} may have it", count(exports.len() as u64, "export")));
            }
            if !own.exports.is_empty() {
                let (number, folder) = (count(own.exports.len() as u64, "export"), layout.transactions_folder());
                may_have_it.push(format!("{number} of transactions may have it: {}", bucket.address(&folder)));
            }
        }
    }
    may_have_it.extend(lost);
    Ok(may_have_it)
}

/// Names what cannot be read: nobody knows what is in it.
fn unreadable(of: &str, found: &ArchivedDay) -> Vec<String> {
    let damaged = found.damaged.iter().map(|damaged| &damaged.address);
    let damaged = damaged.map(|address| format!("{address} ({of}) is damaged, and its parts may have it"));
    let unnamed = found.unnamed.iter();
    let unnamed = unnamed.map(|folder| format!("{folder} ({of}) has parts without a manifest, which may have it"));
    damaged.chain(unnamed).collect()
}

/// Reads what to erase.
fn what(args: &EraseArgs) -> Result<Erasable, Error> {
    if let Some(uid) = &args.uid {
        let uid = LogUid::parse(uid).map_err(|problem| Error::NotErasable { problem: problem.to_string() })?;
        return Ok(Erasable::Uid(uid));
    }
    let problem = || Error::NotErasable {
        problem: "--field takes NAME=VALUE, such as customer.email=alice@example.com, and no comparison".to_owned(),
    };
    let (name, value) = args.field.as_deref().unwrap_or_default().split_once('=').ok_or_else(problem)?;
    if name.ends_with(COMPARISONS) {
        return Err(problem());
    }
    let name = FieldName::parse(name).filter(|_| !value.is_empty()).ok_or_else(problem)?;
    Ok(Erasable::Field { name, value: value.to_owned(), literals: Literal::meant_by(value) })
}

/// Asks on a terminal. Elsewhere nobody can answer.
fn is_confirmed(count: u64) -> Result<bool, Error> {
    if !io::stdin().is_terminal() {
        stderr::print("this was a dry run: give --yes to erase");
        return Ok(false);
    }
    stderr::print(format_args!("this cannot be undone. Type `erase {count}` to erase:"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Error::Input)?;
    Ok(answer.trim() == format!("erase {count}"))
}

/// Renders what there is, a line for each place.
fn lines(verb: &str, erasure: &Erasure) -> String {
    let mut text = String::new();
    for (day, records) in &erasure.days {
        let _ = writeln!(text, "{verb} {} of {day}", count(*records, "record"));
    }
    let Erasure { pinned, pins, quarantined, unreadable, journal, sketches, scanned, .. } = erasure;
    let of = [
        (pins, "pin"),
        (pinned, "pinned copy"),
        (quarantined, "payload in the quarantine"),
        (journal, "id in the journal"),
    ];
    for (number, one) in of.into_iter().filter(|(number, _)| **number > 0) {
        let many = match one {
            "pinned copy" => "pinned copies".to_owned(),
            "payload in the quarantine" => "payloads in the quarantine".to_owned(),
            "id in the journal" => "ids in the journal".to_owned(),
            other => format!("{other}s"),
        };
        let _ = writeln!(text, "{verb} {number} {}", if *number == 1 { one } else { many.as_str() });
    }
    if *sketches > 0 {
        let noun = if *sketches == 1 { "sketch" } else { "sketches" };
        let _ = writeln!(text, "removed {sketches} {noun}, and made those of the records that are left");
    }
    for day in scanned {
        let _ = writeln!(text, "searches scan {day} now: run `logbraid reindex {day}` when it has been over for a day");
    }
    if *unreadable > 0 {
        let payloads = count(*unreadable, "compressed or binary payload");
        let _ = writeln!(text, "cannot look into {payloads} in the quarantine");
    }
    if erasure.count() == 0 {
        text.push_str("there is nothing to erase\n");
    }
    text
}

/// Says how to look whose payloads these are.
fn in_bytes(payloads: &[InBytes]) -> String {
    let mut text =
        "payloads in the quarantine that have it only somewhere in their bytes may be of others. The first:".to_owned();
    for InBytes { id, reason, arrived } in payloads {
        let _ = write!(
            text,
            "\n- {id}, {} of {arrived}: `logbraid quarantine --day {}`",
            visible(reason),
            Day::of(*arrived)
        );
    }
    text
}

/// The name of who runs the command.
pub(super) fn by() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    visible(&name.unwrap_or_else(|| "unknown".to_owned())).into_owned()
}

fn print(text: &str) -> Result<(), Error> {
    io::stdout().write_all(text.as_bytes()).map_err(Error::Output)
}

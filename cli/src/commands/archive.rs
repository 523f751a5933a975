//! `logbraid archive`: exports days or a transaction, and lists what is exported.

use archive::{
    Archived, ArchivedDay, Damaged, Exported, Objects as _, all_transaction_exports, days, export_day,
    export_transaction, exports_of,
};
use record::{Day, LogUid};
use runtime::telemetry::chain;
use serde_json::{Value, json};
use store::Store;

use crate::archive_bucket::ArchiveBucket;
use crate::args::ArchiveArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{count, size, visible};
use crate::stderr;
use crate::stdout::print_line;
use crate::store_connection::{collection_prefix, connect};

/// Exports, or lists.
pub(crate) async fn run(args: &ArchiveArgs) -> Result<Exit, Error> {
    let bucket = ArchiveBucket::open(&args.place).await?;
    if args.list {
        return list(args, &bucket).await;
    }
    let (store, _) = connect().await?;
    if let Some(uid) = &args.uid {
        return transaction(args, &bucket, &store, uid).await;
    }
    let mut exit = Exit::Done;
    let own = store.own_days().await.map_err(Error::Lookup)?;
    for day in &args.days {
        if *day >= Day::today() {
            stderr::print(format_args!("{day} is not over: records are still filed into it"));
            exit = Exit::Remaining;
        } else if own.contains(day) {
            exit = exit.worse(export(args, &bucket, &store, *day).await?);
        } else {
            stderr::print(format_args!("{day}: there is no such day in MongoDB"));
            exit = exit.worse(Exit::Nothing);
        }
    }
    Ok(exit)
}

async fn export(args: &ArchiveArgs, bucket: &ArchiveBucket, store: &Store, day: Day) -> Result<Exit, Error> {
    let layout = bucket.layout(store.collection_prefix());
    match export_day(store, bucket, layout, day, &|| true).await.map_err(Error::Archive)? {
        Exported::Done { manifest, key, is_old } => {
            let export = Archived { key, manifest: *manifest };
            show(
                args.json,
                bucket,
                &day.to_string(),
                &export,
                if is_old { "as it was exported before" } else { "exported" },
            )?;
            Ok(Exit::Done)
        }
        Exported::OutOfTime { .. } | Exported::Changing => {
            stderr::print(format_args!("{day} is not exported: records come and go. Run the command again"));
            Ok(Exit::Remaining)
        }
    }
}

async fn transaction(args: &ArchiveArgs, bucket: &ArchiveBucket, store: &Store, uid: &str) -> Result<Exit, Error> {
    let uid = LogUid::parse(uid).map_err(|problem| Error::NotAUid { problem: problem.to_string() })?;
    let layout = bucket.layout(store.collection_prefix());
    let exported = export_transaction(store, bucket, layout, &uid).await.map_err(Error::Archive)?;
    let Some(export) = exported else {
        stderr::print("no record carries this uid");
        return Ok(Exit::Nothing);
    };
    show(args.json, bucket, &visible(uid.as_str()), &export, "exported")?;
    Ok(Exit::Done)
}

async fn list(args: &ArchiveArgs, bucket: &ArchiveBucket) -> Result<Exit, Error> {
    let prefix = collection_prefix()?;
    let (layout, is_all) = (bucket.layout(&prefix), args.days.is_empty());
    let listed = if is_all { days(bucket, layout).await.map_err(Error::Archive)? } else { args.days.clone() };
    let mut exits = Vec::new();
    for day in listed {
        let of_day = exports_of(bucket, layout, day).await.map_err(Error::Archive)?;
        exits.push(show_all(args, bucket, &day.to_string(), &of_day)?);
    }
    if is_all {
        let of_transactions = all_transaction_exports(bucket, layout).await.map_err(Error::Archive)?;
        exits.push(show_all(args, bucket, "a transaction", &of_transactions)?);
    }
    let ended = [Exit::Remaining, Exit::Done].into_iter().find(|exit| exits.contains(exit));
    Ok(ended.unwrap_or(Exit::Nothing))
}

/// Shows the exports of a day, or of transactions, and says what is no export.
fn show_all(args: &ArchiveArgs, bucket: &ArchiveBucket, of: &str, found: &ArchivedDay) -> Result<Exit, Error> {
    for export in &found.exports {
        let uid = export.manifest.log_uid.as_deref().map(visible);
        show(args.json, bucket, uid.as_deref().unwrap_or(of), export, "")?;
    }
    let is_damaged = report(&found.damaged);
    report_unfinished(of, found.unfinished);
    Ok(match (is_damaged, found.exports.is_empty()) {
        (true, _) => Exit::Remaining,
        (false, true) => Exit::Nothing,
        (false, false) => Exit::Done,
    })
}

/// Says how many exports have no manifest.
pub(super) fn report_unfinished(of: &str, exports: usize) {
    if exports > 0 {
        let exports = count(exports as u64, "export");
        stderr::print(format_args!("{of}: {exports} without a manifest, which did not end or lost it"));
    }
}

/// Names the manifests that are damaged. Returns whether there are some.
pub(super) fn report(damaged: &[Damaged]) -> bool {
    for Damaged { address, source } in damaged {
        stderr::print(format_args!("{address} is damaged: {}", chain(source)));
    }
    !damaged.is_empty()
}

/// Shows an export on a line.
fn show(is_json: bool, bucket: &ArchiveBucket, of: &str, export: &Archived, what: &str) -> Result<(), Error> {
    let (manifest, address) = (&export.manifest, bucket.address(&export.key));
    if is_json {
        let line: Value = json!({
            "of": of, "records": manifest.records, "parts": manifest.parts.len(), "bytes": manifest.bytes,
            "object_bytes": manifest.object_bytes(), "first": manifest.first, "last": manifest.last,
            "started": manifest.started, "finished": manifest.finished, "manifest": address,
        });
        return print_line(&line.to_string());
    }
    let (records, parts) = (count(manifest.records, "record"), count(manifest.parts.len() as u64, "part"));
    let how = if what.is_empty() { String::new() } else { format!("{what}, ") };
    print_line(&format!("{of}: {how}{records} in {parts}, {}: {address}", size(manifest.object_bytes())))
}

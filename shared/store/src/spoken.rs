//! What is said to MongoDB, held to a list: each operator and each command of it goes through `mongos`, too. Who adds one looks it
//! up first, and adds it here. docs/scale.md says what a sharded cluster needs besides.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Stages and operators. All of them go through `mongos`: <https://www.mongodb.com/docs/manual/reference/operator/>.
const OPERATORS: [&str; 61] = [
    "$addToSet",
    "$all",
    "$and",
    "$anyElementTrue",
    "$bitsAllSet",
    "$collStats",
    "$concatArrays",
    "$cond",
    "$count",
    "$currentDate",
    "$divide",
    "$each",
    "$eq",
    "$exists",
    "$expr",
    "$facet",
    "$filter",
    "$floor",
    "$getField",
    "$group",
    "$gt",
    "$gte",
    "$ifNull",
    "$in",
    "$isArray",
    "$isNumber",
    "$jsonSchema",
    "$let",
    "$limit",
    "$literal",
    "$lt",
    "$lte",
    "$map",
    "$match",
    "$max",
    "$min",
    "$multiply",
    "$natural",
    "$ne",
    "$nor",
    "$not",
    "$options",
    "$or",
    "$project",
    "$push",
    "$regex",
    "$set",
    "$setIntersection",
    "$setOnInsert",
    "$setUnion",
    "$size",
    "$slice",
    "$sort",
    "$substrCP",
    "$subtract",
    "$sum",
    "$toLong",
    "$type",
    "$unionWith",
    "$unset",
    "$unwind",
];
/// References to fields of documents, which look like operators.
const FIELDS: [&str; 12] = [
    "$arrived", "$counted", "$ids", "$levelno", "$message", "$own", "$reason", "$records", "$service", "$shard",
    "$time", "$x",
];
/// Commands by their names.
const COMMANDS: [&str; 5] = ["buildInfo", "collStats", "connectionStatus", "hello", "ping"];
/// What `mongos` does not do, or only with the shard key. A transaction, a change stream and a unique index would need a look at
/// every shard.
const UNSAID: [&str; 7] = [
    ".find_one_and_",
    ".rename_collection(",
    ".start_session(",
    ".start_transaction(",
    ".unique(",
    ".watch(",
    "$lookup",
];

/// Returns the code of this crate, without comments and tests.
fn code() -> Vec<(PathBuf, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") && !path.ends_with("spoken.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                found.push((path, lines.collect::<Vec<_>>().join("\n")));
            }
        }
    }
    found
}

/// Returns the words in quotes that begin so.
fn words<'a>(code: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    code.split(before).skip(1).filter_map(|rest| rest.split('"').next())
}

#[test]
fn each_operator_is_known() {
    let mut said = BTreeSet::new();
    for (path, code) in code() {
        for word in words(&code, "\"$") {
            let name = format!("${word}");
            if word.is_empty() || !word.chars().all(char::is_alphabetic) || FIELDS.contains(&name.as_str()) {
                continue;
            }
            assert!(OPERATORS.contains(&name.as_str()), "{name} in {}: does it go through mongos?", path.display());
            said.insert(name);
        }
    }
    let unused: Vec<_> = OPERATORS.iter().filter(|own| !said.contains(**own)).collect();
    assert!(unused.is_empty(), "{unused:?} are not said any more");
}

#[test]
fn each_command_is_known() {
    for (path, code) in code() {
        for name in words(&code, "run_command(doc! { \"").chain(words(&code, "let command = doc! { \"")) {
            assert!(COMMANDS.contains(&name), "{name} in {}: does it go through mongos?", path.display());
        }
        for unsaid in UNSAID {
            assert!(!code.contains(unsaid), "{unsaid} in {}", path.display());
        }
    }
}

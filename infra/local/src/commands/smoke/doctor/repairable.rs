//! The faults of what every stack has. They can be repaired.

use super::collections;
use super::faults::{Expected, Fault, Made, QUIET, Repair, SHORT, configure, function, mapping, role, set, set_all};
use super::stub::Stub;
use crate::error::Error;
use crate::lifecycle;
use crate::running::Running;

/// As Lambda writes it.
const KEY: &str = "aws/lambda/5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10/shardId-000000000000/2026/11/20/2026-11-20T08.35.39-5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
/// Nobody made it.
const SECRET_THAT_IS_GONE: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:logbraid-gone-a1b2c3";
/// What the template sets for the on-failure bucket.
const CLOSED: &str = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
/// The default of the template.
const LOG_RETENTION_DAYS: &str = "30";

/// The name of a secret that nobody created.
const REDACT_KEY_SECRET: (&str, &str) =
    ("LOGBRAID_REDACT_KEY_SECRET_ARN", "arn:aws:secretsmanager:us-east-1:000000000000:secret:gone-AbCdEf");

/// The faults that can be repaired.
pub(super) const FAULTS: &[Fault] = &[
    Fault::new(
        "mapping disabled",
        SHORT,
        disable_mapping,
        &[Expected("mapping", "problem", "is Disabled"), Expected("canary", "problem", "not found within")],
    ),
    Fault::new(
        "mapping with a filter",
        QUIET,
        filter_mapping,
        &[Expected("mapping", "problem", "has a filter: records that do not match it are dropped")],
    ),
    Fault::new(
        "a mapping from the stream to query",
        QUIET,
        map_to_query,
        &[Expected("mapping", "warning", "calls logbraid-query with what is on arn:aws:kinesis")],
    ),
    Fault::new(
        "ingest may not write to the on-failure bucket",
        QUIET,
        |running| delete_policy(running, "ingest", "keep-failed-batches"),
        &[Expected("bucket", "problem", "the role of ingest may not do s3:PutObject")],
    ),
    Fault::new(
        "ingest may not read the stream",
        QUIET,
        |running| delete_policy(running, "ingest", "read-the-stream"),
        &[Expected("roles", "problem", "the role of ingest may not do kinesis:GetRecords")],
    ),
    Fault::new(
        "Lambda may not take the role of ingest",
        QUIET,
        distrust,
        &[Expected("roles", "problem", "lambda.amazonaws.com may not take the role of ingest")],
    ),
    Fault::new(
        "everybody may call ingest",
        QUIET,
        open_ingest,
        &[Expected("ingest", "problem", "everybody may call it: it has the function URL")],
    ),
    Fault::new(
        "everybody may call query by its policy",
        QUIET,
        let_everybody_call,
        &[Expected("query", "problem", "its policy lets `*` do lambda:InvokeFunction (statement all)")],
    ),
    Fault::new(
        "query may not list failed batches",
        QUIET,
        |running| delete_policy(running, "query", "list-failed-batches"),
        &[Expected("roles", "warning", "the role of query may not do s3:ListBucket")],
    ),
    Fault::new(
        "query may not write its log",
        QUIET,
        |running| delete_policy(running, "query", "log"),
        &[Expected("roles", "warning", "the role of query may not do logs:PutLogEvents")],
    ),
    Fault::new(
        "a log that is kept for good",
        QUIET,
        keep_log,
        &[Expected("logs", "warning", "/aws/lambda/logbraid-query keeps all entries for good")],
    ),
    Fault::new(
        "the secret with the address is gone",
        QUIET,
        |running| set_all(running, "ingest", &[("MONGODB_URI", ""), ("MONGODB_SECRET_ARN", SECRET_THAT_IS_GONE)]),
        &[Expected("mongodb", "problem", "no function starts anew")],
    ),
    Fault::new(
        "wrong password",
        QUIET,
        |running| set_both(running, "MONGODB_URI", &with_password(running)),
        &[
            Expected("mongodb", "problem", "MongoDB refuses the user or the password of ingest and query"),
            Expected("api", "problem", "MongoDB refuses the user or the password of its function"),
        ],
    ),
    Fault::new(
        "query with a wrong password",
        QUIET,
        |running| set(running, "query", "MONGODB_URI", &with_password(running)),
        &[
            Expected("mongodb", "problem", "MongoDB refuses the user or the password of query"),
            Expected("mongodb", "fine", "answers at the address of ingest and retention"),
            Expected("api", "problem", "MongoDB refuses the user or the password of its function"),
        ],
    ),
    Fault::new(
        "ingest with another address",
        SHORT,
        |running| set(running, "ingest", "MONGODB_URI", "mongodb://127.0.0.1:1"),
        &[
            Expected(
                "mongodb",
                "problem",
                "the address of ingest does not answer from here, and that of query and retention does",
            ),
            Expected("canary", "problem", "not found within"),
        ],
    ),
    Fault::new(
        "a validator that refuses records",
        SHORT,
        collections::validate_records,
        &[
            Expected("collections", "problem", "has a validator: MongoDB refuses what does not match it"),
            Expected("canary", "problem", "is in the quarantine: refused_by_mongodb"),
        ],
    ),
    Fault::new(
        "query with another prefix",
        SHORT,
        |running| set(running, "query", "LOGBRAID_COLLECTION_PREFIX", "other_"),
        &[
            Expected("settings", "problem", "query reads with `other_`"),
            Expected("canary", "problem", "is filed, but the query API does not find it within"),
        ],
    ),
    Fault::new(
        "query with another database",
        QUIET,
        |running| set(running, "query", "LOGBRAID_DB", "other"),
        &[Expected("settings", "problem", "query reads with `other`")],
    ),
    Fault::new(
        "query with another on-failure bucket",
        QUIET,
        |running| set(running, "query", "LOGBRAID_FAILED_BUCKET", "other"),
        &[Expected("parameters", "warning", "query has LOGBRAID_FAILED_BUCKET `other`")],
    ),
    Fault::new(
        "ingest without sketches",
        QUIET,
        |running| set(running, "ingest", "LOGBRAID_SKETCHES", "off"),
        &[Expected("parameters", "warning", "ingest has LOGBRAID_SKETCHES `off`, which the stack does not set")],
    ),
    Fault::new(
        "bad setting",
        QUIET,
        |running| set(running, "ingest", "LOGBRAID_MAX_SKEW_DAYS", "0"),
        &[Expected("ingest", "problem", "LOGBRAID_MAX_SKEW_DAYS is `0`")],
    ),
    Fault::new(
        "too little memory",
        QUIET,
        shrink_ingest,
        &[
            Expected("ingest", "problem", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `128`"),
            Expected("parameters", "warning", "the memory of ingest in MB is `128`"),
        ],
    ),
    Fault::new(
        "no secret with the key of redaction",
        QUIET,
        |running| set_all(running, "ingest", &[("LOGBRAID_REDACT_KEY", ""), REDACT_KEY_SECRET]),
        &[Expected("ingest", "problem", "the key of redaction cannot be read: cannot read the secret arn:aws")],
    ),
    Fault::new(
        "two keys of redaction",
        QUIET,
        |running| set_all(running, "ingest", &[("LOGBRAID_REDACT_KEY", "0123456789abcdef"), REDACT_KEY_SECRET]),
        &[Expected("ingest", "problem", "LOGBRAID_REDACT_KEY_SECRET_ARN are both set")],
    ),
    Fault::new(
        "index dropped",
        QUIET,
        collections::drop_index,
        &[Expected("indexes", "problem", "lacks the index log_uid")],
    ),
    Fault::new(
        "view dropped",
        QUIET,
        collections::drop_view,
        &[Expected("indexes", "warning", "lacks its view of transactions")],
    ),
    Fault::new(
        "index hidden",
        QUIET,
        collections::hide_index,
        &[Expected("indexes", "problem", "has an index log_uid that is hidden")],
    ),
    Fault::new(
        "index that deletes records",
        QUIET,
        collections::create_expiring_index,
        &[
            Expected("indexes", "problem", "MongoDB deletes records by it"),
            Expected("indexes", "problem", "shards has an index expiring with expireAfterSeconds"),
        ],
    ),
    Fault::new(
        "a capped collection and a view",
        QUIET,
        collections::create_others,
        &[
            Expected("collections", "problem", "sketches_2001-01-01 is a capped collection"),
            Expected("collections", "problem", "sketches_2001-01-02 is a view, not a collection"),
        ],
    ),
    Fault::new(
        "journal not capped",
        QUIET,
        collections::replace_journal,
        &[Expected("journal", "problem", "filed is an ordinary collection, not a capped one")],
    ),
    Fault::new(
        "journal dropped",
        SHORT,
        collections::drop_journal,
        &[Expected("journal", "problem", "there is no filed, although records were filed")],
    ),
    Fault::new(
        "stack with the same collections",
        QUIET,
        collections::file_another_stream,
        &[Expected("collections", "warning", "the stream another-stream was also filed")],
    ),
    Fault::new(
        "quarantine full",
        QUIET,
        collections::fill_quarantine,
        &[Expected("quarantine", "problem", "5 bad_json")],
    ),
    Fault::new(
        "the on-failure bucket may be opened",
        QUIET,
        unblock_bucket,
        &[Expected("bucket", "warning", "does not block public access")],
    ),
    Fault::new(
        "the on-failure bucket deletes batches early",
        QUIET,
        delete_early,
        &[Expected("bucket", "warning", "deletes batches after 1 day, and the stack's parameter FailedRetentionDays")],
    ),
    Fault::new("batch given up", QUIET, give_up_a_batch, &[Expected("bucket", "problem", "1 batch waits in")]),
    Fault::new(
        "clock off",
        QUIET,
        |_| stub(Stub::with_another_time, "STS"),
        &[Expected("clock", "problem", "this machine's clock is")],
    ),
    Fault::new(
        "lambda denied",
        QUIET,
        |_| stub(Stub::that_denies, "LAMBDA"),
        &[
            Expected("mapping", "skipped", "it needs lambda:ListEventSourceMappings"),
            Expected("ingest", "skipped", "it needs lambda:GetFunctionConfiguration"),
            Expected("query", "skipped", "it needs lambda:GetFunctionConfiguration"),
        ],
    ),
    Fault::new(
        "no credentials",
        QUIET,
        |_| Ok(Made::before("env -u AWS_ACCESS_KEY_ID")),
        &[Expected("credentials", "problem", "no AWS credentials")],
    ),
    Fault::new(
        "no such stack",
        &["--no-canary", "--stack", "other"],
        |_| Ok(Made::before("")),
        &[Expected("stack", "problem", "there is no stack other")],
    ),
    Fault::new(
        "the API of another stack",
        &["--no-canary", "--url", "http://127.0.0.1:1/_aws/execute-api/other"],
        |_| Ok(Made::before("")),
        &[Expected("api", "warning", "and the stack's is https://")],
    ),
    Fault {
        stops_mongodb: true,
        ..Fault::new(
            "mongod away",
            QUIET,
            stop_mongodb,
            &[
                Expected("mongodb", "problem", "MongoDB does not answer"),
                Expected("api", "problem", "does not reach MongoDB"),
            ],
        )
    },
];

fn stub(start: fn() -> Result<Stub, Error>, service: &str) -> Result<Made, Error> {
    let stub = start()?;
    let before = format!("env AWS_ENDPOINT_URL_{service}={}", stub.url());
    let repair: Repair = Box::new(|_| {
        drop(stub);
        Ok(())
    });
    Ok(Made { before, repair })
}

fn disable_mapping(running: &Running) -> Result<Made, Error> {
    let id = mapping(running)?;
    let update = |running: &Running, id: &str, state| {
        running.deployer().aws(&["lambda", "update-event-source-mapping", "--uuid", id, state]).map(drop)
    };
    update(running, &id, "--no-enabled")?;
    Ok(Made::repaired_by(move |running| update(running, &id, "--enabled")))
}

fn filter_mapping(running: &Running) -> Result<Made, Error> {
    let id = mapping(running)?;
    let update = |running: &Running, id: &str, filter| {
        let call = ["lambda", "update-event-source-mapping", "--uuid", id, "--filter-criteria", filter];
        running.deployer().aws(&call).map(drop)
    };
    update(running, &id, r#"{"Filters": [{"Pattern": "{\"partitionKey\": [\"none\"]}"}]}"#)?;
    Ok(Made::repaired_by(move |running| update(running, &id, "{}")))
}

/// Calls query with the records of the stream, too.
fn map_to_query(running: &Running) -> Result<Made, Error> {
    let own = running.deployer().ask(&["lambda", "get-event-source-mapping", "--uuid", &mapping(running)?])?;
    let stream = own["EventSourceArn"].as_str().unwrap_or_default();
    let create = ["lambda", "create-event-source-mapping", "--starting-position=LATEST", "--function-name"];
    let of = ["logbraid-query", "--event-source-arn", stream];
    let made = running.deployer().ask(&[&create[..], &of].concat())?;
    let id = made["UUID"].as_str().unwrap_or_default().to_owned();
    Ok(Made::repaired_by(move |running| {
        running.deployer().aws(&["lambda", "delete-event-source-mapping", "--uuid", &id]).map(drop)
    }))
}

pub(super) fn delete_policy(running: &Running, function: &str, name: &'static str) -> Result<Made, Error> {
    let role = role(running, function)?;
    let policy = |call| ["iam", call, "--role-name", role.as_str(), "--policy-name", name];
    let document = running.deployer().ask(&policy("get-role-policy"))?["PolicyDocument"].to_string();
    running.deployer().aws(&policy("delete-role-policy"))?;
    Ok(Made::repaired_by(move |running| {
        let put = ["iam", "put-role-policy", "--role-name", &role, "--policy-name", name];
        running.deployer().aws(&[&put[..], &["--policy-document", &document]].concat()).map(drop)
    }))
}

/// Lets another service than Lambda take the role of ingest.
fn distrust(running: &Running) -> Result<Made, Error> {
    let role = role(running, "ingest")?;
    let before = running.deployer().ask(&["iam", "get-role", "--role-name", &role])?;
    let trust = before["Role"]["AssumeRolePolicyDocument"].to_string();
    let update = |running: &Running, role: &str, policy: &str| {
        let call = ["iam", "update-assume-role-policy", "--role-name", role, "--policy-document", policy];
        running.deployer().aws(&call).map(drop)
    };
    update(running, &role, &trust.replace("lambda.amazonaws.com", "ec2.amazonaws.com"))?;
    Ok(Made::repaired_by(move |running| update(running, &role, &trust)))
}

/// Gives ingest an address that asks nobody who calls.
fn open_ingest(running: &Running) -> Result<Made, Error> {
    const INGEST: [&str; 2] = ["--function-name", "logbraid-ingest"];
    running.deployer().aws(&[&["lambda", "create-function-url-config", "--auth-type=NONE"], &INGEST[..]].concat())?;
    Ok(Made::repaired_by(|running| {
        running.deployer().aws(&[&["lambda", "delete-function-url-config"], &INGEST[..]].concat()).map(drop)
    }))
}

/// Lets everybody call query by its policy.
fn let_everybody_call(running: &Running) -> Result<Made, Error> {
    const STATEMENT: [&str; 4] = ["--function-name", "logbraid-query", "--statement-id", "all"];
    let add = ["lambda", "add-permission", "--action=lambda:InvokeFunction", "--principal=*"];
    running.deployer().aws(&[&add[..], &STATEMENT].concat())?;
    Ok(Made::repaired_by(|running| {
        running.deployer().aws(&[&["lambda", "remove-permission"], &STATEMENT[..]].concat()).map(drop)
    }))
}

/// Takes the retention of a log group away.
fn keep_log(running: &Running) -> Result<Made, Error> {
    const GROUP: [&str; 2] = ["--log-group-name", "/aws/lambda/logbraid-query"];
    running.deployer().aws(&[&["logs", "delete-retention-policy"], &GROUP[..]].concat())?;
    Ok(Made::repaired_by(|running| {
        let put = ["logs", "put-retention-policy", "--retention-in-days", LOG_RETENTION_DAYS];
        running.deployer().aws(&[&put[..], &GROUP].concat()).map(drop)
    }))
}

/// Returns MongoDB's address with a user that does not exist.
fn with_password(running: &Running) -> String {
    running.mongodb_uri.replacen("://", "://logbraid:wrong@", 1)
}

fn set_both(running: &Running, variable: &str, value: &str) -> Result<Made, Error> {
    let (ingest, query) = (set(running, "ingest", variable, value)?, set(running, "query", variable, value)?);
    Ok(Made::repaired_by(move |running| (ingest.repair)(running).and_then(|()| (query.repair)(running))))
}

fn shrink_ingest(running: &Running) -> Result<Made, Error> {
    let set = |running: &Running, mb| configure(running, &function("ingest"), &["--memory-size", mb]);
    set(running, "128")?;
    Ok(Made::repaired_by(move |running| set(running, "512")))
}

/// Asks S3 for something with the on-failure bucket.
fn bucket(running: &Running, call: &[&str]) -> Result<(), Error> {
    let of = ["--bucket", &running.deployed.failed_bucket];
    running.deployer().aws(&[&["s3api"], call, &of].concat()).map(drop)
}

fn give_up_a_batch(running: &Running) -> Result<Made, Error> {
    bucket(running, &["put-object", "--key", KEY])?;
    Ok(Made::repaired_by(|running| bucket(running, &["delete-object", "--key", KEY])))
}

fn unblock_bucket(running: &Running) -> Result<Made, Error> {
    bucket(running, &["delete-public-access-block"])?;
    let block = ["put-public-access-block", "--public-access-block-configuration", CLOSED];
    Ok(Made::repaired_by(move |running| bucket(running, &block)))
}

/// Lets S3 delete batches after a day. The local AWS makes no rule of the template.
fn delete_early(running: &Running) -> Result<Made, Error> {
    let rule =
        r#"{"Rules": [{"ID": "early", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]}"#;
    bucket(running, &["put-bucket-lifecycle-configuration", "--lifecycle-configuration", rule])?;
    Ok(Made::repaired_by(|running| bucket(running, &["delete-bucket-lifecycle"])))
}

fn stop_mongodb(running: &Running) -> Result<Made, Error> {
    lifecycle::stop_mongodb(running.stack)?;
    Ok(Made::repaired_by(|running| lifecycle::restart_mongodb(running.stack)))
}

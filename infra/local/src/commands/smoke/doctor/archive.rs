//! The faults of the archive. The stack has none, so the retention function is given a bucket, and its role the permission that
//! the template would give it. They can be repaired.

use std::fs;

use serde_json::json;

use super::faults::{Expected, Fault, Made, QUIET, role, set, set_all};
use super::optional::create_old_day;
use super::refused::refuse_in_bucket;
use crate::commands::smoke::archive_bucket;
use crate::error::Error;
use crate::running::Running;
use crate::state::attempt;

const BUCKET: &str = "logbraid-doctor-archive";
const VARIABLE: &str = "LOGBRAID_ARCHIVE_BUCKET";
const POLICY: &str = "archive-days";

/// The faults. The first is none: what is found there is as it should be.
pub(super) const ARCHIVE_FAULTS: &[Fault] = &[
    Fault::new(
        "an archive as it should be",
        QUIET,
        |running| with_bucket(running, &[], &[]),
        &[
            Expected("archive", "fine", "retention may write there, public access is blocked, versions are kept"),
            Expected("archive", "fine", "RetentionDryRun is on: no day is exported"),
        ],
    ),
    Fault::new(
        "no bucket for the archive",
        QUIET,
        |running| set(running, "retention", VARIABLE, "logbraid-doctor-nowhere"),
        &[
            Expected("archive", "problem", "there is no bucket logbraid-doctor-nowhere: no day is exported"),
            Expected("parameters", "warning", "retention has LOGBRAID_ARCHIVE_BUCKET"),
        ],
    ),
    Fault::new(
        "retention may not write to the archive",
        QUIET,
        |running| {
            let role = role(running, "retention")?;
            with_bucket(running, &[&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", POLICY]], &[])
        },
        &[Expected(
            "archive",
            "problem",
            "the role of retention may not do s3:PutObject and s3:GetObject in s3://logbraid-doctor-archive/",
        )],
    ),
    Fault::new(
        "an archive that refuses retention",
        QUIET,
        |running| {
            let made = with_bucket(running, &[], &[])?;
            refuse_in_bucket(running, BUCKET)?;
            Ok(made)
        },
        &[Expected("archive", "problem", "refuses s3:PutObject to the role of retention (statement Closed)")],
    ),
    Fault::new(
        "an archive that may be opened",
        QUIET,
        |running| with_bucket(running, &[&["s3api", "delete-public-access-block", "--bucket", BUCKET]], &[]),
        &[Expected("archive", "warning", "does not block public access")],
    ),
    Fault::new(
        "an archive without versions",
        QUIET,
        |running| with_bucket(running, &[&SUSPEND_VERSIONS], &[]),
        &[Expected("archive", "warning", "keeps no versions")],
    ),
    Fault::new(
        "an archive with another key",
        QUIET,
        with_another_key,
        &[Expected("archive", "warning", "and ArchiveKmsKeyArn is not given")],
    ),
    Fault::new(
        "a day that waits for its export",
        QUIET,
        |running| {
            let day = create_old_day(running)?;
            let made = with_bucket(running, &[], &[("LOGBRAID_RETENTION_DRY_RUN", "off")])?;
            Ok(Made::repaired_by(move |running| (made.repair)(running).and_then(|()| (day.repair)(running))))
        },
        &[
            // The setting was just changed, so the next run has not been yet.
            Expected(
                "archive",
                "fine",
                "1 day waits to be exported, the oldest 2020-01-01, and there is no export yet: retention was deployed",
            ),
            Expected("retention", "warning", "1 day is past RetentionDays 90"),
        ],
    ),
];

const SUSPEND_VERSIONS: [&str; 6] =
    ["s3api", "put-bucket-versioning", "--bucket", BUCKET, "--versioning-configuration", "Status=Suspended"];

/// Makes a bucket that is as it should be, makes a fault with the AWS client, and gives the bucket to the retention function with other
/// settings.
fn with_bucket(running: &Running, fault: &[&[&str]], settings: &[(&str, &str)]) -> Result<Made, Error> {
    let role = role(running, "retention")?;
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
    }] });
    let path = running.stack.folder.tmp().join("policy.json");
    attempt("write", &path, |path| fs::write(path, policy.to_string()))?;
    let file = format!("file://{}", path.display());
    let allow = ["iam", "put-role-policy", "--role-name", &role, "--policy-name", POLICY, "--policy-document", &file];
    archive_bucket::create(running, BUCKET)?;
    for call in [&allow[..]].iter().chain(fault) {
        running.deployer().aws(call)?;
    }
    let made = set_all(running, "retention", &[&[(VARIABLE, BUCKET)], settings].concat())?;
    Ok(Made::repaired_by(move |running| {
        (made.repair)(running)?;
        running.deployer().aws(&["s3api", "delete-bucket", "--bucket", BUCKET]).map(drop)
    }))
}

fn with_another_key(running: &Running) -> Result<Made, Error> {
    let key = running.deployer().ask(&["kms", "create-key"])?;
    let id = key["KeyMetadata"]["KeyId"].as_str().unwrap_or_default();
    let by_key = json!({ "SSEAlgorithm": "aws:kms", "KMSMasterKeyID": id });
    let rules = json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": by_key }] }).to_string();
    let encrypt =
        ["s3api", "put-bucket-encryption", "--bucket", BUCKET, "--server-side-encryption-configuration", &rules];
    with_bucket(running, &[&encrypt], &[])
}

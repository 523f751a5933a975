//! A running stack: the AWS client puts records on its stream, and its API returns them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::aws::{self, client_environment};
use crate::deploy::{Deployed, Deployer, STACK_NAME};
use crate::error::Error;
use crate::http;
use crate::interrupt::poll;
use crate::progress::step;
use crate::sample::{self, Sample};
use crate::stack::Stack;
use crate::state::attempt;
use crate::text::quoted;
use crate::tool::{Tool, command};
use crate::toolbox::Toolbox;
use crate::transaction::Transaction;

/// The longest time until a record can be queried. The first one starts both functions.
const VISIBLE_LIMIT: Duration = Duration::from_mins(1);
/// The longest time for commands in a shell. A section of the runbook calls the AWS client a dozen times.
const SHELL_LIMIT: Duration = Duration::from_mins(3);
const NOT_FOUND: u16 = 404;
const OK: u16 = 200;

/// A running stack.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) toolbox: Toolbox,
    pub(crate) aws_port: u16,
    pub(crate) deployed: Deployed,
    pub(crate) mongodb_uri: String,
}

impl Running<'_> {
    /// Returns the same with another deployment.
    pub(crate) fn with(&self, deployed: Deployed) -> Self {
        let Self { stack, toolbox, aws_port, mongodb_uri, .. } = self;
        Self { stack, toolbox: toolbox.clone(), aws_port: *aws_port, deployed, mongodb_uri: mongodb_uri.clone() }
    }

    /// Returns the base address of the query API.
    pub(crate) fn url(&self) -> String {
        aws::api_url(self.aws_port, &self.deployed.api_id)
    }

    pub(crate) fn stream(&self) -> &str {
        &self.deployed.stream
    }

    /// Deletes the deployed stack. Fails unless the stream and the bucket for failed batches survive it.
    pub(crate) fn delete(&self) -> Result<(), Error> {
        let deployer = self.deployer();
        step("delete the stack", || deployer.delete())?;
        let Deployed { stream, failed_bucket, .. } = &self.deployed;
        step("the stream is still there", || {
            deployer.aws(&["kinesis", "describe-stream-summary", "--stream-name", stream])
        })?;
        step("the bucket for failed batches is still there", || {
            deployer.aws(&["s3api", "head-bucket", "--bucket", failed_bucket])
        })?;
        Ok(())
    }

    /// Runs a command in a shell that has sourced the env file. Returns what it printed.
    pub(crate) fn shell(&self, script: &str) -> Result<String, Error> {
        let tool = Tool {
            what: "a shell with the env file",
            hint: "make logs shows what the functions say",
            limit: SHELL_LIMIT,
            log: self.stack.folder.log("shell"),
        };
        let mut sh = command(Path::new("sh"));
        sh.args(["-c", &format!(r#". "$1" && {script}"#), "sh"]).arg(self.stack.folder.env());
        tool.read(&mut sh)
    }

    pub(crate) fn deployer(&self) -> Deployer<'_> {
        self.stack.deployer(&self.toolbox, self.aws_port)
    }

    /// Reads a transaction; none if there is none with this uid.
    pub(crate) fn transaction(&self, uid: &str) -> Result<Option<Transaction>, Error> {
        let url = format!("{}/transactions/{uid}", self.url());
        let answer = http::get(&url)?;
        match answer.status {
            OK => Transaction::parse(&answer.body).map(Some),
            NOT_FOUND => Ok(None),
            status => Err(Error::Refused { url, status, body: answer.body }),
        }
    }

    /// Waits until a transaction has this many records.
    pub(crate) fn wait_for(&self, uid: &str, records: usize) -> Result<Transaction, Error> {
        poll(VISIBLE_LIMIT, || {
            self.transaction(uid).map(|found| found.filter(|transaction| transaction.record_count >= records))
        })?
        .ok_or(Error::Unseen { uid: uid.to_owned(), records, waited: VISIBLE_LIMIT })
    }

    /// Puts the sample order on the stream unless it is filed already. Waits until all of it can be queried.
    pub(crate) fn sample_order(&self) -> Result<Transaction, Error> {
        if step("query API", || self.transaction(sample::UID))?.is_none() {
            step("sample order: aws kinesis put-records", || self.put_sample())?;
        }
        step("sample order: query it", || self.wait_for(sample::UID, sample::RECORDS))
    }

    fn put_sample(&self) -> Result<(), Error> {
        let sample = Sample::ending_at(SystemTime::now())?;
        let path = self.stack.folder.tmp().join("put-records.json");
        let input = sample.put_records_input(&self.deployed.stream);
        attempt("write", &path, |path| fs::write(path, input))?;
        let file = format!("file://{}", path.display());
        let answer = self.deployer().aws(&["kinesis", "put-records", "--cli-input-json", &file])?;
        match PutRecords::parse(&answer)?.failed {
            0 => Ok(()),
            failed => Err(Error::Put { failed, sent: sample.len() }),
        }
    }

    /// Puts one record on the stream with the AWS client.
    pub(crate) fn put(&self, payload: &str) -> Result<(), Error> {
        let stream = self.stream();
        let arguments =
            ["kinesis", "put-record", "--stream-name", stream, "--partition-key", "smoke", "--data", payload];
        self.deployer().aws(&arguments).map(drop)
    }

    /// Calls a function of the stack with an empty event. Returns its answer.
    pub(crate) fn invoke(&self, function: &str) -> Result<String, Error> {
        let path = self.stack.folder.tmp().join("answer.json");
        let name = format!("{STACK_NAME}-{function}");
        let file = path.display().to_string();
        self.deployer().aws(&["lambda", "invoke", "--function-name", &name, "--payload", "{}", &file])?;
        attempt("read", &path, |path| fs::read_to_string(path))
    }

    /// Returns MongoDB's address for display. The user's own address may contain a password, so it is not shown.
    pub(crate) fn mongodb_address(&self) -> &str {
        if self.is_given() { "the one that MONGODB_URI names" } else { &self.mongodb_uri }
    }

    fn is_given(&self) -> bool {
        self.stack.given_mongodb.as_ref() == Some(&self.mongodb_uri)
    }

    /// Returns the file that a shell sources to use the stack.
    pub(crate) fn env_file(&self) -> String {
        let mut text = String::from("# Written by make run, removed by make stop. Use it with: . .local/env\n");
        let mut export = |name: &str, value: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "export {name}={}", quoted(value));
        };
        for (name, value) in client_environment(self.aws_port) {
            export(name, &value);
        }
        export("LOGBRAID_STREAM", self.stream());
        export("LOGBRAID_URL", &self.url());
        export("MONGODB_URI", &self.mongodb_uri);
        export("LOGBRAID_DB", &self.stack.database);
        let bin = quoted(&self.stack.folder.bin().display().to_string());
        text.push_str("unset AWS_PROFILE AWS_SESSION_TOKEN\n");
        let _ = writeln!(text, "case \":$PATH:\" in *:{bin}:*) ;; *) export PATH={bin}:\"$PATH\" ;; esac");
        text
    }
}

#[derive(Deserialize)]
struct PutRecords {
    #[serde(rename = "FailedRecordCount", default)]
    failed: u64,
}

impl PutRecords {
    fn parse(answer: &str) -> Result<Self, Error> {
        serde_json::from_str(answer).map_err(|source| Error::Answer { what: "aws kinesis put-records", source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_records_are_counted() {
        let answer = r#"{"FailedRecordCount": 2, "Records": []}"#;
        assert_eq!(PutRecords::parse(answer).unwrap().failed, 2);
    }
}

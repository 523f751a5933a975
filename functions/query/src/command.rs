//! The command line: a function on Lambda has none, a developer asks for an address.

use std::net::SocketAddr;

use runtime::Environment;

const HELP: &str = "\
logbraid query: answers what happened in a transaction

usage: query --listen ADDRESS:PORT   serve plain HTTP there; port 0 takes a free one and logs it
       query --help
       query --version
       query                         serve as a Lambda function, which only Lambda can start

environment:
  MONGODB_URI                   MongoDB's connection string, or
  MONGODB_SECRET_ARN            the Secrets Manager secret that holds it
  LOGBRAID_DB                   database (logbraid)
  LOGBRAID_COLLECTION_PREFIX    what the collections' names begin with (kinesis_logs_)
  LOGBRAID_MONGODB_TIMEOUT_MS   how long to look for MongoDB (5000)
  LOGBRAID_SEARCH_TIME_MS       how long to look for records (10000)
  RUST_LOG                      level of the log (info)

example: MONGODB_URI=mongodb://localhost query --listen 127.0.0.1:8080
         curl http://127.0.0.1:8080/transactions/6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
const VERSION: &str = concat!("query ", env!("CARGO_PKG_VERSION"));
const LISTEN: &str = "--listen";
/// What Lambda sets for the functions that it starts.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// What the program is to do.
#[derive(Debug, Eq, PartialEq)]
pub enum Command {
    /// Print this, and nothing else.
    Print(&'static str),
    /// Answer requests.
    Serve(RequestSource),
}

/// Where requests come from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestSource {
    /// Lambda's runtime API.
    Lambda,
    /// Plain HTTP on this address.
    Http(SocketAddr),
}

/// The program was called wrongly. What it says is for the person who did.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum UsageError {
    /// An argument that does not exist.
    #[error("query: unknown argument `{0}`; `query --help` tells what there is")]
    Unknown(String),
    /// No address after `--listen`.
    #[error("query: --listen needs an address, such as --listen 127.0.0.1:8080")]
    NoAddress,
    /// Something else after `--listen`.
    #[error("query: `{0}` is not an address to listen on: expected IP:PORT, such as 127.0.0.1:8080")]
    BadAddress(String),
    /// No arguments, and no Lambda either.
    #[error("query: not started by Lambda ({RUNTIME_API} is not set); for plain HTTP: query --listen 127.0.0.1:8080")]
    NotOnLambda,
}

impl Command {
    /// What the arguments ask for.
    pub fn parse(
        mut args: impl Iterator<Item = String>,
        env: &(impl Environment + ?Sized),
    ) -> Result<Self, UsageError> {
        let Some(first) = args.next() else {
            let on_lambda = env.get(RUNTIME_API).is_some_and(|address| !address.is_empty());
            return if on_lambda { Ok(Self::Serve(RequestSource::Lambda)) } else { Err(UsageError::NotOnLambda) };
        };
        let command = match first.as_str() {
            "--help" | "-h" => Self::Print(HELP),
            "--version" | "-V" => Self::Print(VERSION),
            LISTEN => Self::Serve(RequestSource::Http(address(args.next())?)),
            other => match other.strip_prefix(LISTEN).and_then(|rest| rest.strip_prefix('=')) {
                Some(text) => Self::Serve(RequestSource::Http(address(Some(text.to_owned()))?)),
                None => return Err(UsageError::Unknown(first)),
            },
        };
        args.next().map_or(Ok(command), |more| Err(UsageError::Unknown(more)))
    }
}

fn address(text: Option<String>) -> Result<SocketAddr, UsageError> {
    let text = text.ok_or(UsageError::NoAddress)?;
    text.parse().map_err(|_| UsageError::BadAddress(text))
}

#[cfg(test)]
mod tests {
    use super::{Command, HELP, RequestSource, VERSION};

    #[test]
    fn arguments_say_what_to_do() {
        fn check(args: &[&str], env: &[(&str, &str)], expect: Result<Command, &str>) {
            let command = Command::parse(args.iter().map(|arg| (*arg).to_owned()), env);
            assert_eq!(command.map_err(|error| error.to_string()), expect.map_err(str::to_owned), "{args:?}");
        }
        let lambda = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")];
        let listen = |address: &str| Ok(Command::Serve(RequestSource::Http(address.parse().unwrap())));
        check(&[], &lambda, Ok(Command::Serve(RequestSource::Lambda)));
        check(
            &[],
            &[],
            Err(
                "query: not started by Lambda (AWS_LAMBDA_RUNTIME_API is not set); for plain HTTP: query --listen 127.0.0.1:8080",
            ),
        );
        check(&["--listen", "127.0.0.1:8080"], &[], listen("127.0.0.1:8080"));
        check(&["--listen=[::1]:0"], &[], listen("[::1]:0"));
        check(&["--listen", "127.0.0.1:8080"], &lambda, listen("127.0.0.1:8080"));
        check(&["--help"], &[], Ok(Command::Print(HELP)));
        check(&["-V"], &[], Ok(Command::Print(VERSION)));
        check(&["--listen"], &[], Err("query: --listen needs an address, such as --listen 127.0.0.1:8080"));
        check(
            &["--listen", "localhost"],
            &[],
            Err("query: `localhost` is not an address to listen on: expected IP:PORT, such as 127.0.0.1:8080"),
        );
        check(&["--port", "1"], &[], Err("query: unknown argument `--port`; `query --help` tells what there is"));
        check(&["--help", "me"], &[], Err("query: unknown argument `me`; `query --help` tells what there is"));
    }
}

//! The command line: Lambda passes no arguments, a developer passes an address.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;

use lexopt::Arg::{Long, Short};
use lexopt::{Error, Parser};
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
  LOGBRAID_MONGODB_CONNECTIONS  connections to each server of MongoDB (10)
  LOGBRAID_MONGODB_PLAINTEXT    whether a network to MongoDB may be unencrypted: on or off (off)
  LOGBRAID_SEARCH_TIME_MS       how long to look for records (10000)
  LOGBRAID_FAILED_BUCKET        S3 bucket of the batches that Lambda gave up (none)
  LOGBRAID_STREAM_RETENTION_HOURS
                                how long the stream keeps records (24)
  LOGBRAID_API_AUTHORIZATION    who may ask, which something in front of this checks: AWS_IAM or JWT (NONE)
  LOGBRAID_JWT_ISSUER           with JWT: the OpenID Connect provider where the page signs in
  LOGBRAID_JWT_CLIENT_ID        with JWT: the id of the page there
  LOGBRAID_JWT_AUDIENCE         with JWT: what tokens have to be for (the id of the page)
  LOGBRAID_JWT_SCOPE            with JWT: what the page asks for (openid)
  LOGBRAID_JWT_ORIGINS          with JWT: the provider's other origins, with commas between them (none)
  LOGBRAID_TENANT_CLAIM         with JWT: the claim of a token that names the tenant whose records it shows (none: all)
  LOGBRAID_TENANT_FIELD         the field of a record that has to be that name (tenant)
  LOGBRAID_TENANT_ALL           the name that shows the records of all tenants (none)
  RUST_LOG                      level of the log (info)

example: MONGODB_URI=mongodb://localhost query --listen 127.0.0.1:8080
         curl http://127.0.0.1:8080/transactions/6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f";
const VERSION: &str = concat!("query ", env!("CARGO_PKG_VERSION"));
/// The variable that Lambda sets for the functions that it starts.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// What the program does.
#[derive(Debug, Eq, PartialEq)]
pub enum Command {
    /// Prints a text and ends.
    Print(&'static str),
    /// Answers requests.
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

/// An error in the command line. The message is for the person who typed it.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum UsageError {
    /// There is no such argument.
    #[error("query: unknown argument `{0}`. Run `query --help` for the arguments")]
    Unknown(String),
    /// `--listen` has no address.
    #[error("query: --listen needs an address, such as --listen 127.0.0.1:8080")]
    NoAddress,
    /// The value of `--listen` is not an address.
    #[error("query: `{0}` is not an address to listen on. Use IP:PORT, such as 127.0.0.1:8080")]
    BadAddress(String),
    /// There are no arguments, and Lambda did not start the program.
    #[error("query: not started by Lambda ({RUNTIME_API} is not set). For plain HTTP: query --listen 127.0.0.1:8080")]
    NotOnLambda,
}

impl Command {
    /// Reads the arguments, without the program's name.
    pub fn parse(
        args: impl IntoIterator<Item = OsString>,
        env: &(impl Environment + ?Sized),
    ) -> Result<Self, UsageError> {
        let mut parser = Parser::from_args(args);
        let command = match parser.next().map_err(unknown)? {
            None => {
                let on_lambda = env.get(RUNTIME_API).is_some_and(|address| !address.is_empty());
                return if on_lambda { Ok(Self::Serve(RequestSource::Lambda)) } else { Err(UsageError::NotOnLambda) };
            }
            Some(Long("help") | Short('h')) => Self::Print(HELP),
            Some(Long("version") | Short('V')) => Self::Print(VERSION),
            Some(Long("listen")) => {
                let address = parser.value().map_err(|_| UsageError::NoAddress)?;
                Self::Serve(RequestSource::Http(listen_address(&address)?))
            }
            Some(argument) => return Err(unknown(argument.unexpected())),
        };
        match parser.next().map_err(unknown)? {
            None => Ok(command),
            Some(argument) => Err(unknown(argument.unexpected())),
        }
    }
}

fn listen_address(text: &OsStr) -> Result<SocketAddr, UsageError> {
    let text = text.to_string_lossy();
    text.parse().map_err(|_| UsageError::BadAddress(text.into_owned()))
}

fn unknown(error: Error) -> UsageError {
    UsageError::Unknown(match error {
        Error::UnexpectedOption(option) => option,
        Error::UnexpectedArgument(argument) => argument.to_string_lossy().into_owned(),
        Error::UnexpectedValue { option, value } => format!("{option}={}", value.to_string_lossy()),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::{Command, HELP, RequestSource, VERSION};

    #[test]
    fn arguments_say_what_to_do() {
        fn check(args: &[&str], env: &[(&str, &str)], expect: Result<Command, &str>) {
            let command = Command::parse(args.iter().map(OsString::from), env);
            assert_eq!(command.map_err(|error| error.to_string()), expect.map_err(str::to_owned), "{args:?}");
        }
        let lambda = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")];
        let listen = |address: &str| Ok(Command::Serve(RequestSource::Http(address.parse().unwrap())));
        check(&[], &lambda, Ok(Command::Serve(RequestSource::Lambda)));
        check(
            &[],
            &[],
            Err(
                "query: not started by Lambda (AWS_LAMBDA_RUNTIME_API is not set). For plain HTTP: query --listen 127.0.0.1:8080",
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
            Err("query: `localhost` is not an address to listen on. Use IP:PORT, such as 127.0.0.1:8080"),
        );
        check(&["--port", "1"], &[], Err("query: unknown argument `--port`. Run `query --help` for the arguments"));
        check(&["--help=me"], &[], Err("query: unknown argument `--help=me`. Run `query --help` for the arguments"));
        check(
            &["--listen", "[::1]:0", "-V"],
            &[],
            Err("query: unknown argument `-V`. Run `query --help` for the arguments"),
        );
        check(
            &["--listen="],
            &[],
            Err("query: `` is not an address to listen on. Use IP:PORT, such as 127.0.0.1:8080"),
        );
        check(&["--help", "me"], &[], Err("query: unknown argument `me`. Run `query --help` for the arguments"));
    }
}

//! The commands.

use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::time::Instant;

use crate::cache::Cache;
use crate::deploy::find_project;
use crate::error::Error;
use crate::logs;
use crate::ministack::REGION;
use crate::progress::step;
use crate::running::Running;
use crate::stack::Stack;
use crate::state::{Folder, attempt_if_there};
use crate::tool::command;
use crate::toolbox;
use crate::transaction::Style;

mod smoke;

pub(crate) use smoke::smoke;

/// State folder of the stack in a checkout.
const FOLDER: &str = ".local";
/// Database of that stack.
const DATABASE: &str = "logbraid";

/// Starts everything, shows the sample order, leaves everything running.
pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    let stack = own_stack()?;
    let _lock = stack.folder.lock()?;
    println!("Starting the local stack (state and logs in {FOLDER}/)\n");
    let running = stack.start()?;
    let transaction = running.sample_order()?;
    println!("\n{}", transaction.render(style()));
    print!("{}", how_to_go_on(&running));
    println!("\nUp after {:.1} s. It stays up until make stop.", start.elapsed().as_secs_f64());
    Ok(())
}

/// Stops everything; the data stays.
pub(crate) fn stop() -> Result<(), Error> {
    let stack = own_stack()?;
    let _lock = stack.folder.lock()?;
    let any = step("stopping", || stack.stop())?;
    println!("{}", if any { "Stopped; the data is kept for the next make run." } else { "Nothing was running." });
    Ok(())
}

/// Stops everything and removes all traces from the checkout.
pub(crate) fn clean() -> Result<(), Error> {
    let stack = own_stack()?;
    let lock = stack.folder.lock()?;
    step("stopping", || stack.stop())?;
    step("removing .local", || attempt_if_there("remove", stack.folder.root(), |root| fs::remove_dir_all(root)))?;
    drop(lock);
    Ok(())
}

/// Follows what the functions write.
pub(crate) fn logs() -> Result<(), Error> {
    let port = own_stack()?.folder.load()?.aws.running_port().ok_or(Error::NotRunning)?;
    println!("What the functions write, until Ctrl-C. MongoDB, the local AWS and the tools: {FOLDER}/logs/\n");
    logs::follow(port)
}

/// Checks the template as AWS would read it.
pub(crate) fn lint() -> Result<(), Error> {
    let sam = toolbox::sam(&Cache::from_env().map_err(Error::Tools)?)?;
    let mut validate = command(&sam);
    validate
        .args(["validate", "--lint", "--region", REGION])
        .current_dir(find_project()?)
        .env("SAM_CLI_TELEMETRY", "0");
    Err(Error::Spawn { program: sam, hint: "run it again", source: validate.exec() })
}

fn own_stack() -> Result<Stack, Error> {
    let project = find_project()?;
    Ok(Stack {
        folder: Folder::open(project.join(FOLDER))?,
        cache: Cache::from_env().map_err(Error::Tools)?,
        given_mongodb: given_mongodb(),
        database: DATABASE.to_owned(),
        project,
    })
}

fn given_mongodb() -> Option<String> {
    env::var("MONGODB_URI").ok().filter(|uri| !uri.is_empty())
}

fn style() -> Style {
    let is_wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if is_wanted && io::stdout().is_terminal() { Style::Coloured } else { Style::Plain }
}

fn how_to_go_on(running: &Running) -> String {
    format!(
        r#"Go on by hand:

  . {FOLDER}/env
  aws kinesis put-record --stream-name "$LOGBRAID_STREAM" --partition-key me --data '{{"log_uid": "my-first", "service": "shell", "levelname": "INFO", "message": "hello"}}'
  curl -s "$LOGBRAID_URL/transactions/my-first"

  stream      {stream}
  query API   {url}
  MongoDB     {mongodb}
"#,
        stream = running.stream(),
        url = running.url(),
        mongodb = running.mongodb_address(),
    )
}

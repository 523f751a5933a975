//! The commands.

use std::env;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::os::unix::process::CommandExt as _;
use std::time::Instant;

use crate::architecture::Architecture;
use crate::cache::Cache;
use crate::deploy::find_project;
use crate::error::Error;
use crate::lifecycle::{self, Build};
use crate::page::{Page, Task};
use crate::progress::step;
use crate::running::Running;
use crate::stack::Stack;
use crate::state::{Folder, attempt_if_there};
use crate::tool::command;
use crate::transaction::Style;
use crate::{lint, logbraid, logs, order, python, release, toolbox, wheels};

mod smoke;

pub(crate) use smoke::{Scope, smoke};

/// The state folder in a checkout.
const FOLDER: &str = ".local";
/// The database of the stack in a checkout.
const DATABASE: &str = "logbraid";

/// Starts everything, lets the services of `examples/order` place orders, and leaves everything running.
pub(crate) fn run() -> Result<(), Error> {
    let start = Instant::now();
    let stack = own_stack()?;
    let _lock = stack.folder.lock()?;
    println!("Starting the local stack (state and logs in {FOLDER}/)\n");
    let running = lifecycle::start(&stack, Build::Debug)?;
    step("logbraid", || logbraid::install(&stack.project, &stack.folder))?;
    let transaction = order::place(&running)?;
    println!("\n{}", transaction.render(style()));
    print!("{}", next_steps(&running, &transaction.log_uid));
    println!("\nUp after {:.1} s. It stays up until make stop.", start.elapsed().as_secs_f64());
    Ok(())
}

/// Stops everything; the data stays.
pub(crate) fn stop() -> Result<(), Error> {
    let stack = own_stack()?;
    let _lock = stack.folder.lock()?;
    let any = step("stopping", || lifecycle::stop(&stack))?;
    println!("{}", if any { "Stopped; the data is kept for the next make run." } else { "Nothing was running." });
    Ok(())
}

/// Stops everything, and removes the state folder.
pub(crate) fn clean() -> Result<(), Error> {
    let stack = own_stack()?;
    let lock = stack.folder.lock()?;
    step("stopping", || lifecycle::stop(&stack))?;
    step("removing .local", || attempt_if_there("remove", stack.folder.root(), |root| fs::remove_dir_all(root)))?;
    drop(lock);
    Ok(())
}

/// Follows the functions' logs.
pub(crate) fn logs() -> Result<(), Error> {
    let port = own_stack()?.folder.load()?.aws.running_port().ok_or(Error::NotRunning)?;
    println!("The functions' logs, until Ctrl-C. MongoDB, the local AWS and the tools: {FOLDER}/logs/\n");
    logs::follow(port)
}

/// Builds the release zips for AWS.
pub(crate) fn build(architecture: &str) -> Result<(), Error> {
    let architecture =
        Architecture::parse(architecture).ok_or_else(|| Error::Architecture { name: architecture.to_owned() })?;
    let project = find_project()?;
    let folder = Folder::open(project.join(FOLDER))?;
    let cache = Cache::from_env().map_err(Error::Tools)?;
    println!("Building the release zips for {architecture} (logs in {FOLDER}/logs/)\n");
    let zips = release::build(&project, &folder, &cache, architecture)?;
    println!();
    for zip in zips {
        println!("  {zip}");
    }
    println!("\nThe zips are in .aws-sam/zips/. To deploy: sam deploy --guided");
    Ok(())
}

/// Checks the templates.
pub(crate) fn lint() -> Result<(), Error> {
    let project = find_project()?;
    let folder = Folder::open(project.join(FOLDER))?;
    lint::lint(&project, &folder, &Cache::from_env().map_err(Error::Tools)?)
}

/// Checks the dependencies: `cargo deny check` with these checks.
pub(crate) fn deny(checks: &[&str]) -> Result<(), Error> {
    let cargo_deny = toolbox::cargo_deny(&Cache::from_env().map_err(Error::Tools)?)?;
    let mut deny = command(&cargo_deny);
    deny.args(["--locked", "check", "--hide-inclusion-graph", "--allow", "duplicate"])
        .args(checks)
        .current_dir(find_project()?);
    Err(Error::Spawn { program: cargo_deny, hint: "run it again", source: deny.exec() })
}

/// Builds the Python package's wheel and checks the package.
pub(crate) fn python() -> Result<(), Error> {
    let project = find_project()?;
    let folder = Folder::open(project.join(FOLDER))?;
    python::check(&project, &folder, &Cache::from_env().map_err(Error::Tools)?)
}

/// Builds the Python package's wheels for all platforms.
pub(crate) fn wheels() -> Result<(), Error> {
    let project = find_project()?;
    let folder = Folder::open(project.join(FOLDER))?;
    wheels::build(&project, &folder, &Cache::from_env().map_err(Error::Tools)?)
}

/// Builds the Python package's wheel and measures its handler beside those of others.
pub(crate) fn bench_python() -> Result<(), Error> {
    let project = find_project()?;
    let folder = Folder::open(project.join(FOLDER))?;
    python::bench(&project, &folder, &Cache::from_env().map_err(Error::Tools)?)
}

/// Builds or checks the page.
pub(crate) fn page(task: Task) -> Result<(), Error> {
    let project = find_project()?;
    let log = Folder::open(project.join(FOLDER))?.log("npm");
    Err(Page::open(&project, &Cache::from_env().map_err(Error::Tools)?, log)?.run(task))
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

/// Returns what a user can do next.
fn next_steps(running: &Running, uid: &str) -> String {
    format!(
        r#"Try it:

  . {FOLDER}/env
  logbraid open {uid}
  logbraid get {uid}
  logbraid get {uid} --tree
  logbraid tail -f
  echo '{{"log_uid": "my-first", "service": "shell", "levelname": "INFO", "message": "hello"}}' | logbraid put

  page        {url}/ui/transactions/{uid}
  query API   {url}
  stream      {stream}
  MongoDB     {mongodb}
"#,
        stream = running.stream(),
        url = running.url(),
        mongodb = running.mongodb_address(),
    )
}

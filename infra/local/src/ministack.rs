//! Starts the local AWS: one process on one loopback port.

use std::env;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::aws::{CREDENTIAL, REGION, endpoint};
use crate::error::Error;
use crate::http;
use crate::interrupt::poll;
use crate::port::{free_port, is_free};
use crate::process::Process;
use crate::state::{Folder, Server, attempt, attempt_if_there};
use crate::tool::Tool;

/// The longest time until it answers. Half a second is usual.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Starts the local AWS, on the given port if that is still free. Waits until it answers.
pub(crate) fn start(program: &Path, folder: &Folder, port: Option<u16>) -> Result<(Server, u16), Error> {
    let port = match port.filter(|&port| is_free(port)) {
        Some(port) => port,
        None => free_port().map_err(Error::Port)?,
    };
    let tool = Tool {
        what: "starting the local AWS",
        hint: "run make stop, then make run",
        limit: READY_LIMIT,
        log: folder.log("aws"),
    };
    // The functions that the last process unpacked.
    attempt_if_there("remove", &folder.tmp(), |path| fs::remove_dir_all(path))?;
    attempt("create", &folder.tmp(), |path| fs::create_dir(path))?;
    let mut child = spawn(program, folder, port, &tool)?;
    let process = Process::of(child.id());
    let health = format!("{}/_ministack/health", endpoint(port));
    let ready = poll(READY_LIMIT, || {
        if let Some(status) = attempt("wait for", program, |_| child.try_wait())? {
            return Err(tool.failed(status));
        }
        Ok(http::get(&health).ok().filter(|answer| answer.status == 200).map(drop))
    });
    match ready {
        Ok(Some(())) => Ok((Server { port: Some(port), process: Some(process) }, port)),
        Ok(None) => process.end().and(Err(tool.late())),
        Err(error) => process.end().and(Err(error)),
    }
}

fn spawn(program: &Path, folder: &Folder, port: u16, tool: &Tool) -> Result<Child, Error> {
    let log = attempt("write", &tool.log, |path| File::create(path))?;
    let errors = attempt("write", &tool.log, |_| log.try_clone())?;
    let mut command = Command::new(program);
    // The functions inherit this environment, so it has only what AWS would give them.
    command.env_clear();
    for name in ["HOME", "PATH"] {
        if let Some(value) = env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint(port))
        .env("AWS_ACCESS_KEY_ID", CREDENTIAL)
        .env("AWS_SECRET_ACCESS_KEY", CREDENTIAL)
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("MINISTACK_HOST", "localhost")
        .env("MINISTACK_REGION", REGION)
        // These two services would listen on all interfaces.
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .env("TMPDIR", folder.tmp())
        .current_dir(folder.tmp())
        // A process group of its own: it outlives this command, and ends with its functions.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|source| Error::Spawn { program: program.to_owned(), hint: tool.hint, source })
}

//! Waits until a server that listens accepts writes.

use std::io;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind, Result};
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};

/// The longest time that one attempt looks for the server.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest time for the election in a set of one member. It takes well under a second.
const ELECTION_DEADLINE: Duration = Duration::from_secs(30);
/// How often the election is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The server's error code for initiating a set that has a configuration already.
const ALREADY_INITIALIZED: i32 = 23;

/// Makes the server the primary of its replica set. A standalone server only gets a ping.
pub(super) fn make_writable(port: u16, replica_set: Option<&str>) -> Result<()> {
    // A direct connection, since the driver does not find a member of an uninitiated set otherwise.
    with_client(&super::uri(port, None), async |client| {
        let admin = client.database("admin");
        match replica_set {
            None => ping_with(&admin).await,
            Some(name) => become_primary(&admin, name, &format!("127.0.0.1:{port}")).await,
        }
    })
}

/// Fails if no server answers.
pub(crate) fn ping(uri: &str) -> Result<()> {
    with_client(uri, async |client| ping_with(&client.database("admin")).await)
}

/// Drops a database with all its data.
pub(crate) fn drop_database(uri: &str, name: &str) -> Result<()> {
    with_client(uri, async |client| client.database(name).drop().await)
}

/// Runs a command on a database.
pub(crate) fn run_command(uri: &str, name: &str, command: Document) -> Result<()> {
    with_client(uri, async |client| client.database(name).run_command(command).await.map(drop))
}

/// Runs the driver on a thread with a runtime of its own, since the caller may already run in a runtime.
fn with_client(uri: &str, act: impl AsyncFnOnce(&Client) -> Result<()> + Send) -> Result<()> {
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut options = ClientOptions::parse(uri).await?;
            options.server_selection_timeout = Some(SELECTION_TIMEOUT);
            let client = Client::with_options(options)?;
            let outcome = act(&client).await;
            client.shutdown().immediate(true).await;
            outcome
        })
    };
    thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panic| resume_unwind(panic)))
}

async fn ping_with(admin: &Database) -> Result<()> {
    admin.run_command(doc! { "ping": 1 }).await.map(drop)
}

async fn become_primary(admin: &Database, set: &str, host: &str) -> Result<()> {
    let config = doc! { "_id": set, "version": 1, "members": [{ "_id": 0, "host": host }] };
    match admin.run_command(doc! { "replSetInitiate": config }).await {
        Ok(_) => {}
        Err(error) if is_code(&error, ALREADY_INITIALIZED) => move_to(admin, host).await?,
        Err(error) => return Err(error),
    }
    let deadline = Instant::now() + ELECTION_DEADLINE;
    loop {
        let hello = admin.run_command(doc! { "hello": 1 }).await?;
        if hello.get_bool("isWritablePrimary").unwrap_or(false) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(io::Error::new(io::ErrorKind::TimedOut, format!("no primary in set {set}")).into());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Changes the member's host in the configuration, since the data may come from a server on another port.
async fn move_to(admin: &Database, host: &str) -> Result<()> {
    let answer = admin.run_command(doc! { "replSetGetConfig": 1 }).await?;
    let Ok(config) = answer.get_document("config") else {
        return Ok(());
    };
    match moved(config, host) {
        Some(moved) => admin.run_command(doc! { "replSetReconfig": moved, "force": true }).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Returns the configuration with its only member on the given host; none if nothing has to change.
fn moved(config: &Document, host: &str) -> Option<Document> {
    let [member] = config.get_array("members").ok()?.as_slice() else {
        return None;
    };
    let member = member.as_document().filter(|member| member.get_str("host").ok() != Some(host))?;
    let version = config.get_i32("version").ok()?;
    let mut member = member.clone();
    member.insert("host", host);
    let mut config = config.clone();
    config.insert("members", vec![member]);
    config.insert("version", version + 1);
    Some(config)
}

fn is_code(error: &Error, code: i32) -> bool {
    matches!(&*error.kind, ErrorKind::Command(command) if command.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_one_moves_to_the_new_port() {
        let config = doc! { "_id": "rs0", "version": 1, "members": [{ "_id": 0, "host": "127.0.0.1:1" }] };
        assert_eq!(moved(&config, "127.0.0.1:1"), None);
        assert_eq!(
            moved(&config, "127.0.0.1:2"),
            Some(doc! { "_id": "rs0", "version": 2, "members": [{ "_id": 0, "host": "127.0.0.1:2" }] })
        );
    }

    #[test]
    fn a_set_of_many_is_left_alone() {
        let config = doc! { "version": 1, "members": [{ "host": "a:1" }, { "host": "b:1" }] };
        assert_eq!(moved(&config, "c:1"), None);
    }
}

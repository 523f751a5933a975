//! A replica set of three servers.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;

use super::server::OwnServer;
use crate::wait::until_some;

const NAME: &str = "three";
const MEMBERS: usize = 3;
/// The election timeout. AWS and Atlas have 5 s and more; less than this is too little for a busy machine.
const ELECTION_TIMEOUT: Duration = Duration::from_secs(2);
const SELECTION_TIMEOUT: Duration = Duration::from_secs(1);

/// A test's own replica set of three members. The test may kill and restart them.
#[derive(Debug)]
pub struct ReplicaSet {
    members: Vec<OwnServer>,
}

impl ReplicaSet {
    /// Starts three servers and waits until one is the primary.
    pub async fn start() -> Self {
        let starting: Vec<_> = (0..MEMBERS).map(|_| std::thread::spawn(|| OwnServer::start_member(NAME))).collect();
        let members = starting.into_iter().map(|member| member.join().expect("the member starts")).collect();
        let set = Self { members };
        let hosts = set.members.iter().zip(0_i32..);
        let hosts: Vec<Document> = hosts.map(|(member, id)| doc! { "_id": id, "host": host(member) }).collect();
        let millis = i64::try_from(ELECTION_TIMEOUT.as_millis()).expect("not for ever");
        let settings = doc! { "electionTimeoutMillis": millis };
        let config = doc! { "_id": NAME, "version": 1, "members": hosts, "settings": settings };
        set.on(0, doc! { "replSetInitiate": config }).await.expect("three empty servers become a set");
        set.primary().await;
        set
    }

    /// Returns the connection string.
    #[must_use]
    pub fn uri(&self) -> String {
        let hosts: Vec<String> = self.members.iter().map(host).collect();
        format!("mongodb://{}/?replicaSet={NAME}", hosts.join(","))
    }

    /// Waits for a primary that a majority follows. Returns its number.
    pub async fn primary(&self) -> usize {
        until_some("a primary", async || {
            for number in 0..self.members.len() {
                let hello = self.on(number, doc! { "hello": 1 }).await;
                if hello.is_ok_and(|hello| hello.get_bool("isWritablePrimary").unwrap_or_default()) {
                    return Some(number);
                }
            }
            None
        })
        .await
    }

    /// Lets the primary step down, as before maintenance, so that another one is elected.
    pub async fn step_down(&self) {
        until_some("a primary that steps down", async || {
            let primary = self.primary().await;
            // The server refuses this until another member has caught up.
            self.on(primary, doc! { "replSetStepDown": 10, "secondaryCatchUpPeriodSecs": 5 }).await.ok()
        })
        .await;
    }

    /// Kills a member, as a power failure would.
    pub fn kill(&mut self, number: usize) {
        self.members[number].kill();
    }

    /// Restarts a member with its data.
    pub fn restart(&mut self, number: usize) {
        self.members[number].restart();
    }

    /// Stops replication. The members still vote.
    pub async fn hold_back(&self, primary: usize) {
        self.on_others(primary, doc! { "configureFailPoint": "stopReplProducer", "mode": "alwaysOn" }).await;
    }

    /// Starts replication again.
    pub async fn let_follow(&self, primary: usize) {
        self.on_others(primary, doc! { "configureFailPoint": "stopReplProducer", "mode": "off" }).await;
    }

    async fn on_others(&self, primary: usize, command: Document) {
        for number in (0..self.members.len()).filter(|number| *number != primary) {
            self.on(number, command.clone()).await.expect("the server takes test commands");
        }
    }

    async fn on(&self, number: usize, command: Document) -> mongodb::error::Result<Document> {
        let uri = format!("mongodb://{}/?directConnection=true", host(&self.members[number]));
        let mut options = ClientOptions::parse(uri).await?;
        options.server_selection_timeout = Some(SELECTION_TIMEOUT);
        Client::with_options(options)?.database("admin").run_command(command).await
    }
}

fn host(member: &OwnServer) -> String {
    format!("127.0.0.1:{}", member.port())
}

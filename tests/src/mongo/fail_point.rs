//! Faults of the real server, by its `failCommand`.
//!
//! A fault is for the whole server, so a test needs its own server.

use std::time::Duration;

use mongodb::Database;
use mongodb::bson::{Document, doc};

use super::test_db::TestDb;
use crate::wait;

/// The application name of the functions' connections.
const APP_NAME: &str = "logbraid";

/// A fault that is armed until it has happened a number of times.
#[derive(Debug)]
pub struct FailCommand {
    admin: Database,
    times_entered_before: i64,
}

impl FailCommand {
    /// Delays the next commands of a kind.
    pub async fn block(db: &TestDb, command: &str, times: u32, by: Duration) -> Self {
        let millis = i64::try_from(by.as_millis()).expect("not for ever");
        Self::arm(db, times, doc! { "failCommands": [command], "blockConnection": true, "blockTimeMS": millis }).await
    }

    /// Delays the next commands of a kind on one collection.
    pub async fn block_on(db: &TestDb, command: &str, collection: &str, times: u32, by: Duration) -> Self {
        let namespace = format!("{}.{collection}", db.database().name());
        let millis = i64::try_from(by.as_millis()).expect("not for ever");
        let command = doc! { "failCommands": [command], "namespace": namespace };
        let fault = doc! { "blockConnection": true, "blockTimeMS": millis };
        Self::arm(db, times, command.into_iter().chain(fault).collect()).await
    }

    /// Makes the next commands of a kind fail with an error code.
    pub async fn refuse(db: &TestDb, command: &str, times: u32, code: i32) -> Self {
        Self::arm(db, times, doc! { "failCommands": [command], "errorCode": code }).await
    }

    /// Makes the next commands of a kind on one collection fail with an error code.
    pub async fn refuse_on(db: &TestDb, command: &str, collection: &str, times: u32, code: i32) -> Self {
        let namespace = format!("{}.{collection}", db.database().name());
        Self::arm(db, times, doc! { "failCommands": [command], "namespace": namespace, "errorCode": code }).await
    }

    /// Makes commands of a kind on one collection fail with an error code, after some that succeed.
    pub async fn refuse_later_on(db: &TestDb, command: &str, collection: &str, after: u32, code: i32) -> Self {
        let namespace = format!("{}.{collection}", db.database().name());
        let data = doc! { "failCommands": [command], "namespace": namespace, "errorCode": code };
        Self::arm_with(db, doc! { "skip": after }, data).await
    }

    /// Performs the next commands of a kind, and reports a write concern error.
    pub async fn leave_unconfirmed(db: &TestDb, command: &str, times: u32, code: i32) -> Self {
        let error = doc! { "code": code, "errmsg": "waiting for replication failed" };
        Self::arm(db, times, doc! { "failCommands": [command], "writeConcernError": error }).await
    }

    /// Closes the connections of the next commands of a kind without performing them.
    pub async fn hang_up(db: &TestDb, command: &str, times: u32) -> Self {
        Self::arm(db, times, doc! { "failCommands": [command], "closeConnection": true }).await
    }

    /// Disarms all faults of the server.
    pub async fn disarm(db: &TestDb) {
        let admin = db.database().client().database("admin");
        let off = doc! { "configureFailPoint": "failCommand", "mode": "off" };
        admin.run_command(off).await.expect("the server takes test commands");
    }

    async fn arm(db: &TestDb, times: u32, data: Document) -> Self {
        Self::arm_with(db, doc! { "times": times }, data).await
    }

    async fn arm_with(db: &TestDb, mode: Document, mut data: Document) -> Self {
        // The test's own commands do not meet the fault.
        data.insert("appName", APP_NAME);
        let admin = db.database().client().database("admin");
        let reply = admin
            .run_command(doc! { "configureFailPoint": "failCommand", "mode": mode, "data": data })
            .await
            .expect("the server takes test commands");
        let times_entered_before = match reply.get("count") {
            Some(count) => count.as_i64().or(count.as_i32().map(i64::from)).expect("a number"),
            None => 0,
        };
        Self { admin, times_entered_before }
    }

    /// Waits until a command has met the fault.
    pub async fn wait_until_hit(&self) {
        let max_time_ms = i64::try_from(wait::DEADLINE.as_millis()).expect("not for ever");
        self.admin
            .run_command(doc! {
                "waitForFailPoint": "failCommand",
                "timesEntered": self.times_entered_before + 1,
                "maxTimeMS": max_time_ms,
            })
            .await
            .expect("a command meets the fault");
    }
}

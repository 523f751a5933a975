//! What MongoDB lets a user do, at a server with users.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::{Document, doc};
use record::{Day, Secret};
use store::{Store, StoreConfig, Task};
use tests::mongo::OwnServer;

use crate::config;

const DATABASE: &str = "logs";
const TIMEOUT: Duration = Duration::from_secs(5);

/// The actions that are said to be missing are those with which a task can be done.
#[tokio::test]
async fn what_is_missing_is_what_a_task_takes() {
    let server = OwnServer::start_with(|options| options.args = vec!["--auth".to_owned()]);
    let uri =
        |user: &str| format!("mongodb://{user}127.0.0.1:{}/?directConnection=true&authSource=admin", server.port());
    let run = async |user: &str, command: Document| {
        let client = Client::with_uri_str(uri(user)).await.unwrap();
        client.database("admin").run_command(command).await.unwrap();
    };
    // While there is no user, MongoDB lets this machine create one.
    run("", doc! { "createUser": "root", "pwd": "a", "roles": ["root"] }).await;
    run("root:a@", doc! { "createRole": "own", "privileges": [], "roles": [] }).await;
    run("root:a@", doc! { "createUser": "app", "pwd": "a", "roles": ["own"] }).await;
    let config = StoreConfig { database: DATABASE.to_owned(), ..config() };
    let store = Store::open(&config, &Secret::new(uri("app:a@"))).await.unwrap();
    assert!(store.own_days().await.unwrap_err().is_not_allowed());
    assert!(!store.lacks_a_user().await);
    let of_nobody = Store::open(&config, &Secret::new(uri(""))).await.unwrap();
    of_nobody.server().await.unwrap();
    assert!(of_nobody.lacks_a_user().await);
    let day: Day = "2026-08-25".parse().unwrap();
    for task in [Task::File, Task::Read, Task::Drop] {
        let missing = store.missing_rights(task).await.unwrap();
        assert_eq!((missing.user.as_str(), missing.user_database.as_str()), ("app", "admin"));
        let privilege = doc! { "resource": { "db": DATABASE, "collection": "" }, "actions": missing.actions };
        run("root:a@", doc! { "updateRole": "own", "privileges": [privilege] }).await;
        assert_eq!(store.missing_rights(task).await, None);
        match task {
            Task::File => store.complete_day(day).await.unwrap(),
            Task::Read => {
                assert_eq!(store.days().await.unwrap(), [day]);
                store.day_statistics(&[day], TIMEOUT).await.unwrap();
            }
            Task::Drop | Task::Pin => store.drop_day(day).await.unwrap(),
        }
        run("root:a@", doc! { "updateRole": "own", "privileges": [] }).await;
    }
    // What the command says repairs it.
    let read_write = doc! { "role": "readWrite", "db": DATABASE };
    run("root:a@", doc! { "grantRolesToUser": "app", "roles": [read_write] }).await;
    for task in [Task::File, Task::Read, Task::Drop, Task::Pin] {
        assert_eq!(store.missing_rights(task).await, None, "{task:?}");
    }
}

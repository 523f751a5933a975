//! The server handle on a real server.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails them")]

use local::mongod::{Mongod, Options, free_port};

use mongodb::Client;
use mongodb::bson::{Document, doc};

async fn count_after_insert(uri: &str) -> u64 {
    let client = Client::with_uri_str(uri).await.unwrap();
    let things = client.database("test").collection::<Document>("things");
    things.insert_one(doc! {}).await.unwrap();
    things.count_documents(doc! {}).await.unwrap()
}

#[tokio::test]
async fn a_server_comes_back_on_its_port_with_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let mut mongod = Mongod::start(&Options::new(folder.path().join("db"))).unwrap();
    let uri = mongod.uri();
    assert_eq!(count_after_insert(&uri).await, 1);

    mongod.stop().unwrap();
    mongod.restart().unwrap();
    assert_eq!(mongod.uri(), uri);
    assert_eq!(count_after_insert(&uri).await, 2);

    mongod.kill().unwrap();
    mongod.restart().unwrap();
    assert!(count_after_insert(&uri).await >= 2);
}

#[tokio::test]
async fn a_set_of_one_takes_writes_also_after_its_data_moved_to_another_port() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path().join("db"));
    options.replica_set = Some("rs0".to_owned());
    for expected in 1..=2 {
        options.port = Some(free_port().unwrap());
        let mut mongod = Mongod::start(&options).unwrap();
        assert_eq!(count_after_insert(&mongod.uri()).await, expected);
        mongod.stop().unwrap();
    }
}

#[test]
fn a_server_that_cannot_start_shows_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path());
    options.args = vec!["--no-such-option".to_owned()];
    let message = Mongod::start(&options).unwrap_err().to_string();
    assert!(message.contains("no-such-option"), "{message}");
}

#[test]
fn a_dropped_handle_leaves_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let mongod = Mongod::start(&Options::new(folder.path())).unwrap();
    let port = mongod.port();
    drop(mongod);
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap_err();
}

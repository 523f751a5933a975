//! What MongoDB lets the user of a connection do.

use mongodb::bson::{Bson, Document, doc};

use super::{Store, StoreError};

/// What somebody does with the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Task {
    /// Files records.
    File,
    /// Answers questions.
    Read,
    /// Pins transactions.
    Pin,
    /// Drops days.
    Drop,
}

/// What a user may not do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MissingRights {
    /// The user's name.
    pub user: String,
    /// The database that has the user.
    pub user_database: String,
    /// The actions, as MongoDB calls them.
    pub actions: Vec<&'static str>,
}

impl Task {
    /// Returns the actions that a task takes.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::File => &["find", "insert", "update", "createCollection", "createIndex"],
            Self::Read => &["find", "listCollections", "collStats"],
            Self::Pin => &["find", "insert", "update", "remove", "createCollection", "createIndex"],
            Self::Drop => {
                &["find", "listCollections", "insert", "update", "remove", "createCollection", "dropCollection"]
            }
        }
    }
}

impl Store {
    /// Returns what the user of this connection may not do and has to for a task. `None` if nothing is missing, if the server has no
    /// users, or does not tell.
    pub async fn missing_rights(&self, task: Task) -> Option<MissingRights> {
        let status = self.database.run_command(doc! { "connectionStatus": 1, "showPrivileges": true }).await.ok()?;
        // A role names a collection, not a pattern: days, which come and go, take rights on the whole database.
        let collections = match task {
            Task::Pin => {
                let names = self.names().await.ok()?;
                vec![names.pins(), names.pinned()]
            }
            Task::File | Task::Read | Task::Drop => vec![String::new()],
        };
        missing(&status, self.database.name(), &collections, task)
    }

    /// Whether MongoDB wants a user, and this connection has none: the server describes itself all the same. `false` if the server does
    /// not tell.
    pub async fn lacks_a_user(&self) -> bool {
        // An ordinary server lists the names to everybody.
        let Err(error) = self.database.list_collection_names().await else { return false };
        let status = self.database.run_command(doc! { "connectionStatus": 1 }).await;
        StoreError::Days(error).is_not_allowed() && status.is_ok_and(|status| has_no_user(&status))
    }
}

fn has_no_user(status: &Document) -> bool {
    let users = status.get_document("authInfo").and_then(|info| info.get_array("authenticatedUsers"));
    users.is_ok_and(Vec::is_empty)
}

fn missing(status: &Document, database: &str, collections: &[String], task: Task) -> Option<MissingRights> {
    let info = status.get_document("authInfo").ok()?;
    let user = info.get_array("authenticatedUsers").ok()?.first()?.as_document()?;
    let privileges = info.get_array("authenticatedUserPrivileges").ok()?;
    let may = |action: &str, collection: &str| {
        privileges.iter().filter_map(Bson::as_document).any(|own| allows(own, action, database, collection))
    };
    let may_in_all = |action: &str| collections.iter().all(|collection| may(action, collection));
    let actions: Vec<_> = task.actions().iter().copied().filter(|action| !may_in_all(action)).collect();
    let text = |name| user.get_str(name).unwrap_or_default().to_owned();
    (!actions.is_empty()).then(|| MissingRights { user: text("user"), user_database: text("db"), actions })
}

/// Whether a privilege, `{resource, actions}`, allows an action in a collection; in all of the database if that has no name.
fn allows(privilege: &Document, action: &str, database: &str, collection: &str) -> bool {
    let covers = |resource: &Document| {
        let is = |name, own: &str| resource.get_str(name).is_ok_and(|value| value.is_empty() || value == own);
        resource.get_bool("anyResource").unwrap_or(false) || is("db", database) && is("collection", collection)
    };
    privilege.get_document("resource").is_ok_and(covers)
        && privilege.get_array("actions").is_ok_and(|actions| actions.iter().any(|own| own.as_str() == Some(action)))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, doc};

    use super::{Task, has_no_user, missing};

    #[test]
    fn a_user_lacks_what_its_roles_do_not_allow() {
        fn check(privileges: &[Document], task: Task, expect: &[&str]) {
            let users = [doc! { "user": "app", "db": "admin" }];
            let status =
                doc! { "authInfo": { "authenticatedUsers": &users[..], "authenticatedUserPrivileges": privileges } };
            let collections = if task == Task::Pin { &["pins", "pinned"][..] } else { &[""] };
            let collections: Vec<String> = collections.iter().map(|name| (*name).to_owned()).collect();
            let found = missing(&status, "logs", &collections, task);
            let actions = found.as_ref().map_or(&[][..], |found| &found.actions);
            assert_eq!(actions, expect, "{privileges:?} {task:?}");
            let user = found.map(|found| (found.user, found.user_database));
            assert!(user.is_none_or(|user| user == ("app".to_owned(), "admin".to_owned())), "{privileges:?}");
        }
        const READ: [&str; 3] = ["find", "listCollections", "collStats"];
        const WRITE: [&str; 5] = ["insert", "update", "remove", "createCollection", "createIndex"];
        let on = |db: &str, collection: &str, actions: &[&str]| {
            doc! { "resource": { "db": db, "collection": collection }, "actions": actions }
        };
        let read = || on("logs", "", &READ);
        let write = |collection: &str| on("logs", collection, &WRITE);
        check(&[], Task::Read, &READ);
        check(&[read()], Task::Read, &[]);
        check(&[read()], Task::File, &["insert", "update", "createCollection", "createIndex"]);
        check(&[read(), write("")], Task::File, &[]);
        check(&[read(), write("")], Task::Drop, &["dropCollection"]);
        // The role of a query function that pins.
        let query = [read(), write("pins"), write("pinned")];
        check(&query, Task::Pin, &[]);
        check(&query[..2], Task::Pin, &WRITE);
        check(&query, Task::File, &["insert", "update", "createCollection", "createIndex"]);
        check(&[on("", "", &READ)], Task::Read, &[]);
        check(&[on("other", "", &READ), on("logs", "system.js", &READ)], Task::Read, &READ);
        check(&[doc! { "resource": { "anyResource": true }, "actions": &READ[..] }], Task::Read, &[]);
        check(&[doc! { "resource": { "cluster": true }, "actions": &READ[..] }], Task::Read, &READ);
    }

    #[test]
    fn a_server_without_users_and_one_that_does_not_tell_lack_nothing() {
        let user = doc! { "user": "app", "db": "admin" };
        for status in [
            doc! {},
            doc! { "authInfo": { "authenticatedUsers": [], "authenticatedUserPrivileges": [] } },
            doc! { "authInfo": { "authenticatedUsers": [user] } },
        ] {
            assert_eq!(missing(&status, "logs", &[String::new()], Task::File), None, "{status:?}");
        }
    }

    #[test]
    fn a_connection_has_a_user_or_none() {
        fn check(status: &Document, expect: bool) {
            assert_eq!(has_no_user(status), expect, "{status}");
        }
        check(&doc! { "authInfo": { "authenticatedUsers": [] } }, true);
        check(&doc! { "authInfo": { "authenticatedUsers": [{ "user": "app", "db": "admin" }] } }, false);
        check(&doc! {}, false);
    }
}

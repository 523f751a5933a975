//! The settings of the functions, on one machine: MongoDB may be the one that runs here.

use forward::config::MongoDbOutput;
use runtime::Environment;

/// MongoDB on this machine, with its default port.
const LOCAL: &str = "mongodb://127.0.0.1:27017";
const URI: &str = "MONGODB_URI";
const SECRET_ARN: &str = "MONGODB_SECRET_ARN";

/// An environment in which the settings of an output go first.
#[derive(Clone, Debug)]
pub(crate) struct LocalEnvironment<E> {
    pub(crate) settings: MongoDbOutput,
    pub(crate) env: E,
}

impl<E: Environment> Environment for LocalEnvironment<E> {
    fn get(&self, name: &str) -> Option<String> {
        let MongoDbOutput { uri, database, prefix } = &self.settings;
        let get = |name| self.env.get(name).filter(|value| !value.is_empty());
        match name {
            URI => uri
                .as_ref()
                .map(|uri| uri.reveal().to_owned())
                .or_else(|| get(URI))
                .or_else(|| get(SECRET_ARN).is_none().then(|| LOCAL.to_owned())),
            SECRET_ARN => get(SECRET_ARN).filter(|_| uri.is_none()),
            "LOGBRAID_DB" => database.clone().or_else(|| get(name)),
            "LOGBRAID_COLLECTION_PREFIX" => prefix.clone().or_else(|| get(name)),
            // Only programs on this machine can ask.
            "LOGBRAID_PINS" => get(name).or_else(|| Some("on".to_owned())),
            _ => self.env.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use forward::config::MongoDbOutput;
    use record::Secret;
    use runtime::Environment;

    use super::LocalEnvironment;

    #[derive(Clone)]
    struct Table(Vec<(&'static str, &'static str)>);

    impl Environment for Table {
        fn get(&self, name: &str) -> Option<String> {
            Environment::get(self.0.as_slice(), name)
        }
    }

    #[test]
    fn the_output_goes_first_and_this_machine_last() {
        fn check(uri: Option<&str>, env: &[(&'static str, &'static str)], expect: (Option<&str>, Option<&str>)) {
            let settings =
                MongoDbOutput { uri: uri.map(|uri| Secret::new(uri.to_owned())), ..MongoDbOutput::default() };
            let env = LocalEnvironment { settings, env: Table(env.to_vec()) };
            let found = (env.get("MONGODB_URI"), env.get("MONGODB_SECRET_ARN"));
            assert_eq!((found.0.as_deref(), found.1.as_deref()), expect, "{uri:?}");
        }
        let local = Some("mongodb://127.0.0.1:27017");
        check(None, &[], (local, None));
        check(None, &[("MONGODB_URI", "")], (local, None));
        check(None, &[("MONGODB_URI", "mongodb://h")], (Some("mongodb://h"), None));
        check(None, &[("MONGODB_SECRET_ARN", "arn")], (None, Some("arn")));
        check(Some("mongodb://o"), &[("MONGODB_URI", "mongodb://h")], (Some("mongodb://o"), None));
        check(Some("mongodb://o"), &[("MONGODB_SECRET_ARN", "arn")], (Some("mongodb://o"), None));
    }
}

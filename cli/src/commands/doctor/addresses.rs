//! Says what is so of the addresses that functions have for MongoDB. Pure.

use store::{StoreError, StoreErrorKind};

use super::finding::enumerated;

/// What is at an address, as this machine sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Seen {
    /// MongoDB answers.
    Answers,
    /// MongoDB answers, and refuses the user or the password.
    Refuses,
    /// Nothing answers.
    Silent,
    /// Nobody looked, or could.
    Unknown,
}

/// The functions that have an address, and what is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Address {
    /// The names of the functions. None if their settings are not known, so that it is this machine's own setting.
    pub(super) functions: Vec<&'static str>,
    pub(super) seen: Seen,
    /// Whether functions read it when they start, and somebody may have changed it since: an address in a secret, which this machine should
    /// reach as well. In a network of the functions it does not.
    pub(super) is_read_at_start: bool,
}

/// What to say of an address at which nothing is to be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// It is broken: what is so, and what to do.
    Broken(String, &'static str),
    /// It may be: what is so, and what to do.
    Doubtful(String, &'static str),
    /// It cannot be told whether it is.
    Open(String),
}

const PASSWORD: &str = "correct the user and the password in MongoUri, or in the secret of MongoSecretArn";
const START: &str = "is it running, and does its access list or its security group let the functions in? Ingest delivers again \
                     until it is back";
const DEPLOY: &str = "all functions should have the address of MongoUri, or of the secret of MongoSecretArn: \
                      docs/cli.md#what-was-changed-by-hand";
const SECRET: &str = "if somebody changed the secret, correct its host, port or replicaSet (aws secretsmanager put-secret-value); if it is \
                      right, and MongoDB's access list leaves out this machine, all is well";
const QUERY: &str = "query";

impl Seen {
    /// Returns what an error of MongoDB's means.
    pub(super) fn of(error: &StoreError) -> Self {
        if error.kind() == StoreErrorKind::NotAuthenticated { Self::Refuses } else { Self::Silent }
    }
}

impl Address {
    /// Whether it is the address that the query function has.
    pub(super) fn is_of_query(&self) -> bool {
        self.functions.is_empty() || self.functions.contains(&QUERY)
    }

    /// Returns ` of ingest and query` where functions have different addresses.
    pub(super) fn whose(&self, all: &[Self]) -> String {
        if all.len() > 1 { format!(" of {}", enumerated(&self.functions)) } else { String::new() }
    }

    /// Judges an address at which MongoDB does not answer as it should. `query_reaches_it` says whether the query function
    /// reaches its own, and `why` what came in place of an answer.
    pub(super) fn judge(&self, all: &[Self], query_reaches_it: Option<bool>, why: &str) -> Verdict {
        let whose = self.whose(all);
        if self.seen == Seen::Refuses {
            return Verdict::Broken(format!("MongoDB refuses the user or the password{whose}: {why}"), PASSWORD);
        }
        let is_reached = query_reaches_it == Some(true);
        if all.len() == 1 {
            return match is_reached {
                true if self.is_read_at_start => Self::doubt(&whose, why),
                true => {
                    Verdict::Open(format!("not checked: the functions reach MongoDB, but this machine does not: {why}"))
                }
                false => Verdict::Broken(why.to_owned(), START),
            };
        }
        let silent = format!("the address{whose} does not answer from here");
        if self.is_of_query() && is_reached {
            return if self.is_read_at_start {
                Self::doubt(&whose, why)
            } else {
                Verdict::Open(format!("not checked: {silent}, but the query function reaches it: {why}"))
            };
        }
        if let Some(other) = all.iter().find(|other| matches!(other.seen, Seen::Answers | Seen::Refuses)) {
            let of_other = other.whose(all);
            return Verdict::Broken(format!("{silent}, and that{of_other} does: {why}"), DEPLOY);
        }
        if is_reached {
            let so = "and neither does that of query, which its function reaches";
            return Verdict::Open(format!("not checked: {silent}, {so}: {why}"));
        }
        Verdict::Broken(format!("{silent}: {why}"), START)
    }

    /// A function that runs keeps the address that the secret had, until MongoDB is away.
    fn doubt(whose: &str, why: &str) -> Verdict {
        let what = format!(
            "the address in the secret{whose} does not answer from here: {why}. Functions that run reach MongoDB; those that start anew read \
             the secret, and may not"
        );
        Verdict::Doubtful(what, SECRET)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Seen, Verdict};

    /// Returns what is said of each address, with a mark for how bad it is.
    fn said(
        addresses: &[(&[&'static str], Seen)],
        is_read_at_start: bool,
        query_reaches_it: Option<bool>,
    ) -> Vec<String> {
        let address = |(functions, seen): &(&[&'static str], Seen)| Address {
            functions: functions.to_vec(),
            seen: *seen,
            is_read_at_start,
        };
        let all: Vec<Address> = addresses.iter().map(address).collect();
        let bad = all.iter().filter(|one| matches!(one.seen, Seen::Refuses | Seen::Silent));
        bad.map(|one| match one.judge(&all, query_reaches_it, "no answer") {
            Verdict::Broken(what, _) => format!("✗ {what}"),
            Verdict::Doubtful(what, _) => format!("! {what}"),
            Verdict::Open(what) => format!("- {what}"),
        })
        .collect()
    }

    #[test]
    fn each_function_has_its_own_address() {
        use Seen::{Answers, Refuses, Silent, Unknown};
        fn check(addresses: &[(&[&'static str], Seen)], query_reaches_it: Option<bool>, expect: &[&str]) {
            assert_eq!(said(addresses, false, query_reaches_it), expect, "{addresses:?} {query_reaches_it:?}");
        }
        let all: &[&str] = &["ingest", "query", "retention"];
        check(&[(all, Answers)], Some(true), &[]);
        check(&[(all, Refuses)], Some(false), &["✗ MongoDB refuses the user or the password: no answer"]);
        check(&[(all, Silent)], Some(false), &["✗ no answer"]);
        check(&[(all, Silent)], None, &["✗ no answer"]);
        let away = "- not checked: the functions reach MongoDB, but this machine does not: no answer";
        check(&[(all, Silent)], Some(true), &[away]);
        check(&[(&[], Silent)], Some(true), &[away]);
        let (ingest, query): (&[&str], &[&str]) = (&["ingest"], &["query", "retention"]);
        check(
            &[(ingest, Silent), (query, Answers)],
            Some(true),
            &["✗ the address of ingest does not answer from here, and that of query and retention does: no answer"],
        );
        check(
            &[(ingest, Answers), (query, Silent)],
            Some(false),
            &["✗ the address of query and retention does not answer from here, and that of ingest does: no answer"],
        );
        let refuses = "✗ MongoDB refuses the user or the password of query and retention: no answer";
        check(&[(ingest, Answers), (query, Refuses)], Some(false), &[refuses]);
        check(
            &[(ingest, Silent), (query, Refuses)],
            Some(false),
            &[
                "✗ the address of ingest does not answer from here, and that of query and retention does: no answer",
                refuses,
            ],
        );
        // A database in a network of its own: nothing can be said from here.
        check(
            &[(ingest, Silent), (query, Silent)],
            Some(true),
            &[
                "- not checked: the address of ingest does not answer from here, and neither does that of query, which its function reaches: no answer",
                "- not checked: the address of query and retention does not answer from here, but the query function reaches it: no answer",
            ],
        );
        check(
            &[(ingest, Silent), (query, Unknown)],
            None,
            &["✗ the address of ingest does not answer from here: no answer"],
        );
    }

    #[test]
    fn a_secret_may_have_changed_since_the_functions_started() {
        use Seen::{Answers, Silent};
        fn check(addresses: &[(&[&'static str], Seen)], query_reaches_it: Option<bool>, expect: &[&str]) {
            assert_eq!(said(addresses, true, query_reaches_it), expect, "{addresses:?} {query_reaches_it:?}");
        }
        let then = "no answer. Functions that run reach MongoDB; those that start anew read the secret, and may not";
        let all: &[&str] = &["ingest", "query", "retention"];
        check(
            &[(all, Silent)],
            Some(true),
            &[&format!("! the address in the secret does not answer from here: {then}")],
        );
        check(&[(all, Silent)], Some(false), &["✗ no answer"]);
        let (ingest, query): (&[&str], &[&str]) = (&["ingest", "retention"], &["query"]);
        let of_query = format!("! the address in the secret of query does not answer from here: {then}");
        check(&[(ingest, Answers), (query, Silent)], Some(true), &[&of_query]);
    }
}

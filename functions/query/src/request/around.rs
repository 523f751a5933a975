//! `GET /logs/{id}`: a record and its neighbours.

use bson::oid::ObjectId;

use crate::paths::LOGS;

use super::paging;
use super::{BadParameter, Parameters};

const AROUND: &str = "around";
/// The default number of neighbours on each side.
const DEFAULT_AROUND: usize = 20;
const MAX_AROUND: usize = 100;
const AN_ID: &str = "24 hexadecimal digits, as in a record's `id`";

/// A request for a record and its neighbours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct AroundSearch {
    pub(crate) id: ObjectId,
    pub(crate) around: usize,
}

impl AroundSearch {
    /// Reads a request for `/logs/{id}`.
    pub(crate) fn parse(path: &str, query: Option<&str>) -> Result<Self, BadParameter> {
        let id = path.strip_prefix(LOGS).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
        let refused = |_| BadParameter::value("id", id, "that is not the id of a record", AN_ID);
        let id = id.parse().map_err(refused)?;
        let parameters = Parameters::parse(query, &[AROUND])?;
        Ok(Self { id, around: paging::limit(&parameters, AROUND, DEFAULT_AROUND, 0..=MAX_AROUND)? })
    }
}

#[cfg(test)]
mod tests {
    use super::AroundSearch;

    const ID: &str = "6b00065b28841133e527503d";

    #[test]
    fn a_record_is_asked_for_by_its_id() {
        fn check(path: &str, query: Option<&str>, expect: Result<usize, &str>) {
            let search = AroundSearch::parse(path, query);
            let around = search.map(|search| {
                assert_eq!(search.id.to_hex(), ID);
                search.around
            });
            assert_eq!(around.map_err(|bad| bad.to_string()), expect.map_err(str::to_owned), "{path}");
        }
        let path = format!("/logs/{ID}");
        check(&path, None, Ok(20));
        check(&path, Some("around=0"), Ok(0));
        check(&path, Some("around=100"), Ok(100));
        check(&path, Some("around=101"), Err("around is `101`: that is not an allowed number."));
        check(&path, Some("level=30"), Err("There is no parameter `level`."));
        for bad in ["", "x", "../x", "%00", "6b00065b28841133e527503d1", "6b00065b28841133e527503g"] {
            check(&format!("/logs/{bad}"), None, Err(&format!("id is `{bad}`: that is not the id of a record.")));
        }
    }
}

//! The values of a field, with the numbers of records that have them.

use futures_util::TryStreamExt as _;
use mongodb::bson::error::Error as BsonError;
use mongodb::bson::{Bson, Document, RawBson, RawDocument, RawDocumentBuf, doc};
use record::Day;

use super::field_name::FieldName;
use super::filter::values_of;
use super::{Lookup, Reader, StoreError};

/// The types of values that are told apart. Objects and lists within lists are not.
const SCALARS: [&str; 9] = ["string", "int", "long", "double", "decimal", "bool", "date", "null", "objectId"];
/// A text is told apart by so many characters.
const TEXT_CHARS: i32 = 200;
/// The kinds of records that are counted beside the values.
const ANY: &str = "any";
const MISSING: &str = "missing";
const OTHER: &str = "other";

/// The values of a field in a day's matching records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldValues {
    /// How many records match.
    pub records: u64,
    /// How many of them lack the field.
    pub missing: u64,
    /// The commonest values, each with the number of records that have it. A list has each of its elements once.
    pub values: Vec<(RawBson, u64)>,
    /// How often the field has another value.
    pub other: u64,
    /// Whether there are more values to tell apart.
    pub has_more: bool,
}

impl Reader<'_> {
    /// Counts the values of a field in a day's matching records: at most `limit` values, the commonest ones. Ignores the
    /// order and the limit of the lookup.
    pub async fn values(
        self,
        day: Day,
        lookup: &Lookup,
        name: &FieldName,
        limit: i64,
    ) -> Result<FieldValues, StoreError> {
        let failed = |source| StoreError::Find { day, source };
        let (records, filter) = (self.records_of(day), self.filter(day, lookup).await?);
        let counted = records.aggregate(filter, pipeline(name, limit)).allow_disk_use(true);
        let counted = counted.max_time(lookup.max_time).await.map_err(failed)?.with_type::<RawDocumentBuf>();
        let counted: Vec<RawDocumentBuf> = counted.try_collect().await.map_err(failed)?;
        let read = counted.first().map_or(Ok(FieldValues::default()), |counted| FieldValues::read(counted));
        read.map_err(|source| failed(source.into()))
    }
}

/// Returns the pipeline of [`Reader::values`]. Each record becomes a list of what it counts for: its values as `{v}`, and
/// kinds as `{k}`.
fn pipeline(name: &FieldName, limit: i64) -> Vec<Document> {
    let is_scalar = doc! { "$in": [{ "$type": "$$one" }, &SCALARS[..]] };
    let each = |list: Bson, shown: Bson| doc! { "$map": { "input": list, "as": "one", "in": shown } };
    let scalars = doc! { "$filter": { "input": "$all", "as": "one", "cond": &is_scalar } };
    let is_text = doc! { "$eq": [{ "$type": "$$one" }, "string"] };
    let cut = doc! { "$cond": [is_text, { "$substrCP": ["$$one", 0, TEXT_CHARS] }, "$$one"] };
    let other = doc! { "$anyElementTrue": [each("$all".into(), doc! { "$not": [is_scalar] }.into())] };
    let kind = |condition: Document, kind: &str| doc! { "$cond": [condition, [{ "k": kind }], []] };
    let counted = doc! { "$concatArrays": [
        each("$own".into(), doc! { "v": "$$one" }.into()),
        [{ "k": ANY }],
        kind(doc! { "$eq": ["$all", []] }, MISSING),
        kind(other, OTHER),
    ] };
    let with = |name: &str| doc! { "$match": { name: { "$exists": true } } };
    let sum = doc! { "$group": { "_id": Bson::Null, "records": { "$sum": "$records" }, "distinct": { "$sum": 1 } } };
    let answer = doc! {
        "kinds": [with("_id.k")],
        "top": [with("_id.v"), { "$sort": { "records": -1, "_id": 1 } }, { "$limit": limit }],
        "sum": [with("_id.v"), sum],
    };
    vec![
        doc! { "$project": { "_id": 0, "all": values_of(name) } },
        // A union of one list has each element once.
        doc! { "$project": { "all": 1, "own": { "$setUnion": [each(scalars.into(), cut.into())] } } },
        doc! { "$project": { "counted": counted } },
        doc! { "$unwind": "$counted" },
        doc! { "$group": { "_id": "$counted", "records": { "$sum": 1 } } },
        doc! { "$facet": answer },
    ]
}

impl FieldValues {
    /// Reads `{kinds: [{_id: {k}, records}], top: [{_id: {v}, records}], sum: [{records, distinct}]}`.
    fn read(document: &RawDocument) -> Result<Self, BsonError> {
        let mut read = Self::default();
        for kind in objects(document, "kinds")? {
            let records = number(kind, "records");
            match kind.get_document("_id")?.get_str("k")? {
                ANY => read.records = records,
                MISSING => read.missing = records,
                _ => read.other = records,
            }
        }
        for value in objects(document, "top")? {
            if let Some(own) = value.get_document("_id")?.get("v")? {
                read.values.push((own.into(), number(value, "records")));
            }
        }
        let listed: u64 = read.values.iter().map(|(_, records)| records).sum();
        if let Some(sum) = objects(document, "sum")?.first() {
            read.other += number(sum, "records").saturating_sub(listed);
            read.has_more = number(sum, "distinct") > read.values.len() as u64;
        }
        Ok(read)
    }
}

fn objects<'a>(document: &'a RawDocument, name: &str) -> Result<Vec<&'a RawDocument>, BsonError> {
    let mut objects = Vec::new();
    for value in document.get_array(name)? {
        objects.extend(value?.as_document());
    }
    Ok(objects)
}

/// Reads a count. Servers write them with different types.
fn number(document: &RawDocument, name: &str) -> u64 {
    let long = document.get_i64(name).or_else(|_| document.get_i32(name).map(i64::from));
    long.ok().and_then(|number| number.try_into().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{RawBson, RawDocumentBuf, doc};

    use super::FieldValues;

    #[test]
    fn counts_are_read() {
        let kinds =
            [doc! { "_id": { "k": "any" }, "records": 9 }, doc! { "_id": { "k": "missing" }, "records": 2_i64 }];
        let other = doc! { "_id": { "k": "other" }, "records": 1 };
        let top = [doc! { "_id": { "v": "x" }, "records": 4 }, doc! { "_id": { "v": null }, "records": 1 }];
        let answer = doc! { "kinds": kinds, "top": &top[..], "sum": [{ "records": 7, "distinct": 3 }] };
        let read = |document| FieldValues::read(&RawDocumentBuf::try_from(&document).unwrap()).unwrap();
        let values = vec![(RawBson::String("x".to_owned()), 4), (RawBson::Null, 1)];
        let expect = FieldValues { records: 9, missing: 2, values, other: 2, has_more: true };
        assert_eq!(read(answer), expect);
        let values = expect.values.clone();
        let all = doc! { "kinds": [other], "top": &top[..], "sum": [{ "records": 5, "distinct": 2 }] };
        assert_eq!(read(all), FieldValues { other: 1, values, ..FieldValues::default() });
        assert_eq!(read(doc! { "kinds": [], "top": [], "sum": [] }), FieldValues::default());
    }
}

//! Tenants: people with tokens of the provider, each of whom sees their own records only.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::ask;
use super::parts::Pool;
use crate::commands::smoke::expect;
use crate::error::Error;
use crate::interrupt::poll;
use crate::progress::step;
use crate::running::Running;

pub(super) const SHOP: &str = "shop";
pub(super) const BANK: &str = "bank";
/// A tenant that has no records.
const VISITOR: &str = "visitor";
/// The one who sees the records of all tenants.
pub(super) const OPERATOR: &str = "operator";
pub(super) const PEOPLE: &[&str] = &[SHOP, BANK, VISITOR, OPERATOR];
/// Both tenants use it.
const UID: &str = "order-of-two-tenants";
/// The longest time until the records can be asked for.
const FILED_LIMIT: Duration = Duration::from_mins(1);

/// Returns the parameters of a stack whose tokens name a tenant. Cognito's access tokens have this claim.
pub(super) fn parameters() -> [String; 3] {
    ["TenantClaim=username".to_owned(), "TenantField=tenant".to_owned(), format!("TenantAll={OPERATOR}")]
}

/// Returns the parameters of a stack without tenants. A parameter that is left out keeps the value that it had.
pub(super) fn no_parameters() -> [String; 3] {
    [r#"TenantClaim="""#, "TenantField=tenant", r#"TenantAll="""#].map(str::to_owned)
}

/// Puts a record of each of two tenants on the stream, and asks for them as everybody.
pub(super) fn check(running: &Running, pool: &Pool) -> Result<(), Error> {
    step("tenants: aws kinesis put-record", || {
        [SHOP, BANK].iter().try_for_each(|tenant| {
            let more = r#""service": "till", "levelname": "INFO", "message": "sold one""#;
            running.put(&format!(r#"{{"log_uid": "{UID}", "tenant": "{tenant}", {more}}}"#))
        })
    })?;
    let filed = || Ok(tenants_in(&ask(running, pool, OPERATOR, &transaction())?.1).len() == 2);
    let seen = step("tenants: who sees all sees both", || poll(FILED_LIMIT, || filed().map(|all| all.then_some(()))))?;
    expect("who sees all sees both tenants", seen.is_some(), || format!("not within {FILED_LIMIT:?}"))?;
    for (person, sees) in [(SHOP, &[SHOP][..]), (BANK, &[BANK]), (VISITOR, &[]), (OPERATOR, &[BANK, SHOP])] {
        step(&format!("tenants: what {person} sees"), || check_person(running, pool, person, sees))?;
    }
    Ok(())
}

fn transaction() -> String {
    format!("/transactions/{UID}")
}

fn check_person(running: &Running, pool: &Pool, person: &str, sees: &[&str]) -> Result<(), Error> {
    let expected: BTreeSet<String> = sees.iter().map(|&tenant| tenant.to_owned()).collect();
    for path in [transaction(), "/logs?from=-1h&limit=1000".to_owned(), "/values?name=tenant&from=-1h".to_owned()] {
        let (status, answer) = ask(running, pool, person, &path)?;
        // To a tenant, a transaction of others is unknown.
        let is_unknown = path.starts_with("/transactions") && sees.is_empty();
        let found = || format!("{person} asked {path}: {status} {answer}");
        expect("a tenant's request is answered", status == if is_unknown { 404 } else { 200 }, found)?;
        expect("a tenant sees its own records only", tenants_in(&answer) == expected, found)?;
    }
    let (_, days) = ask(running, pool, person, "/days")?;
    let records: u64 = days["days"].as_array().into_iter().flatten().filter_map(|day| day["records"].as_u64()).sum();
    // Before, records without a tenant were filed.
    let is_right = if person == OPERATOR { records > 2 } else { records == sees.len() as u64 };
    expect("/days counts a tenant's own records only", is_right, || format!("{person} asked /days: {days}"))?;
    let (status, answer) = ask(running, pool, person, "/quarantine")?;
    let is_right = status == if person == OPERATOR { 200 } else { 403 };
    expect("only who sees all sees the quarantine", is_right, || format!("{person}: {status} {answer}"))
}

/// Returns the tenants that an answer names: those of its records, or the values of the field.
fn tenants_in(answer: &Value) -> BTreeSet<String> {
    let list = |name: &str| answer[name].as_array().into_iter().flatten();
    let names = list("records").map(|record| &record["tenant"]).chain(list("values").map(|value| &value["value"]));
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tenants_are_found_in_each_answer() {
        let check = |answer: Value, expect: &[&str]| {
            assert_eq!(tenants_in(&answer).iter().map(String::as_str).collect::<Vec<_>>(), expect, "{answer}");
        };
        check(json!({"records": [{"tenant": "shop"}, {"message": "m"}, {"tenant": "bank"}]}), &["bank", "shop"]);
        check(json!({"values": [{"value": "shop", "records": 1}], "records": 1}), &["shop"]);
        check(json!({"type": "/problems/unknown-transaction"}), &[]);
    }
}

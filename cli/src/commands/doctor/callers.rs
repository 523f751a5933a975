//! Says who may call a function by its policy and not by the stack's, and whether the stack's API may. Pure.

use serde_json::{Value, json};

use super::policy::{ALLOW, Asked, By, EVERYBODY, account_of, allows, principals, texts};
use super::routes::NONE;

const API_GATEWAY: &str = "apigateway.amazonaws.com";
/// What the names of AWS's services contain.
const SERVICE: &str = ".amazonaws.com";
/// What names on whose behalf a service calls, in lower case.
const SOURCES: [&str; 2] = ["aws:sourcearn", "aws:sourceaccount"];
/// What a call by an API takes.
const CALL: &str = "lambda:InvokeFunction";
/// The stage and the route by which an API calls, in the name of itself that it gives.
const ROUTE: &str = "$default/$default";
/// The id of a statement that the stack does not name.
const STATEMENT: &str = "query-api";
/// What a call by a function URL takes.
const BY_URL: &str = "lambda:InvokeFunctionUrl";
/// The condition that only such a call fulfils, in lower case.
const VIA_URL: &str = "lambda:invokedviafunctionurl";

/// Whom the stack lets call a function.
#[derive(Clone, Debug, Default)]
pub(super) struct Own<'a> {
    /// The name of the function.
    pub(super) function: &'a str,
    /// The account of the stack.
    pub(super) account: &'a str,
    /// The ARN of the API that may call it, if one may.
    pub(super) api: Option<String>,
    /// Whether it does not matter which API calls it, since that of the stack lets everybody in.
    pub(super) is_any_api: bool,
    /// Whether it has a function URL that asks for a signature. One that does not is a finding of its own.
    pub(super) has_signed_url: bool,
}

/// Somebody else who may call a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Caller {
    /// Whether it is somebody of another account, or everybody who is let in by somebody else's API.
    pub(super) is_problem: bool,
    pub(super) what: String,
    pub(super) todo: String,
}

/// Returns who else may call a function by the statements of its policies.
pub(super) fn others(statements: &[Value], own: &Own<'_>) -> Vec<Caller> {
    statements.iter().filter_map(|statement| judge(statement, own)).collect()
}

/// Returns what is so, and what to do, if the statements of the policies of a function, or of its alias, do not let the stack's API call it.
/// `called` is its ARN, and `id` the id of the stack's own statement.
pub(super) fn refuses_api(
    statements: &[Value],
    own: &Own<'_>,
    called: &str,
    id: Option<&str>,
) -> Option<(String, String)> {
    let api = own.api.as_ref()?;
    let route = format!("{api}/{ROUTE}");
    let asked = Asked { by: By::Service(API_GATEWAY, &route), account: own.account, action: CALL, resource: called };
    if allows(&json!({ "Statement": statements }), asked) {
        return None;
    }
    let (_, name) = called.rsplit_once(":function:")?;
    let qualifier = name.split_once(':').map(|(_, alias)| format!(" --qualifier {alias}")).unwrap_or_default();
    // CloudFormation finds it again by its id.
    let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|own| own.is_ascii_alphanumeric() || b"-_".contains(&own));
    let id = id.and_then(|id| id.rsplit('|').next()).filter(is_id).unwrap_or(STATEMENT);
    Some((
        format!(
            "API Gateway may not call {name}: no statement of its policy lets the stack's API do {CALL}. No request is answered"
        ),
        format!(
            "aws lambda add-permission --function-name {}{qualifier} --statement-id {id} --action {CALL} --principal {API_GATEWAY} \
             --source-arn '{api}/*'",
            own.function
        ),
    ))
}

fn judge(statement: &Value, own: &Own<'_>) -> Option<Caller> {
    let conditions = conditions(statement);
    let actions: Vec<&str> = texts(&statement["Action"]).collect();
    if statement["Effect"] != ALLOW || !counts(&actions, &conditions, own) {
        return None;
    }
    let others = principals(&statement["Principal"]).into_iter().filter_map(|name| {
        let is_problem = weigh(name, &conditions, own)?;
        Some((is_problem, name))
    });
    // One that is a problem comes first: `true` is more than `false`.
    let (is_problem, name) = others.max_by_key(|(is_problem, _)| *is_problem)?;
    let only: Vec<&str> = conditions.iter().map(|(_, value)| *value).collect();
    let only = match only.as_slice() {
        [] if name.contains(SERVICE) => " for everybody".to_owned(),
        [] => String::new(),
        only => format!(" for `{}`", only.join("`, `")),
    };
    let (id, actions) = (statement["Sid"].as_str().unwrap_or_default(), actions.join(", "));
    let of = statement["Resource"].as_str().and_then(|arn| arn.split_once(":function:")?.1.split_once(':'));
    let qualifier = of.map(|(_, alias)| format!(" --qualifier {alias}")).unwrap_or_default();
    Some(Caller {
        is_problem,
        what: format!("its policy lets `{name}` do {actions}{only} (statement {id}), and the stack's does not"),
        todo: format!(
            "if nobody needs it: aws lambda remove-permission --function-name {} --statement-id {id}{qualifier}",
            own.function
        ),
    })
}

/// Whether a statement lets anybody do anything. One for function URLs does nothing without a URL that it is for.
fn counts(actions: &[&str], conditions: &[(String, &str)], own: &Own<'_>) -> bool {
    let is_for_url = actions.iter().all(|action| *action == BY_URL);
    let is_for_open_url = conditions.iter().any(|(_, value)| *value == NONE);
    !conditions.iter().any(|(key, _)| key == VIA_URL) && (!is_for_url || own.has_signed_url && !is_for_open_url)
}

/// Returns whether it is a problem that somebody may call; `None` if the stack lets it, or it is nobody.
fn weigh(name: &str, conditions: &[(String, &str)], own: &Own<'_>) -> Option<bool> {
    let sources: Vec<&str> =
        conditions.iter().filter(|(key, _)| SOURCES.contains(&key.as_str())).map(|(_, value)| *value).collect();
    let is_of = |api: &String| sources.iter().any(|source| source.strip_prefix(api).is_some_and(is_end));
    if own.api.as_ref().is_some_and(is_of) || name == API_GATEWAY && own.is_any_api {
        return None;
    }
    match name {
        EVERYBODY | API_GATEWAY => Some(true),
        // The ARN of a bucket has no account.
        service if service.contains(SERVICE) => {
            let is_own = |source: &&str| account_of(source).is_none_or(|account| account == own.account);
            Some(sources.is_empty() || !sources.iter().all(is_own))
        }
        // Whoever was deleted is an id of no account.
        other => account_of(other).map(|account| account != own.account),
    }
}

/// Whether nothing of a name follows.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Returns the keys of a statement's conditions in lower case, each with a value.
fn conditions(statement: &Value) -> Vec<(String, &str)> {
    let operators = statement["Condition"].as_object().into_iter().flat_map(|own| own.values());
    let keys = operators.filter_map(Value::as_object).flatten();
    keys.flat_map(|(key, values)| texts(values).map(|value| (key.to_lowercase(), value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Own, others, refuses_api};

    const API: &str = "arn:aws:execute-api:eu-west-1:111111111111:a1b2";

    fn query() -> Own<'static> {
        Own { function: "q", account: "111111111111", api: Some(API.to_owned()), ..Own::default() }
    }

    /// Checks what is said of a statement that lets somebody call a function: whether it is a problem, and a part of it.
    fn check_of(own: &Own<'_>, principal: &Value, condition: &Value, expect: Option<(bool, &str)>) {
        let statement = json!({
            "Sid": "s", "Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction", "Condition": condition,
            "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:q",
        });
        let found = others(&[statement], own);
        let is_so = match (found.as_slice(), expect) {
            ([], None) => true,
            ([found], Some((is_problem, part))) => found.is_problem == is_problem && found.what.contains(part),
            _ => false,
        };
        assert!(is_so, "{principal} {condition}: {found:?}");
    }

    fn source(arn: &str) -> Value {
        json!({ "ArnLike": { "AWS:SourceArn": arn } })
    }

    #[test]
    fn only_the_stacks_api_calls_query() {
        let check = |principal: &Value, condition: &Value, expect| check_of(&query(), principal, condition, expect);
        let (gateway, none) = (json!({ "Service": "apigateway.amazonaws.com" }), Value::Null);
        check(&gateway, &source(&format!("{API}/*")), None);
        check(&gateway, &source(API), None);
        check(&gateway, &none, Some((true, "lets `apigateway.amazonaws.com` do lambda:InvokeFunction for everybody")));
        check(&gateway, &source(&format!("{API}3/*")), Some((true, "a1b23/*`")));
        check(&gateway, &source("arn:aws:execute-api:eu-west-1:111111111111:*"), Some((true, ":*`")));
        let account = |id| json!({ "StringEquals": { "AWS:SourceAccount": id } });
        check(&gateway, &account("111111111111"), Some((true, "for `111111111111`")));
        for everybody in [json!("*"), json!({ "AWS": "*" }), json!({ "AWS": ["arn:aws:iam::111111111111:root", "*"] })]
        {
            check(&everybody, &none, Some((true, "its policy lets `*` do lambda:InvokeFunction (statement s)")));
        }
        check(&json!("*"), &json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }), Some((true, "for `o-1`")));
        check(&json!({ "AWS": "arn:aws:iam::222222222222:root" }), &none, Some((true, "222222222222:root`")));
        check(&json!({ "AWS": "222222222222" }), &none, Some((true, "`222222222222`")));
        check(&json!({ "AWS": "arn:aws:iam::111111111111:role/r" }), &none, Some((false, "role/r`")));
        check(&json!({ "AWS": "AIDAEXAMPLE" }), &none, None);
        let events = json!({ "Service": "events.amazonaws.com" });
        check(&events, &none, Some((true, "for everybody")));
        check(&events, &source("arn:aws:events:eu-west-1:111111111111:rule/r"), Some((false, "rule/r`")));
        check(&events, &source("arn:aws:events:eu-west-1:222222222222:rule/r"), Some((true, "rule/r`")));
        check(&events, &source("arn:aws:events:eu-west-1:*:rule/r"), Some((true, "rule/r`")));
        check(&json!({ "Service": "s3.amazonaws.com" }), &source("arn:aws:s3:::b"), Some((false, "b`")));
    }

    #[test]
    fn nothing_calls_the_other_functions_by_their_policy() {
        let gateway = json!({ "Service": "apigateway.amazonaws.com" });
        let own = Own { api: None, ..query() };
        check_of(&own, &gateway, &source(&format!("{API}/*")), Some((true, "a1b2/*`")));
    }

    #[test]
    fn an_open_api_is_as_open_as_any() {
        let own = Own { is_any_api: true, ..query() };
        check_of(&own, &json!({ "Service": "apigateway.amazonaws.com" }), &Value::Null, None);
        check_of(&own, &json!("*"), &Value::Null, Some((true, "`*`")));
    }

    #[test]
    fn a_statement_may_do_nothing() {
        fn check(changes: &Value, has_signed_url: bool, expect: bool) {
            let mut statement = json!({ "Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "lambda:*" });
            statement.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let found = others(&[statement], &Own { has_signed_url, ..query() });
            assert_eq!(!found.is_empty(), expect, "{changes} {has_signed_url}");
        }
        check(&json!({}), false, true);
        check(&json!({ "Effect": "Deny" }), false, false);
        let by_url = |kind: &str| {
            let condition = json!({ "StringEquals": { "lambda:FunctionUrlAuthType": kind } });
            json!({ "Action": "lambda:InvokeFunctionUrl", "Condition": condition })
        };
        check(&by_url("AWS_IAM"), true, true);
        check(&by_url("AWS_IAM"), false, false);
        check(&by_url("NONE"), true, false);
        check(&json!({ "Condition": { "Bool": { "lambda:InvokedViaFunctionUrl": "true" } } }), true, false);
    }

    #[test]
    fn advice_names_the_statement_and_the_alias() {
        fn check(resource: &str, expect: &str) {
            let arn = format!("arn:aws:lambda:eu-west-1:111111111111:function:{resource}");
            let statement =
                json!({ "Sid": "s", "Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": arn });
            let todo = &others(&[statement], &query())[0].todo;
            assert!(todo.ends_with(expect), "{resource}: {todo}");
        }
        check("q", "aws lambda remove-permission --function-name q --statement-id s");
        check("q:live", "--statement-id s --qualifier live");
    }

    #[test]
    fn the_stacks_api_may_call_query() {
        const QUERY: &str = "arn:aws:lambda:eu-west-1:111111111111:function:q";
        fn check(called: &str, changes: &Value, expect: Option<&str>) {
            let mut statement = json!({
                "Sid": "s", "Effect": "Allow", "Principal": { "Service": "apigateway.amazonaws.com" },
                "Action": "lambda:InvokeFunction", "Resource": QUERY, "Condition": source(&format!("{API}/*")),
            });
            statement.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let found = refuses_api(&[statement], &query(), called, Some("a-QueryPermission-1"));
            assert_eq!(found.as_ref().map(|(_, todo)| todo.as_str()), expect, "{called} {changes}: {found:?}");
        }
        let add = |qualifier: &str| {
            format!(
                "aws lambda add-permission --function-name q{qualifier} --statement-id a-QueryPermission-1 --action lambda:InvokeFunction \
                 --principal apigateway.amazonaws.com --source-arn '{API}/*'"
            )
        };
        let (bare, of_alias, live) = (add(""), add(" --qualifier live"), format!("{QUERY}:live"));
        check(QUERY, &json!({}), None);
        check(QUERY, &json!({ "Condition": null }), None);
        check(QUERY, &json!({ "Condition": source(&format!("{API}/*/$default")) }), None);
        check(QUERY, &json!({ "Principal": "*", "Action": "lambda:*" }), None);
        check(&live, &json!({ "Resource": live }), None);
        check(&live, &json!({}), Some(&of_alias));
        check(QUERY, &json!({ "Resource": live }), Some(&bare));
        check(QUERY, &json!({ "Effect": "Deny" }), Some(&bare));
        check(QUERY, &json!({ "Action": "lambda:InvokeFunctionUrl" }), Some(&bare));
        check(QUERY, &json!({ "Principal": { "Service": "events.amazonaws.com" } }), Some(&bare));
        check(QUERY, &json!({ "Condition": source(&format!("{API}3/*")) }), Some(&bare));
        assert_eq!(refuses_api(&[], &Own { api: None, ..query() }, QUERY, None), None);
    }

    #[test]
    fn a_statement_has_the_id_that_the_stack_knows() {
        fn check(id: Option<&str>, expect: &str) {
            let (_, todo) = refuses_api(&[], &query(), "arn:aws:lambda:eu-west-1:1:function:q", id).unwrap();
            assert!(todo.contains(&format!(" --statement-id {expect} --action")), "{id:?}: {todo}");
        }
        check(Some("a-QueryPermission-1"), "a-QueryPermission-1");
        check(Some("q|a-QueryPermission-1"), "a-QueryPermission-1");
        check(Some(""), "query-api");
        check(Some("arn:aws:lambda"), "query-api");
        check(None, "query-api");
        assert!(include_str!("../../../../template.yaml").contains("\n  QueryPermission:\n"));
    }
}

//! Redaction of records, from the payload to the stored document.

use std::sync::LazyLock;

use bson::{Bson, Document, RawDocumentBuf};
use proptest::prelude::*;
use record::{DecodedBatch, LogRecord, RedactConfig, Redactor, Rules, Secret};
use serde_json::{Value as Json, json};

use super::tests::batch;
use super::whole;

fn decoded(payload: &[u8], rules: &Rules) -> DecodedBatch {
    whole(&batch(&[payload]), rules)
}

fn filed(payload: &str, rules: &Rules) -> LogRecord {
    let decoded = decoded(payload.as_bytes(), rules);
    assert_eq!(decoded.quarantined.items, [], "{payload}");
    decoded.days.into_values().flat_map(|positioned| positioned.items).next().unwrap()
}

/// Returns the sender's fields as stored, and the number of masked values.
fn stored(payload: &str, rules: &Rules) -> (Json, u32) {
    let record = filed(payload, rules);
    let mut document = Document::try_from(record.document()).unwrap();
    let source = document.remove("source").unwrap();
    let counted = source.as_document().unwrap().get_i32("redacted").unwrap_or_default();
    assert_eq!(counted.unsigned_abs(), record.redacted());
    for name in ["_id", "time"] {
        assert!(document.remove(name).is_some(), "{name}");
    }
    (Bson::Document(document).into_relaxed_extjson(), record.redacted())
}

static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);

fn rules(config: RedactConfig) -> Rules {
    Rules { redactor: Some(Redactor::new(config).unwrap()), ..Rules::default() }
}

/// Returns rules without redaction.
fn off() -> Rules {
    Rules { redactor: None, ..Rules::default() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Checks the stored fields, in which `*` stands for a mask, and the number of masks.
fn check_with(rules: &Rules, payload: &str, expect: &Json, count: u32) {
    let expect: Json = serde_json::from_str(&expect.to_string().replace('*', "[redacted]")).unwrap();
    assert_eq!(stored(payload, rules), (expect, count), "{payload}");
}

fn check(payload: &str, expect: &Json, count: u32) {
    check_with(&RULES, payload, expect, count);
}

#[test]
fn a_secret_of_a_rendered_template_is_masked_in_its_arguments() {
    check(
        r#"{"loggerName": "shop.Pay", "message": "{} logs in, password={}", "arguments": ["bob", "Zx81kQpL"]}"#,
        &json!({
            "loggerName": "shop.Pay", "name": "shop.Pay", "service": "shop", "arguments": ["bob", "*"],
            "msg": "{} logs in, password={}", "message": "bob logs in, password=*",
        }),
        2,
    );
}

#[test]
fn fields_are_masked_by_their_names() {
    check(
        r#"{"message": "m", "password": "hunter2", "pin": 1234, "api_key": 17, "Cookie": ["a", "b"], "auth_token": {"v": 1}}"#,
        &json!({"message": "m", "password": "*", "pin": 1234, "api_key": "*", "Cookie": "*", "auth_token": "*"}),
        4,
    );
    check(
        r#"{"message": "m", "http": {"request": {"headers": [{"X-Api-Key": "abc", "Accept": "any/x"}]}}, "n": 1.5}"#,
        &json!({"message": "m", "http": {"request": {"headers": [{"X-Api-Key": "*", "Accept": "any/x"}]}}, "n": 1.5}),
        1,
    );
    // Harmless values stay, and so do names that only look like those of secrets.
    check(
        r#"{"message": "m", "password": null, "token": "", "secret": false, "cookie": "None", "token_count": 17, "apiKey": []}"#,
        &json!({"message": "m", "password": null, "token": "", "secret": false, "cookie": "None", "token_count": 17, "apiKey": []}),
        0,
    );
    // Names that are given as values.
    check(
        r#"{"message": "m", "headers": [["Authorization", "abc"], ["Accept", "x"]], "list": ["password", "email"]}"#,
        &json!({"message": "m", "headers": [["Authorization", "*"], ["Accept", "x"]], "list": ["password", "*"]}),
        2,
    );
    check(
        r#"{"message": "m", "env": [{"name": "DB_PASSWORD", "value": "abc"}, {"name": "HOME", "value": "/x"}]}"#,
        &json!({"message": "m", "env": [{"name": "DB_PASSWORD", "value": "*"}, {"name": "HOME", "value": "/x"}]}),
        1,
    );
    // Fields under `sent`: not kept in place, or not kept exactly.
    check(
        r#"{"message": "m", "source": {"password": "x1"}, "token": 1e999}"#,
        &json!({"message": "m", "token": "*", "sent": {"source": {"password": "*"}, "token": "*"}}),
        3,
    );
}

#[test]
fn masks_of_other_libraries_stay_in_lists_and_objects() {
    for mask in ["REDACTED", "[REDACTED]", "••••", "<redacted>", "[redacted]", "", "{password}"] {
        let fields =
            json!({"Cookie": [mask], "Authorization": [mask, mask], "password": {"value": mask}, "token": [[mask]]});
        check(&json!({"message": "m", "headers": fields}).to_string(), &json!({"message": "m", "headers": fields}), 0);
    }
    check(
        r#"{"message": "m", "Cookie": ["***", "sid=Q1"], "token": [1, 2], "password": {"value": "x"}}"#,
        &json!({"message": "m", "Cookie": "*", "token": "*", "password": "*"}),
        3,
    );
}

#[test]
fn texts_are_masked_by_their_shape() {
    check(
        r#"{"message": "GET /?access_token=abc&x=1", "exc_text": "Error: mongodb://u:pw1@h", "extra": {"deep": ["card 4111111111111111"]}}"#,
        &json!({"message": "GET /?access_token=*&x=1", "exc_text": "Error: mongodb://u:*@h", "extra": {"deep": ["card *"]}}),
        3,
    );
    // A number is not masked as a card number, and neither is an id.
    check(
        r#"{"message": "m", "n": 4111111111111111, "order_id": "4111111111111111", "log_uid": "4111111111111111", "pan": "4111111111111111"}"#,
        &json!({"message": "m", "n": 4_111_111_111_111_111_i64, "order_id": "4111111111111111", "log_uid": "4111111111111111", "pan": "*"}),
        1,
    );
    // A record is found by its uid, so that is not masked.
    check(r#"{"message": "m", "log_uid": "password=x1"}"#, &json!({"message": "m", "log_uid": "password=x1"}), 0);
}

#[test]
fn a_secret_in_the_arguments_is_masked_everywhere() {
    // Found by name; arguments sent as text.
    check(
        r#"{"msg": "login of %(user)s with %(password)s", "args": "{'user': 'alice', 'password': 'it\\'s'}"}"#,
        &json!({"msg": "login of %(user)s with %(password)s", "args": {"user": "alice", "password": "*"}, "message": "login of alice with *"}),
        2,
    );
    // Found by name; a short argument sent with its type.
    check(
        r#"{"msg": "%s: %s", "args": ["login", {"pwd": "ab", "n": 1}]}"#,
        &json!({"msg": "%s: %s", "args": ["login", {"pwd": "*", "n": 1}], "message": "login: {'pwd': '*', 'n': 1}"}),
        2,
    );
    // Found by the shape of the message.
    check(
        r#"{"msg": "attempt %d: password=%s", "args": "(1, 'hunter21')"}"#,
        &json!({"msg": "attempt %d: password=%s", "args": [1, "*"], "message": "attempt 1: password=*"}),
        2,
    );
    check(
        r#"{"msg": "Cookie: a=%s; b=%s", "args": ["abc", 17]}"#,
        &json!({"msg": "Cookie: *", "args": ["*", "*"], "message": "Cookie: *"}),
        4,
    );
    // The same, with a message that the sender rendered.
    check(
        r#"{"msg": "login %s", "args": [{"password": "hunter2"}], "message": "login hunter2", "exc_text": "E: hunter2!"}"#,
        &json!({"msg": "login %s", "args": [{"password": "*"}], "message": "login *", "exc_text": "E: *!"}),
        3,
    );
    // If the message cannot be rendered any more, it is the template.
    check(
        r#"{"msg": "pin %(pwd)x of %(user)s", "args": {"pwd": 4711, "user": "a"}}"#,
        &json!({"msg": "pin %(pwd)x of %(user)s", "args": {"pwd": "*", "user": "a"}, "message": "pin %(pwd)x of %(user)s"}),
        1,
    );
    // The message repeats a secret of another field.
    check(
        r#"{"message": "token is abc17", "token": "abc17", "id": "abc17"}"#,
        &json!({"message": "token is *", "token": "*", "id": "abc17"}),
        2,
    );
}

#[test]
fn more_names_and_patterns_can_be_configured() {
    let own = rules(RedactConfig {
        names: texts(&["iban"]),
        except: texts(&["csrf_token"]),
        patterns: texts(&[r"\bK-\d+", r"cust:(\w+)"]),
        ..RedactConfig::default()
    });
    check_with(
        &own,
        r#"{"message": "K-17 and cust:alice", "customerIban": "DE1", "csrfToken": "x", "password": "y1"}"#,
        &json!({"message": "* and cust:*", "customerIban": "*", "csrfToken": "x", "password": "*"}),
        4,
    );
    let off = off();
    check_with(&off, r#"{"message": "m", "password": "y1"}"#, &json!({"message": "m", "password": "y1"}), 0);
}

#[test]
fn only_listed_fields_keep_their_values() {
    let rules = rules(RedactConfig { allow: Some(texts(&["sku", "order"])), ..RedactConfig::default() });
    check_with(
        &rules,
        r#"{"msg": "m %s", "args": ["a"], "levelname": "INFO", "sku": "W-1", "buyer": "alice", "n": 0, "b": true, "z": null,
            "order": {"id": 1, "token": "x1"}, "o": {"sku": "W-2"}, "trace_id": "t1", "_id": 17}"#,
        &json!({"msg": "m %s", "args": ["a"], "message": "m a", "levelname": "INFO", "levelno": 20, "sku": "W-1", "buyer": "*",
            "n": "*", "b": "*", "z": null, "order": {"id": 1, "token": "*"}, "o": "*", "trace_id": "*", "log_uid": "t1", "sent": {"_id": "*"}}),
        7,
    );
}

#[test]
fn with_a_key_equal_secrets_can_be_found() {
    let rules =
        rules(RedactConfig { key: Some(Secret::new("a key of many bytes".to_owned())), ..RedactConfig::default() });
    let (document, count) = stored(r#"{"message": "password=hunter2", "pwd": "hunter2", "token": "other"}"#, &rules);
    let mask = document["pwd"].as_str().unwrap();
    assert!(mask.starts_with("[redacted:") && mask.len() == 27, "{mask}");
    assert_eq!(document["message"], format!("password={mask}"));
    assert_ne!(document["token"], mask);
    assert_eq!(count, 3);
}

#[test]
fn the_id_does_not_depend_on_redaction() {
    let off = off();
    for payload in
        [r#"{"message": "password=x1", "created": 1795163739.5}"#, r#"{"record_id": "token=abc1", "password": "x"}"#]
    {
        let (masked, plain) = (filed(payload, &RULES), filed(payload, &off));
        assert!(masked.redacted() > 0 && plain.redacted() == 0);
        assert_eq!((masked.id(), masked.time()), (plain.id(), plain.time()));
    }
}

#[test]
fn a_stored_record_has_the_number_of_masks() {
    let record = filed(r#"{"password": "x", "token": "y"}"#, &RULES);
    let read =
        LogRecord::from_stored(RawDocumentBuf::from_bytes(record.document().as_bytes().to_vec()).unwrap()).unwrap();
    assert_eq!(read, record);
    assert_eq!(decoded(br#"{"password": "x", "token": "y"}"#, &RULES).redacted, 2);
}

#[test]
fn captured_records_have_no_secrets() {
    for captured in [
        include_str!("../../../../tests/fixtures/order_python311.jsonl"),
        include_str!("../../../../tests/fixtures/order_python312.jsonl"),
    ] {
        for payload in captured.lines() {
            assert_eq!(filed(payload, &RULES).redacted(), 0, "{payload}");
        }
    }
}

/// Returns a sender's field that contains a secret, and the secret.
fn any_field() -> impl Strategy<Value = (String, Json, String)> {
    let name = prop::sample::select(vec![
        "password",
        "clientSecret",
        "X-Api-Key",
        "AWS_SECRET_ACCESS_KEY",
        "proxy-authorization",
        "user.token",
    ]);
    let secret = "[A-Za-z0-9+/ \"'\\\\é-]{5,20}Q7";
    let by_name = (name, secret).prop_map(|(name, secret)| (name.to_owned(), json!(secret), secret));
    let by_shape = "[A-Z2-7]{15}7".prop_map(|rest| {
        let key = format!("AKIA{rest}");
        ("text".to_owned(), json!(format!("used {key}, twice")), key)
    });
    let number = (1_000_000_000_i64..9_000_000_000).prop_map(|n| ("userToken".to_owned(), json!(n), n.to_string()));
    prop_oneof![by_name, by_shape, number]
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from)
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z]{1,8}", inner, 0..4)
                .prop_map(|fields| Json::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_planted_secret_is_masked(
        (name, value, secret) in any_field(),
        around in prop::collection::vec(("[a-z]{1,8}", any_json()), 0..5),
        wrappers in prop::collection::vec(any::<bool>(), 0..6),
        in_args in 0..4_u8,
    ) {
        let mut planted = json!({"before": "x"});
        planted[&name] = value;
        for is_array in wrappers {
            planted = if is_array { json!([1, planted]) } else { json!({"inner": planted, "n": 1}) };
        }
        let mut payload: serde_json::Map<String, Json> = around.into_iter().collect();
        match in_args {
            0 => drop(payload.insert("args".to_owned(), json!([planted]))),
            1 => drop(payload.insert("args".to_owned(), json!(format!("({},)", python(&planted))))),
            2 => drop(payload.insert("text".to_owned(), json!(planted.to_string()))),
            _ => drop(payload.insert("extra".to_owned(), planted)),
        }
        payload.insert("msg".to_owned(), json!("got %s"));
        let payload = Json::Object(payload).to_string();
        let record = filed(&payload, &RULES);
        prop_assert!(record.redacted() > 0);
        let bytes = record.document().as_bytes();
        for form in [secret.clone(), json!(secret).to_string().trim_matches('"').to_owned()] {
            prop_assert!(!bytes.windows(form.len()).any(|window| window == form.as_bytes()), "{payload}\n{:?}", record.document());
        }
    }

    #[test]
    fn any_record_is_stored(around in prop::collection::vec((any::<String>(), any_json()), 0..5)) {
        let payload = Json::Object(around.into_iter().collect()).to_string();
        let decoded = decoded(payload.as_bytes(), &RULES);
        prop_assert_eq!(decoded.days.len() + decoded.quarantined.items.len(), 1);
    }
}

/// Returns a value as Python prints it.
fn python(value: &Json) -> String {
    match value {
        Json::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Json::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("'{name}': {}", python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

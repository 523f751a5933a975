//! The settings of redaction.

use record::{MAX_NAME_LETTERS, RedactConfig, Redactor, Secret};

use crate::environment::{ConfigError, Environment, set};

const REDACT: &str = "LOGBRAID_REDACT";
const ALLOW: &str = "LOGBRAID_REDACT_ALLOW";
const NAMES: &str = "LOGBRAID_REDACT_NAMES";
const PATTERNS: &str = "LOGBRAID_REDACT_PATTERNS";
pub(crate) const KEY: &str = "LOGBRAID_REDACT_KEY";

/// The most names.
const MAX_NAMES: usize = 256;
/// The most patterns.
const MAX_PATTERNS: usize = 32;
/// The shortest key. A shorter one could be guessed.
const MIN_KEY_BYTES: usize = 16;

/// Reads and checks `LOGBRAID_REDACT` and the settings that begin with it; `None` if redaction is off.
pub(crate) fn redactor(env: &(impl Environment + ?Sized)) -> Result<Option<Redactor>, ConfigError> {
    let mode = set(env, REDACT).unwrap_or_else(|| "on".to_owned());
    let allow = match mode.as_str() {
        "off" => return Ok(None),
        "on" => None,
        "allow-list" => Some(list(env, ALLOW)?),
        _ => return Err(invalid(REDACT, mode, "`on`, `off` or `allow-list`")),
    };
    let (except, names): (Vec<_>, Vec<_>) = list(env, NAMES)?.into_iter().partition(|name| name.starts_with('!'));
    let except: Vec<_> = except.iter().map(|name| name.trim_start_matches('!').to_owned()).collect();
    let is_name = |name: &String| {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric).count();
        (1..=MAX_NAME_LETTERS).contains(&letters) && name.is_ascii()
    };
    if names.len() > MAX_NAMES || !names.iter().chain(&except).all(is_name) {
        let expected =
            format!("up to {MAX_NAMES} names between commas, each of 1 to {MAX_NAME_LETTERS} letters or digits");
        return Err(invalid(NAMES, names.join(","), &expected));
    }
    let all = set(env, PATTERNS).unwrap_or_default();
    let patterns: Vec<_> = all.split_whitespace().map(str::to_owned).collect();
    if patterns.len() > MAX_PATTERNS {
        return Err(invalid(PATTERNS, all, &format!("up to {MAX_PATTERNS} regular expressions between spaces")));
    }
    let config = RedactConfig { allow, names, except, patterns, key: key(env)? };
    Redactor::new(config).map(Some).map_err(|error| {
        let expected = format!("regular expressions between spaces; {error}");
        invalid(PATTERNS, all, &expected)
    })
}

/// Reads names between commas.
fn list(env: &(impl Environment + ?Sized), name: &'static str) -> Result<Vec<String>, ConfigError> {
    let Some(value) = set(env, name) else { return Ok(Vec::new()) };
    let names: Vec<String> = value.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(invalid(name, value, "names of fields between commas"));
    }
    Ok(names)
}

fn key(env: &(impl Environment + ?Sized)) -> Result<Option<Secret>, ConfigError> {
    let Some(key) = set(env, KEY) else { return Ok(None) };
    if key.len() < MIN_KEY_BYTES {
        // The error does not quote the key: it may be part of the secret.
        return Err(invalid(KEY, format!("({} bytes)", key.len()), &format!("at least {MIN_KEY_BYTES} bytes")));
    }
    Ok(Some(Secret::new(key)))
}

fn invalid(name: &'static str, value: String, expected: &str) -> ConfigError {
    ConfigError::Invalid { name, value, expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::redactor;

    #[test]
    fn a_bad_value_stops_the_start_with_its_name_and_what_is_allowed() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let error = redactor(env).map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), expect, "{env:?}");
        }
        check(&[("LOGBRAID_REDACT", "true")], "LOGBRAID_REDACT is `true`: expected `on`, `off` or `allow-list`");
        check(
            &[("LOGBRAID_REDACT_NAMES", "iban,,pin")],
            "LOGBRAID_REDACT_NAMES is `iban,,pin`: expected names of fields between commas",
        );
        check(
            &[("LOGBRAID_REDACT_NAMES", "iban,_")],
            "LOGBRAID_REDACT_NAMES is `iban,_`: expected up to 256 names between commas, each of 1 to 48 letters or digits",
        );
        check(
            &[("LOGBRAID_REDACT", "allow-list"), ("LOGBRAID_REDACT_ALLOW", ",")],
            "LOGBRAID_REDACT_ALLOW is `,`: expected names of fields between commas",
        );
        check(
            &[("LOGBRAID_REDACT_PATTERNS", "a+ (b")],
            "LOGBRAID_REDACT_PATTERNS is `a+ (b`: expected regular expressions between spaces; `(b` cannot be used as a regular expression",
        );
        check(
            &[("LOGBRAID_REDACT_PATTERNS", r"(\w{500}){500}")],
            r"LOGBRAID_REDACT_PATTERNS is `(\w{500}){500}`: expected regular expressions between spaces; `(\w{500}){500}` cannot be used as a regular expression",
        );
        check(
            &[("LOGBRAID_REDACT_PATTERNS", "a*")],
            "LOGBRAID_REDACT_PATTERNS is `a*`: expected regular expressions between spaces; `a*` matches the empty text",
        );
        check(&[("LOGBRAID_REDACT_KEY", "hunter2")], "LOGBRAID_REDACT_KEY is `(7 bytes)`: expected at least 16 bytes");
    }

    #[test]
    fn it_is_on_unless_it_is_turned_off() {
        assert!(redactor([].as_slice()).unwrap().is_some());
        assert!(redactor([("LOGBRAID_REDACT", "off")].as_slice()).unwrap().is_none());
    }

    #[test]
    fn the_key_is_not_printed() {
        let env = [("LOGBRAID_REDACT_KEY", "0123456789abcdef")];
        let redactor = redactor(env.as_slice()).unwrap();
        assert!(!format!("{redactor:?}").contains("0123456789abcdef"));
    }
}

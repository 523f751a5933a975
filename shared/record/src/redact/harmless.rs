//! Values that cannot be secrets, though they have a secret's name: placeholders, masks, states, counts, types, code.

use super::mask::is_mask;
use super::names::Names;

/// A text without spaces that has this many bytes is not a word of a sentence.
const LONG_WORD: usize = 20;
/// A number with so few digits is a count.
const MAX_COUNT_DIGITS: usize = 2;
/// So many tests may pass.
const MAX_RESULT_DIGITS: usize = 3;
/// The longest mask of another library.
const MAX_MASK_BYTES: usize = 64;
/// The longest list of such masks.
const MAX_MASKS_BYTES: usize = 256;
/// How long the symbol of a currency is.
const SYMBOL_BYTES: std::ops::RangeInclusive<usize> = 2..=6;
/// This many `x` or dots stand for an omission.
const MIN_OMISSION: usize = 3;

/// Returns whether a value cannot be a secret: none or a boolean as languages print them, a template's placeholder, or
/// a mask of logbraid or of others.
pub(super) fn is_harmless(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"", b"-", b"none", b"null", b"nil", b"undefined", b"true", b"false", b"<nil>"];
    // What a secret is, and not the secret.
    const STATES: [&[u8]; 27] = [
        b"ok",
        b"granted",
        b"denied",
        b"failed",
        b"rejected",
        b"refused",
        b"valid",
        b"invalid",
        b"expired",
        b"missing",
        b"present",
        b"absent",
        b"set",
        b"unset",
        b"yes",
        b"no",
        b"enabled",
        b"disabled",
        b"required",
        b"provided",
        b"omitted",
        b"revoked",
        b"changed",
        b"incorrect",
        b"verified",
        b"hidden",
        b"masked",
    ];
    let is_all = |wanted: &[u8]| value.iter().all(|byte| wanted.contains(byte));
    WORDS.iter().chain(&STATES).any(|word| value.eq_ignore_ascii_case(word))
        || is_mask(value)
        || is_all(b"*")
        || (value.len() >= MIN_OMISSION && is_all(b"xX"))
        || is_one_mark(value)
        || is_placeholder(value)
        || is_mask_of_others(value)
}

/// Returns whether a value is a list or an object of such values, as code and JSON write it: `["REDACTED"]`,
/// `{"value": "***"}`.
pub(super) fn are_harmless(value: &[u8]) -> bool {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'\\' | b' ');
    let is_one = |value: &[u8]| {
        let start = value.iter().position(|byte| !is_quote(byte)).unwrap_or(value.len());
        let end = value.iter().rposition(|byte| !is_quote(byte)).map_or(start, |last| last + 1);
        is_harmless(&value[start..end])
    };
    match value {
        _ if value.len() > MAX_MASKS_BYTES => false,
        [b'[', items @ .., b']'] => items.split(|byte| *byte == b',').all(is_one),
        [b'{', fields @ .., b'}'] => fields.split(|byte| *byte == b',').all(|field| {
            let colon = field.iter().position(|byte| *byte == b':');
            colon.is_some_and(|colon| is_one(&field[colon + 1..]))
        }),
        _ => false,
    }
}

/// Returns whether a value is one mark, repeated: `••••••`, `#####`, `…`.
fn is_one_mark(value: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(value) else { return false };
    let Some(first) = text.chars().next().filter(|first| !first.is_alphanumeric()) else { return false };
    (!first.is_ascii() || value.len() >= MIN_OMISSION) && text.chars().all(|mark| mark == first)
}

/// Returns whether a value is the mask of another library: `[FILTERED]`, `<sensitive>`, `REDACTED`, `%5BFILTERED%5D`.
fn is_mask_of_others(value: &[u8]) -> bool {
    const MASKS: [&[u8]; 11] = [
        b"redacted",
        b"filtered",
        b"removed",
        b"masked",
        b"omitted",
        b"scrubbed",
        b"obfuscated",
        b"sanitized",
        b"sanitised",
        b"censored",
        b"suppressed",
    ];
    const IN_BRACKETS: [&[u8]; 11] = [
        b"hidden",
        b"secret",
        b"password",
        b"token",
        b"sensitive",
        b"protected",
        b"private",
        b"pii",
        b"confidential",
        b"encrypted",
        b"stripped",
    ];
    if value.len() > MAX_MASK_BYTES {
        return false;
    }
    let unescaped = value.strip_prefix(b"%5B").and_then(|value| value.strip_suffix(b"%5D"));
    let marks = |byte: &u8| matches!(byte, b'[' | b']' | b'(' | b')' | b'<' | b'>' | b'{' | b'}' | b'*' | b'_' | b'-');
    let inside = unescaped.unwrap_or(value);
    let Some(start) = inside.iter().position(|byte| !marks(byte)) else { return value.len() >= MIN_OMISSION };
    let end = inside.iter().rposition(|byte| !marks(byte)).map_or(start, |last| last + 1);
    let is_marked = unescaped.is_some() || (start > 0 && end < inside.len());
    let words = &inside[start..end];
    let is_one_of = |known: &[&[u8]], word: &[u8]| known.iter().any(|mask| word.eq_ignore_ascii_case(mask));
    let first = words.split(|byte| matches!(byte, b' ' | b':' | b'_' | b'-')).next().unwrap_or_default();
    if is_marked { is_one_of(&MASKS, first) || is_one_of(&IN_BRACKETS, first) } else { is_one_of(&MASKS, value) }
}

/// Returns whether a value of this name cannot be a secret, though another name's could: a count, a currency's symbol, a
/// shell's directory.
pub(super) fn is_harmless_for(name: &[u8], value: &[u8]) -> bool {
    let is_path = || matches!(value, [b'/' | b'~', ..] | [_, b':', b'\\' | b'/', ..]);
    let is_count = !value.is_empty() && value.len() <= MAX_COUNT_DIGITS && value.iter().all(u8::is_ascii_digit);
    let is_symbol = SYMBOL_BYTES.contains(&value.len()) && value.iter().all(u8::is_ascii_uppercase);
    let ends_with =
        |ending: &[u8]| name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
    (is_count && !Names::is_password(name) && !ends_with(b"key"))
        || (name.eq_ignore_ascii_case(b"pass") && is_result(value))
        || (is_symbol && ends_with(b"token"))
        || (matches!(name, b"PWD" | b"OLDPWD") && is_path())
        || (name == b"pwd" && is_directory(value))
}

/// Returns whether a value says how many or which tests passed: `12`, `2/3`, `99.5%`, `1.2ms`, `test_a`.
fn is_result(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &value[digits..];
    let decimals =
        rest.strip_prefix(b".").map_or(0, |rest| 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let is_counted = match &rest[decimals..] {
        b"" => digits <= MAX_RESULT_DIGITS,
        b"%" | b"s" | b"ms" => true,
        [b'/', all @ ..] => !all.is_empty() && all.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let is_test = value.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"test"));
    (digits > 0 && is_counted) || is_test
}

/// Returns whether a value in a definition is the type of a secret: `password: string`, `token VARCHAR(255)`.
pub(super) fn is_type(value: &[u8]) -> bool {
    const TYPES: [&[u8]; 14] = [
        b"string",
        b"str",
        b"text",
        b"varchar",
        b"nvarchar",
        b"char",
        b"bytes",
        b"byte",
        b"int",
        b"integer",
        b"number",
        b"bool",
        b"boolean",
        b"any",
    ];
    let root = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_known = TYPES.iter().any(|known| value[..root].eq_ignore_ascii_case(known)) || &value[..root] == b"Token";
    is_known && matches!(value.get(root), None | Some(b'(' | b'[' | b'?' | b'|' | b'<' | b';' | b','))
}

/// Returns whether a value is a directory and has no characters that a directory's name hardly has.
fn is_directory(value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'\\' | b'.' | b'_' | b'-' | b':');
    let is_root = matches!(value, [b'/'] | [b'/', b'a'..=b'z' | b'A'..=b'Z', ..] | [_, b':', b'\\', ..]);
    is_root && value.iter().all(is_part)
}

/// Returns whether a value without quotes is code that names the secret: `settings.TOKEN`, `os.environ['PW']`,
/// `get_token()`.
pub(super) fn is_code(value: &[u8]) -> bool {
    const ROOTS: [&[u8]; 19] = [
        b"os",
        b"self",
        b"cls",
        b"this",
        b"settings",
        b"config",
        b"conf",
        b"cfg",
        b"process",
        b"env",
        b"environ",
        b"app",
        b"request",
        b"req",
        b"args",
        b"options",
        b"params",
        b"kwargs",
        b"secrets",
    ];
    let is_name = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let root = value.iter().take_while(|byte| is_name(byte)).count();
    let names = value.iter().take_while(|byte| is_name(byte) || **byte == b'.').count();
    match &value[root..] {
        // A token may begin like code, but it has digits or dashes: `app.c0ffee-7`.
        [b'.' | b'[', next, ..] if matches!(value.get(names), None | Some(b'[' | b'(' | b'?' | b')' | b']')) => {
            ROOTS.contains(&&value[..root]) && (is_name(next) || matches!(next, b'"' | b'\''))
        }
        // A password may have brackets: `a()0(^A7`.
        [b'(', b')', rest @ ..] => root > 0 && rest.iter().all(|byte| is_name(byte) || b".()[]\"',;:?".contains(byte)),
        [b'(', b'"' | b'\'', ..] | [b'('] => root > 0,
        _ => false,
    }
}

/// Returns whether a word begins a sentence about a password: `must be at least 8 characters`.
pub(super) fn begins_sentence(word: &[u8]) -> bool {
    const WORDS: [&[u8]; 14] = [
        b"must", b"should", b"is", b"was", b"has", b"cannot", b"can", b"may", b"will", b"does", b"did", b"not", b"too",
        b"needs",
    ];
    WORDS.contains(&word)
}

/// The names that a secret has as a parameter of SQL.
const PARAMETERS: [&[u8]; 6] = [b"password", b"passwd", b"pwd", b"token", b"secret", b"key"];

/// Returns whether it is a template's placeholder: `%s`, `%(name)s`, `{}`, `{name}`, `${NAME}`, `$NAME`, `?`, `$1`,
/// `:name`, `@p0`, `#{name}`, `<name>`.
fn is_placeholder(value: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'!' | b':');
    let is_variable = |name: &[u8]| name.iter().all(|byte| is_name(*byte));
    match value {
        [b'%', b'(', rest @ ..] => match rest.iter().position(|byte| *byte == b')') {
            Some(end) => is_variable(&rest[..end]) && is_conversion(&rest[end + 1..]),
            None => false,
        },
        [b'%', rest @ ..] => is_conversion(rest),
        [b'?'] => true,
        // SQL's parameters: `@p0`, `@__password_0`, `@password`.
        [b'@', b'p' | b'P', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => true,
        [b'@', b'_', b'_', name @ ..] => is_variable(name),
        [b'@', name @ ..] => PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)),
        [b'<', name @ .., b'>'] => {
            !name.is_empty() && name.iter().all(|byte| is_name(*byte) || matches!(byte, b'-' | b' '))
        }
        [b':', name @ ..] => !name.is_empty() && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'),
        [b'$' | b'#', b'{', name @ .., b'}'] | [b'{', b'{', name @ .., b'}', b'}'] | [b'{', name @ .., b'}'] => {
            is_variable(name.trim_ascii())
        }
        [b'$', name @ ..] => {
            let is_all = |is_part: fn(&u8) -> bool| name.iter().all(is_part);
            !name.is_empty()
                && (is_all(u8::is_ascii_digit) || is_all(|byte| byte.is_ascii_uppercase() || *byte == b'_'))
        }
        _ => false,
    }
}

/// Returns whether these bytes may follow the `%` of a conversion.
fn is_conversion(bytes: &[u8]) -> bool {
    let is_flag = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'#' | b'+' | b'.' | b'*');
    matches!(bytes, [flags @ .., b's' | b'r' | b'a' | b'd' | b'i' | b'x' | b'v' | b'f' | b'g'] if flags.iter().all(|byte| is_flag(*byte)))
}

/// Returns whether a value looks generated, and not like a word of a sentence.
pub(super) fn looks_random(value: &[u8]) -> bool {
    value.len() >= LONG_WORD || value.iter().any(u8::is_ascii_digit)
}

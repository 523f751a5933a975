//! Secrets recognised by their shape: tokens, keys, and the credentials of URLs and HTTP.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;

use super::super::WorkBudget;
use super::harmless::{is_harmless, looks_random};
use super::run::run;

/// A kind of token, recognised by its prefix.
pub(super) struct Token {
    prefix: &'static str,
    /// How many bytes of the prefix are not searched for. Tokens whose prefixes end alike then share a needle.
    skipped: usize,
    /// Which bytes may follow the prefix.
    is_part: fn(u8) -> bool,
    /// How many bytes follow the prefix.
    length: std::ops::RangeInclusive<usize>,
}

impl Token {
    const fn new(prefix: &'static str, is_part: fn(u8) -> bool, length: std::ops::RangeInclusive<usize>) -> Self {
        Self { prefix, skipped: 0, is_part, length }
    }

    /// Returns the needle for the search.
    pub(super) fn needle(&self) -> &'static str {
        &self.prefix[self.skipped..]
    }

    /// Returns the token whose needle begins here.
    fn at(&self, bytes: &[u8], needle: usize) -> Option<Range<usize>> {
        let start = needle.checked_sub(self.skipped)?;
        let rest = bytes[start..].strip_prefix(self.prefix.as_bytes())?;
        if bytes[..start].last().is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        // A longer run is not a token. The bound also keeps a text of many tokens run together from taking quadratic
        // time.
        let part = run(&rest[..rest.len().min(self.length.end() + 1)], self.is_part);
        let is_token = self.length.contains(&part.len()) && part.iter().any(u8::is_ascii_digit);
        is_token.then_some(start..start + self.prefix.len() + part.len())
    }
}

/// Longer than any token.
const LONG: usize = 4096;
/// The limit for tokens that may run into each other because they can contain the separator.
const MEDIUM: usize = 512;
/// The longest first part of a JSON web token.
const MAX_JWT_HEADER: usize = 1024;
/// The longest label before the words of a private key: `BEGIN ENCRYPTED `.
const MAX_LABEL: usize = 64;
/// How many bytes of a URL are read.
const MAX_URL: usize = 4096;
/// The shortest token that stands where a URL has its user.
const MIN_URL_TOKEN: usize = 20;
/// The shortest text after `Bearer` that counts as a token.
const MIN_BEARER: usize = 8;
/// The shortest text after `Basic` that counts as a name and password in base64.
const MIN_BASIC: usize = 6;

/// The tokens of AWS (access key ids), GitHub, GitLab, Slack, Stripe, Google, and of language model services (`sk-`).
pub(super) const TOKENS: &[Token] = &[
    Token::new("AKIA", is_upper_or_digit, 16..=16),
    Token::new("ASIA", is_upper_or_digit, 16..=16),
    Token::new("ghp_", is_letter_or_digit, 30..=LONG),
    Token::new("gho_", is_letter_or_digit, 30..=LONG),
    Token::new("ghu_", is_letter_or_digit, 30..=LONG),
    Token::new("ghs_", is_letter_or_digit, 30..=LONG),
    Token::new("ghr_", is_letter_or_digit, 30..=LONG),
    Token::new("github_pat_", is_base64_url, 22..=MEDIUM),
    Token::new("glpat-", is_base64_url, 20..=MEDIUM),
    Token::new("xox", is_base64_url, 12..=MEDIUM),
    Token { skipped: 1, ..Token::new("sk_live_", is_letter_or_digit, 10..=LONG) },
    Token { skipped: 1, ..Token::new("rk_live_", is_letter_or_digit, 10..=LONG) },
    Token::new("AIza", is_base64_url, 35..=35),
    Token::new("ya29.", is_base64_url, 20..=LONG),
    Token::new("sk-", is_base64_url, 20..=MEDIUM),
];

/// Returns the token whose needle begins here.
pub(super) fn token(bytes: &[u8], needle: usize) -> Option<Range<usize>> {
    TOKENS.iter().find_map(|token| token.at(bytes, needle))
}

/// Returns the JSON web token that begins here. It has at least two parts. The first is an object. The second is too,
/// if it is the last.
pub(super) fn jwt(bytes: &[u8], start: usize, work: &WorkBudget) -> Option<Range<usize>> {
    const OBJECT: &[u8] = b"eyJ";
    let text = bytes.get(start..)?;
    let first = run(&text[..text.len().min(MAX_JWT_HEADER)], is_base64_url);
    let second = text[first.len()..].strip_prefix(b".")?;
    let second_length = run(second, is_base64_url).len();
    // Many first parts may have the same second part.
    work.spend(second_length);
    let after_second = &second[second_length..];
    let has_third = matches!(after_second, [b'.', third, ..] if is_base64_url(*third));
    let is_token =
        first.starts_with(OBJECT) && first.len() > 2 * OBJECT.len() && (second.starts_with(OBJECT) || has_third);
    is_token.then(|| start..start + run(text, |byte| is_base64_url(byte) || byte == b'.').len())
}

/// Returns the body of a private key whose words `PRIVATE KEY` end here. They are in the key's first line, or in its
/// last line if the first was cut off.
pub(super) fn private_key(bytes: &[u8], end_of_words: usize) -> Option<Range<usize>> {
    const WORDS: &[u8] = b"PRIVATE KEY";
    const DASHES: &[u8] = b"-----";
    const END: &[u8] = b"-----END ";
    let words = end_of_words.checked_sub(WORDS.len())?..end_of_words;
    if &bytes[words.clone()] != WORDS {
        return None;
    }
    let is_label = |byte: &&u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b' ';
    let label = words.start - bytes[..words.start].iter().rev().take(MAX_LABEL).take_while(is_label).count();
    let body = if bytes[label..].starts_with(b"BEGIN ") && bytes[..label].ends_with(DASHES) {
        let after = &bytes[words.end..];
        let start = words.end + after.strip_prefix(b" BLOCK").map_or(0, |_| " BLOCK".len());
        let start = start + run(&bytes[start..], |byte| byte == b'-').len();
        start..memmem::find(&bytes[start..], END).map_or(bytes.len(), |length| start + length)
    } else if bytes[label..].starts_with(b"END ") && bytes[..label].ends_with(DASHES) {
        let end = label - DASHES.len();
        // Base64 and line ends, also if they are escaped as `\n`.
        let is_body = |byte: &&u8| is_base64(**byte) || matches!(**byte, b'\n' | b'\r' | b'\\');
        end - bytes[..end].iter().rev().take_while(is_body).count()..end
    } else {
        return None;
    };
    let body = trim(bytes, body);
    (!body.is_empty() && !is_harmless(&bytes[body.clone()])).then_some(body)
}

/// Returns the password of a URL whose `://` is at `colon`: `scheme://user:password@host`.
pub(super) fn url_password(bytes: &[u8], colon: &Range<usize>) -> Option<Range<usize>> {
    let is_url = |byte| byte > b' ' && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let rest = &bytes[colon.end..bytes.len().min(colon.end + MAX_URL)];
    let authority = run(rest, |byte| is_url(byte) && !matches!(byte, b'/' | b'?' | b'#'));
    // Most URLs have neither port nor password.
    let Some(start) = authority.iter().position(|byte| *byte == b':').map(|at| at + 1) else {
        return url_token(bytes, colon, authority);
    };
    let rest = memmem::find(rest, b"://").map_or(rest, |next| &rest[..next]);
    let rest = run(rest, is_url);
    let end = if let Some(at) = memchr::memrchr(b'@', authority) {
        at
    } else if authority.get(start..)?.iter().all(u8::is_ascii_digit) || rest.starts_with(b"[") {
        return None;
    } else {
        // It is not a port, so it is a password with an unescaped `/`, `?` or `#`.
        memchr::memrchr(b'@', rest)?
    };
    let password = colon.end + start..colon.end + end;
    (start < end && !is_harmless(&bytes[password.clone()])).then_some(password)
}

/// Returns the token that stands where a URL has its user: `https://token@host`.
fn url_token(bytes: &[u8], colon: &Range<usize>, authority: &[u8]) -> Option<Range<usize>> {
    let length = memchr::memchr(b'@', authority)?;
    let token = &authority[..length];
    let is_web = matches!(&bytes[..colon.start], [.., b'h', b't', b't', b'p'] | [.., b'h', b't', b't', b'p', b's']);
    let is_token = length >= MIN_URL_TOKEN
        && token.iter().all(|byte| is_base64_url(*byte))
        && token.iter().any(u8::is_ascii_digit)
        && token.iter().any(u8::is_ascii_alphabetic);
    (is_web && is_token).then_some(colon.end..colon.end + length)
}

/// The addresses that are secrets: whoever knows one may write there.
const WEBHOOKS: [&[u8]; 5] = [
    b"hooks.slack.com/services/",
    b"hooks.slack.com/workflows/",
    b"discord.com/api/webhooks/",
    b"discordapp.com/api/webhooks/",
    b"api.telegram.org/bot",
];
/// Where Microsoft's webhooks are, on a host of each customer.
const OFFICE_HOST: &[u8] = b".webhook.office.com";
const OFFICE_PATH: &[u8] = b"/webhookb2/";
/// The shortest path of a webhook, and the shortest signature.
const MIN_ADDRESS: usize = 16;

/// Returns the secret part of a webhook's address whose host begins here.
pub(super) fn webhook(bytes: &[u8], host: usize) -> Option<Range<usize>> {
    let rest = &bytes[host..bytes.len().min(host + MAX_URL)];
    // The host alone shows that most URLs are none.
    let path = memchr::memchr(b'/', &rest[..rest.len().min(MAX_LABEL)])?;
    let is_offices = rest[..path].ends_with(OFFICE_HOST) && rest[path..].starts_with(OFFICE_PATH);
    let known = WEBHOOKS.iter().find(|webhook| rest.starts_with(webhook)).map(|webhook| webhook.len());
    let start = known.or_else(|| is_offices.then_some(path + OFFICE_PATH.len()))?;
    let address = run(rest, |byte| is_base64_url(byte) || matches!(byte, b'/' | b'.' | b':' | b'@' | b'%'));
    (address.len() >= start + MIN_ADDRESS).then_some(host + start..host + address.len())
}

/// Returns the signature of a presigned URL: `&sig=…`, `?X-Amz-Signature=…`.
pub(super) fn signature(bytes: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let before = &bytes[name.start.saturating_sub(MAX_LABEL)..name.start];
    let word = before.iter().rev().take_while(|byte| is_base64_url(**byte)).count();
    let is_parameter = matches!(before[..before.len() - word].last(), Some(b'?' | b'&' | b';'));
    let is_part = |byte| is_base64_url(byte) || matches!(byte, b'%' | b'+' | b'/' | b'=' | b'~');
    let value = run(&bytes[name.end..bytes.len().min(name.end + MAX_URL)], is_part);
    (is_parameter && value.len() >= MIN_ADDRESS && looks_random(value)).then_some(name.end..name.end + value.len())
}

/// Returns the token after `Bearer`.
pub(super) fn bearer(bytes: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    let token = after_scheme(bytes, word)?;
    let text = &bytes[token.clone()];
    // A name and a value are no token: `token_type=Bearer expires_in=3600`.
    let is_pair = text.split(|byte| *byte == b'=').nth(1).is_some_and(|value| !value.is_empty());
    (text.len() >= MIN_BEARER && !is_pair && looks_random(text)).then_some(token)
}

/// Returns the name and password in base64 after `Basic`.
pub(super) fn basic(bytes: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    let token = after_scheme(bytes, word)?;
    let text = &bytes[token.clone()];
    (text.len() >= MIN_BASIC && is_name_and_password(text)).then_some(token)
}

fn after_scheme(bytes: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
    if bytes[..word.start].last().is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let spaces = run(&bytes[word.end..], |byte| byte == b' ' || byte == b'\t').len();
    let start = word.end + spaces;
    let is_token = |byte| is_base64_url(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=');
    (spaces > 0).then(|| start..start + run(&bytes[start..], is_token).len())
}

fn is_name_and_password(base64: &[u8]) -> bool {
    let decoded = [STANDARD, URL_SAFE].iter().find_map(|alphabet| decode(alphabet, base64));
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.is_some_and(|text| text.contains(':') && !text.contains(char::is_control))
}

fn decode(alphabet: &Alphabet, base64: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(base64).ok()
}

/// Trims white space, including `\n` and `\r` written as escapes.
fn trim(bytes: &[u8], Range { mut start, mut end }: Range<usize>) -> Range<usize> {
    loop {
        let text = &bytes[start..end];
        let escaped = |text: Option<&[u8]>| text == Some(b"\\n") || text == Some(b"\\r");
        if text.first().is_some_and(u8::is_ascii_whitespace) {
            start += 1;
        } else if text.last().is_some_and(u8::is_ascii_whitespace) {
            end -= 1;
        } else if escaped(text.get(..2)) {
            start += 2;
        } else if escaped(text.len().checked_sub(2).and_then(|last| text.get(last..))) {
            end -= 2;
        } else {
            return start..end;
        }
    }
}

fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

pub(super) fn is_base64_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

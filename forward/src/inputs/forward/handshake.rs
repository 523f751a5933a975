//! The greeting of senders that have to know a key. Pure.
//!
//! <https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#authorization>.

use std::collections::BTreeMap;

use decode::msgpack_reader::{Reader, Token};
use record::Secret;
use sha2::{Digest as _, Sha512};

/// The longest text of a greeting.
const MAX_TEXT_BYTES: usize = 4096;

/// What senders have to know.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The key that all know.
    pub shared_key: Secret,
    /// The passwords of users; nobody has to name one if there are none.
    pub users: BTreeMap<String, Secret>,
}

/// What a connection's greeting is made of.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    pub(super) nonce: [u8; 16],
    pub(super) auth_salt: [u8; 16],
    pub(super) hostname: String,
}

/// A sender's answer to the greeting.
struct Ping<'a> {
    hostname: &'a [u8],
    salt: &'a [u8],
    digest: &'a [u8],
    user: &'a [u8],
    password_digest: &'a [u8],
}

/// Returns the first message of the server.
pub(super) fn helo(greeting: &Greeting, secrets: &Secrets) -> Vec<u8> {
    let mut out = vec![0x92];
    text(&mut out, b"HELO");
    out.push(0x83);
    text(&mut out, b"nonce");
    bytes(&mut out, &greeting.nonce);
    text(&mut out, b"auth");
    let salt: &[u8] = if secrets.users.is_empty() { b"" } else { &greeting.auth_salt };
    bytes(&mut out, salt);
    text(&mut out, b"keepalive");
    out.push(0xC3);
    out
}

/// Judges a sender's answer. Returns the server's last message, and the reason if the sender is refused.
pub(super) fn pong(message: &[u8], greeting: &Greeting, secrets: &Secrets) -> (Vec<u8>, Option<&'static str>) {
    let ping = Ping::read(message);
    let reason = match &ping {
        None => Some("no PING"),
        Some(ping) => ping.refusal(greeting, secrets),
    };
    let mut out = vec![0x95];
    text(&mut out, b"PONG");
    out.push(if reason.is_none() { 0xC3 } else { 0xC2 });
    text(&mut out, reason.unwrap_or_default().as_bytes());
    text(&mut out, greeting.hostname.as_bytes());
    let digest = match (&ping, reason) {
        (Some(ping), None) => {
            digest(&[ping.salt, greeting.hostname.as_bytes(), &greeting.nonce, secrets.shared_key.reveal().as_bytes()])
        }
        _ => String::new(),
    };
    text(&mut out, digest.as_bytes());
    (out, reason)
}

impl<'a> Ping<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(message);
        let Token::Array(6) = reader.token().ok()? else { return None };
        let mut next = || match reader.token().ok()? {
            Token::Text(bytes) | Token::Bytes(bytes) if bytes.len() <= MAX_TEXT_BYTES => Some(bytes),
            _ => None,
        };
        if next()? != b"PING" {
            return None;
        }
        Some(Self { hostname: next()?, salt: next()?, digest: next()?, user: next()?, password_digest: next()? })
    }

    fn refusal(&self, greeting: &Greeting, secrets: &Secrets) -> Option<&'static str> {
        let expect = digest(&[self.salt, self.hostname, &greeting.nonce, secrets.shared_key.reveal().as_bytes()]);
        if !is_equal(expect.as_bytes(), self.digest) {
            return Some("shared_key mismatch");
        }
        if secrets.users.is_empty() {
            return None;
        }
        let password = std::str::from_utf8(self.user).ok().and_then(|user| secrets.users.get(user));
        let expect = digest(&[&greeting.auth_salt, self.user, password.map_or("", Secret::reveal).as_bytes()]);
        let is_known = password.is_some() & is_equal(expect.as_bytes(), self.password_digest);
        (!is_known).then_some("username/password mismatch")
    }
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}

/// Compares without telling by its time how much is equal.
fn is_equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (left, right)| all | (left ^ right)) == 0
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    out.push(0xDA);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(text.get(..length.into()).unwrap_or_default());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&[0xC4, u8::try_from(bytes.len()).unwrap_or(u8::MAX)]);
    out.extend_from_slice(bytes.get(..bytes.len().min(255)).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use record::Secret;

    use super::{Greeting, Secrets, bytes, digest, helo, pong, text};

    fn greeting() -> Greeting {
        Greeting { nonce: [1; 16], auth_salt: [2; 16], hostname: "server".to_owned() }
    }

    fn ping(key: &str, user: &str, password: &str) -> Vec<u8> {
        let mut out = vec![0x96];
        text(&mut out, b"PING");
        text(&mut out, b"client");
        bytes(&mut out, b"salt");
        text(&mut out, digest(&[b"salt", b"client", &[1; 16], key.as_bytes()]).as_bytes());
        text(&mut out, user.as_bytes());
        text(&mut out, digest(&[&[2; 16], user.as_bytes(), password.as_bytes()]).as_bytes());
        out
    }

    #[test]
    fn only_who_knows_the_key_and_a_password_comes_in() {
        let open = Secrets { shared_key: Secret::new("key".to_owned()), users: BTreeMap::default() };
        let closed = Secrets { users: [("ann".to_owned(), Secret::new("secret".to_owned()))].into(), ..open.clone() };
        let check = |secrets: &Secrets, message: &[u8], expect| {
            let (answer, reason) = pong(message, &greeting(), secrets);
            assert_eq!(reason, expect, "{}", message.escape_ascii());
            assert_eq!(answer[8], if expect.is_none() { 0xC3 } else { 0xC2 });
        };
        check(&open, &ping("key", "", ""), None);
        check(&open, &ping("other", "", ""), Some("shared_key mismatch"));
        check(&closed, &ping("key", "ann", "secret"), None);
        check(&closed, &ping("key", "ann", "wrong"), Some("username/password mismatch"));
        check(&closed, &ping("key", "bob", ""), Some("username/password mismatch"));
        check(&open, b"\x93\xa1t\x01\x80", Some("no PING"));
        check(&open, b"", Some("no PING"));
        assert!(helo(&greeting(), &open).windows(3).any(|part| part == b"\xc4\x00\xda"));
        assert!(helo(&greeting(), &closed).windows(18).any(|part| part.starts_with(b"\xc4\x10\x02\x02")));
    }

    #[test]
    fn the_server_shows_that_it_knows_the_key_too() {
        let secrets = Secrets { shared_key: Secret::new("key".to_owned()), users: BTreeMap::default() };
        let (answer, _) = pong(&ping("key", "", ""), &greeting(), &secrets);
        let expect = digest(&[b"salt", b"server", &[1; 16], b"key"]);
        assert!(answer.ends_with(expect.as_bytes()));
    }
}

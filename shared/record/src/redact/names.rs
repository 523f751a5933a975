//! Which names say that a value is a secret.
//!
//! Case and separators do not count: `X-Api-Key`, `apiKey` and `API KEY` are one name. How a name ends decides, since
//! that is what a value is: a `db_password` is a password, a `password_changed_at` is a time. Of the endings listed here
//! the longest that fits decides, so that a `next_token` is not a `token`. What only says which or how (`_value`,
//! `_hash`, `_2`) is looked past.

/// Endings of the names of secrets.
const SECRETS: &[&str] = &[
    "accesskey",
    "accesstokens",
    "accountkey",
    "adminpass",
    "aeskey",
    "apikey",
    "apitokens",
    "authheader",
    "authkey",
    "authorization",
    "authtokens",
    "basicauth",
    "bearertokens",
    "bindpass",
    "connectionstring",
    "connstring",
    "cookie",
    "credential",
    "creds",
    "databasepass",
    "dbpass",
    "decryptionkey",
    "encryptionkey",
    "ftppass",
    "functionskey",
    "hmackey",
    "httpauth",
    "idtokens",
    "keypass",
    "ldappass",
    "mailpass",
    "masterkey",
    "mysqlpass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "pgpass",
    "privatekey",
    "privkey",
    "proxyauth",
    "pwd",
    "redispass",
    "refreshtokens",
    "requirepass",
    "rootpass",
    "rsakey",
    "secret",
    "secretkey",
    "sessionkey",
    "sessiontokens",
    "sharedkey",
    "signingkey",
    "smtppass",
    "sshkey",
    "sshpass",
    "storagekey",
    "storepass",
    "subscriptionkey",
    "sudopass",
    "symmetrickey",
    "token",
    "userpass",
    "webhookkey",
];

/// Endings that look like those of secrets and are none: paging, parsing, language models and their bills.
const HARMLESS: &[&str] = &[
    "bostoken",
    "cancellationtoken",
    "canceltoken",
    "continuationtoken",
    "eostoken",
    "firsttoken",
    "lasttoken",
    "masktoken",
    "nextpagetoken",
    "nexttoken",
    "padtoken",
    "pagetoken",
    "paginationtoken",
    "pertoken",
    "stoptoken",
    "synctoken",
    "tokens",
    "unexpectedtoken",
    "unktoken",
];

/// What may follow a secret's name and only says which of several it is, or in what form.
const FILLERS: &[&str] = &[
    "again",
    "b",
    "base",
    "confirm",
    "confirmation",
    "current",
    "dev",
    "digest",
    "enc",
    "encoded",
    "encrypted",
    "hash",
    "header",
    "live",
    "new",
    "old",
    "pem",
    "plain",
    "plaintext",
    "prod",
    "raw",
    "s",
    "staging",
    "test",
    "val",
    "value",
];

/// Names that are secret only as a whole.
const WHOLE: &[&str] = &["pass"];

/// The last letters and digits of a name that are looked at: more than any name listed here has.
pub const MAX_LETTERS: usize = 48;

/// The names of secrets: those listed here, and those of the deployment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Names {
    /// Also secret, as the last words of a name.
    more: Vec<String>,
    /// Never secret.
    except: Vec<String>,
}

impl Names {
    /// The names listed here, `more`, and none of `except`.
    pub(super) fn new(more: &[String], except: &[String]) -> Self {
        let squeeze = |names: &[String]| {
            names.iter().map(|name| String::from_utf8_lossy(Letters::of(name.as_bytes()).get()).into_owned()).collect()
        };
        Self { more: squeeze(more), except: squeeze(except) }
    }

    /// Of each name of the deployment, the last word: it is there whatever stands between words.
    pub(super) fn last_words(names: &[String]) -> impl Iterator<Item = &str> {
        let is_start = |name: &str, at: &usize| {
            let letters = name[*at..].bytes().filter(u8::is_ascii_alphanumeric).count();
            name.as_bytes()[*at].is_ascii_alphanumeric() && is_word_start(name.as_bytes(), letters)
        };
        names.iter().filter_map(move |name| {
            let start = (0..name.len()).rev().find(|at| is_start(name, at))?;
            name.get(start..)?.split(|c: char| !c.is_ascii_alphanumeric()).next()
        })
    }

    /// Whether a value of this name is a secret.
    pub(super) fn is_secret(&self, name: &[u8]) -> bool {
        let letters = Letters::of(name);
        let all = letters.get();
        if self.is_excepted(name) {
            return false;
        }
        let mut rest = all;
        while !rest.is_empty() {
            let after = all.len() - rest.len();
            let is_own = |own: &String| ends_with(rest, own) && is_word_start(name, after + own.len());
            if self.more.iter().any(is_own) || WHOLE.iter().any(|whole| whole.as_bytes() == rest) {
                return true;
            }
            match (longest(SECRETS, rest), longest(HARMLESS, rest)) {
                (None, None) => rest = without_filler(rest),
                (secret, harmless) => return secret > harmless,
            }
        }
        false
    }

    /// Whether the deployment says that values of this name are none.
    pub(super) fn is_excepted(&self, name: &[u8]) -> bool {
        !self.except.is_empty() && self.except.iter().any(|except| except.as_bytes() == Letters::of(name).get())
    }

    /// Whether the name says that its value identifies something, as `order_id` or `traceId`.
    pub(super) fn is_id(name: &[u8]) -> bool {
        let letters = Letters::of(name);
        ["id", "uid", "uuid", "guid"]
            .iter()
            .any(|word| ends_with(letters.get(), word) && is_word_start(name, word.len()))
    }

    /// Whether the name says that its value is a password: what people choose, so that it may be any word.
    pub(super) fn is_password(name: &[u8]) -> bool {
        let letters = Letters::of(name);
        let has = |part: &[u8]| letters.get().windows(part.len()).any(|window| window == part);
        has(b"pass") || has(b"pwd")
    }
}

/// The letters and digits of a name, in lower case.
struct Letters {
    bytes: [u8; MAX_LETTERS],
    start: usize,
}

impl Letters {
    fn of(name: &[u8]) -> Self {
        let mut letters = Self { bytes: [0; MAX_LETTERS], start: MAX_LETTERS };
        for byte in name.iter().rev().filter(|byte| byte.is_ascii_alphanumeric()).take(MAX_LETTERS) {
            letters.start -= 1;
            letters.bytes[letters.start] = byte.to_ascii_lowercase();
        }
        letters
    }

    fn get(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// The length of the longest ending that fits.
fn longest(endings: &[&str], letters: &[u8]) -> Option<usize> {
    endings.iter().filter(|ending| ends_with(letters, ending)).map(|ending| ending.len()).max()
}

fn ends_with(letters: &[u8], ending: &str) -> bool {
    // Most differ in the last byte, which is cheaper to compare than a slice.
    letters.last() == ending.as_bytes().last() && letters.ends_with(ending.as_bytes())
}

/// The letters without what only says which or how; empty where there is nothing more to look past.
fn without_filler(letters: &[u8]) -> &[u8] {
    let digits = letters.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let filler = longest(FILLERS, letters).unwrap_or_default();
    match digits.max(filler) {
        0 => &[],
        length => &letters[..letters.len() - length],
    }
}

/// Whether a word begins with the letter that has `letters_after - 1` letters behind it.
fn is_word_start(name: &[u8], letters_after: usize) -> bool {
    let mut letters = name.iter().enumerate().rev().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    let Some((at, first)) = letters.nth(letters_after.saturating_sub(1)) else { return false };
    let Some(before) = at.checked_sub(1).and_then(|before| name.get(before)) else { return true };
    let next_is_lower = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    let is_camel = first.is_ascii_uppercase() && (!before.is_ascii_uppercase() || next_is_lower);
    !before.is_ascii_alphanumeric() || is_camel || (before.is_ascii_digit() && !first.is_ascii_digit())
}

#[cfg(test)]
pub(super) mod tests {
    use super::{FILLERS, HARMLESS, MAX_LETTERS, Names, SECRETS, WHOLE};

    #[rustfmt::skip]
    pub(in super::super) const SECRET_NAMES: &[&str] = &[
            "password", "Password", "PASSWORD", "db_password", "userPassword", "user.password", "user password", "pass_word",
            "DBPASSWORD", "dbpassword", "password2", "new_password", "password_confirmation", "password-hash", "passwords",
            "passwd", "pwd", "userPwd", "passphrase", "pass", "db_pass", "DB_PASS", "smtp.pass", "passcode",
            "secret", "client_secret", "clientSecret", "CLIENT_SECRET", "app-secret", "secrets", "secret_key", "SECRET_KEY_BASE",
            "token", "access_token", "accessToken", "refresh-token", "id_token", "auth_token", "session_token", "bearer token",
            "csrfToken", "X-CSRF-Token", "X-Amz-Security-Token", "access_tokens", "API_TOKEN_PROD", "token_value", "token#2",
            "authorization", "Authorization", "proxy-authorization", "HTTP_AUTHORIZATION", "http.request.header.authorization",
            "authorization_header", "basicAuth", "cookie", "Cookie", "set-cookie", "setCookie", "cookies", "session_cookie",
            "api_key", "apiKey", "apikey", "APIKey", "X-Api-Key", "api key", "OPENAI_API_KEY", "api_keys", "api_key_2",
            "access_key", "AWS_SECRET_ACCESS_KEY", "awsSecretAccessKey", "aws.secret.access.key", "private_key", "privateKey",
            "PRIVATE_KEY_PEM", "ssh_key", "encryption_key", "signing-key", "AccountKey", "SharedAccessKey",
            "credential", "credentials", "aws_credentials", "creds", "connection_string", "connectionString", 
                
    ];

    #[test]
    fn a_name_that_ends_as_a_secrets_does_is_one() {
        for name in SECRET_NAMES {
            assert!(Names::default().is_secret(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn other_names_are_none() {
        #[rustfmt::skip]
        let harmless = [
            "", "-", "2", "token_count", "tokens", "tokens_used", "max_tokens", "prompt_tokens", "completionTokens", "tokenizer",
            "token_type", "tokenType", "next_token", "NextToken", "nextPageToken", "continuation-token", "cost_per_token",
            "secretary", "secret_name", "secret_arn", "secretsmanager", "password_changed_at", "passwordChangedAt",
            "password_policy", "password_length", "password_expired", "passwordless", "passed", "passenger", "bypass", "compass",
            "passport", "first_pass", "cookie_policy", "cookie_consent", "cookie_name", "author", "authors", "authority",
            "authorization_result", "authorized", "auth_method", "authenticated", "oauth_provider", "auth", "unauthorized",
            "key", "keys", "primary_key", "partition_key", "cache_key", "public_key", "keyboard", "monkey", "turkey", "keyword",
            "idempotency_key", "s3_key", "credential_type", "credentials_id", "string", "connection", "connection_string_name",
            "access_key_id", "api_key_id", "api_key_name", "log_uid", "msg", "args", "relativeCreated", "processName", "session_id",
            "jwt_issuer", "jwt", "signature", "hash", "value", "test", "pwd_changed", "Größe",
        ];
        for name in harmless {
            assert!(!Names::default().is_secret(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_deployment_has_names_and_exceptions_of_its_own() {
        fn check(name: &str, expect: bool) {
            let names = Names::new(&["pin".to_owned(), "customer iban".to_owned()], &["csrf_token".to_owned()]);
            assert_eq!(names.is_secret(name.as_bytes()), expect, "{name}");
        }
        check("pin", true);
        check("card_pin", true);
        check("cardPin", true);
        check("CARD_PIN", true);
        check("pin_2", true);
        check("customerIban", true);
        check("the_customer_iban", true);
        check("shipping", false);
        check("spin", false);
        check("iban", false);
        check("csrfToken", false);
        check("X-CSRF-Token", true);
        check("password", true);
    }

    #[test]
    fn an_id_is_known_by_its_last_word() {
        for name in ["id", "order_id", "orderId", "traceID", "ORDER-ID", "log_uid", "uuid"] {
            assert!(Names::is_id(name.as_bytes()), "{name}");
        }
        for name in ["", "paid", "grid", "valid", "card", "id_card"] {
            assert!(!Names::is_id(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn the_lists_are_as_names_are_compared() {
        for list in [SECRETS, HARMLESS, FILLERS, WHOLE] {
            for ending in list {
                assert!(ending.bytes().all(|byte| byte.is_ascii_lowercase()), "{ending}");
                assert!(ending.len() < MAX_LETTERS, "{ending}");
            }
            assert!(list.is_sorted());
        }
    }
}

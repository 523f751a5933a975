//! Which field names mark a value as a secret.
//!
//! Case and separators do not matter: `X-Api-Key`, `apiKey` and `API KEY` are one name. The end of a name decides,
//! since it says what the value is: `db_password` is a password, `password_changed_at` is a time. The longest listed
//! ending decides, so `next_token` is not a `token`. Endings that only say which one or in what form (`_value`,
//! `_hash`, `_2`) are skipped.

/// Endings that mark a secret.
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

/// Endings that look like secrets but are not: paging, parsing, and the tokens of language models.
const HARMLESS: &[&str] = &[
    "bostoken",
    "cancellationtoken",
    "canceltoken",
    "clientrequesttoken",
    "consistencytoken",
    "continuationtoken",
    "correlationtoken",
    "deltatoken",
    "eostoken",
    "fencingtoken",
    "firsttoken",
    "idempotencytoken",
    "idempotenttoken",
    "lasttoken",
    "masktoken",
    "nextpagetoken",
    "nexttoken",
    "padtoken",
    "pagetoken",
    "paginationtoken",
    "pertoken",
    "resumetoken",
    "retrytoken",
    "sequencetoken",
    "skiptoken",
    "starttoken",
    "stoptoken",
    "synctoken",
    "tokens",
    "unexpectedtoken",
    "unktoken",
];

/// Endings that may follow a secret's name. They only say which of several it is, or in what form.
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

/// Names that mark a secret only as a whole.
const WHOLE: &[&str] = &["pass"];

/// How many letters and digits at the end of a name are compared. Every listed name is shorter.
pub const MAX_LETTERS: usize = 48;

/// The names of secrets: those listed here and the configured ones.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Names {
    /// The configured names. A name that ends in these words is a secret.
    more: Vec<String>,
    /// The configured exceptions.
    except: Vec<String>,
}

impl Names {
    /// Creates the names: those listed here and `more`, without `except`.
    pub(super) fn new(more: &[String], except: &[String]) -> Self {
        let squeeze = |names: &[String]| {
            names.iter().map(|name| String::from_utf8_lossy(Letters::of(name.as_bytes()).get()).into_owned()).collect()
        };
        Self { more: squeeze(more), except: squeeze(except) }
    }

    /// Returns the last word of each configured name. It occurs in every spelling, whatever separates the words.
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

    /// Returns whether a value of this name is a secret.
    pub(super) fn is_secret(&self, name: &[u8]) -> bool {
        let letters = Letters::of(name);
        let all = letters.get();
        if self.is_excepted(name) {
            return false;
        }
        let mut rest = all;
        while !rest.is_empty() {
            let after = all.len() - rest.len();
            let is_configured = |more: &String| ends_with(rest, more) && is_word_start(name, after + more.len());
            if self.more.iter().any(is_configured) || WHOLE.iter().any(|whole| whole.as_bytes() == rest) {
                return true;
            }
            match (longest(SECRETS, rest), longest(HARMLESS, rest)) {
                (None, None) => rest = without_filler(rest),
                (secret, harmless) => return secret > harmless,
            }
        }
        false
    }

    /// Returns whether the configuration excepts this name.
    pub(super) fn is_excepted(&self, name: &[u8]) -> bool {
        !self.except.is_empty() && self.except.iter().any(|except| except.as_bytes() == Letters::of(name).get())
    }

    /// Returns whether the value identifies something, as in `order_id` or `traceId`.
    pub(super) fn is_id(name: &[u8]) -> bool {
        let letters = Letters::of(name);
        ["id", "uid", "uuid", "guid"]
            .iter()
            .any(|word| ends_with(letters.get(), word) && is_word_start(name, word.len()))
    }

    /// Returns whether the value is a password. People choose passwords, so it may be any word.
    pub(super) fn is_password(name: &[u8]) -> bool {
        let letters = Letters::of(name);
        let has = |part: &[u8]| letters.get().windows(part.len()).any(|window| window == part);
        has(b"pass") || has(b"pwd")
    }
}

/// The last letters and digits of a name, in lower case.
struct Letters {
    bytes: [u8; MAX_LETTERS],
    start: usize,
}

impl Letters {
    fn of(name: &[u8]) -> Self {
        let mut bytes = [0; MAX_LETTERS];
        let mut free = bytes.iter_mut().rev();
        let letters = name.iter().rev().filter(|byte| byte.is_ascii_alphanumeric()).take(MAX_LETTERS);
        letters.zip(&mut free).for_each(|(letter, slot)| *slot = letter.to_ascii_lowercase());
        let start = free.len();
        Self { bytes, start }
    }

    fn get(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

/// Returns the length of the longest matching ending.
fn longest(endings: &[&str], letters: &[u8]) -> Option<usize> {
    endings.iter().filter(|ending| ends_with(letters, ending)).map(|ending| ending.len()).max()
}

fn ends_with(letters: &[u8], ending: &str) -> bool {
    // Most names differ in the last byte. Comparing it is cheaper than comparing slices.
    letters.last() == ending.as_bytes().last() && letters.ends_with(ending.as_bytes())
}

/// Removes a filler or number from the end; returns nothing if there is none.
fn without_filler(letters: &[u8]) -> &[u8] {
    let digits = letters.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let filler = longest(FILLERS, letters).unwrap_or_default();
    match digits.max(filler) {
        0 => &[],
        length => &letters[..letters.len() - length],
    }
}

/// Returns whether a word begins at the letter that is `letters_after`th from the end.
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
    fn names_that_end_like_a_secret_are_secret() {
        for name in SECRET_NAMES {
            assert!(Names::default().is_secret(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn other_names_are_not_secret() {
        #[rustfmt::skip]
        let harmless = [
            "", "-", "2", "token_count", "tokens", "tokens_used", "max_tokens", "prompt_tokens", "completionTokens", "tokenizer",
            "token_type", "tokenType", "next_token", "NextToken", "idempotencyToken", "clientRequestToken", "correlation_token", "opc-retry-token", "resumeToken", "nextPageToken", "continuation-token", "cost_per_token",
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
    fn names_and_exceptions_can_be_configured() {
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
    fn an_id_is_recognised_by_its_last_word() {
        for name in ["id", "order_id", "orderId", "traceID", "ORDER-ID", "log_uid", "uuid"] {
            assert!(Names::is_id(name.as_bytes()), "{name}");
        }
        for name in ["", "paid", "grid", "valid", "card", "id_card"] {
            assert!(!Names::is_id(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn the_lists_are_sorted_and_normalised() {
        for list in [SECRETS, HARMLESS, FILLERS, WHOLE] {
            for ending in list {
                assert!(ending.bytes().all(|byte| byte.is_ascii_lowercase()), "{ending}");
                assert!(ending.len() < MAX_LETTERS, "{ending}");
            }
            assert!(list.is_sorted());
        }
    }
}

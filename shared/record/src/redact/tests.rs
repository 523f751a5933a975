use std::sync::LazyLock;

use proptest::prelude::*;

use super::{RedactConfig, Redactor};
use crate::Secret;
use crate::{DocumentWriter, FieldSink, Value, WorkBudget};

static PLAIN: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(RedactConfig::default()).unwrap());
static KEYED: LazyLock<Redactor> = LazyLock::new(|| {
    let key = Some(Secret::new("0123456789abcdef".to_owned()));
    Redactor::new(RedactConfig { key, ..Default::default() }).unwrap()
});

fn masked(redactor: &Redactor, text: &str) -> String {
    let masked = redactor.masked(text.as_bytes(), false, &WorkBudget::unlimited(), |_| {});
    masked.map_or_else(|| text.to_owned(), |masked| String::from_utf8(masked).unwrap())
}

/// Checks that exactly the parts between `«` and `»` are masked.
fn check(marked: &str) {
    let text = marked.replace(['«', '»'], "");
    let mut expect = String::new();
    for part in marked.split('«') {
        match part.split_once('»') {
            Some((_, rest)) => expect = expect + "[redacted]" + rest,
            None => expect += part,
        }
    }
    assert_eq!(masked(&PLAIN, &text), expect, "{text}");
    assert_eq!(masked(&PLAIN, &expect), expect, "a second time: {expect}");
}

#[test]
fn secrets_after_their_name_are_masked() {
    #[rustfmt::skip]
    let texts = [
        "password=«hunter2»", "login password=«hunter2» user=alice", "PASSWORD = «hunter2»", "password: «swordfish»",
        "db_password='«pa ss»', host='x'", r#"password="«a\"b»" x"#, "userPassword=«a»;timeout=5", "pwd=«x,y»,user=z", "pwd=«x),(y» z",
        r#"{"user": "a", "password": "«hunter2»", "n": 1}"#, "{'password': '«hunter2»', 'n': 1}", r#"{"pin": 1, "password": «1234»}"#,
        r#"{\"password\": \"«hunter2»\", \"a\": 1}"#, r#"{\\\"token\\\":\\\"«abc»\\\"}"#, r#"{"api_key":"«unclosed»"#,
        "(b'password', b'x')", "{'password': b'«x»'}", "Credentials(password='«it's»')",
        "GET /a?access_token=«abc»&x=1", "?x=1&access_token=«app.c0ffee-7»&y=2", "GET /a?x=1&token=«abc» HTTP/1.1", "a?api_key=«a»&amp;x=2",
        "token=«abc»", "token: «abc1»", "token: «abc»", "client_secret => \"«abc»\"", "API key: «abc1»", "api-key=«abc»,", "secret := «abc1»",
        "headers: {'Authorization': 'Bearer «abc.def»', 'X-Api-Key': '«abc»'}", r#"{"cookie":"«a=b; c=d»"}"#,
        "Authorization: Basic «dXNlcjpwYXNz»", "authorization: Bearer «abc»", "Authorization: «abc1»", "Authorization=Token «token=abc»",
        "Authorization: Digest «username=\"u\", response=\"6629\"»\nHost: x", "Authorization: AWS4-HMAC-SHA256 «Credential=AKIAIOSFODNN7EXAMPLE/20130524, Signature=fe5f80»",
        "Cookie: «sid=abc; theme=dark»\nHost: x", "Set-Cookie: «sid=abc; Path=/»\r\nX: y", "Cookie: «abc1»",
        "<password>«hunter2»</password>", "mysql --password «hunter2» -u x", "mysql --password=«hunter2» -u x", "curl -H 'X-Api-Key: «abc1»' host",
        "config[\"password\"] = \"«x»\"", "{'passwords': «['a', 'b']», 'n': 1}", "{'credentials': «{'user': 'u', 'key': {'k': ']'}}», 'n': 1}",
        "secrets=«('a', 'b')»", r#"{"cookie":«["REDACTED", "sid=Q1"]»}"#, r#"{"cookie":«{"a":"***","b":"Q1"}»}"#, "credentials=«[1, 2»", "Server=db;Uid=sa;Pwd=«a1»;", "AccountKey=«a+b/c==»;EndpointSuffix=x",
        "Größe=1, passwort=2, password=«Größe» ü", "access_key_id=AKI secret_access_key=«a/b»", "password_hash=«$2b$12$abc»",
        "curl -u alice:«Hunter2» https://x", "curl -s --user 'alice:«Hunter2»' https://x", "curl https://x -u alice:«Hunter2»",
        "https://a.blob.core.windows.net/c?sv=2022&sig=«AbCdEf1234567890%2Bxyz%3D»", "https://b.s3.amazonaws.com/k?X-Amz-Signature=«0123456789abcdef0123456789abcdef»&x=1",
        "<wsse:Password Type=\"x\">«Hunter2»</wsse:Password>", "<a:token>«abc1»</a:token>", "[('Authorization', 'Token «abcdef0123456789abcdef»')]",
        "(('x-api-key', '«abc1»'), 1)", "https://hooks.slack.com/services/«T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX»",
        "https://acme.webhook.office.com/webhookb2/«0123456789abcdef@0123/IncomingWebhook/x»", "userPwd=«/srv/app»",
        "<add key=\"DbPassword\" value=\"«hunter2»\"/>", "<property name='api.token' value='«abc»'/>", "key=\"password\" Value=\"«x»\"",
        "CREATE USER a WITH PASSWORD '«hunter2»'", "ALTER ROLE a ENCRYPTED PASSWORD '«a b»' VALID", "CREATE USER a IDENTIFIED BY '«hunter2»'",
        "identified by \"«hunter2»\" x", "IDENTIFIED WITH mysql_native_password BY '«hunter2»'",
        "mysql -u root -p«hunter2» shop", "mysqldump -h db -p'«hunter 2»' shop", "mysql --password «hunter2» -u x", "mariadb -p«hunter2»",
        "PGPASSWORD=«hunter2» psql -h db", "sshpass -p «hunter2» ssh a@b", "{\\x22user\\x22:\\x22bob\\x22,\\x22password\\x22:\\x22«Zx81kQpL»\\x22}", "{\\u0022password\\u0022:\\u0022«Zx81kQpL»\\u0022}", "ldapsearch -x -D cn=a -w «hunter2» -b dc=x", "sshpass -p'«hunter2»' ssh a@b", "redis-cli -h db -a «hunter2» ping",
        "mongosh -u a -p «hunter2» --host db", "docker login -u a -p «hunter2» registry",
        "rawHeaders: [ 'Host', 'x', 'Cookie', '«sid=a; b=c»', 'Authorization', 'Bearer «abc»' ]",
        "[[b'cookie', b'«sid=Q1»'], [b'host', b'x']]", "[(b'authorization', b'Bearer «Q1»')]", "[\"x-api-key\",\"«Q1»\"]", "(b'password',b'«Q1»')",
        "[{password,\"«swordfish»\"},{user,\"bob\"}]", "{password, «<<\"Q1\">>»}", "{<<\"password\">>,«<<\"Q1\">>»}", "#{<<\"password\">> => «<<\"Q1\">>»}", "{:password, \"«swordfish»\"}",
        "{:password \"«swordfish»\" :user \"bob\"}", "{:db/password \"«a b»\"}", "{\"password\" \"«Q1»\"}", "{:password «Q1» :user bob}", ":api-key \"«x»\"",
        "map[password:«Q1» user:bob]", "&{User:bob Password:«Q1» Age:3}", "http.Header{\"Cookie\":[]string{\"«sid=Q1; a=b»\"}}", "map[Authorization:«[Bearer Q1]»",
        "Config { password: Some(\"«swordfish»\") }", "token = Just \"«a»\"", "password: Optional(\"«a»\")", "password=SecretStr('«a»')",
        "[\"password\"]=>\n  string(9) \"«swordfish»\"", "s:8:\"password\";s:2:\"«Q1»\";", "Array ( [password] => «Q1» )",
        "&quot;password&quot;:&quot;«swordfish»&quot;,", "%22password%22%3A%22«Q1»%22", "?next=%2Fa%3Ftoken%3D«Q1»%26x", "password -> «Q1»", "password→«Q1»",
        "&lt;password&gt;«Q1»&lt;/password&gt;", "<param name=\"password\">«Q1»</param>", "{\"key\": \"password\", \"value\": \"«a b»\"}", "Key=password,Value=«Q1»",
        "{Name: \"DB_PASSWORD\", Value: \"«a»\"}", "name=DB_PASSWORD value=«Q1»",
        "password=«(_)AA-A7» x", "password=«a()0(^A7» x", "password=«(a)b7», user=bob", "token=«[***]c0ffee7»", "password=«<a>b7»;x=1", "secrets=«('a', 'b')», x", "credentials=«[1]»: wrong",
         "export API_KEY=\"«x»\"", "«a»"
    ];
    for text in &texts[..texts.len() - 1] {
        check(text);
    }
}

#[test]
fn other_values_after_a_name_stay() {
    #[rustfmt::skip]
    let texts = [
        "password", "password=", "password:", "the password is wrong", "password: %s", "password=%(password)s", "password={password}",
        "password=${DB_PASSWORD}", "password='$PASSWORD'", "password=None", "{'password': None, 'token': ''}", r#"{"password": null, "token": true}"#,
        "password=********", "password=xxxx", "password=...", "tokens=500", "max_tokens: 4096", "token_count=17", "next_token=abc1",
        "unexpected token: foo", "Unexpected token } in JSON at position 17", "invalid token 'x'", "KeyError: 'a1'", "key=value1",
        "primary key: 17", "author: alice1", "authorization_result=denied1", "token = tokenizer.next()", "if token == abc1:",
        "Token::new(17)", "secret/path/17", "passed=12 failed=0", "password_changed_at=2026-11-20", "cookie_policy=strict1",
        "token = ? AND password = $1", "password=?", "SET password=:password", "token=<token>", "password: <your password>",
        "Client(token=settings.TOKEN, password=os.environ['PW'])", "connect(password=get_password(), token=self.token)",
        "credentials: ok", "authorization: granted", "token: rejected", "token: expired", "password: must be at least 8 characters", "token: USDC transfer 5", "secrets: 3, tokens: 5",
        "PWD=/srv/app OLDPWD=/ HOME=/root", "curl -s https://x", "token_type=Bearer expires_in=3600", "curl/8.1 -u", "curl -u alice https://x", "design=1 sig=7", "a?sig=7&x=1",
        "<password type=\"x\"/>", "https://hooks.slack.com/docs", "('password', 'x')", "signature=abcdefghijklmnopqrstuvwxyz1",
        "password=@p0", "password = @password AND", "WHERE token=@__token_0", "password=#{password}", "login(password=user.password, token=form.api_token)",
        "passwd: user bob not found", "pwd=/srv/app x", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/db-AbCdEf",
        "mysql -p -u root", "mysql connection-pool", "mysql: connect -h db", "sshpass -e ssh", "redis-cli ping", "the key=\"password\" is missing",
        "docker login -u a registry", "password 5 times", "IDENTIFIED BY ?", "identified by its name",
        "pass=12 fail=3", "pass: 2/3", "pass=99.5%", "pass=1.2ms", "PASS: test_a", "password=[FILTERED]", "password: \"[Filtered]\"", "password=(hidden)", "password=REDACTED",
        "password=<redacted>", "token=[redacted by x]", "password=••••••", "password=#####", "password=…", "password=[*****]", "password=%5BFILTERED%5D", "password=**MASKED**",
        "password=SecretStr('**********')", "Authorization: Bearer [REDACTED]", "https://u:[FILTERED]@h", "password: string; token: string", "token: Token", "login(user: str, password: str) -> Token",
        "['password', 'email']", "{\"password\",\"email\"}", "{password, email}", "a :token of 5", "fields: [\"password\",\"token\"]", "idempotencyToken=Q1",
        r#"{"Cookie":["REDACTED"],"Authorization":["***", "[redacted]"]}"#, "{'Cookie': {'value': '<redacted>'}, 'token': [], 'secret': ['***', None]}",
        r#"{\"Cookie\":[\"REDACTED\"]}"#, "map[Cookie:[REDACTED]]", r#"{"Cookie":[]string{"REDACTED"}}"#,
        "monkey=1", "keyboard: 104", "bypass=1", "Tokenizer: 17", "the secretary: 17", "access denied for token of user17",
    ];
    for text in texts {
        check(text);
    }
}

#[test]
fn secrets_are_recognised_by_their_shape() {
    #[rustfmt::skip]
    let texts = [
        "mongodb://user:«pass»@host/db", "postgres://u:«p@ss»@h:5432/x?a=b", "redis://:«p»@h", "amqp://u:«p/w»@h", "a https://u:«p1»@h/x, b",
        "mongodb+srv://u:«p»@h", "https://u:%s@h", "https://u:***@h", "https://u@h", "https://«0123456789abcdef0123»@h/x", "ssh://0123456789abcdef0123@h/x", "https://h:8080/x@y", "https://h/a:b@c", "http://[::1]:8080/x@y",
        "https://example.com/?next=https://u:«p»@h", "see http://h:80, mail a@b.c",
        "used Bearer «abcdefgh1» for", "Bearer of bad news", "bearer token", "bearer authentication", "Basic «dXNlcjpwYXNzd29yZA==»", "Basic authentication",
        "basic information", "BEARER «abcdefghijklmnopqrstuvwxyz»",
        "key «AKIAIOSFODNN7EXAMPLE» used", "«ASIAIOSFODNN7EXAMPLE»", "AKIAIOSFODNN7EXAMPLEX", "xAKIAIOSFODNN7EXAMPLE", "AKIA", "AKIAIOSFODNN7",
        "jwt «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN» end", "«eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.»", "«eyJhbGciOiJkaXIifQ..abc.def.ghi»",
        "eyJhbGciOiJIUzI1NiJ9", "eyJ.eyJ.x", "heyJude.and.more",
        "-----BEGIN RSA PRIVATE KEY-----\n«MIIEow\nIBAAK»\n-----END RSA PRIVATE KEY----- x", "-----BEGIN PRIVATE KEY-----\\n«MIIE\\nvg»\\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n«b3Bl (cut»", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n«lQ»\n-----END PGP PRIVATE KEY BLOCK-----",
        "cut: «IBAAK\nabc=»\n-----END EC PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\nMIIB",
        "a PRIVATE KEY", "card «4111 1111 1111 1111» declined", "card «4111111111111111»", "order 4111111111111112",
        "«ghp_16C7e42F292c6912E7710c838347Ae178B4a»", "«github_pat_11ABCDEFG0abcdefghijkl_x1»", "«glpat-abcdefghij1234567890»",
        "«xoxb-123456789012-abcdefghijkl»", "«sk_live_4eC39HqLyjWDarjtT1»", "sk_live_x", "«AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY»",
        "«sk-proj-abcdefghij1234567890»", "task-proj-abcdefghij1234567890", "«ya29.a0AfH6SMBabcdefghij123»",
    ];
    for text in texts {
        check(text);
    }
}

/// A text of many beginnings of a secret must not be read to its end from each of them.
#[test]
fn unfinished_secrets_are_not_masked() {
    for beginning in ["sk-", "xox-", "glpat-", "PRIVATE KEY", "://:", "eyJ"] {
        let text = beginning.repeat((1 << 18) / beginning.len());
        assert_eq!(masked(&PLAIN, &text), text, "{beginning}");
    }
}

#[test]
fn configured_patterns_are_masked() {
    let patterns = ["DE[0-9]{20}", r"(?i)customer\s+([^ ,]+)", r"xyz\d+", "Zo(.)"].map(str::to_owned).to_vec();
    let redactor = Redactor::new(RedactConfig { patterns, ..Default::default() }).unwrap();
    let text = "iban DE89370400440532013000 of Customer Größe, code xyz17, Zoë";
    let plain = "iban [redacted] of Customer [redacted], code [redacted], Zo[redacted]";
    assert_eq!(masked(&redactor, text), plain);
    assert_eq!(masked(&redactor, plain), plain);
    let once = masked(&KEYED, "password=x1");
    assert!(once.starts_with("password=[redacted:"), "{once}");
    assert_eq!(masked(&KEYED, "[redacted:0123456789abcdef]"), "[redacted:0123456789abcdef]");
}

/// A secret, and a text that marks it clearly as one.
fn any_secret() -> impl Strategy<Value = (String, String)> {
    let plain = |pattern: &'static str| pattern.prop_map(|secret: String| (secret.clone(), secret));
    let named = |template: &'static str, pattern: &'static str| {
        pattern
            .prop_map(move |secret: String| (template.replace("{}", &secret), secret))
            .prop_map(|(text, secret)| (secret, text))
    };
    prop_oneof![
        plain("(AKIA|ASIA)[A-Z2-7]{15}7"),
        plain("eyJ[A-Za-z0-9_-]{8,40}\\.eyJ[A-Za-z0-9_-]{4,80}\\.[A-Za-z0-9_-]{20,43}"),
        plain("gh[pousr]_[A-Za-z]{35}7"),
        plain("xox[bp]-[0-9]{12}-[a-zA-Z0-9]{12,24}"),
        plain("sk_live_[A-Za-z0-9]{23}7"),
        named("password={}", "[a-zA-Z0-9!@#$%^*()_+/.-]{6,30}[A-Z]7"),
        named("\"db_password\": \"{}\"", "[ -!#-\\[\\]-~]{6,30}[A-Z]7"),
        named("{'apiKey': '{}'}", "[ -&(-\\[\\]-~]{6,30}[A-Z]7"),
        named("?x=1&access_token={}&y=2", "[a-zA-Z0-9_~.-]{8,30}7"),
        named("Authorization: Bearer {}", "[a-zA-Z0-9_~+/.-]{8,30}7"),
        named("Bearer {}", "[a-zA-Z0-9_~+/.-]{8,30}7"),
        named("postgres://user:{}@host:5432/db", "[a-zA-Z0-9!$%^*()_+.-]{6,30}7"),
        named("Cookie: session={}; theme=dark\n", "[a-zA-Z0-9]{8,30}7"),
        named("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", "[A-Za-z0-9+/]{40,64}"),
        named("<secret>{}</secret>", "[a-zA-Z0-9]{8,30}7"),
        plain("4[0-9]{14}").prop_map(|(digits, _)| with_check_digit(&digits)),
    ]
}

fn with_check_digit(digits: &str) -> (String, String) {
    let card =
        (0..10).map(|check| format!("{digits}{check}")).find(|card| super::cards::find(card.as_bytes(), 0).is_some());
    let card = card.unwrap();
    let grouped = card.as_bytes().chunks(4).map(|group| str::from_utf8(group).unwrap()).collect::<Vec<_>>().join(" ");
    if card.ends_with(['1', '3', '5']) { (grouped.clone(), grouped) } else { (card.clone(), card) }
}

/// Words and separators around a secret that do not belong to it. Without the letters `k` and `p`, so that no word is a
/// secret's name. Without numbers of four digits, since four of these may be a card number.
const SURROUNDINGS: &str = "([a-jl-oq-z]{1,9}|[0-9]{1,3}|[0-9]{5}|Größe|[(,;:!?]) {1,2}";

proptest! {
    #[test]
    fn every_planted_secret_is_masked(
        (secret, planted) in any_secret(),
        before in prop::collection::vec(SURROUNDINGS, 0..200),
        after in prop::collection::vec(SURROUNDINGS, 0..20),
    ) {
        let text = format!("{} {planted} {}", before.concat(), after.concat());
        let once = masked(&PLAIN, &text);
        prop_assert!(!once.contains(&secret), "{once}");
        prop_assert_eq!(masked(&PLAIN, &once), once);
    }

    #[test]
    fn ordinary_text_stays(words in prop::collection::vec(SURROUNDINGS, 0..200)) {
        let text = words.concat();
        prop_assert_eq!(masked(&PLAIN, &text), text);
    }

    #[test]
    fn masking_twice_changes_nothing(
        parts in prop::collection::vec(
            prop_oneof![
                any_secret().prop_map(|(_, planted)| planted),
                prop::sample::select(vec![
                    "password", "token", "Bearer ", "://", "@", ":", "=", "\"", "'", "\\", "\\n", "[", "]", "{", "}", "(", "<", ">", "%s",
                    "eyJ", "eyJaaaaaaa.b..", ".", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", " ", "\n", "[redacted]", "4111111111111111",
                    "cookie: a=", "Authorization: ", "--secret ", "é", ",", "&", "None", "AKIA",
                ]).prop_map(str::to_owned),
                any::<String>(),
            ],
            0..12,
        ),
        key: bool,
    ) {
        let redactor: &Redactor = if key { &KEYED } else { &PLAIN };
        let once = masked(redactor, &parts.concat());
        prop_assert_eq!(masked(redactor, &once), once);
    }
}

#[test]
fn words_of_secrets_alone_are_not_suspicious() {
    fn check(name: &str, text: &str, expect: bool) {
        let mut writer = DocumentWriter::with_capacity(0);
        writer.push("before", Value::Integer(1));
        writer.push(name, Value::Text(text));
        writer.push("after", Value::Float(0.1));
        assert_eq!(PLAIN.is_suspicious(writer.elements(), &WorkBudget::unlimited()), expect, "{name}: {text}");
    }
    check("note", "the key of the author is not a token of his", false);
    check("note", "see https://host/path?x=1", false);
    check("token_count", "17", false);
    check("author", "a pass for the secretary", false);
    check("password", "x", true);
    check("db_password_hash", "x", true);
    check("API Key value", "x", true);
    check("note", "password=abc", true);
    check("note", "4111111111111111", true);
}

/// These would take minutes if any step took quadratic time.
#[test]
fn long_texts_take_time_in_proportion() {
    const BYTES: usize = 1 << 16;
    let patterns = vec!["[0-9]".to_owned()];
    let redactor = Redactor::new(RedactConfig { patterns, ..Default::default() }).unwrap();
    let parts = [
        "4111 1111 1111 1111 ",
        "1 ",
        "7",
        "password=\"",
        "password={",
        "token: ",
        "://u:p",
        "://a:b/",
        "[redacted]1",
        "\"'\\",
        "eyJ",
        "eyJaaaaaaa.b..",
        "-----END PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "password",
        "Authorization: Digest ",
        "Cookie: a=",
        "key=*",
        "{password,",
        ":password ",
        "%22password%22%3A",
        "name=password ",
        "key=\"password\" value",
        "<secret>",
    ];
    for part in parts {
        let text = part.repeat(BYTES / part.len());
        masked(&redactor, &text);
        masked(&redactor, &format!("password=x{text}"));
        masked(&redactor, &format!("password=x{}y", ")".repeat(BYTES)));
    }
}

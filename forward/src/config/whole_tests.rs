use super::Config;

/// Returns where the mistake is and what it is, without the line of the file.
fn mistake(yaml: &str) -> String {
    match Config::parse(yaml, "f", &|_| None) {
        Ok(_) => "right".to_owned(),
        Err(error) => error.to_string().lines().next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn what_cannot_work_is_no_right_configuration() {
    #[track_caller]
    fn check(yaml: &str, expect: &str) {
        assert_eq!(mistake(yaml), expect, "{yaml}");
    }
    const NOWHERE: &str = "there is no output: what senders are told is delivered would go nowhere";
    check("outputs: {}", &format!("f:1:10: {NOWHERE}"));
    check("outputs:\n", &format!("f:1:8: {NOWHERE}"));
    check("spool: {max_bytes: 1000KiB}", "f:1:20: the spool needs at least 1MiB");
    check("spool: {max_bytes: 1MiB}", "right");
    for name in ["a b", "", "arn:aws:kinesis:x"] {
        let expect = format!(
            "f:1:38: `{name}` cannot be the name of a stream: expected 1 to 128 letters, digits, `_`, `-` or `.`"
        );
        check(&format!("outputs: {{o: {{type: kinesis, stream: '{name}'}}}}"), &expect);
    }
    check(
        "outputs:\n  a: {type: file, path: /var/log/a}\n  b: {type: file, path: /var/log/a}",
        "f:3:25: the output `a` writes to this file, too",
    );
    check(
        "rules: [{set: {record_id: x}}]",
        "f:1:16: no rule can change `record_id`: what is sent again is known by it",
    );
    check(
        "rules: [{remove: [a, record_id]}]",
        "f:1:22: no rule can change `record_id`: what is sent again is known by it",
    );
}

#[test]
fn an_input_that_cannot_listen_is_no_right_configuration() {
    #[track_caller]
    fn check(inputs: &str, expect: &str) {
        assert_eq!(mistake(&format!("inputs:\n  {inputs}")), expect, "{inputs}");
    }
    for (listen, shown) in [
        ("localhost:9880", "localhost:9880"),
        (":9880", ":9880"),
        ("127.0.0.1", "127.0.0.1"),
        ("1.2.3.4:99999", "1.2.3.4:99999"),
        ("9880", "9880"),
    ] {
        let quoted = if listen == "9880" { listen.to_owned() } else { format!("'{listen}'") };
        let expect = format!(
            "`{shown}` is not allowed here: expected an IP address and a port, such as 127.0.0.1:9880 or [::1]:9880"
        );
        check(&format!("a: {{type: http, listen: {quoted}}}"), &format!("f:2:27: {expect}"));
        check(&format!("a: {{type: otlp, grpc: {quoted}}}"), &format!("f:2:25: {expect}"));
        check(&format!("a: {{type: gelf, listen: {quoted}}}"), &format!("f:2:27: {expect}"));
        assert_eq!(mistake(&format!("listen: {quoted}")), format!("f:1:9: {expect}"));
    }
    check(
        "a: {type: gelf, listen: '127.0.0.1:1', transports: []}",
        "f:2:54: `transports` names none: `[tcp, udp]` are known",
    );
    check("a: {type: syslog, unix: /s, transports: []}", "f:2:43: `transports` names none: `[tcp, udp]` are known");
    check("a: {type: file, paths: []}", "f:2:26: `paths` names no file");
    check(
        &format!("a: {{type: syslog, unix: /{}}}", "s".repeat(107)),
        "f:2:27: the path of a socket has at most 107 bytes",
    );
}

#[test]
fn two_inputs_cannot_listen_at_one_address() {
    #[track_caller]
    fn check(first: &str, second: &str, expect: &str) {
        let found = mistake(&format!("inputs:\n  a: {{type: {first}}}\n  b: {{type: {second}}}"));
        assert_eq!(found, expect, "{first} {second}");
    }
    check(
        "http, listen: '127.0.0.1:1000'",
        "victorialogs, listen: '127.0.0.1:1000'",
        "f:3:35: the input `b` cannot have 127.0.0.1:1000 over TCP: the input `a` has it",
    );
    check(
        "http, listen: '127.0.0.1:1000'",
        "otlp, grpc: '0.0.0.0:1000'",
        "f:3:25: the input `b` cannot have 0.0.0.0:1000 over TCP: the input `a` has it",
    );
    // Fluentd's heartbeats come over UDP.
    check(
        "forward, listen: '[::1]:1000'",
        "gelf, listen: '[::1]:1000', transports: [udp]",
        "f:3:27: the input `b` cannot have [::1]:1000 over UDP: the input `a` has it",
    );
    check(
        "syslog, unix: /run/s",
        "forward, unix: /run/s",
        "f:3:28: the input `b` cannot have /run/s: the input `a` has it",
    );
    check("stdin", "stdin", "f:3:13: the input `b` cannot have standard input: the input `a` has it");
    check(
        "http, listen: '127.0.0.1:9460'",
        "stdin",
        "f:2:27: the input `a` cannot have 127.0.0.1:9460 over TCP: `listen` of metrics and health has it",
    );
    check(
        "gelf, listen: '127.0.0.1:1000', transports: [tcp]",
        "json, listen: '127.0.0.1:1000', transports: [udp]",
        "right",
    );
    check("http, listen: '127.0.0.1:0'", "http, listen: '127.0.0.1:0'", "right");
    check("http, listen: '127.0.0.1:1000'", "http, listen: '127.0.0.2:1000'", "right");
    check("http, listen: '127.0.0.1:1000'", "http, listen: '[::]:1000'", "right");
    assert_eq!(
        mistake("listen: 127.0.0.1:9428"),
        "f:1:9: the input `victorialogs` cannot have 127.0.0.1:9428 over TCP: `listen` of metrics and health has it"
    );
}

//! Configurations as their users write them, and what is said about mistakes in them.

use super::{
    Compress, Config, DefaultOutput, ForwardInput, InputSettings, MongoDbOutput, OnFailure, OutputSettings,
    ProcessorSettings, Size, WhenFull,
};

/// The configuration of the documentation.
const WHOLE: &str = r#"
data_dir: /var/lib/logbraid
spool: {max_bytes: 4GiB, when_full: push_back}
inputs:
  vlogs:   {type: victorialogs, listen: 127.0.0.1:9428}
  fluent:  {type: forward, listen: 127.0.0.1:24224, unix: /run/logbraid/fluent.sock}
  distlog: {type: distlog, listen: 127.0.0.1:5010}
rules:                       # top down; `drop` or `to` ends
  - if: {logger: "urllib3.**", level: "<WARNING"}
    drop: true
  - if: {service: checkout, message: /heartbeat/}
    sample: 0.01             # by log_uid: whole transactions
  - if: {input: fluent, tag: "shop.*"}
    set: {env: prod, service: "${tag[1]}"}
  - if: {level: ">=ERROR", "order.amount": ">1000"}
    to: [stream, errors]
  - to: [stream]
processors:
  redact: {type: exec, command: [python3, redact.py], timeout: 5s, on_failure: pass}
outputs:
  stream: {type: kinesis, stream: app_logging, compress: gzip}
  errors: {type: file, path: "/var/log/errors-%Y-%m-%d.jsonl", keep_days: 14}
"#;

fn variables(name: &str) -> Option<String> {
    match name {
        "KEY" => Some("s3cret".to_owned()),
        "STATE_DIRECTORY" => Some("/var/lib/state".to_owned()),
        "LOGBRAID_STREAM" => Some("logs".to_owned()),
        _ => None,
    }
}

fn parse(yaml: &str) -> Result<Config, String> {
    Config::parse(yaml, "forward.yaml", &variables).map_err(|error| error.to_string())
}

#[test]
fn the_documented_configuration_is_read() {
    let config = parse(WHOLE).unwrap();
    assert_eq!(config.data_dir.to_str(), Some("/var/lib/logbraid"));
    assert_eq!((config.spool.max_bytes, config.spool.when_full), (Size(4 << 30), WhenFull::PushBack));
    let names: Vec<&str> = config.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["vlogs", "fluent", "distlog"]);
    let InputSettings::Forward(ForwardInput { listen: Some(listen), unix: Some(unix), .. }) =
        &config.inputs[1].settings
    else {
        panic!("{:?}", config.inputs[1]);
    };
    assert_eq!((listen.port(), unix.to_str()), (24_224, Some("/run/logbraid/fluent.sock")));
    let OutputSettings::Kinesis(stream) = &config.outputs[0].settings else { panic!("{:?}", config.outputs) };
    assert_eq!((stream.stream.as_str(), stream.compress), ("app_logging", Compress::Gzip));
    let ProcessorSettings::Exec(exec) = &config.processors[0].settings else { panic!("{:?}", config.processors) };
    assert_eq!((exec.command.len(), exec.timeout.as_secs(), exec.on_failure), (2, 5, OnFailure::Pass));
    assert_eq!(config.rules.pass_through(), None);
}

#[test]
fn the_examples_are_read() {
    let file = include_str!("../../../examples/forward/forward.yaml");
    let config = parse(file).unwrap();
    assert_eq!((config.inputs.len(), config.processors.len(), config.outputs.len()), (4, 1, 2));
    let sidecar = include_str!("../../../examples/forward/sidecar.yaml");
    let (_, file) = sidecar.split_once("forward.yaml: |\n").unwrap();
    let (file, _) = file.split_once("---").unwrap();
    let file = file.replace("\n    ", "\n");
    let pod = |name: &str| matches!(name, "NODE_NAME" | "POD_NAME").then(|| "x".to_owned());
    let config = Config::parse(file.trim_start(), "sidecar.yaml", &pod).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.inputs.len(), config.outputs.len()), (2, 1));
}

#[test]
fn nothing_has_to_be_written() {
    for yaml in ["", "# nothing\n", "inputs:\n", "---\n"] {
        parse(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"));
    }
    let config = Config::without_file(&variables).unwrap();
    assert_eq!(config.data_dir.to_str(), Some("/var/lib/state"));
    assert_eq!(config.inputs.len(), 8);
    let OutputSettings::Kinesis(stream) = &config.outputs[0].settings else { panic!("{:?}", config.outputs) };
    assert_eq!(stream.stream, "logs");
    assert_eq!(config.rules.pass_through(), Some(&[0][..]));
    let config = Config::parse_for(DefaultOutput::MongoDb, "rules: [{to: mongodb}]", "f", &variables).unwrap();
    assert_eq!(config.outputs[0].settings, OutputSettings::MongoDb(MongoDbOutput::default()));
}

#[test]
fn no_password_is_printed() {
    let yaml = "inputs: {f: {type: forward, listen: '127.0.0.1:1', shared_key: hunter2, users: {ann: hunter3}}}\n\
                outputs: {m: {type: mongodb, uri: 'mongodb://ann:hunter4@h'}}";
    let printed = format!("{:?}", parse(yaml).unwrap());
    assert!(printed.contains("ann") && !printed.contains("hunter"), "{printed}");
}

#[test]
fn variables_stand_in_texts() {
    let input = |text: &str| {
        let yaml = format!("inputs: {{f: {{type: forward, listen: '127.0.0.1:1', shared_key: '{text}'}}}}");
        match parse(&yaml)?.inputs.remove(0).settings {
            InputSettings::Forward(forward) => {
                Ok(forward.shared_key.map_or(String::new(), |key| key.reveal().to_owned()))
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(input("${env.KEY}").as_deref(), Ok("s3cret"));
    assert_eq!(input("a${env.KEY}b${env.NO:-c}").as_deref(), Ok("as3cretbc"));
    let error: Result<String, String> = input("${env.NO}");
    assert!(
        error
            .unwrap_err()
            .starts_with("forward.yaml:1:64: the variable `NO` is not set; `${env.NO:-value}` gives it a default\n")
    );
}

#[test]
fn a_mistake_is_shown_with_its_line() {
    #[track_caller]
    fn check(yaml: &str, expect: &str) {
        let error = parse(yaml).map(|_| ()).unwrap_err();
        assert_eq!(error, format!("forward.yaml:{expect}"), "{yaml}");
    }
    check(
        "inputs:\n  fluent: {type: forward, lisen: 127.0.0.1:24224}\n",
        "2:27: `lisen` is no setting here; did you mean `listen`?\n\
         2 |   fluent: {type: forward, lisen: 127.0.0.1:24224}\n  |                           ^",
    );
    check("input:\n", "1:1: `input` is no part of the configuration; did you mean `inputs`?\n1 | input:\n  | ^");
    check(
        "inputs: {a: {type: fluentd, listen: '127.0.0.1:1'}}",
        "1:20: `fluentd` is no type of input; known are `victorialogs`, `forward`, `distlog`, `otlp`, `syslog`, `gelf`, \
         `json`, `http`, `file`, `stdin`\n1 | inputs: {a: {type: fluentd, listen: '127.0.0.1:1'}}\n  |                    ^",
    );
    check(
        "inputs: {a: {type: distlog}}",
        "1:13: `listen` is missing\n1 | inputs: {a: {type: distlog}}\n  |             ^",
    );
    check(
        "inputs: {a: {type: distlog, listen: localhost}}",
        "1:37: `localhost` is not allowed here: expected an IP address and a port, such as 127.0.0.1:9880 or [::1]:9880\n1 | inputs: {a: {type: distlog, listen: localhost}}\n  |                                     ^",
    );
    check(
        "outputs: {a: {listen: x}}",
        "1:14: the output has no `type`; known are `kinesis`, `file`, `mongodb`, `stdout`\n1 | outputs: {a: {listen: x}}\n  |              ^",
    );
    check(
        "outputs:\n  s: {type: kinesis, stream: logs, compress: gz}",
        "2:46: `gz` is not known here; known are `gzip`, `zstd`, `none`\n2 |   s: {type: kinesis, stream: logs, compress: gz}\n  |                                              ^",
    );
    check(
        "outputs: {e: {type: file, path: 7}}",
        "1:33: `7` is not allowed here: expected a string\n1 | outputs: {e: {type: file, path: 7}}\n  |                                 ^",
    );
    check(
        "spool: {max_bytes: 4 gigs}",
        "1:20: `4 gigs` is no size: expected a whole number and a unit, such as 512MiB or 4GiB\n\
         1 | spool: {max_bytes: 4 gigs}\n  |                    ^",
    );
    check(
        "processors: {p: {type: exec, command: x, timeout: 5}}",
        "1:51: `5` is not allowed here: expected a string\n1 | processors: {p: {type: exec, command: x, timeout: 5}}\n  |                                                   ^",
    );
    check(
        "processors: {p: {type: exec, command: x, timeout: 1h}}",
        "1:51: `1h` is no time up to 10 minutes, such as 5s or 500ms\n\
         1 | processors: {p: {type: exec, command: x, timeout: 1h}}\n  |                                                   ^",
    );
    check(
        "inputs: {'a b': {type: stdin}}",
        "1:10: `a b` cannot be the name of the input: expected 1 to 64 letters, digits, `_`, `-` or `.`\n\
         1 | inputs: {'a b': {type: stdin}}\n  |          ^",
    );
    check(
        "outputs:\n  s: {type: kinesis, stream: x}\nrules:\n  - to: [strem]\n",
        "4:10: `strem` is no output of this file; known is only `s`\n4 |   - to: [strem]\n  |          ^",
    );
    check(
        "inputs: {a: {type: stdin}, a: {type: stdin}}",
        "1:28: duplicate mapping key: a\n1 | inputs: {a: {type: stdin}, a: {type: stdin}}\n  |                            ^",
    );
    check("inputs: [", "1:9: unclosed bracket '['\n1 | inputs: [\n  |         ^");
    check("inputs:\n\tx: 1", "2:2: tabs disallowed within this context (block indentation)\n2 | \tx: 1\n  | \t^");
}

//! Looks for secrets in the files of the repository: keys, tokens, passwords in addresses, private keys.

use std::path::Path;

use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::tool::{Tool, command};

const DETECT_SECRETS: Pins =
    Pins { folder: "detect-secrets-1.5.0", packages: &["detect-secrets==1.5.0"], requirements: Requirements::Follow };
/// The searches that are of no use here: ids of transactions are random texts, and records of tests have fields with such names.
const NOT_SEARCHED: [&str; 3] = ["HexHighEntropyString", "Base64HighEntropyString", "KeywordDetector"];
/// Files with invented secrets, as patterns. What is in them is masked by redaction's tests, or AWS's documented example.
const INVENTED: [&str; 8] = [
    // What redaction has to mask, and shows masked.
    r"docs/redaction\.md",
    r"shared/decode/src/(batch/redaction_tests|ids_tests)\.rs",
    r"shared/record/src/redact/(shapes|tests)\.rs",
    r"tests/fixtures/senders/.*",
    // A password that MongoDB has to refuse.
    r"infra/local/src/commands/smoke/doctor/repairable\.rs",
    // An address with a password, which no message may show.
    r"forward/src/config/tests\.rs",
    // The key of AWS's own example of a signature.
    r"shared/runtime/src/failed_bucket\.rs",
    // Minified.
    r"functions/query/ui/dist/.*",
];

/// Fails if a file that git knows has something that looks like a secret.
pub(crate) fn scan(project: &Path, cache: &Cache, tool: &Tool) -> Result<(), Error> {
    let hook = cache.venv(&DETECT_SECRETS).map_err(Error::Tools)?.join("bin/detect-secrets-hook");
    let files = tool.read(command(Path::new("git")).arg("ls-files").current_dir(project))?;
    let mut scan = command(&hook);
    scan.current_dir(project).args(["--exclude-files", &format!("^({})$", INVENTED.join("|"))]);
    for search in NOT_SEARCHED {
        scan.args(["--disable-plugin", search]);
    }
    tool.run(scan.args(files.lines().filter(|file| project.join(file).is_file())))
}

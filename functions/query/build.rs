//! Prepares the files of the page: names that change with their content, and their compressed form.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// The built page. `make page` builds it, and CI fails if it is not what the sources give.
const DIST: &str = "ui/dist";
/// The files that the shell names, with their stems and types.
const ASSETS: [(&str, &str, &str); 2] =
    [("app", "js", "text/javascript; charset=utf-8"), ("app", "css", "text/css; charset=utf-8")];
/// How much of the hash is in a name: enough for two builds to differ.
const HASH_BYTES: usize = 8;

fn main() -> io::Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?);
    let dist = Path::new(DIST);
    println!("cargo::rerun-if-changed={DIST}");
    let mut shell = fs::read_to_string(dist.join("index.html"))?;
    let mut code = String::new();
    for (stem, extension, content_type) in ASSETS {
        let name = format!("{stem}.{extension}");
        let plain = fs::canonicalize(dist.join(&name))?;
        let bytes = fs::read(&plain)?;
        let hashed = format!("{stem}-{}.{extension}", hash(&bytes));
        let gzip = out.join(format!("{name}.gz"));
        fs::write(&gzip, compressed(&bytes)?)?;
        shell = shell.replace(&format!("assets/{name}"), &format!("assets/{hashed}"));
        let (plain, gzip) = (text(&plain)?, text(&gzip)?);
        // Writing to a `String` does not fail.
        let _ = writeln!(
            code,
            "Asset {{ name: {hashed:?}, content_type: {content_type:?}, plain: include_bytes!({plain:?}), gzip: include_bytes!({gzip:?}) }},"
        );
    }
    let page = out.join("shell.html");
    fs::write(&page, shell)?;
    let page = text(&page)?;
    fs::write(
        out.join("page.rs"),
        format!("const SHELL: &str = include_str!({page:?});\nconst ASSETS: [Asset; {}] = [\n{code}];\n", ASSETS.len()),
    )
}

/// Returns a path as text, for the code that includes it.
fn text(path: &Path) -> io::Result<&str> {
    path.to_str().ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(HASH_BYTES).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn compressed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

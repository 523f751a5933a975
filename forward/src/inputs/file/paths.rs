//! Names with `*`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::state::FileId;

/// How many names of a folder are looked at.
const MAX_NAMES: usize = 100_000;

/// Returns the paths that match a pattern: `*` stands for any text in a name, also of a folder.
pub(super) fn matching(pattern: &str, max: usize) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for component in Path::new(pattern).components() {
        let name = component.as_os_str().to_string_lossy();
        paths = match component {
            Component::Normal(_) if name.contains('*') => {
                paths.iter().flat_map(|folder| names(folder, &name)).take(max).collect()
            }
            _ => paths.into_iter().map(|path| path.join(component)).collect(),
        };
    }
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

/// Returns the path of a file that had this path: it may have been renamed in its folder.
pub(super) fn with_inode(path: &Path, file: FileId) -> Option<PathBuf> {
    if FileId::of(path) == Some(file) {
        return Some(path.to_owned());
    }
    names(path.parent()?, "*").into_iter().find(|path| FileId::of(path) == Some(file))
}

fn names(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(names) = fs::read_dir(here) else { return Vec::new() };
    let names = names.take(MAX_NAMES).filter_map(|name| Some(name.ok()?.file_name()));
    names.filter(|name| is_match(pattern, &name.to_string_lossy())).map(|name| folder.join(name)).collect()
}

/// Returns whether a name matches a pattern. As in a shell, `*` does not stand for a leading dot.
fn is_match(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = name.get(at + part.len()..).unwrap_or_default();
    }
    name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn a_star_stands_for_any_text() {
        fn check(pattern: &str, names: &[&str], others: &[&str]) {
            for name in names {
                assert!(is_match(pattern, name), "{pattern} {name}");
            }
            for name in others {
                assert!(!is_match(pattern, name), "{pattern} {name}");
            }
        }
        check("a.log", &["a.log"], &["b.log", "a.log.1", "xa.log"]);
        check("*.log", &["a.log", "a.b.log"], &[".hidden.log", "a.log.1", "log"]);
        check("a*", &["a", "ab", "a.log"], &["b", ""]);
        check("*", &["a"], &[".a"]);
        check(".*", &[".a"], &["a"]);
        check("a*b*c", &["abc", "axbxc", "abbc"], &["acb", "ab"]);
        check("*-*-*", &["a-b-c", "--"], &["a-b"]);
        check("a*a", &["aa", "aba"], &["a"]);
    }
}

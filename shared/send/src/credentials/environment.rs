//! What the sources read of the process and its machine.

use super::CredentialError;

/// The environment of the process.
pub trait Environment: Send + Sync {
    /// Returns a variable that is set and not empty.
    fn get(&self, name: &str) -> Option<String>;

    /// Reads a file.
    fn read(&self, path: &str) -> Result<String, CredentialError> {
        std::fs::read_to_string(path).map_err(|source| CredentialError::File { path: path.to_owned(), source })
    }
}

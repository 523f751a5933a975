//! What a stack is made of.

use std::path::PathBuf;

use crate::cache::Cache;
use crate::deploy::Deployer;
use crate::state::Folder;
use crate::toolbox::Toolbox;

/// A stack, running or not.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The root of the checkout.
    pub(crate) project: PathBuf,
    pub(crate) folder: Folder,
    pub(crate) cache: Cache,
    /// The user's own MongoDB; without one, the stack starts a server.
    pub(crate) given_mongodb: Option<String>,
    pub(crate) database: String,
}

impl Stack {
    /// Returns what deploys to the local AWS on this port.
    pub(crate) fn deployer<'a>(&'a self, toolbox: &'a Toolbox, port: u16) -> Deployer<'a> {
        Deployer { toolbox, folder: &self.folder, project: &self.project, port }
    }
}

//! Where files with names below one place are: in a folder of the file system, or in an object store.

use std::io;
use std::path::{Path, PathBuf};

use hyperslab_base::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::objects::{Objects, REQUESTS, Want};
use crate::replace::{remove_file, replace_file};

/// A place below which files have names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Folder {
    /// A folder.
    Files(PathBuf),
    /// A place in an object store.
    Objects(Objects),
}

/// Bytes of a small file, at most.
const SMALL: u64 = 64 << 20;

impl Folder {
    /// Where what has a name here is: a path, or a URL.
    pub fn place(&self, name: &str) -> PathBuf {
        match self {
            Folder::Files(folder) => folder.join(name),
            Folder::Objects(objects) => objects.url(name),
        }
    }

    /// The folder, where it is one of the file system.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Folder::Files(folder) => Some(folder),
            Folder::Objects(_) => None,
        }
    }

    /// Reads or writes worth having under way at once.
    pub fn at_once(&self) -> usize {
        match self {
            Folder::Files(_) => 1,
            Folder::Objects(_) => REQUESTS,
        }
    }

    /// All of a small file; nothing where there is none.
    ///
    /// # Errors
    /// `Io` when it cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = match self {
            Folder::Objects(objects) => {
                return Ok(objects.read(name, Want::Whole(SMALL))?.map(|got| got.bytes.to_vec()));
            }
            Folder::Files(folder) => folder.join(name),
        };
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io(path, e)),
        }
    }

    /// Writes a file, which is the old one until the new one is complete.
    ///
    /// # Errors
    /// `Io` when that fails; the old file is there then.
    pub fn write(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        match self {
            Folder::Files(folder) => replace_file(&folder.join(name), &bytes),
            Folder::Objects(objects) => objects.write(name, bytes),
        }
    }

    /// Removes a file that may not be there.
    ///
    /// # Errors
    /// `Io` when that fails.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self {
            Folder::Files(folder) => remove_file(&folder.join(name)),
            Folder::Objects(objects) => objects.remove(name),
        }
    }
}

impl From<&Path> for Folder {
    fn from(path: &Path) -> Self {
        Folder::Files(path.to_path_buf())
    }
}

impl From<Objects> for Folder {
    fn from(objects: Objects) -> Self {
        Folder::Objects(objects)
    }
}

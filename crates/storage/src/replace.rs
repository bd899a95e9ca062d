//! Files that are replaced as a whole: who reads one, or finds it after a crash, has the old one or the new one.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use hyperslab_base::{Error, Result};

use crate::file::opened;

/// How names end of files that are not complete. zarr-python's end so, too.
const SUFFIX: &str = "partial";

/// Writes a file under another name, and gives it its own when it is complete. Folders are made as they are needed.
///
/// # Errors
/// `Io` when the system fails; the old file is there then.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(unique());
    let partial = path.with_file_name(name);
    let written =
        create(&partial).and_then(|mut file| file.write_all(bytes)).and_then(|()| std::fs::rename(&partial, path));
    written.map_err(|e| {
        // What failed has more to say than that its remains could not be removed.
        let _ = std::fs::remove_file(&partial);
        Error::io(path, e)
    })
}

fn create(path: &Path) -> io::Result<File> {
    match opened(|| File::create_new(path)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            opened(|| File::create_new(path))
        }
        done => done,
    }
}

/// The end of a name that no other process or call chooses.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos());
    format!(".{}-{nanos:x}-{count}.{SUFFIX}", std::process::id())
}

/// Removes a file that may not be there.
///
/// # Errors
/// `Io` when the system fails.
pub fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::io(path, e)),
        _ => Ok(()),
    }
}

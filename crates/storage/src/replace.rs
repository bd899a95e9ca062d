//! Files that are replaced as a whole: who reads one, or finds it after a crash, has the old one or the new one.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
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
    let partial = beside(path);
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

/// A name beside another one.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(unique());
    path.with_file_name(name)
}

/// The end of a name that no other process or call chooses.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_nanos());
    format!(".{}-{nanos:x}-{count}.{SUFFIX}", std::process::id())
}

/// Gives a complete folder the name of another one, which is removed. Where the system can exchange names, there is no
/// moment without a folder of that name; otherwise the old one lies beside it for that moment.
///
/// # Errors
/// `Io` when the system fails, or what is to be replaced is not a folder.
pub fn replace_folder(path: &Path, by: &Path) -> Result<()> {
    let failed = |e| Error::io(path, e);
    match std::fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return std::fs::rename(by, path).map_err(failed),
        Ok(found) if !found.is_dir() => return Err(failed(io::ErrorKind::NotADirectory.into())),
        found => found.map_err(failed)?,
    };
    if exchange(path, by).is_ok() {
        return std::fs::remove_dir_all(by).map_err(|e| Error::io(by, e));
    }
    let aside = beside(path);
    std::fs::rename(path, &aside).map_err(failed)?;
    if let Err(e) = std::fs::rename(by, path) {
        std::fs::rename(&aside, path).map_err(failed)?;
        return Err(failed(e));
    }
    std::fs::remove_dir_all(&aside).map_err(|e| Error::io(&aside, e))
}

#[cfg(target_os = "linux")]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
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

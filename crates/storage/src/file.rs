//! Files that are read at any position by many threads, and must not change meanwhile.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::UNIX_EPOCH;

use hyperslab_base::{Error, Result};

/// What tells that a file is still the one it was: size and time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileStamp {
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub mtime_ns: i128,
}

impl FileStamp {
    /// Stamp of a file as it is now.
    ///
    /// # Errors
    /// `Io` when the file cannot be asked.
    pub fn of(path: &Path) -> Result<Self> {
        std::fs::metadata(path).and_then(|m| Self::read(&m)).map_err(|e| Error::io(path, e))
    }

    fn read(m: &Metadata) -> io::Result<Self> {
        let t = m.modified()?;
        let mtime_ns = match t.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        Ok(FileStamp { size: m.len(), mtime_ns })
    }
}

/// A file open for reading, with the stamp it must keep.
#[derive(Debug)]
pub struct StampedFile {
    path: PathBuf,
    file: File,
    stamp: FileStamp,
}

type Opened = HashMap<(PathBuf, FileStamp), Weak<StampedFile>>;

/// Files that some source holds open: a thousand datasets of one file share one handle.
static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

impl StampedFile {
    /// Opens a file, or takes the handle that another source holds, when it still has its stamp.
    ///
    /// # Errors
    /// `Io` when it cannot be opened or has changed.
    pub fn open(path: &Path, stamp: FileStamp) -> Result<Arc<Self>> {
        let mut guard = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.get_or_insert_default();
        let key = (path.to_path_buf(), stamp);
        if let Some(file) = opened.get(&key).and_then(Weak::upgrade) {
            file.check()?;
            return Ok(file);
        }
        opened.retain(|_, f| f.strong_count() > 0);
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        let file = Arc::new(StampedFile { path: path.to_path_buf(), file, stamp });
        file.check()?;
        opened.insert(key, Arc::downgrade(&file));
        Ok(file)
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is still as it was when its index was taken.
    ///
    /// # Errors
    /// `Io` when it has changed since.
    pub fn check(&self) -> Result<()> {
        let now = self.file.metadata().and_then(|m| FileStamp::read(&m)).map_err(|e| Error::io(&self.path, e))?;
        if now == self.stamp {
            return Ok(());
        }
        Err(Error::io(&self.path, "the file has changed since from_array")
            .hint("open it again and call from_array anew"))
    }

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `Io` when the file ends before, or the system fails.
    pub fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        read_exact_at(&self.file, offset, out).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => {
                Error::io(&self.path, format!("the file ends before byte {}", offset.saturating_add(out.len() as u64)))
            }
            _ => Error::io(&self.path, e),
        })
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, offset: u64, out: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
    while !out.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, out, offset)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (offset, out) = (offset + n as u64, &mut out[n..]);
    }
    Ok(())
}

//! Files that are read at any position by many threads, and must not change meanwhile.
//!
//! Descriptors are few: a source holds one only while it reads, and those of the files read last stay open.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::UNIX_EPOCH;

use hyperslab_base::{Error, Result};
use serde::{Deserialize, Serialize};

/// What tells that a file is still the one it was.
///
/// Tools that copy files keep size and time of modification; they cannot keep the time of the last change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStamp {
    /// Bytes.
    pub size: u64,
    /// Last modification, in nanoseconds since 1970.
    pub mtime_ns: i128,
    /// Last change of state, in nanoseconds since 1970; 0 where systems have no such time.
    pub ctime_ns: i128,
    /// Device and number of the file on it; 0 where systems have no such numbers.
    pub inode: (u64, u64),
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
        let (ctime_ns, inode) = identity(m);
        Ok(FileStamp { size: m.len(), mtime_ns, ctime_ns, inode })
    }

    /// Of a file of which nothing else is known.
    pub const fn of_size(size: u64) -> Self {
        FileStamp { size, mtime_ns: 0, ctime_ns: 0, inode: (0, 0) }
    }

    /// Without what this system cannot tell of a file.
    #[must_use]
    pub fn comparable(self) -> Self {
        if cfg!(unix) { self } else { FileStamp { ctime_ns: 0, inode: (0, 0), ..self } }
    }
}

#[cfg(unix)]
fn identity(m: &Metadata) -> (i128, (u64, u64)) {
    use std::os::unix::fs::MetadataExt;
    (i128::from(m.ctime()) * 1_000_000_000 + i128::from(m.ctime_nsec()), (m.dev(), m.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (i128, (u64, u64)) {
    (0, (0, 0))
}

/// A file as it was when it was described, for other processes to find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    path: PathBuf,
    stamp: FileStamp,
    /// The machine that knows the file by this stamp.
    machine: Option<String>,
}

impl FileRecord {
    /// A file of that stamp.
    pub fn of(path: &Path, stamp: FileStamp) -> Self {
        FileRecord { path: path.to_path_buf(), stamp, machine: machine() }
    }

    /// Its name.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The stamp that the file has here.
    ///
    /// # Errors
    /// `Io` when it is not there, or not as it was.
    pub fn find(&self) -> Result<FileStamp> {
        let now = FileStamp::of(&self.path)?.comparable();
        // Numbers of devices, and times of the last change of state, are a machine's own.
        let here = self.machine.is_some() && self.machine == machine();
        let then = if here { self.stamp } else { FileStamp { ctime_ns: now.ctime_ns, inode: now.inode, ..self.stamp } };
        if now == then {
            return Ok(now);
        }
        Err(Error::io(&self.path, "the file has changed since the array was encoded")
            .hint("open it and call from_array anew"))
    }
}

/// What tells this machine, since it was started, from others; nothing where systems do not say.
fn machine() -> Option<String> {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

/// How a file is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FilePlace {
    /// Its name.
    pub path: PathBuf,
    /// A descriptor of this process that another library has it open by: of use when the name leads there no more.
    pub descriptor: Option<u32>,
}

impl FilePlace {
    /// A file of that name.
    pub fn named(path: &Path) -> Self {
        FilePlace { path: path.to_path_buf(), descriptor: None }
    }

    /// Opens the file of this stamp.
    fn open(&self, stamp: &FileStamp) -> Result<File> {
        let named = opened(|| File::open(&self.path)).and_then(|f| Ok((FileStamp::read(&f.metadata()?)?, f)));
        let moved = match &named {
            Ok((found, _)) => found.inode != stamp.inode,
            Err(e) => e.kind() == io::ErrorKind::NotFound,
        };
        if moved
            && let Some(number) = self.descriptor
            && let Ok(file) = opened(|| File::open(format!("/dev/fd/{number}")))
            && file.metadata().is_ok_and(|m| identity(&m).1 == stamp.inode)
        {
            return Ok(file);
        }
        named.map(|(_, file)| file).map_err(|e| Error::io(&self.path, e))
    }
}

/// A file for reading, with the stamp it must keep.
#[derive(Debug)]
pub struct StampedFile(Key);

type Key = (FilePlace, FileStamp);

/// Descriptors that stay open at most, beside those of reads under way.
const KEPT: usize = 64;

/// Files that sources read, and the descriptors that are open.
#[derive(Default)]
struct Table {
    known: HashMap<Key, Weak<StampedFile>>,
    /// With the time of their last use, counted in uses.
    open: HashMap<Key, (u64, Arc<File>)>,
    uses: u64,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// Calls `f` with the table, which it must not lock again: no [`StampedFile`] may be dropped within.
fn with_table<T>(f: impl FnOnce(&mut Table) -> T) -> T {
    let mut guard: MutexGuard<'_, Option<Table>> = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
    f(guard.get_or_insert_default())
}

/// Opens a file; when the process has no descriptor left, those that are kept for later are given up for it.
pub fn opened(open: impl Fn() -> io::Result<File>) -> io::Result<File> {
    match open() {
        Err(e) if no_descriptor_left(&e) => {
            with_table(|t| t.open.clear());
            open()
        }
        done => done,
    }
}

/// Whether the process (`EMFILE`) or the system (`ENFILE`) has as many files open as it may.
fn no_descriptor_left(e: &io::Error) -> bool {
    cfg!(unix) && matches!(e.raw_os_error(), Some(23 | 24))
}

impl StampedFile {
    /// The file of this place and stamp: a thousand datasets of one file share it.
    ///
    /// # Errors
    /// `Io` when it cannot be opened or has changed.
    pub fn open(place: FilePlace, stamp: FileStamp) -> Result<Arc<Self>> {
        let key = (place, stamp);
        let known = with_table(|t| t.known.get(&key).and_then(Weak::upgrade));
        let file = known.unwrap_or_else(|| {
            let file = Arc::new(StampedFile(key.clone()));
            with_table(|t| t.known.insert(key, Arc::downgrade(&file)));
            file
        });
        file.reader()?.check()?;
        Ok(file)
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.0.0.path
    }

    /// The stamp that it must keep.
    pub fn stamp(&self) -> FileStamp {
        self.0.1
    }

    /// A descriptor to read by: the one last used where it is still open.
    ///
    /// # Errors
    /// `Io` when it cannot be opened again.
    pub fn reader(&self) -> Result<Reader<'_>> {
        let open = with_table(|t| {
            t.uses += 1;
            let (used, file) = t.open.get_mut(&self.0)?;
            *used = t.uses;
            Some(file.clone())
        });
        if let Some(file) = open {
            return Ok(Reader { of: self, file });
        }
        let (place, stamp) = &self.0;
        let reader = Reader { of: self, file: Arc::new(place.open(stamp)?) };
        reader.check()?;
        let evicted = with_table(|t| {
            let oldest = t.open.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            let evicted = oldest.filter(|_| t.open.len() >= KEPT).and_then(|key| t.open.remove(&key));
            t.open.insert(self.0.clone(), (t.uses, reader.file.clone()));
            evicted
        });
        drop(evicted);
        Ok(reader)
    }
}

impl Drop for StampedFile {
    fn drop(&mut self) {
        let closed = with_table(|t| {
            // Another may have taken this one's place meanwhile.
            if t.known.get(&self.0).is_some_and(|f| f.strong_count() > 0) {
                return None;
            }
            t.known.remove(&self.0);
            t.open.remove(&self.0)
        });
        drop(closed);
    }
}

/// A [`StampedFile`] that is open.
#[derive(Debug)]
pub struct Reader<'a> {
    of: &'a StampedFile,
    file: Arc<File>,
}

/// Bytes at any position.
pub trait ReadAt {
    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `Io` when they end before, or the system fails.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()>;

    /// The bytes from `offset` on where they lie in memory.
    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let _ = (offset, length);
        None
    }

    /// Whether `length` bytes from `offset` on are there, before memory is taken for them.
    ///
    /// # Errors
    /// `Io` when not.
    fn check_end(&self, offset: u64, length: u64) -> Result<()> {
        let _ = (offset, length);
        Ok(())
    }

    /// Name of what they are in, for errors.
    fn name(&self) -> &Path;
}

impl ReadAt for Reader<'_> {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        self.check_end(offset, out.len() as u64)?;
        read_exact_at(&self.file, offset, out).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => self.too_short(offset, out.len() as u64),
            _ => Error::io(self.path(), e),
        })
    }

    fn check_end(&self, offset: u64, length: u64) -> Result<()> {
        match offset.checked_add(length) {
            Some(end) if end <= self.size() => Ok(()),
            _ => Err(self.too_short(offset, length)),
        }
    }

    fn name(&self) -> &Path {
        self.path()
    }
}

/// A file for reading that may be replaced, but is not changed, while it is open.
#[derive(Debug)]
pub struct PlainFile {
    path: PathBuf,
    file: File,
    /// As it was when it was opened.
    pub stamp: FileStamp,
}

impl PlainFile {
    /// Opens a file; `None` where there is none of that name.
    ///
    /// # Errors
    /// `Io` when it cannot be opened.
    pub fn open(path: PathBuf) -> Result<Option<Self>> {
        let open = opened(|| File::open(&path)).and_then(|f| Ok((FileStamp::read(&f.metadata()?)?, f)));
        match open {
            Ok((stamp, file)) => Ok(Some(PlainFile { path, file, stamp })),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io(path, e)),
        }
    }

    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl ReadAt for PlainFile {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        read_exact_at(&self.file, offset, out).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => {
                let end = u128::from(offset) + out.len() as u128;
                Error::io(&self.path, format!("the file ends before byte {end}"))
            }
            _ => Error::io(&self.path, e),
        })
    }

    fn name(&self) -> &Path {
        &self.path
    }
}

impl Reader<'_> {
    /// The path it was opened by.
    pub fn path(&self) -> &Path {
        self.of.path()
    }

    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.of.0.1.size
    }

    /// Whether it is still as it was when its index was taken.
    ///
    /// # Errors
    /// `Io` when it has changed since.
    pub fn check(&self) -> Result<()> {
        let now = self.file.metadata().and_then(|m| FileStamp::read(&m)).map_err(|e| Error::io(self.path(), e))?;
        let stamp = self.of.0.1;
        // Taking a file's name away is a change of its state, but not of its bytes.
        let renamed = || FileStamp::of(self.path()).map_or(true, |named| named.inode != stamp.inode);
        if now == stamp || (FileStamp { ctime_ns: stamp.ctime_ns, ..now } == stamp && renamed()) {
            return Ok(());
        }
        Err(Error::io(self.path(), "the file has changed since from_array")
            .hint("open it again and call from_array anew"))
    }

    fn too_short(&self, offset: u64, length: u64) -> Error {
        let end = u128::from(offset) + u128::from(length);
        Error::io(self.path(), format!("the file ends before byte {end}"))
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

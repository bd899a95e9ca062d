//! How much memory and how many threads a computation may use when nobody says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hyperslab_base::{Error, Result, parse_bytes};

use crate::control_group;

/// Share of the memory that is taken when nobody says, in percent.
const SHARE: u64 = 60;

/// Asked of the system once per process: it answers from files, which takes longer than a small computation.
static MEMORY: LazyLock<u64> = LazyLock::new(usable_memory);
static THREADS: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(1, Into::into));

/// Bytes of [`SHARE`] of the machine's memory, or of what the system allows this process when that is less, as the
/// process found them.
pub fn default_memory_limit() -> u64 {
    *MEMORY
}

fn usable_memory() -> u64 {
    let machine = meminfo_total().unwrap_or(4 << 30);
    let allowed = control_group::memory_limit(|path| fs::read_to_string(path).ok());
    machine.min(allowed.unwrap_or(machine)) / 100 * SHARE
}

fn meminfo_total() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Cores that this process may use by its affinity and the quotas of its control groups, as it found them.
pub fn default_num_threads() -> usize {
    *THREADS
}

/// The budget: what was asked for, else `HYPERSLAB_MEMORY_LIMIT`, else the default.
pub(crate) fn memory_limit(asked: Option<u64>) -> Result<u64> {
    match (asked, std::env::var("HYPERSLAB_MEMORY_LIMIT")) {
        (Some(n), _) => Ok(n),
        (None, Ok(text)) => parse_bytes(&text).map_err(|e| e.context("HYPERSLAB_MEMORY_LIMIT")),
        (None, Err(_)) => Ok(default_memory_limit()),
    }
}

/// The threads: what was asked for, else `HYPERSLAB_NUM_THREADS`, else one per core.
pub(crate) fn num_threads(asked: Option<usize>) -> Result<usize> {
    let n = match (asked, std::env::var("HYPERSLAB_NUM_THREADS")) {
        (Some(n), _) => n,
        (None, Ok(text)) => text
            .trim()
            .parse()
            .map_err(|_| Error::value(format!("{text:?} is no number of threads")).context("HYPERSLAB_NUM_THREADS"))?,
        (None, Err(_)) => default_num_threads(),
    };
    if n == 0 {
        return Err(Error::value("a computation needs at least 1 thread, not 0"));
    }
    Ok(n)
}

/// Where intermediate arrays go that do not fit into memory: what was asked for, else `HYPERSLAB_SPILL_DIRECTORY`, else
/// the system's directory for temporary files.
pub fn spill_directory(asked: Option<&Path>) -> PathBuf {
    let set = || std::env::var_os("HYPERSLAB_SPILL_DIRECTORY").filter(|d| !d.is_empty()).map(PathBuf::from);
    asked.map(Path::to_path_buf).or_else(set).unwrap_or_else(std::env::temp_dir)
}

/// Bytes that they may take: what was asked for, else `HYPERSLAB_SPILL_LIMIT`, else all that the disk has.
pub(crate) fn spill_limit(asked: Option<u64>) -> Result<u64> {
    match (asked, std::env::var("HYPERSLAB_SPILL_LIMIT")) {
        (Some(n), _) => Ok(n),
        (None, Ok(text)) => parse_bytes(&text).map_err(|e| e.context("HYPERSLAB_SPILL_LIMIT")),
        (None, Err(_)) => Ok(u64::MAX),
    }
}

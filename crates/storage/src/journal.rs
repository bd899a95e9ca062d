//! Stores that go on where they were interrupted: a file names the chunks that are finished.
//!
//! After a header, records of twelve bytes are added as chunks are finished: place in the grid, counted in C order, and a
//! checksum of it. What a process that dies leaves half written at the end is no record.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use hyperslab_base::{ArraySink, DType, Error, Location, Region, Result, View};

use crate::cuts::each_chunk;
use crate::replace::replace_file;

/// What journals begin with, before the name of the work.
const MAGIC: &[u8; 16] = b"hyperslab store\n";

/// The header of the journal of some work.
fn header(work: &[u8]) -> Vec<u8> {
    [&MAGIC[..], &(work.len() as u64).to_le_bytes(), work].concat()
}

fn record(place: u64) -> [u8; 12] {
    let (mut out, place) = ([0; 12], place.to_le_bytes());
    out[..8].copy_from_slice(&place);
    out[8..].copy_from_slice(&crc32c::crc32c(&place).to_le_bytes());
    out
}

/// The places that the journal at `path` names; nothing where there is none, or that of other work.
fn read(path: &Path, work: &[u8]) -> Result<Option<Vec<u64>>> {
    let bytes = match std::fs::read(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        done => done.map_err(|e| Error::io(path, e))?,
    };
    let Some(records) = bytes.strip_prefix(&header(work)[..]) else { return Ok(None) };
    let place = |r: &[u8; 12]| {
        let (place, sum) = r.split_first_chunk::<8>()?;
        (sum == crc32c::crc32c(place).to_le_bytes()).then(|| u64::from_le_bytes(*place))
    };
    Ok(Some(records.as_chunks::<12>().0.iter().map_while(place).collect()))
}

/// Whether the file at `path` is the journal of this work.
///
/// # Errors
/// `Io` when it cannot be read.
pub fn is_journal_of(path: &Path, work: &[u8]) -> Result<bool> {
    Ok(read(path, work)?.is_some())
}

/// A sink whose finished chunks are noted in a journal.
#[derive(Debug)]
pub struct JournaledSink {
    sink: Arc<dyn ArraySink>,
    /// What is stored into.
    region: Region,
    chunks: Vec<u64>,
    path: PathBuf,
    file: Mutex<File>,
    done: RwLock<HashSet<u64>>,
}

impl JournaledSink {
    /// A sink for `work`, whatever names it, into a region of another sink, with its journal at `path`; one that is there
    /// for the same work is continued, of the places that `present` names where it is given.
    ///
    /// # Errors
    /// `Unsupported` when the sink has no chunks, `Io` when the journal cannot be written.
    pub fn new(
        sink: Arc<dyn ArraySink>,
        region: Region,
        path: PathBuf,
        work: &[u8],
        present: Option<HashSet<u64>>,
    ) -> Result<Self> {
        let Some(chunks) = sink.native_chunks().map(<[u64]>::to_vec) else {
            return Err(
                Error::unsupported(format!("resume: {} has no chunks", sink.describe())).hint("store without resume")
            );
        };
        let mut done: HashSet<u64> = read(&path, work)?.unwrap_or_default().into_iter().collect();
        if let Some(present) = present {
            done.retain(|place| present.contains(place));
        }
        // Without what was half written at the end, or is of no use.
        let records = done.iter().map(|p| record(*p)).collect::<Vec<_>>().concat();
        replace_file(&path, &[header(work), records].concat())?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|e| Error::io(&path, e))?;
        Ok(JournaledSink { sink, region, chunks, path, file: Mutex::new(file), done: RwLock::new(done) })
    }

    /// Chunks that were finished before.
    pub fn finished(&self) -> usize {
        self.done.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn linear(&self, position: &[u64]) -> u64 {
        let grid = self.sink.shape().iter().zip(&self.chunks).map(|(n, c)| n.div_ceil(*c));
        position.iter().zip(grid).fold(0, |l, (p, n)| l * n + p)
    }

    /// Notes the chunks of which `region` covers all that is stored.
    fn note(&self, region: &Region) -> Result<()> {
        let mut covered = Vec::new();
        each_chunk(region, &self.chunks, |position, inside, _| {
            let covers = |((r, w), (p, c)): ((_, &hyperslab_base::Range), (&u64, &u64))| {
                let r: &hyperslab_base::Range = r;
                let (low, high) = (w.low().max(p * c), w.end().min(p * c + c));
                p * c + r.low() == low && r.len == high - low
            };
            let dims = inside.0.iter().zip(&self.region.0).zip(position.iter().zip(&self.chunks));
            if dims.into_iter().all(covers) {
                covered.push(self.linear(position));
            }
            Ok(())
        })?;
        let records = covered.iter().map(|p| record(*p)).collect::<Vec<_>>().concat();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&records).map_err(|e| Error::io(&self.path, e))?;
        drop(file);
        self.done.write().unwrap_or_else(PoisonError::into_inner).extend(covered);
        Ok(())
    }
}

impl ArraySink for JournaledSink {
    fn shape(&self) -> &[u64] {
        self.sink.shape()
    }

    fn dtype(&self) -> DType {
        self.sink.dtype()
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.chunks)
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        self.sink.scratch_bytes(bytes)
    }

    fn at_once(&self) -> usize {
        self.sink.at_once()
    }

    fn location(&self) -> Option<Location> {
        self.sink.location()
    }

    fn describe(&self) -> String {
        self.sink.describe()
    }

    fn is_written(&self, region: &Region) -> bool {
        let done = self.done.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = true;
        let walked = each_chunk(region, &self.chunks, |position, _, _| {
            all &= done.contains(&self.linear(position));
            Ok(())
        });
        all && walked.is_ok()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        self.sink.write(region, data)?;
        self.note(region)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use hyperslab_base::{Block, Range};

    use super::*;

    #[derive(Debug)]
    struct Nowhere;

    impl ArraySink for Nowhere {
        fn shape(&self) -> &[u64] {
            &[10, 10]
        }
        fn dtype(&self) -> DType {
            DType::UInt8
        }
        fn native_chunks(&self) -> Option<&[u64]> {
            Some(&[4, 4])
        }
        fn describe(&self) -> String {
            "nowhere".into()
        }
        fn write(&self, _: &Region, _: View<'_>) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn chunks_that_are_covered_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let region = Region::boxed(&[1, 2], &[9, 7]);
        let open = |work: &[u8], present| {
            JournaledSink::new(Arc::new(Nowhere), region.clone(), path.clone(), work, present).unwrap()
        };
        let sink = open(b"a", None);
        let put = |sink: &JournaledSink, start: &[u64], len: &[u64]| {
            let block = Block::zeroed(DType::UInt8, len).unwrap();
            sink.write(&Region::boxed(start, len), block.view()).unwrap();
        };
        // All of the region in chunks (0, 0) and (0, 1), and half of (1, 0).
        put(&sink, &[1, 2], &[3, 6]);
        put(&sink, &[4, 2], &[2, 2]);
        let done = |sink: &JournaledSink, start: [u64; 2]| {
            sink.is_written(&Region(start.iter().map(|s| Range::new(*s, 1)).collect()))
        };
        let states = |sink: &JournaledSink| [[1, 2], [3, 7], [4, 2], [3, 8]].map(|at| done(sink, at));
        assert_eq!(states(&sink), [true, true, false, false]);
        assert!(sink.is_written(&Region::boxed(&[1, 2], &[3, 6])));
        assert!(!sink.is_written(&Region::boxed(&[1, 2], &[4, 6])));
        drop(sink);
        // A record that is half there.
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(&record(3)[..9]).unwrap();
        let again = open(b"a", None);
        assert_eq!((again.finished(), states(&again)), (2, [true, true, false, false]));
        put(&again, &[8, 8], &[2, 1]);
        drop(again);
        assert_eq!(open(b"a", None).finished(), 3);
        assert_eq!(states(&open(b"a", Some([1, 5].into()))), [false, true, false, false]);
        assert!(is_journal_of(&path, b"a").unwrap() && !is_journal_of(&path, b"b").unwrap());
        assert_eq!(open(b"b", None).finished(), 0);
        assert!(!is_journal_of(&path, b"a").unwrap());
    }
}

//! One read of many parts of objects: requests are under way at once, within a window of bytes, and parts are handed on in
//! the order in which they come.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hyperslab_base::{Error, Result};

use super::{Answers, GAP, Got, ObjectStamp, Objects, REQUESTS, Want};
use crate::file::ReadAt;

/// Bytes that one read has under way at most, where they are more than one part's.
const WINDOW_BYTES: u64 = 16 << 20;

/// Bytes of neighbouring parts that one request asks for at most.
const GROUP_BYTES: u64 = 4 << 20;

/// Bytes that come at once while so many parts are read, of which none has more bytes than `most`.
pub fn window_bytes(parts: u64, most: u64) -> u64 {
    let parts = parts.clamp(1, REQUESTS as u64);
    most.saturating_mul(parts.min((WINDOW_BYTES / most.max(1)).max(1)))
}

/// Bytes of an object that have come.
#[derive(Debug)]
pub struct Fetched {
    name: PathBuf,
    pieces: Vec<(u64, Bytes)>,
    /// Bytes of the object.
    pub size: u64,
}

impl ReadAt for Fetched {
    fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let found = self.in_memory(offset, out.len() as u64);
        let found = found.ok_or_else(|| Error::internal(format!("byte {offset} was not asked for")))?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn in_memory(&self, offset: u64, length: u64) -> Option<&[u8]> {
        if length == 0 {
            return Some(&[]);
        }
        self.pieces.iter().find_map(|(first, bytes)| {
            let start = usize::try_from(offset.checked_sub(*first)?).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
        })
    }

    fn name(&self) -> &Path {
        &self.name
    }
}

/// What is done with parts of an object.
pub trait Parts<P> {
    /// Takes parts whose bytes have come; where there is no such object, there are none.
    ///
    /// # Errors
    /// Those of decoding.
    fn take(&mut self, parts: Vec<P>, from: Option<&Fetched>) -> Result<()>;

    /// What a part is called in errors.
    fn name(&self, part: &P) -> String;
}

/// Requests for one object, and the parts that their answers hold.
#[derive(Debug)]
struct Job<P> {
    object: String,
    parts: Vec<P>,
    /// The object as it must still be.
    stamp: Option<ObjectStamp>,
    wanted: usize,
    got: Vec<Got>,
    bytes: u64,
}

/// The requests of one read.
#[derive(Debug)]
pub struct Gather<'a, P> {
    from: &'a Objects,
    answers: Answers,
    jobs: HashMap<usize, Job<P>>,
    asked: usize,
    requests: usize,
    bytes: u64,
    window: u64,
    /// Whether an object was replaced while it was read.
    pub changed: bool,
}

impl<'a, P> Gather<'a, P> {
    /// Nothing yet, of no more bytes at once than `window`, but for single parts.
    pub fn new(from: &'a Objects, window: u64) -> Self {
        Gather {
            from,
            answers: Answers::default(),
            jobs: HashMap::new(),
            asked: 0,
            requests: 0,
            bytes: 0,
            window,
            changed: false,
        }
    }

    /// Asks for bytes of an object once there is room for them.
    ///
    /// # Errors
    /// Those of what is taken meanwhile.
    pub fn start(
        &mut self,
        object: String,
        wants: Vec<Want>,
        parts: Vec<P>,
        stamp: Option<&ObjectStamp>,
        to: &mut impl Parts<P>,
    ) -> Result<()> {
        let size = |w: &Want| match w {
            Want::Whole(n) | Want::Range(_, n) | Want::Tail(n) => *n,
        };
        let bytes = wants.iter().map(size).sum();
        while !self.jobs.is_empty() && (self.requests >= REQUESTS || self.bytes + bytes > self.window) {
            self.finish_one(to)?;
        }
        let (number, wanted) = (self.asked, wants.len());
        self.asked += 1;
        let job = Job { object, parts, stamp: stamp.cloned(), wanted, got: Vec::with_capacity(wanted), bytes };
        if wants.is_empty() {
            return self.hand_over(job, to);
        }
        for want in wants {
            self.from.ask(&job.object, want, number, &self.answers)?;
            self.requests += 1;
        }
        self.bytes += bytes;
        self.jobs.insert(number, job);
        Ok(())
    }

    /// Asks for parts of one object by their first bytes and lengths, for neighbours at once.
    ///
    /// # Errors
    /// Those of what is taken meanwhile.
    pub fn start_all(
        &mut self,
        object: &str,
        mut parts: Vec<((u64, u64), P)>,
        stamp: Option<&ObjectStamp>,
        to: &mut impl Parts<P>,
    ) -> Result<()> {
        parts.sort_by_key(|(place, _)| *place);
        let most = GROUP_BYTES.min(self.window);
        let ranged =
            |first: u64, end: u64| if end > first { vec![Want::Range(first, end - first)] } else { Vec::new() };
        let mut group: Vec<P> = Vec::new();
        let (mut first, mut end) = (0u64, 0u64);
        for ((offset, length), part) in parts {
            let joins =
                offset <= end.saturating_add(GAP) && offset.saturating_add(length) <= first.saturating_add(most);
            if !joins && !group.is_empty() {
                self.start(object.into(), ranged(first, end), std::mem::take(&mut group), stamp, to)?;
            }
            if group.is_empty() {
                (first, end) = (offset, offset);
            }
            end = end.max(offset.saturating_add(length));
            group.push(part);
        }
        if group.is_empty() { Ok(()) } else { self.start(object.into(), ranged(first, end), group, stamp, to) }
    }

    /// Takes all that is under way.
    ///
    /// # Errors
    /// Those of requests and of what is taken.
    pub fn finish(&mut self, to: &mut impl Parts<P>) -> Result<()> {
        while !self.jobs.is_empty() {
            self.finish_one(to)?;
        }
        Ok(())
    }

    /// Takes an answer, and hands parts over when it was the last that they needed.
    fn finish_one(&mut self, to: &mut impl Parts<P>) -> Result<()> {
        let (number, got) = self.answers.next()?;
        self.requests -= 1;
        // Other answers of an object that is not there.
        let Some(mut job) = self.jobs.remove(&number) else { return Ok(()) };
        match got {
            Ok(Some(got)) => job.got.push(got),
            Ok(None) if job.stamp.is_none() => {
                self.bytes -= job.bytes;
                return to.take(job.parts, None);
            }
            Ok(None) => return Err(self.replaced(&job)),
            Err(why) => {
                let e = Error::io(self.from.url(&job.object), why);
                return Err(job.parts.first().map_or(e.clone(), |p| e.context(to.name(p))));
            }
        }
        if job.got.len() < job.wanted {
            self.jobs.insert(number, job);
            return Ok(());
        }
        self.bytes -= job.bytes;
        self.hand_over(job, to)
    }

    fn replaced(&mut self, job: &Job<P>) -> Error {
        self.changed = true;
        Error::io(self.from.url(&job.object), "was replaced while it was read")
    }

    fn hand_over(&mut self, mut job: Job<P>, to: &mut impl Parts<P>) -> Result<()> {
        let stamp = job.stamp.as_ref().or(job.got.first().map(|g| &g.stamp));
        if job.got.iter().any(|g| Some(&g.stamp) != stamp) {
            return Err(self.replaced(&job));
        }
        let size = job.got.first().map_or(0, |g| g.size);
        let pieces = job.got.drain(..).map(|g| (g.first, g.bytes)).collect();
        let fetched = Fetched { name: self.from.url(&job.object), pieces, size };
        to.take(job.parts, Some(&fetched))
    }
}

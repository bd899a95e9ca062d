//! Sorted runs on disk, and what is read of them merged.
//!
//! A run is a cell of the array, sorted. To read elements `a` to `b` of the whole sorted array, one finds how many of the
//! first `a` and of the first `b` elements each run has, reads what lies between, and merges that. Where runs are cut for
//! `a` is found among ever more of their elements: first every [`COARSE`]th, which are in memory, then those at the
//! distances of [`FINE`], which lie in files of their own, then all. Equal elements come in the order of their runs, so that the sort is stable,
//! and the result does not depend on how the array was cut.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{ArraySink, ArraySource, Block, DType, Dims, Error, Range, Region, Result, View, ViewMut, copy};
use hyperslab_ops::block::order::{ORDER_BYTES, arrange, indices};
use hyperslab_plan::access::positions_within;

use super::Room;
use crate::spill::{Scratch, SpillFile};

/// Distance of the elements of a run that are kept in memory, and of those that are kept apart in files. Each is a multiple
/// of the next, by at most `STEP`.
const COARSE: u64 = 4096;
const FINE: [u64; 2] = [256, 16];
const STEP: u64 = 16;
/// Elements of a run at least, and runs at most while memory allows.
const MIN_RUN: u64 = 8 << 10;
const MOST_RUNS: u64 = 512;
/// Elements that are merged at once.
const WINDOW: (u64, u64) = (1 << 10, 1 << 20);
/// Places whose cuts are remembered: those where neighbouring regions meet.
const REMEMBERED: usize = 32;

/// Which sorted array is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// The elements that are sorted by.
    Keys,
    /// Where they were.
    Indices,
    /// Another array, in their order.
    Companion,
}

/// What is kept beside the keys.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub indices: bool,
    pub companion: Option<DType>,
}

/// An array in sorted runs.
#[derive(Debug)]
pub(super) struct Runs {
    dtype: DType,
    shape: [u64; 1],
    /// Elements of a run, and of what is merged at once.
    run: [u64; 1],
    window: u64,
    files: OnceLock<Files>,
    /// Fine elements written.
    fine: [AtomicU64; 2],
    written: Mutex<Vec<Run>>,
    merged: OnceLock<Merged>,
}

#[derive(Debug)]
struct Files {
    keys: Scratch,
    fine: [Scratch; 2],
    indices: Option<Scratch>,
    companion: Option<(DType, Scratch)>,
}

/// A run as it was written.
#[derive(Debug)]
struct Run {
    start: u64,
    len: u64,
    /// Numbers of its first fine elements in their files.
    fine: [u64; 2],
    /// Its coarse elements.
    coarse: Vec<u8>,
}

/// What is known when all runs are written.
#[derive(Debug)]
struct Merged {
    /// By their starts.
    runs: Vec<Run>,
    /// Run and number of every coarse element, in the order of the whole array.
    coarse: Vec<(u32, u32)>,
    cuts: Mutex<Vec<(u64, Arc<[u64]>)>>,
}

/// Part of a run in which it may be cut.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u64,
    to: u64,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runs {
    /// Runs of an array of that length, which suit the memory.
    pub fn new(dtype: DType, len: u64, room: Room) -> Self {
        let item = dtype.itemsize() as u64;
        // Elements as they come, aligned and sorted, their order, and what sorting holds.
        let sorting = 3 * item + 8 + ORDER_BYTES;
        let share = (room.memory / (2 * room.threads * sorting)).max(len / MOST_RUNS);
        let run = share.min(room.memory / (3 * sorting)).max(MIN_RUN);
        // Keys, what goes with them, both again in order, and their order.
        let merging = 2 * item + 2 * 16 + 8 + ORDER_BYTES;
        let window = (room.memory / 8 / merging).clamp(WINDOW.0, WINDOW.1);
        Runs {
            dtype,
            shape: [len],
            run: [run.min(len).max(1)],
            window,
            files: OnceLock::new(),
            fine: Default::default(),
            written: Mutex::default(),
            merged: OnceLock::new(),
        }
    }

    pub fn len(&self) -> u64 {
        self.shape[0]
    }

    fn item(&self) -> u64 {
        self.dtype.itemsize() as u64
    }

    /// Runs that there will be.
    pub fn expected(&self) -> u64 {
        self.len().div_ceil(self.run[0])
    }

    /// Bytes of what is kept in memory.
    pub fn held_bytes(&self) -> u64 {
        let coarse = self.len() / COARSE + self.expected();
        let cuts = self.expected() * 8 * REMEMBERED as u64;
        // Coarse elements are sorted once: elements, indices, and what sorting holds.
        coarse.saturating_mul(2 * self.item() + 16 + ORDER_BYTES).saturating_add(cuts)
    }

    /// Bytes of the files.
    pub fn disk_bytes(&self, columns: &Columns) -> u64 {
        let beside = u64::from(columns.indices) * 8 + columns.companion.map_or(0, |d| d.itemsize() as u64);
        self.len().saturating_mul(self.item() + beside + self.item().div_ceil(STEP - 1))
    }

    /// Makes the files.
    pub fn begin(&self, columns: &Columns, directory: &Path) -> Result<()> {
        let companion = columns.companion.map(|d| Ok::<_, Error>((d, Scratch::create(directory)?))).transpose()?;
        let files = Files {
            keys: Scratch::create(directory)?,
            fine: [Scratch::create(directory)?, Scratch::create(directory)?],
            indices: columns.indices.then(|| Scratch::create(directory)).transpose()?,
            companion,
        };
        self.files.set(files).map_err(|_| Error::internal("runs are written twice"))
    }

    /// All runs are written: they can be read from now on.
    pub fn complete(&self) -> Result<()> {
        let mut runs = std::mem::take(&mut *locked(&self.written));
        runs.sort_unstable_by_key(|r| r.start);
        let end = runs.iter().try_fold(0, |at, r| (r.start == at).then_some(at + r.len));
        if end != Some(self.len()) {
            return Err(Error::internal("runs that do not cover the array"));
        }
        let mut samples = Vec::new();
        let mut places = Vec::new();
        for (i, r) in (0..).zip(&mut runs) {
            places.extend((0..r.len.div_ceil(COARSE) as u32).map(|j| (i, j)));
            samples.append(&mut std::mem::take(&mut r.coarse));
        }
        let samples = aligned(self.dtype, &samples)?;
        let mut order = vec![0; places.len()];
        indices(self.dtype, samples.bytes(), &mut order)?;
        let coarse = order.into_iter().map(|i| places[i as usize]).collect();
        let merged = Merged { runs, coarse, cuts: Mutex::default() };
        self.merged.set(merged).map_err(|_| Error::internal("runs are merged twice"))
    }

    fn files(&self) -> Result<&Files> {
        self.files.get().ok_or_else(|| Error::internal("runs are used before their pass"))
    }

    fn merged(&self) -> Result<&Merged> {
        self.merged.get().ok_or_else(|| Error::internal("runs are read before they are complete"))
    }

    /// Sorts a cell and writes it as a run.
    fn add(&self, start: u64, elements: &Block, plain: Option<&SpillFile>) -> Result<()> {
        let files = self.files()?;
        let (len, item) = (elements.shape()[0], self.dtype.itemsize());
        let mut sorted = Block::scratch(self.dtype, &[len])?;
        if files.indices.is_some() || files.companion.is_some() {
            let mut order = Block::scratch(DType::Int64, &[len])?;
            indices(self.dtype, elements.bytes(), cast_slice_mut(order.bytes_mut()))?;
            gather(item, elements.bytes(), cast_slice(order.bytes()), sorted.bytes_mut());
            if let (Some((dtype, file)), Some(plain)) = (&files.companion, plain) {
                let (mut from, mut to) = (Block::scratch(*dtype, &[len])?, Block::scratch(*dtype, &[len])?);
                plain.read(&Region::boxed(&[start], &[len]), from.view_mut())?;
                gather(dtype.itemsize(), from.bytes(), cast_slice(order.bytes()), to.bytes_mut());
                file.put(start * dtype.itemsize() as u64, to.bytes())?;
            }
            if let Some(file) = &files.indices {
                cast_slice_mut::<u8, i64>(order.bytes_mut()).iter_mut().for_each(|i| *i += start as i64);
                file.put(start * 8, order.bytes())?;
            }
        } else {
            arrange(self.dtype, elements.bytes(), sorted.bytes_mut())?;
        }
        let every = |step: u64| -> Vec<u8> {
            sorted.bytes().chunks_exact(item).step_by(step as usize).flatten().copied().collect()
        };
        let mut fine = [0; 2];
        for (k, step) in FINE.into_iter().enumerate() {
            fine[k] = self.fine[k].fetch_add(len.div_ceil(step), Relaxed);
            files.fine[k].put(fine[k] * self.item(), &every(step))?;
        }
        let coarse = every(COARSE);
        files.keys.put(start * self.item(), sorted.bytes())?;
        locked(&self.written).push(Run { start, len, fine, coarse });
        Ok(())
    }

    /// Of each run, how many elements are among the first `rank` of the whole.
    fn cuts(&self, rank: u64) -> Result<Arc<[u64]>> {
        let merged = self.merged()?;
        if let Some((_, known)) = locked(&merged.cuts).iter().find(|(r, _)| *r == rank) {
            return Ok(Arc::clone(known));
        }
        let found: Arc<[u64]> = match rank {
            0 => vec![0; merged.runs.len()].into(),
            n if n >= self.len() => merged.runs.iter().map(|r| r.len).collect(),
            _ => self.find_cuts(merged, rank)?.into(),
        };
        let mut cuts = locked(&merged.cuts);
        if cuts.len() >= REMEMBERED {
            cuts.remove(0);
        }
        cuts.push((rank, Arc::clone(&found)));
        Ok(found)
    }

    fn find_cuts(&self, merged: &Merged, rank: u64) -> Result<Vec<u64>> {
        let mut spans: Vec<Span> = merged.runs.iter().map(|r| Span { from: 0, to: r.len }).collect();
        narrow(&mut spans, rank, COARSE, merged.coarse.iter().map(|&(r, j)| (r as usize, u64::from(j) * COARSE)));
        for level in 0..=FINE.len() {
            let step = FINE.get(level).copied().unwrap_or(1);
            let in_order = self.samples(merged, &spans, level, step)?;
            let left = rank - spans.iter().map(|s| s.from).sum::<u64>();
            if step == 1 {
                in_order.into_iter().take(left as usize).for_each(|(r, _)| spans[r].from += 1);
            } else {
                narrow(&mut spans, left, step, in_order.into_iter());
            }
        }
        Ok(spans.into_iter().map(|s| s.from).collect())
    }

    /// Run and place of every `step`th element of the spans, in the order of the whole.
    fn samples(&self, merged: &Merged, spans: &[Span], level: usize, step: u64) -> Result<Vec<(usize, u64)>> {
        let files = self.files()?;
        let count = |s: &Span| s.to.div_ceil(step) - s.from / step;
        let total: u64 = spans.iter().filter(|s| s.from < s.to).map(count).sum();
        let mut elements = Block::scratch(self.dtype, &[total])?;
        let mut places = Vec::with_capacity(total as usize);
        let mut rest = elements.bytes_mut();
        for (i, (s, r)) in spans.iter().zip(&merged.runs).enumerate().filter(|(_, (s, _))| s.from < s.to) {
            let n = count(s);
            let (to, after) = rest.split_at_mut((n * self.item()) as usize);
            match files.fine.get(level) {
                Some(file) => file.get((r.fine[level] + s.from / step) * self.item(), to)?,
                None => files.keys.get((r.start + s.from) * self.item(), to)?,
            }
            places.extend((s.from / step..s.from / step + n).map(|k| (i, k * step)));
            rest = after;
        }
        let mut order = vec![0; total as usize];
        indices(self.dtype, elements.bytes(), &mut order)?;
        Ok(order.into_iter().map(|i| places[i as usize]).collect())
    }

    /// The parts of a file of elements of `item` bytes that lie between the cuts, run after run.
    fn parts(&self, merged: &Merged, file: &Scratch, item: u64, between: [&[u64]; 2], to: &mut [u8]) -> Result<()> {
        let mut rest = to;
        for (r, (&from, &end)) in merged.runs.iter().zip(between[0].iter().zip(between[1])).filter(|(_, (a, b))| a < b)
        {
            let (part, after) = rest.split_at_mut(((end - from) * item) as usize);
            file.get((r.start + from) * item, part)?;
            rest = after;
        }
        Ok(())
    }

    /// Elements `from` to `from + len` of a sorted array.
    fn merge(&self, column: Column, from: u64, len: u64) -> Result<Block> {
        let (merged, files) = (self.merged()?, self.files()?);
        let (begin, end) = (self.cuts(from)?, self.cuts(from + len)?);
        let between = [&*begin, &*end];
        let mut keys = Block::scratch(self.dtype, &[len])?;
        self.parts(merged, &files.keys, self.item(), between, keys.bytes_mut())?;
        let (dtype, file) = match (column, &files.indices, &files.companion) {
            (Column::Keys, ..) => {
                let mut out = Block::scratch(self.dtype, &[len])?;
                arrange(self.dtype, keys.bytes(), out.bytes_mut())?;
                return Ok(out);
            }
            (Column::Indices, Some(file), _) => (DType::Int64, file),
            (Column::Companion, _, Some((dtype, file))) => (*dtype, file),
            _ => return Err(Error::internal("a sorted array that was not kept")),
        };
        let mut order = Block::scratch(DType::Int64, &[len])?;
        indices(self.dtype, keys.bytes(), cast_slice_mut(order.bytes_mut()))?;
        drop(keys);
        let (mut parts, mut out) = (Block::scratch(dtype, &[len])?, Block::scratch(dtype, &[len])?);
        self.parts(merged, file, dtype.itemsize() as u64, between, parts.bytes_mut())?;
        gather(dtype.itemsize(), parts.bytes(), cast_slice(order.bytes()), out.bytes_mut());
        Ok(out)
    }

    /// One of the sorted arrays, to be read when the runs are complete.
    pub fn column(self: &Arc<Self>, column: Column, dtype: DType) -> Arc<dyn ArraySource> {
        Arc::new(SortedColumn { runs: Arc::clone(self), column, dtype })
    }
}

/// Narrows the spans in which runs are cut, for the first `rank` elements of all of them together. `samples` are run and
/// place of every `step`th element from the start of each span on, in the order of the whole.
fn narrow(spans: &mut [Span], rank: u64, step: u64, samples: impl Iterator<Item = (usize, u64)>) {
    let mut met = vec![false; spans.len()];
    let mut runs = 0;
    for (t, (r, place)) in (0u64..).zip(samples) {
        // Of a run of which k samples come before this one, at most k * step elements do, and more than (k - 1) * step.
        if t * step < rank {
            spans[r].from = spans[r].from.max(place);
        } else if t * step - runs * (step - 1) >= rank {
            spans[r].to = spans[r].to.min(place);
        }
        runs += u64::from(!std::mem::replace(&mut met[r], true));
    }
}

/// Elements as a block, which is aligned.
fn aligned(dtype: DType, bytes: &[u8]) -> Result<Block> {
    let mut block = Block::scratch(dtype, &[(bytes.len() / dtype.itemsize()) as u64])?;
    block.bytes_mut().copy_from_slice(bytes);
    Ok(block)
}

/// Writes the elements at those indices.
fn gather(item: usize, from: &[u8], order: &[i64], to: &mut [u8]) {
    fn of<T: Pod>(from: &[u8], order: &[i64], to: &mut [u8]) {
        let from: &[T] = cast_slice(from);
        cast_slice_mut::<u8, T>(to).iter_mut().zip(order).for_each(|(to, &i)| *to = from[i as usize]);
    }
    match item {
        1 => of::<u8>(from, order, to),
        2 => of::<u16>(from, order, to),
        4 => of::<u32>(from, order, to),
        8 => of::<u64>(from, order, to),
        16 => of::<u128>(from, order, to),
        n => {
            let n = n.max(1);
            to.chunks_exact_mut(n).zip(order).for_each(|(to, &i)| to.copy_from_slice(&from[i as usize * n..][..n]));
        }
    }
}

/// Takes the cells of an array and writes them as runs.
#[derive(Debug)]
pub(super) struct RunSink {
    runs: Arc<Runs>,
    /// The companion, in the order of the array.
    plain: Option<Arc<SpillFile>>,
}

impl RunSink {
    pub fn new(runs: Arc<Runs>, plain: Option<Arc<SpillFile>>) -> Self {
        RunSink { runs, plain }
    }
}

impl ArraySink for RunSink {
    fn shape(&self) -> &[u64] {
        &self.runs.shape
    }

    fn dtype(&self) -> DType {
        self.runs.dtype
    }

    fn native_chunks(&self) -> Option<&[u64]> {
        Some(&self.runs.run)
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        let files = self.runs.files.get();
        let companion = files.and_then(|f| f.companion.as_ref()).map_or(0, |(d, _)| d.itemsize() as u64);
        let indexed = companion > 0 || files.is_some_and(|f| f.indices.is_some());
        let n = bytes / self.runs.item();
        // The elements again, aligned and sorted.
        n.saturating_mul(2 * self.runs.item() + ORDER_BYTES + u64::from(indexed) * 8 + 2 * companion)
    }

    fn describe(&self) -> String {
        "sorted runs".into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        let Some(place) = region.0.first().filter(|r| r.len > 0) else { return Ok(()) };
        let mut elements = Block::scratch(self.runs.dtype, data.shape())?;
        copy(&data, &mut elements.view_mut());
        self.runs.add(place.start as u64, &elements, self.plain.as_deref())
    }
}

/// A sorted array, merged as it is read.
#[derive(Debug)]
struct SortedColumn {
    runs: Arc<Runs>,
    column: Column,
    dtype: DType,
}

impl ArraySource for SortedColumn {
    fn shape(&self) -> &[u64] {
        &self.runs.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn scratch_bytes(&self, _: &Region) -> u64 {
        let (key, item) = (self.runs.item(), self.dtype.itemsize() as u64);
        let merged = self.runs.window.min(self.runs.len()).saturating_mul(2 * key + ORDER_BYTES + 8 + 2 * item);
        // Cuts are looked for among so many elements, with their places and their order.
        let spans = (2 * self.runs.expected() + 2).saturating_mul(STEP);
        merged.max(spans.saturating_mul(key + 40 + ORDER_BYTES))
    }

    fn describe(&self) -> String {
        match self.column {
            Column::Keys => "sorted runs".into(),
            Column::Indices => "indices of sorted runs".into(),
            Column::Companion => "array in the order of sorted runs".into(),
        }
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        let Some(&range) = region.0.first().filter(|r| r.len > 0) else { return Ok(()) };
        let window = self.runs.window.max(1);
        let mut from = range.low();
        while from < range.end() {
            let until = (from + window).min(range.end());
            let Some((first, count)) = positions_within(range, from, until) else {
                from = until;
                continue;
            };
            let ends = [range.at(first) as u64, range.at(first + count - 1) as u64];
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let block = self.runs.merge(self.column, low, high - low + 1)?;
            let inside = Range { start: range.at(first) - low as i64, step: range.step, len: count };
            let one = |r: Range| Region(Dims::from_iter([r]));
            copy(&block.view().slice(&one(inside)), &mut out.slice(&one(Range::new(first, count))));
            from = until;
        }
        Ok(())
    }
}

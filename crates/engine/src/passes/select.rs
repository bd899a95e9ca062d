//! Selection by counting: each pass counts the elements by the bits that follow in their order-preserving keys, and knows
//! more of the keys at the ranks that are looked for; the last one collects the few elements that are left.

use std::any::Any;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hyperslab_base::{
    ArraySink, ArraySource, Block, DType, Dims, Error, Range, Region, Result, View, ViewMut, c_strides, copy,
};
use hyperslab_ops::block::keys::{Prefixes, collect_keys, count_keys, key_bits};
use hyperslab_ops::block::quantile::Quantile;
use hyperslab_plan::{Expr, Kind};

use super::{LARGE, Node, Pass, Passes, Room, in_place_of};

/// Bits that one pass counts by, at most, and where memory is short.
const BITS: (u32, u32) = (4, 16);
/// Share of the memory that tables, or elements that are collected, may take: one part of this many.
const SHARE: u64 = 8;

/// Quantiles of one array along one axis.
#[derive(Debug)]
struct Selection {
    operand: Expr,
    /// Axis of the lanes; `None`: all elements are one.
    axis: Option<usize>,
    of: Vec<(Quantile, Arc<Answer>)>,
    lanes: Vec<Lane>,
    /// Elements of a lane.
    len: u64,
    memory: u64,
    under_way: Option<Arc<LaneSink>>,
}

/// What is known of a lane.
#[derive(Clone, Debug)]
struct Lane {
    missing: u64,
    first_missing: Option<Vec<u8>>,
    /// Leading bits of the keys at the ranks.
    at: Prefixes,
    /// In ascending order, each once.
    ranks: Vec<Rank>,
}

/// One position in the sorted lane.
#[derive(Clone, Copy, Debug)]
struct Rank {
    rank: u64,
    /// Leading bits of its key.
    prefix: u64,
    /// Elements of smaller prefixes, and of the same.
    before: u64,
    inside: u64,
}

impl Lane {
    fn known(&self, len: u64) -> u64 {
        len - self.missing
    }

    /// Elements that may be the ones.
    fn left(&self) -> u64 {
        if self.at.below == 0 {
            return 0;
        }
        let own = |p: &u64| self.ranks.iter().find(|r| r.prefix == *p).map_or(0, |r| r.inside);
        self.at.of.iter().map(own).sum()
    }

    fn set_prefixes(&mut self, below: u32) {
        self.at = Prefixes { below, of: self.ranks.iter().map(|r| r.prefix).collect() };
        self.at.of.dedup();
    }

    /// Knows as many bits more of every key, by how many elements there are of each.
    fn refine(&mut self, bits: u32, counts: &[u64]) -> Result<()> {
        for r in &mut self.ranks {
            let table = self.at.of.binary_search(&r.prefix).map_err(|_| changed())?;
            let mut here = (0u64..).zip(&counts[table << bits..(table + 1) << bits]);
            let found = here.find_map(|(next, &n)| {
                let within = r.rank < r.before + n;
                r.before += if within { 0 } else { n };
                within.then_some((next, n))
            });
            let (next, n) = found.ok_or_else(changed)?;
            (r.prefix, r.inside) = (r.prefix << bits | next, n);
        }
        self.set_prefixes(self.at.below - bits);
        Ok(())
    }

    /// Knows all of every key, by the keys that are left.
    fn resolve(&mut self, mut keys: Vec<u64>) -> Result<()> {
        keys.sort_unstable();
        for r in &mut self.ranks {
            let first = keys.partition_point(|&k| self.at.prefix(k) < r.prefix) as u64;
            let key = keys.get((first + r.rank - r.before) as usize);
            r.prefix = *key.ok_or_else(changed)?;
        }
        self.set_prefixes(0);
        Ok(())
    }

    fn key(&self, rank: u64) -> u64 {
        self.ranks.binary_search_by_key(&rank, |r| r.rank).map_or(0, |i| self.ranks[i].prefix)
    }
}

/// A source that gives other elements each time has no order.
fn changed() -> Error {
    Error::value("quantiles of an array whose elements change from one reading to the next")
}

/// Quantiles of lanes too long to be held.
pub(super) fn take(node: &Node<'_>, room: Room, to: &mut Vec<Box<dyn Passes>>) -> Result<Option<Expr>> {
    let e = node.expr;
    let Kind::Block { call, .. } = &e.kind else { return Ok(None) };
    let Some(op) = (call.op() as &dyn Any).downcast_ref::<Quantile>() else { return Ok(None) };
    let mut operand = node.input(0);
    let (len, lanes) = (operand.shape[op.axis()], operand.size() / operand.shape[op.axis()].max(1));
    let item = operand.dtype.itemsize() as u64;
    let tables = lanes.saturating_mul(2 * op.count() as u64).saturating_mul(8 << BITS.0);
    if len.saturating_mul(2 * item) <= room.memory / LARGE || tables > room.memory / SHARE || e.size() == 0 {
        return Ok(None);
    }
    let mut axis = Some(op.axis());
    if operand.ndim() == 1 {
        // In which order all elements come decides nothing.
        while let (Kind::Reshape, [input]) = operand.parts() {
            operand = input.clone();
        }
        axis = None;
    }
    let answer = Arc::new(Answer { shape: e.shape.clone(), dtype: e.dtype, block: OnceLock::new() });
    let source = in_place_of(e, Arc::clone(&answer) as _)?;
    let mut known = to.iter_mut().filter_map(|p| (&mut **p as &mut dyn Any).downcast_mut::<Selection>());
    if let Some(same) = known.find(|s| s.operand == operand && s.axis == axis) {
        same.of.push((op.clone(), answer));
        return Ok(Some(source));
    }
    let Some(bits) = key_bits(operand.dtype) else { return Ok(None) };
    let at = Prefixes { below: bits, of: vec![0] };
    let lanes = vec![Lane { missing: 0, first_missing: None, at, ranks: Vec::new() }; lanes as usize];
    let of = vec![(op.clone(), answer)];
    to.push(Box::new(Selection { operand, axis, of, lanes, len, memory: room.memory, under_way: None }));
    Ok(Some(source))
}

impl Selection {
    /// Takes in what a pass has found.
    fn absorb(&mut self, sink: &LaneSink) -> Result<()> {
        let first = self.lanes.iter().all(|l| l.ranks.is_empty());
        for (lane, found) in self.lanes.iter_mut().zip(&sink.found) {
            let mut found = locked(found);
            match sink.work {
                Work::Count(bits) => {
                    if first {
                        lane.missing = found.missing;
                        lane.first_missing = found.first.take().map(|(_, element)| element);
                        lane.ranks = looked_for(&self.of, lane.known(self.len), lane.missing);
                    }
                    lane.refine(bits, &found.counts)?;
                    found.counts = Vec::new();
                }
                Work::Collect => lane.resolve(std::mem::take(&mut found.keys))?,
            }
        }
        Ok(())
    }

    /// The next pass; none when all keys are known.
    fn plan(&self, first: bool) -> Option<(Work, u64)> {
        let below = self.lanes.iter().map(|l| l.at.below).max()?;
        let left = self.lanes.iter().map(Lane::left).sum::<u64>();
        if !first && (left == 0 || below == 0) {
            return None;
        }
        if !first && left * 8 <= self.memory / SHARE {
            return Some((Work::Collect, left * 8));
        }
        let tables = self.lanes.iter().map(|l| l.at.of.len() as u64).sum::<u64>().max(1);
        let bits = (self.memory / SHARE / 8 / tables).checked_ilog2().unwrap_or(0).clamp(1, BITS.1).min(below);
        Some((Work::Count(bits), (tables * 8) << bits))
    }

    fn answer(&self) -> Result<()> {
        for (op, answer) in &self.of {
            let (item, count) = (answer.dtype.itemsize(), op.count());
            let mut block = Block::zeroed(answer.dtype, &answer.shape)?;
            let mut row = Block::scratch(answer.dtype, &[count as u64])?;
            for (i, lane) in self.lanes.iter().enumerate() {
                let known = lane.known(self.len);
                if op.is_undefined(known, lane.missing) {
                    op.write_missing(self.operand.dtype, lane.first_missing.as_deref(), row.bytes_mut())?;
                } else {
                    op.write_ranked(self.operand.dtype, known, |rank| lane.key(rank), row.bytes_mut())?;
                }
                for (q, element) in row.bytes().chunks_exact(item).enumerate() {
                    block.bytes_mut()[(q * self.lanes.len() + i) * item..][..item].copy_from_slice(element);
                }
            }
            answer.block.set(block).map_err(|_| Error::internal("quantiles are answered twice"))?;
        }
        Ok(())
    }
}

/// The ranks that quantiles of a lane are made of.
fn looked_for(of: &[(Quantile, Arc<Answer>)], known: u64, missing: u64) -> Vec<Rank> {
    let defined = of.iter().filter(|(op, _)| !op.is_undefined(known, missing));
    let mut ranks: Vec<u64> = defined.flat_map(|(op, _)| op.ranks(known)).collect();
    ranks.sort_unstable();
    ranks.dedup();
    ranks.into_iter().map(|rank| Rank { rank, prefix: 0, before: 0, inside: known }).collect()
}

impl Passes for Selection {
    fn describe(&self) -> String {
        let lanes = self.lanes.len();
        format!("select among {} of {} in {lanes} lane(s), counted by leading bits", self.len, self.operand.dtype)
    }

    fn held(&self) -> u64 {
        self.of.iter().map(|(_, a)| a.shape.iter().product::<u64>() * a.dtype.itemsize() as u64).sum()
    }

    fn disk(&self) -> u64 {
        0
    }

    fn next(&mut self, _: &Path) -> Result<Option<Pass>> {
        let first = self.under_way.is_none();
        if let Some(sink) = self.under_way.take() {
            self.absorb(&sink)?;
        }
        let Some((work, held)) = self.plan(first) else {
            self.answer()?;
            return Ok(None);
        };
        let sink = Arc::new(LaneSink::new(self, work));
        self.under_way = Some(Arc::clone(&sink));
        Ok(Some(Pass { operand: self.operand.clone(), sink, held }))
    }
}

#[derive(Clone, Copy, Debug)]
enum Work {
    /// Count by so many bits more.
    Count(u32),
    /// Collect the keys that are left.
    Collect,
}

/// Looks at the lanes of an array's cells.
#[derive(Debug)]
struct LaneSink {
    shape: Dims<u64>,
    dtype: DType,
    axis: Option<usize>,
    work: Work,
    at: Vec<Prefixes>,
    found: Vec<Mutex<Found>>,
}

/// What is found in a lane.
#[derive(Debug, Default)]
struct Found {
    counts: Vec<u64>,
    keys: Vec<u64>,
    missing: u64,
    /// Position and bytes of the first missing element.
    first: Option<(u64, Vec<u8>)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LaneSink {
    fn new(of: &Selection, work: Work) -> Self {
        let found = |lane: &Lane| {
            let (tables, left) = match work {
                Work::Count(bits) => (lane.at.of.len() << bits, 0),
                Work::Collect => (0, lane.left() as usize),
            };
            Mutex::new(Found { counts: vec![0; tables], keys: Vec::with_capacity(left), ..Found::default() })
        };
        LaneSink {
            shape: of.operand.shape.clone(),
            dtype: of.operand.dtype,
            axis: of.axis,
            work,
            at: of.lanes.iter().map(|l| l.at.clone()).collect(),
            found: of.lanes.iter().map(found).collect(),
        }
    }

    /// Looks at elements of a lane; `place` is the position in it of the one of that index.
    fn look(&self, lane: usize, elements: &[u8], place: impl Fn(usize) -> u64) -> Result<()> {
        let (at, found) = (&self.at[lane], &self.found[lane]);
        let bits = match self.work {
            Work::Collect => {
                let mut keys = Vec::new();
                collect_keys(self.dtype, elements, at, &mut keys)?;
                locked(found).keys.append(&mut keys);
                return Ok(());
            }
            Work::Count(bits) => bits,
        };
        let (item, tables) = (self.dtype.itemsize(), at.of.len() << bits);
        let apart = elements.len() / item >= tables;
        let mut own = if apart { vec![0; tables] } else { Vec::new() };
        let missing = if apart { Some(count_keys(self.dtype, elements, at, bits, &mut own)?) } else { None };
        let mut found = locked(found);
        let missing = match missing {
            Some(missing) => {
                found.counts.iter_mut().zip(own).for_each(|(to, n)| *to += n);
                missing
            }
            None => count_keys(self.dtype, elements, at, bits, &mut found.counts)?,
        };
        found.missing += missing.count;
        if let Some(i) = missing.first {
            let here = place(i);
            if found.first.as_ref().is_none_or(|(first, _)| here < *first) {
                found.first = Some((here, elements[i * item..][..item].to_vec()));
            }
        }
        Ok(())
    }
}

impl ArraySink for LaneSink {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn scratch_bytes(&self, bytes: u64) -> u64 {
        let tables = self.found.iter().map(|f| locked(f).counts.len() as u64 * 8).max().unwrap_or(0);
        let keys = match self.work {
            Work::Count(_) => 0,
            // As many as there are elements at most, in memory that grows.
            Work::Collect => bytes / self.dtype.itemsize() as u64 * 16,
        };
        bytes.saturating_add(tables).saturating_add(keys)
    }

    fn describe(&self) -> String {
        "counts of leading bits".into()
    }

    fn write(&self, region: &Region, data: View<'_>) -> Result<()> {
        let ndim = self.shape.len();
        let order: Dims<usize> = match self.axis {
            Some(axis) => (0..ndim).filter(|&d| d != axis).chain([axis]).collect(),
            None => (0..ndim).collect(),
        };
        let turned = data.transpose(&order);
        let mut elements = Block::scratch(self.dtype, turned.shape())?;
        copy(&turned, &mut elements.view_mut());
        let Some(axis) = self.axis else {
            return self.look(0, elements.bytes(), |i| position(&self.shape, &region.0, i as u64));
        };
        let along = region.0[axis];
        let across = |of: &[u64]| -> Dims<u64> { order[..ndim - 1].iter().map(|&d| of[d]).collect() };
        let (lanes, cell) =
            (across(&self.shape), order[..ndim - 1].iter().map(|&d| region.0[d]).collect::<Dims<Range>>());
        let row = along.len as usize * self.dtype.itemsize();
        for (k, elements) in (0u64..).zip(elements.bytes().chunks_exact(row.max(1))) {
            self.look(position(&lanes, &cell, k) as usize, elements, |i| along.start as u64 + i as u64)?;
        }
        Ok(())
    }
}

/// Position in C order, in an array of that shape, of an element of a region that has index `i` there.
fn position(shape: &[u64], region: &[Range], mut i: u64) -> u64 {
    let mut at = 0;
    for ((&stride, r), _) in c_strides(shape, 1).iter().zip(region).zip(shape).rev() {
        at += (r.start as u64 + i % r.len) * stride as u64;
        i /= r.len;
    }
    at
}

/// Quantiles, to be read when they are known.
#[derive(Debug)]
struct Answer {
    shape: Dims<u64>,
    dtype: DType,
    block: OnceLock<Block>,
}

impl ArraySource for Answer {
    fn shape(&self) -> &[u64] {
        &self.shape
    }

    fn dtype(&self) -> DType {
        self.dtype
    }

    fn describe(&self) -> String {
        "selected".into()
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        let block = self.block.get().ok_or_else(|| Error::internal("quantiles are read before they are known"))?;
        copy(&block.view().slice(region), &mut out);
        Ok(())
    }
}

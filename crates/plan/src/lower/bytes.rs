//! How many bytes a region of an expression needs while it is evaluated: the engine's own temporaries, mirrored.

use std::sync::Arc;

use hyperslab_base::Dims;

use rustc_hash::FxHashMap;

use crate::lower::program::{Leaf, Program};
use crate::lower::scans::{Scans, scan_window};
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind};
use crate::viewmap::ViewMap;

/// Programs of the maps that are evaluated by region, by expression.
pub type Programs = FxHashMap<Expr, Arc<Program>>;

/// Where an array lies before a stage runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nowhere: it is evaluated.
    Not,
    /// In memory: it is read in place.
    Memory,
    /// On disk.
    Disk,
}

/// What bytes are counted against: programs, and where arrays lie.
pub struct Meter<'a> {
    /// Compiled maps.
    pub programs: &'a Programs,
    /// How scans are cut.
    pub scans: &'a Scans,
    /// Where an array lies.
    pub place: &'a dyn Fn(&Expr) -> Held,
    /// Sizes of blocks and windows.
    pub tuning: &'a Tuning,
}

impl Meter<'_> {
    /// Bytes that a program holds for a region of those lengths: its bases' temporaries.
    pub fn program(&self, p: &Program, lens: &[u64]) -> u64 {
        let mut total = 0u64;
        for (i, base) in p.bases.iter().enumerate() {
            if (self.place)(base) == Held::Memory {
                continue;
            }
            let maps: Vec<&ViewMap> = p
                .leaves
                .iter()
                .filter_map(|l| match l {
                    Leaf::Base { base, map } if *base == i => Some(map),
                    _ => None,
                })
                .collect();
            let apart: Vec<Dims<u64>> = maps.iter().map(|m| through(m, base, lens)).collect();
            let bytes = |parts: &[Dims<u64>]| parts.iter().map(|l| array_bytes(base, l)).fold(0, u64::saturating_add);
            let joined = union(&maps, base, lens).map(|l| vec![l]).filter(|j| bytes(j) <= bytes(&apart));
            let parts = joined.unwrap_or(apart);
            let inner = parts.iter().map(|l| self.eval(base, l)).max().unwrap_or(0);
            total = total.saturating_add(bytes(&parts)).saturating_add(inner);
        }
        total
    }

    /// Bytes held while a region of `e` of those lengths is evaluated, its destination not counted.
    pub fn eval(&self, e: &Expr, lens: &[u64]) -> u64 {
        match (self.place)(e) {
            Held::Memory => return 0,
            Held::Disk => return self.tuning.disk_block,
            Held::Not => {}
        }
        match &e.kind {
            Kind::Source(s) => s.0.scratch_bytes(array_bytes(e, lens)),
            Kind::Map { .. } => self.programs.get(e).map_or(0, |p| self.program(p, lens)),
            Kind::View { input, map } => self.eval(input, &through(map, input, lens)),
            Kind::Rechunk { input } => self.eval(input, lens),
            Kind::Concat { inputs, .. } => inputs.iter().map(|i| self.eval(i, lens)).max().unwrap_or(0),
            Kind::Gather { input, axis, .. } => {
                let mut window: Dims<u64> = lens.into();
                window[*axis] = gather_window(input, *axis, lens[*axis], self.scans, self.tuning);
                array_bytes(input, &window).saturating_add(self.eval(input, &window))
            }
            Kind::Scan { input, axis, .. } => self.scans.get(e).map_or(0, |cut| {
                let (mut window, mut lanes): (Dims<u64>, Dims<u64>) = (lens.into(), lens.into());
                (window[*axis], lanes[*axis]) = (scan_window(input, cut, lens, self.scans), 1);
                let held = array_bytes(input, &window).saturating_mul(2).saturating_add(array_bytes(e, &lanes));
                held.saturating_add(self.eval(input, &window))
            }),
            Kind::Reshape { input } => {
                let mut lens: Dims<u64> = lens.into();
                let single = single_axes(&e.shape, &lens);
                lens[..single].fill(1);
                let span = linear_span(&e.shape, &lens);
                let line = span.saturating_mul(e.dtype.itemsize() as u64);
                line.saturating_add(self.eval(input, &linear_box(&input.shape, span)))
            }
            Kind::Arange { .. } => array_bytes(e, lens),
            Kind::Fill(_) | Kind::Reduce { .. } | Kind::Contract { .. } => 0,
        }
    }
}

/// Positions along a gathered axis that are read at once for `count` listed ones.
pub fn gather_window(input: &Expr, axis: usize, count: u64, scans: &Scans, tuning: &Tuning) -> u64 {
    let chunk = crate::lower::grid::storage_align(input, scans).map_or(1, |(a, _)| a[axis].unit);
    (count * tuning.gather_window).max(chunk).min(input.shape[axis])
}

/// Elements in C order between the first and the last that a region of those lengths needs, both counted.
pub fn linear_span(out: &[u64], lens: &[u64]) -> u64 {
    let (mut span, mut stride) = (1u64, 1u64);
    for (&n, &l) in out.iter().zip(lens).rev() {
        span += l.saturating_sub(1) * stride;
        stride *= n;
    }
    span
}

/// Leading axes of a box of a reshaped array whose positions are evaluated one at a time: the run between the first and
/// the last element of all of them would be more than twice what is needed.
pub fn single_axes(out: &[u64], lens: &[u64]) -> usize {
    let dense = |d: &usize| linear_span(&out[*d..], &lens[*d..]) <= 2 * lens[*d..].iter().product::<u64>();
    (0..lens.len()).find(dense).unwrap_or(lens.len())
}

/// Lengths of the largest box among those that a run of `span` elements in C order is read as.
fn linear_box(shape: &[u64], span: u64) -> Dims<u64> {
    let mut left = span;
    let mut lens: Dims<u64> = shape
        .iter()
        .rev()
        .map(|&n| {
            let l = n.min(left).max(1);
            left = left.div_ceil(l);
            l
        })
        .collect();
    lens.reverse();
    lens
}

fn through(map: &ViewMap, input: &Expr, lens: &[u64]) -> Dims<u64> {
    map.0.iter().zip(&input.shape).map(|(a, &n)| a.out.map_or(1, |d| lens[d]).min(n)).collect()
}

/// Lengths of the box around what several maps look at, when they only lie beside each other.
fn union(maps: &[&ViewMap], input: &Expr, lens: &[u64]) -> Option<Dims<u64>> {
    let first = maps.first()?;
    let alike = |m: &&ViewMap| m.0.iter().zip(&first.0).all(|(a, b)| (a.out, a.step) == (b.out, b.step));
    let axis = |d: usize| {
        let starts = maps.iter().map(|m| m.0[d].start);
        let apart = starts.clone().max()? - starts.min()?;
        let a = first.0[d];
        let len = a.out.map_or(1, |o| (lens[o].max(1) - 1) * a.step.unsigned_abs() + 1);
        Some((len + apart as u64).min(input.shape[d]))
    };
    if maps.iter().all(alike) { (0..input.ndim()).map(axis).collect() } else { None }
}

/// Bytes of a box of an array.
fn array_bytes(e: &Expr, lens: &[u64]) -> u64 {
    lens.iter().product::<u64>().saturating_mul(e.dtype.itemsize() as u64)
}

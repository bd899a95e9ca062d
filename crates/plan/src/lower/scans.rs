//! How scans are cut along their axis, so that parts of a lane can be computed apart.
//!
//! A scan is never held whole. Where one cell of a natural grid holds the whole axis, a task scans its lanes from their
//! first element on. Where not, the axis is cut into blocks: a first stage reduces each block, the totals are scanned in
//! order when it ends, and whoever needs a part of the scan starts with the total before its block. Blocks depend on the
//! expression and the chunks below it alone, and so do the bits of the results.

use hyperslab_base::Dims;

use rustc_hash::FxHashMap;

use crate::lower::grid::{Align, storage_align};
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind};

/// How one scan is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanCut {
    /// The axis scanned.
    pub axis: usize,
    /// Length of a block along it.
    pub block: u64,
    /// Slot of the results at the end of each block, when there are several.
    pub slot: Option<usize>,
    /// Sizes of its cells and windows.
    pub tuning: Tuning,
}

impl ScanCut {
    /// Where cells over the scan are cut: between blocks, and not across short runs of lanes.
    pub fn align(&self, e: &Expr) -> Dims<Align> {
        let mut own: Dims<Align> = e.shape.iter().map(|_| Align::NONE).collect();
        own[self.axis].unit = self.block;
        widen_lanes(&mut own, &[self.axis], &self.tuning);
        own
    }
}

/// Cuts by scan.
pub type Scans = FxHashMap<Expr, ScanCut>;

/// Length of the blocks of a scan of `e` along `axis`.
pub fn block_length(e: &Expr, axis: usize, below: &Scans, tuning: &Tuning) -> u64 {
    let n = e.shape[axis].max(1);
    let align = cell_align(e, axis, below, tuning);
    let lanes = |d: usize| align[d].unit.clamp(1, e.shape[d].max(1));
    let row: u64 = (0..e.ndim()).filter(|&d| d != axis).map(lanes).product();
    let row = row.saturating_mul(e.dtype.itemsize() as u64);
    let bytes = e.nbytes();
    if row.saturating_mul(n) <= (bytes / 4).clamp(tuning.scan_whole_bytes.0, tuning.scan_whole_bytes.1) {
        return n;
    }
    let unit = align[axis].unit.clamp(1, n);
    let cell = (bytes / 16).clamp(tuning.scan_block_bytes.0, tuning.scan_block_bytes.1);
    (cell / row).max(tuning.scan_min_block).div_ceil(unit).saturating_mul(unit).min(n)
}

/// Where the input of a scan wants cells to be cut, and not across short runs of lanes.
fn cell_align(e: &Expr, axis: usize, below: &Scans, tuning: &Tuning) -> Dims<Align> {
    let mut align = storage_align(e, below).map_or_else(|| e.shape.iter().map(|_| Align::NONE).collect(), |(a, _)| a);
    widen_lanes(&mut align, &[axis], tuning);
    align
}

/// Cells along scanned axes take runs of the last axis, when they do not scan that.
pub fn widen_lanes(align: &mut [Align], scanned: &[usize], tuning: &Tuning) {
    let last = align.len().wrapping_sub(1);
    if let Some(a) = align.get_mut(last)
        && !scanned.is_empty()
        && !scanned.contains(&last)
        && a.unit < tuning.min_lanes
    {
        *a = Align { unit: a.unit * tuning.min_lanes.div_ceil(a.unit), phase: a.phase };
    }
}

/// Shape of the results at the end of each block.
pub fn totals_shape(e: &Expr, axis: usize, block: u64) -> Dims<u64> {
    let mut shape = e.shape.clone();
    shape[axis] = shape[axis].div_ceil(block);
    shape
}

/// Positions along the axis that are scanned at once, for lanes of these lengths.
pub fn scan_window(e: &Expr, cut: &ScanCut, lens: &[u64]) -> u64 {
    let lanes: u64 = lens.iter().enumerate().filter(|(d, _)| *d != cut.axis).map(|(_, &n)| n).product();
    let row = lanes.saturating_mul(e.dtype.itemsize() as u64).max(1);
    (cut.tuning.scan_window_bytes / row).max(1).min(cut.block)
}

/// Every scan of an expression with its cut; inputs come before their users in `order`.
pub fn cut_scans(order: &[Expr], tuning: &Tuning) -> Scans {
    let mut scans = Scans::default();
    // Scans that a node reaches elementwise: one program would run them.
    let mut beside: FxHashMap<&Expr, Vec<&Expr>> = FxHashMap::default();
    for e in order {
        match e.parts() {
            (Kind::Scan { axis, .. }, _) => {
                let block = block_length(e, *axis, &scans, tuning);
                scans.insert(e.clone(), ScanCut { axis: *axis, block, slot: None, tuning: *tuning });
                beside.insert(e, vec![e]);
            }
            (Kind::Map { .. }, inputs) => {
                let mut all: Vec<&Expr> = Vec::new();
                for scan in inputs.iter().filter_map(|i| beside.get(i)).flatten() {
                    if !all.contains(scan) {
                        all.push(scan);
                    }
                }
                if !all.is_empty() {
                    square(&all, &mut scans, tuning);
                    beside.insert(e, all);
                }
            }
            _ => {}
        }
    }
    scans
}

/// Scans along different axes that one program runs: where a cell of their blocks would be too large, all of them get
/// blocks of about one length.
fn square(beside: &[&Expr], scans: &mut Scans, tuning: &Tuning) {
    let mut longest: FxHashMap<usize, u64> = FxHashMap::default();
    for cut in beside.iter().filter_map(|e| scans.get(*e)) {
        let known = longest.entry(cut.axis).or_default();
        *known = cut.block.max(*known);
    }
    let item = beside.iter().map(|e| e.dtype.itemsize() as u64).max().unwrap_or(1);
    let cell = longest.values().fold(item, |n, &block| n.saturating_mul(block));
    if longest.len() < 2 || cell <= tuning.scan_whole_bytes.1 {
        return;
    }
    let side = ((tuning.scan_block_bytes.1 / item) as f64).powf(1.0 / longest.len() as f64) as u64;
    for e in beside {
        let unit = |cut: &ScanCut| storage_align(&input(e), scans).map_or(1, |(a, _)| a[cut.axis].unit);
        let Some(block) =
            scans.get(*e).map(|cut| side.max(tuning.scan_min_block).next_multiple_of(unit(cut)).min(cut.block))
        else {
            continue;
        };
        if let Some(cut) = scans.get_mut(*e) {
            cut.block = block;
        }
    }
}

fn input(scan: &Expr) -> Expr {
    scan.inputs().first().map_or_else(|| scan.clone(), |i| (*i).clone())
}

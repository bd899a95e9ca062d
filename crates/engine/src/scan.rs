//! Scans: inside tile programs, by region, and the totals of blocks that both start from.

use hyperslab_base::{AlignedBytes, Block, Dims, Error, Range, Region, Result, View, ViewMut, copy};
use hyperslab_ops::Rows;
use hyperslab_ops::scan::Scan;
use hyperslab_plan::lower::program::{Call, Program};
use hyperslab_plan::lower::scans::{ScanCut, scan_window};
use hyperslab_plan::lower::task::Operand;
use hyperslab_plan::lower::{Totals, Work};
use hyperslab_plan::{Expr, Kind};

use crate::blocks::Blocks;
use crate::context::Context;
use crate::elements::Elements;
use crate::judge;
use crate::status;
use crate::tiles::{kept_in_order, state_steps};
use crate::walk::{Steps, Tile, Walk};

/// The last results of a scan that runs inside a program.
pub(crate) struct Carry {
    scan: Scan,
    /// One element per lane, in walk order.
    last: AlignedBytes,
    item: usize,
    /// Position along the axis where the region begins.
    begin: i64,
    /// The walk's operand whose offsets are lanes; the one after it has positions along the axis.
    operand: usize,
}

/// The carries of a program's scans for a region of its space that is walked in `order`; what the walk must follow for
/// each of them is added to `operands`.
pub(crate) fn carries(
    cx: &Context,
    program: &Program,
    region: &Region,
    order: &[usize],
    operands: &mut Vec<Steps>,
) -> Result<Vec<Carry>> {
    let mut out = Vec::new();
    for i in &program.instrs {
        let Call::Scan { scan, axis, of } = &i.call else { continue };
        let mut along: Steps = region.0.iter().map(|_| 0).collect();
        along[*axis] = 1;
        let (begin, item) = (region.0[*axis].start, of.dtype.itemsize());
        let last = start(cx, of, region, order)?;
        out.push(Carry { scan: *scan, last, item, begin, operand: operands.len() });
        operands.extend([state_steps(&region.shape(), order, &[*axis]), along]);
    }
    Ok(out)
}

impl Carry {
    /// The walk's operand whose offsets are lanes.
    pub fn lanes(&self) -> usize {
        self.operand
    }

    /// Goes on with one tile.
    pub fn step(&mut self, walk: &Walk, tile: &Tile<'_>, data: Rows<'_>, out: &mut [u8]) {
        let [.., r, c] = walk.axes.as_slice() else { return };
        let (row, col) = (r.steps[self.operand], c.steps[self.operand]);
        let at = tile.offsets[self.operand] as usize;
        let first = self.begin + tile.offsets[self.operand + 1] as i64 == 0;
        let (rows, cols, item) = (tile.rows, tile.cols, self.item);
        let lanes = |at: usize, n: usize| at * item..(at + n) * item;
        match (row, col) {
            (_, 0) if row != 0 || rows == 1 => {
                self.scan.along(data, out, &mut self.last.bytes_mut()[lanes(at, rows)], first);
            }
            (0, _) => self.scan.down(data, out, &mut self.last.bytes_mut()[lanes(at, cols)], first),
            _ => {
                // Neither axis of the tile is scanned: each of its elements belongs to another lane.
                for (r, out) in out.chunks_exact_mut(cols * item).enumerate() {
                    let at = at + r * row as usize;
                    self.scan.down(data.row(r, item), out, &mut self.last.bytes_mut()[lanes(at, cols)], first);
                }
            }
        }
    }
}

fn cut_of<'a>(cx: &'a Context, e: &Expr) -> Result<&'a ScanCut> {
    cx.plan.scans.get(e).ok_or_else(|| Error::internal(format!("{e:?} was not cut")))
}

/// The results before the block in which `region` begins, lanes in walk order; anything when that is the first block.
fn start(cx: &Context, e: &Expr, region: &Region, order: &[usize]) -> Result<AlignedBytes> {
    let cut = cut_of(cx, e)?;
    let mut lanes = region.clone();
    let block = lanes.0[cut.axis].start as u64 / cut.block;
    lanes.0[cut.axis] = Range::new(block.saturating_sub(1), 1);
    let mut out = AlignedBytes::zeroed(lanes.count() as usize * e.dtype.itemsize())?;
    if block > 0 {
        let slot = cut.slot.ok_or_else(|| Error::internal("a block of a scan without those before it"))?;
        let totals = cx.slot_memory(slot)?;
        let mut axes = kept_in_order(order, &[cut.axis]);
        axes.push(cut.axis);
        let before = totals.view().slice(&lanes);
        let before: View<'_> = before.transpose(&axes);
        copy(&before, &mut ViewMut::from_bytes(e.dtype, before.shape(), out.bytes_mut())?);
    }
    Ok(out)
}

/// Scans `region`, which begins where a block does, window by window.
pub(crate) fn make_scan(
    blocks: &Blocks<'_>,
    e: &Expr,
    cut: &ScanCut,
    operand: &Operand,
    region: &Region,
    dest: &mut ViewMut<'_>,
) -> Result<()> {
    let Kind::Scan { scanner, .. } = &e.kind else { return Err(Error::internal("a scan was expected")) };
    let (scan, whole) = (scanner.0.scan(e.dtype)?, region.0[cut.axis]);
    let told = blocks.cx.errors.as_deref().filter(|_| judge::accumulates(scanner.0.name, e.dtype));
    let window = scan_window(e, cut, &region.shape());
    let order: Dims<usize> = (0..e.ndim()).collect();
    let mut part = region.clone();
    let mut at = whole.low();
    let mut carry = AlignedBytes::default();
    while at < whole.end() {
        blocks.cx.check()?;
        let block_end = (at / cut.block + 1) * cut.block;
        part.0[cut.axis] = Range::new(at, window.min(block_end.min(whole.end()) - at));
        if at.is_multiple_of(cut.block) {
            carry = start(blocks.cx, e, &part, &order)?;
        }
        let lens = part.shape();
        let mut elements = Block::scratch(e.dtype, &lens)?;
        copy(&blocks.look(operand, &part)?, &mut elements.view_mut());
        let mut results = Block::scratch(e.dtype, &lens)?;
        let mut work = || scan_block(&scan, &elements, &mut results, carry.bytes_mut(), cut.axis, at == 0);
        if let Some(errors) = told {
            let ((), raised) = status::during(work);
            errors.accumulated(Elements { dtype: e.dtype, bytes: results.bytes() }, raised);
        } else {
            work();
        }
        let mut to = Region::full(dest.shape());
        to.0[cut.axis] = Range::new(at - whole.low(), lens[cut.axis]);
        copy(&results.view(), &mut dest.slice(&to));
        at += lens[cut.axis];
    }
    Ok(())
}

fn scan_block(scan: &Scan, elements: &Block, results: &mut Block, carry: &mut [u8], axis: usize, first: bool) {
    let shape = elements.shape();
    let (n, inner) = (shape[axis] as usize, shape[axis + 1..].iter().product::<u64>() as usize);
    let item = elements.dtype().itemsize();
    scan.middle(elements.bytes(), results.bytes_mut(), carry, n, inner, item, first);
}

/// What ends a stage that computed totals of blocks: they are scanned, in order.
pub(crate) fn finish_totals(cx: &Context, work: &Work) -> Result<()> {
    let Work::Tiles(w) = work else { return Ok(()) };
    for Totals { axis, scan, slot } in w.roots.iter().filter_map(|r| r.fold.as_ref()?.totals.as_ref()) {
        let memory = cx.slot_memory(*slot)?;
        let shape: Dims<u64> = memory.view().shape().into();
        let mut totals = Block::zeroed(memory.view().dtype(), &shape)?;
        copy(&memory.view(), &mut totals.view_mut());
        let mut results = Block::zeroed(totals.dtype(), &shape)?;
        let lanes = totals.count() as usize / shape[*axis].max(1) as usize;
        let mut carry = AlignedBytes::zeroed(lanes * totals.dtype().itemsize())?;
        scan_block(scan, &totals, &mut results, carry.bytes_mut(), *axis, true);
        cx.write(&[hyperslab_plan::lower::Dest::Slot(*slot)], &Region::full(&shape), &results.view())?;
    }
    Ok(())
}

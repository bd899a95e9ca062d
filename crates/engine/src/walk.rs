//! In which order a region is walked: axes sorted by the memory's strides, merged where every operand allows it,
//! cut into tiles of two axes.

use hyperslab_base::Dims;
use hyperslab_plan::lower::program::Program;

/// Steps of one operand along every axis (bytes for memory, positions for states; 0 where it repeats).
pub(crate) type Steps = Dims<isize>;

/// One axis of a walk.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub n: usize,
    /// Step of each operand.
    pub steps: Dims<isize>,
}

/// The axes of a walk, outermost first; at least two, the last two are tiled.
pub(crate) struct Walk {
    pub axes: Vec<Axis>,
    pub rows: usize,
    pub cols: usize,
    /// Whether columns of tiles are folded or scanned.
    pub down_columns: bool,
}

/// Bytes that memory is fetched in.
pub(crate) const LINE: usize = 64;
/// Rows of a tile whose columns are reduced: results are fetched and put back once for each of them.
fn folded_rows(tile: usize) -> usize {
    // Columns enough to fill the registers with results, and runs of memory that are worth a request.
    (16_384 / tile.max(1)).clamp(8, 16)
}

/// How many tiles ahead memory is asked for: so far that it arrives in time, so near that it is still there.
const AHEAD: usize = 4;

/// One tile: position of its first element for each operand, and its size.
pub(crate) struct Tile<'a> {
    pub offsets: &'a [isize],
    pub rows: usize,
    pub cols: usize,
    /// Rows and columns from here to the tile that is a few further on; nothing where the walk turns before it.
    pub ahead: Option<(isize, isize)>,
    /// Index along each outer axis, then the tile's first row and column.
    pub index: &'a [usize],
}

impl Walk {
    /// Walk of a region of shape `lens` in axis order `order` for operands with those steps per axis: first the
    /// inputs, then at `folds` the states of folds and at `scans` the lanes of scans. Tiles are as large as `program`
    /// wants them.
    pub fn new(
        program: &Program,
        lens: &[u64],
        order: &[usize],
        operands: &[Steps],
        inputs: usize,
        folds: &[usize],
        scans: &[usize],
    ) -> Walk {
        let mut axes: Vec<Axis> = Vec::with_capacity(lens.len().max(2));
        for &d in order.iter().filter(|&&d| lens[d] != 1) {
            let next = Axis { n: lens[d] as usize, steps: operands.iter().map(|s| s[d]).collect() };
            match axes.last_mut() {
                Some(a) if a.steps.iter().zip(&next.steps).all(|(&o, &i)| o == i * next.n as isize) => {
                    a.n *= next.n;
                    a.steps = next.steps;
                }
                _ => axes.push(next),
            }
        }
        while axes.len() < 2 {
            axes.insert(0, Axis { n: 1, steps: operands.iter().map(|_| 0).collect() });
        }
        let (r, c) = (&axes[axes.len() - 2], &axes[axes.len() - 1]);
        let turned = |k: usize| r.steps[k] != 0 && c.steps[k].unsigned_abs() > r.steps[k].unsigned_abs();
        let folds_rows = |k: &usize| r.steps[*k] == 0 && c.steps[*k] != 0;
        let scans_cols = |k: &usize| (r.steps[*k] == 0) != (c.steps[*k] == 0);
        let down_columns = r.n > 1 && (folds.iter().any(folds_rows) || scans.iter().any(scans_cols));
        let tall = r.n > 1 && (0..inputs).any(turned);
        let tile = match () {
            _ if down_columns => program.column_tile(),
            _ if tall => program.tall_tile(),
            _ => program.tile(),
        };
        let widest = if tall {
            // Some input's memory runs along the rows: tiles are as high as a cache line is long, so that both kinds
            // are walked along cache lines.
            let step = (0..inputs).filter(|&k| turned(k)).map(|k| r.steps[k].unsigned_abs()).min().unwrap_or(1);
            tile / (LINE / step.max(1)).clamp(4, (tile / 8).max(4)).min(r.n)
        } else if down_columns {
            // Several rows per tile, so that results stay in registers while rows are folded into them, and so that
            // rows are scanned side by side.
            tile / folded_rows(tile).min(r.n)
        } else {
            tile
        };
        let cols = c.n.min(widest).max(1);
        let rows = r.n.min(tile / cols).max(1);
        Walk { axes, rows, cols, down_columns }
    }

    /// From the tile at row `r0` and column `c0` of the last two axes to the one [`AHEAD`] of it.
    fn ahead(&self, r0: usize, c0: usize) -> Option<(isize, isize)> {
        let [.., r, c] = self.axes.as_slice() else { return None };
        let (mut row, mut col) = (r0, c0 + AHEAD * self.cols);
        let whole = c.n.next_multiple_of(self.cols);
        while col >= whole {
            (row, col) = (row + self.rows, col - whole);
        }
        (row < r.n).then_some((row as isize - r0 as isize, col as isize - c0 as isize))
    }

    /// Calls `f` for each tile, in C order of the walk.
    pub fn tiles<E>(&self, mut f: impl FnMut(Tile<'_>) -> Result<(), E>) -> Result<(), E> {
        if self.axes.iter().any(|a| a.n == 0) {
            return Ok(());
        }
        let (outer, inner) = self.axes.split_at(self.axes.len() - 2);
        let (r, c) = (&inner[0], &inner[1]);
        let count = r.steps.len();
        let mut index: Dims<usize> = smallvec::smallvec![0; self.axes.len()];
        let mut base: Dims<isize> = smallvec::smallvec![0; count];
        let mut offsets: Dims<isize> = smallvec::smallvec![0; count];
        loop {
            for r0 in (0..r.n).step_by(self.rows) {
                for c0 in (0..c.n).step_by(self.cols) {
                    for k in 0..count {
                        offsets[k] = base[k] + r0 as isize * r.steps[k] + c0 as isize * c.steps[k];
                    }
                    (index[outer.len()], index[outer.len() + 1]) = (r0, c0);
                    let (rows, cols) = (self.rows.min(r.n - r0), self.cols.min(c.n - c0));
                    let ahead = self.ahead(r0, c0);
                    f(Tile { offsets: &offsets, rows, cols, ahead, index: &index })?;
                }
            }
            if !advance(outer, &mut index, &mut base) {
                return Ok(());
            }
        }
    }
}

/// Next position of the outer axes; `false` after the last.
fn advance(outer: &[Axis], index: &mut [usize], base: &mut [isize]) -> bool {
    for (d, a) in outer.iter().enumerate().rev() {
        index[d] += 1;
        base.iter_mut().zip(&a.steps).for_each(|(b, s)| *b += s);
        if index[d] < a.n {
            return true;
        }
        base.iter_mut().zip(&a.steps).for_each(|(b, s)| *b -= s * a.n as isize);
        index[d] = 0;
    }
    false
}

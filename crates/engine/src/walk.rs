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

/// What a walk goes over: the lengths of the axes, and the steps along them of each operand.
#[derive(Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub lens: &'a [u64],
    pub operands: &'a [Steps],
}

/// Which operands are what: first the inputs, then, among others, the states of folds and the lanes of scans.
pub(crate) struct Roles {
    pub inputs: usize,
    pub folds: Vec<usize>,
    pub scans: Vec<usize>,
}

impl Roles {
    /// Whether something is folded or scanned along an axis: cells are never cut finer there.
    fn fixed(&self, operands: &[Steps], d: usize) -> bool {
        self.folds.iter().chain(&self.scans).any(|&k| operands[k][d] == 0)
    }
}

/// Axes that are walked as one.
struct Merged {
    /// Them, outermost first; none where one is only made up.
    of: Dims<usize>,
    as_one: Axis,
}

impl Merged {
    /// Axes `axes` of a ground, those that follow each other for every operand merged where that `may` be.
    fn all(axes: impl Iterator<Item = usize>, over: Ground<'_>, may: impl Fn(usize) -> bool) -> Vec<Merged> {
        let mut out: Vec<Merged> = Vec::new();
        for d in axes {
            let next = Axis { n: over.lens[d] as usize, steps: over.operands.iter().map(|s| s[d]).collect() };
            let follows = |a: &Axis| a.steps.iter().zip(&next.steps).all(|(&o, &i)| o == i * next.n as isize);
            match out.last_mut() {
                Some(m) if may(d) && follows(&m.as_one) => {
                    m.of.push(d);
                    m.as_one = Axis { n: m.as_one.n * next.n, steps: next.steps };
                }
                _ => out.push(Merged { of: smallvec::smallvec![d], as_one: next }),
            }
        }
        out
    }
}

/// Elements of a tile, and how many of them lie along its rows and columns at most.
struct TileShape {
    elements: usize,
    rows: usize,
    cols: usize,
    down_columns: bool,
}

impl TileShape {
    /// Of tiles whose rows are along axis `r` and columns along axis `c`, as large as `program` wants them.
    fn new(program: &Program, r: &Axis, c: &Axis, roles: &Roles) -> TileShape {
        let inputs = 0..roles.inputs;
        let turned = |k: usize| r.steps[k] != 0 && c.steps[k].unsigned_abs() > r.steps[k].unsigned_abs();
        let folds_rows = |k: &usize| r.steps[*k] == 0 && c.steps[*k] != 0;
        let scans_cols = |k: &usize| (r.steps[*k] == 0) != (c.steps[*k] == 0);
        let down_columns = r.n > 1 && (roles.folds.iter().any(folds_rows) || roles.scans.iter().any(scans_cols));
        let tall = r.n > 1 && inputs.clone().any(turned);
        let elements = match () {
            _ if down_columns => program.column_tile(),
            _ if tall => program.tall_tile(),
            _ => program.tile(),
        };
        let widest = if tall {
            // Some input's memory runs along the rows: tiles are as high as a cache line is long, so that both kinds
            // are walked along cache lines.
            let step = inputs.filter(|&k| turned(k)).map(|k| r.steps[k].unsigned_abs()).min().unwrap_or(1);
            elements / (LINE / step.max(1)).clamp(4, (elements / 8).max(4)).min(r.n)
        } else if down_columns {
            // Several rows per tile, so that results stay in registers while rows are folded into them, and so that
            // rows are scanned side by side.
            elements / folded_rows(elements).min(r.n)
        } else {
            elements
        };
        let cols = c.n.min(widest).max(1);
        TileShape { elements, rows: r.n.min(elements / cols).max(1), cols, down_columns }
    }
}

impl Walk {
    /// Walk of `ground` in axis order `order`.
    ///
    /// How many elements are folded at a time decides the bits of a result. So that a budget does not, tiles have the
    /// shape that suits the cell as it was before it was cut to fit, over which the steps are `nominal`: cuts only leave
    /// parts of such tiles along axes that everything keeps. `space` is the whole of which both are parts.
    pub fn new(
        program: &Program,
        space: &[u64],
        order: &[usize],
        nominal: Ground<'_>,
        ground: Ground<'_>,
        roles: &Roles,
    ) -> Walk {
        let fixed = |d: usize| roles.fixed(nominal.operands, d);
        // Parts of axes follow each other in a block, but not in a slot that holds all of them.
        let may = |d: usize| !fixed(d) || nominal.lens[d] == space[d];
        let mut merged = Merged::all(order.iter().copied().filter(|&d| nominal.lens[d] != 1), nominal, may);
        let made_up = || Axis { n: 1, steps: nominal.operands.iter().map(|_| 0).collect() };
        while merged.len() < 2 {
            merged.insert(0, Merged { of: Dims::new(), as_one: made_up() });
        }
        let (r, c) = (&merged[merged.len() - 2], &merged[merged.len() - 1]);
        let shape = TileShape::new(program, &r.as_one, &c.as_one, roles);
        let folded = r.of.iter().any(|&d| fixed(d));
        let mut axes: Vec<Axis> = Vec::with_capacity(merged.len());
        for (at, m) in merged.iter().enumerate() {
            let (last, innermost) = (m.of.last(), at + 1 == merged.len());
            let kept = m.of.iter().copied().filter(|&d| ground.lens[d] != 1 || Some(&d) == last);
            let mut parts: Vec<Axis> = Merged::all(kept, ground, |_| true).into_iter().map(|m| m.as_one).collect();
            let Some(inner) = parts.pop() else {
                axes.push(made_up());
                continue;
            };
            // What the columns of tiles cannot reach over is walked around their rows.
            let place = axes.len() - usize::from(innermost);
            axes.splice(place..place, parts);
            axes.push(inner);
        }
        let (r, c) = (&axes[axes.len() - 2], &axes[axes.len() - 1]);
        let cols = c.n.min(shape.cols).max(1);
        let rows = r.n.min(if folded { shape.rows } else { shape.elements / cols }).max(1);
        Walk { rows, cols, down_columns: shape.down_columns, axes }
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

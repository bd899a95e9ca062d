//! Runs tile programs over a region.

use hyperslab_base::{AlignedBytes, Dims, Range, Region, Result, View, ViewMut, c_strides};
use hyperslab_ops::fold::{State, TileIndex};
use hyperslab_ops::{Rows, generate};
use hyperslab_plan::lower::program::{Arg, Call, Leaf, Program};
use hyperslab_plan::lower::{FoldRoot, ToldFold};

use crate::blocks::{Blocks, through};
use crate::float_errors::FloatErrors;
use crate::loader::{Loader, Place, arrived, run_of, store};
use crate::machine::{Machine, Source};
use crate::scan::{Carry, carries};
use crate::status;
use crate::walk::{Ground, Roles, Steps, Tile, Walk};

/// What becomes of a root's tiles.
pub(crate) enum Out<'a> {
    /// Written into memory of the region's shape, past the cache where the second says so.
    Write(ViewMut<'a>, bool),
    /// Folded into a state whose results are the kept positions of the region, in walk order.
    Fold {
        root: &'a FoldRoot,
        state: &'a mut State,
        /// How many elements each result has folded before.
        before: u64,
        /// Step of the state per axis; 0 for reduced axes.
        steps: Steps,
        /// Step of the reported position per axis; 0 for kept axes.
        index: Steps,
        /// Reported position of the region's first element.
        first: i64,
        /// Flags that folding raises, where somebody asks, and who.
        raised: Option<(&'a mut u8, &'a FloatErrors)>,
    },
}

/// The cells that a region is one of, or a part of one.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    /// Shape of the space that is cut.
    pub space: &'a [u64],
    /// Lengths of what is evaluated at a time, before that was cut to fit a budget.
    pub nominal: &'a [u64],
    /// In which order axes are walked.
    pub order: &'a [usize],
}

/// Runs `program` over `region` of its space, of what the steps `bases` have made.
pub(crate) fn run_program(
    blocks: &Blocks<'_>,
    program: &Program,
    bases: &[usize],
    region: &Region,
    cells: Cells<'_>,
    outs: &mut [Out<'_>],
) -> Result<()> {
    if region.is_empty() {
        return Ok(());
    }
    let mut run = || run_tiles(blocks, program, bases, region, cells, outs);
    match program.foreign() {
        Some(library) => library.during(&mut run),
        None => run(),
    }
}

/// [`run_program`], tile by tile.
fn run_tiles(
    blocks: &Blocks<'_>,
    program: &Program,
    bases: &[usize],
    region: &Region,
    cells: Cells<'_>,
    outs: &mut [Out<'_>],
) -> Result<()> {
    let room = program.room(region.count());
    let (mut leaves, mut operands) = leaves(blocks, program, bases, region, room)?;
    let inputs = operands.len();
    let mut first_of_out = Vec::with_capacity(outs.len());
    let mut folds = Vec::new();
    for o in outs.iter() {
        first_of_out.push(operands.len());
        if let Out::Fold { .. } = o {
            folds.push(operands.len());
        }
        match o {
            Out::Write(view, _) => operands.push(view.strides().into()),
            Out::Fold { steps, index, .. } => operands.extend([steps.clone(), index.clone()]),
        }
    }
    let lens = region.shape();
    let mut carries = carries(blocks.cx, program, region, cells.order, &mut operands)?;
    let roles = Roles { inputs, folds, scans: carries.iter().map(Carry::lanes).collect() };
    let ground = Ground { lens: &lens, operands: &operands };
    let walk = if roles.folds.is_empty() && roles.scans.is_empty() {
        Walk::new(program, cells.space, cells.order, ground, ground, &roles)
    } else {
        let lens = nominal_lens(program, region, cells, outs);
        let operands = nominal_operands(blocks, program, bases, &lens, cells, outs);
        let nominal = Ground { lens: &lens, operands: &operands };
        Walk::new(program, cells.space, cells.order, nominal, ground, &roles)
    };
    let mut machine = Machine::new(program, room, blocks.cx.errors.as_deref())?;
    let [.., r, c] = walk.axes.as_slice() else { return Ok(()) };
    let down_columns = |o: &Out<'_>, k: usize| matches!(o, Out::Fold { .. }) && (r.steps[k], c.steps[k]) == (0, 1);
    for (l, leaf) in leaves.iter_mut().enumerate() {
        let reads = |a: &Arg| *a == Arg::Leaf(l);
        let mut roots = program.roots.iter().zip(outs.iter().zip(&first_of_out)).filter(|(a, _)| reads(a));
        let mut calls = program.instrs.iter().filter(|i| i.ins.iter().any(reads));
        if let Source::Memory(loader, _) = leaf {
            let scanned = calls.all(|i| matches!(i.call, Call::Scan { .. }));
            loader.apart = scanned && roots.all(|(_, (o, &k))| down_columns(o, k));
        }
    }
    let direct = (0..outs.len()).find_map(|k| Some((k, written_directly(program, k, &outs[k], &leaves)?)));
    // Whole rows arrive by themselves, and the calls of a program ask for more as they go.
    let asks = program.instrs.is_empty() && walk.down_columns;
    let done = walk.tiles(|tile| {
        load(&mut leaves, &walk, &tile)?;
        if asks {
            memory(&mut leaves).for_each(|(loader, _)| loader.prefetch(0));
        }
        let memory = direct.and_then(|(k, at)| Some((at, memory_of(&mut outs[k], &walk, &tile, first_of_out[k])?)));
        let written = memory.as_ref().and(direct).map(|(k, _)| k);
        machine.run(program, &leaves, &tile, memory, |scan, data, out| carries[scan].step(&walk, &tile, data, out));
        for (k, out) in outs.iter_mut().enumerate().filter(|(k, _)| Some(*k) != written) {
            let data = machine.rows(program.roots[k], &leaves, &tile);
            finish_tile(out, data, &walk, &tile, first_of_out[k]);
        }
        Ok(())
    });
    arrived();
    done
}

/// Lengths of the part of a cell that would be evaluated where `region` is, had the cell not been cut to fit.
fn nominal_lens(program: &Program, region: &Region, cells: Cells<'_>, outs: &[Out<'_>]) -> Dims<u64> {
    let folded = |d: usize| outs.iter().any(|o| matches!(o, Out::Fold { root, .. } if root.axes.contains(&d)));
    let scanned = |d: usize| program.cuts.iter().any(|cut| cut.0 == d);
    let len = |(d, r): (usize, &Range)| if folded(d) || scanned(d) { r.len } else { cells.nominal[d] };
    region.0.iter().enumerate().map(len).collect()
}

/// Steps of every operand of a walk over a region of those lengths, as they follow from the plan.
fn nominal_operands(
    blocks: &Blocks<'_>,
    program: &Program,
    bases: &[usize],
    lens: &[u64],
    cells: Cells<'_>,
    outs: &[Out<'_>],
) -> Vec<Steps> {
    let region = Region::full(lens);
    let input = |leaf: &Leaf| match leaf {
        Leaf::Base { base, map } => Some(blocks.nominal_steps(bases[*base], map, &region)),
        Leaf::Lines(lines) => Some(lines.steps.iter().map(|&s| s as isize).collect()),
        Leaf::Const(_) => None,
    };
    let mut operands: Vec<Steps> = program.leaves.iter().filter_map(input).collect();
    for o in outs {
        match o {
            Out::Write(view, _) => operands.push(c_strides(lens, view.dtype().itemsize())),
            Out::Fold { root, index, .. } => {
                operands.extend([state_steps(lens, cells.order, &root.axes), index.clone()]);
            }
        }
    }
    for i in &program.instrs {
        if let Call::Scan { axis, .. } = &i.call {
            let mut along: Steps = smallvec::smallvec![0; lens.len()];
            along[*axis] = 1;
            operands.extend([state_steps(lens, cells.order, &[*axis]), along]);
        }
    }
    operands
}

/// The instruction whose results may go to root `k`'s place without a register between: nothing else wants them, and
/// nothing is read from there.
fn written_directly(program: &Program, k: usize, out: &Out<'_>, leaves: &[Source<'_>]) -> Option<usize> {
    let (Out::Write(view, false), Arg::Reg(r)) = (out, program.roots[k]) else { return None };
    let at = program.instrs.iter().rposition(|i| i.out == r)?;
    let wanted = program.instrs[at + 1..].iter().any(|i| i.ins.contains(&Arg::Reg(r)));
    let shared = program.roots.iter().filter(|root| **root == Arg::Reg(r)).count() > 1;
    let meets = |leaf: &Source<'_>| matches!(leaf, Source::Memory(loader, _) if loader.meets(view));
    (!wanted && !shared && !leaves.iter().any(meets)).then_some(at)
}

/// Where a tile of an output lies.
fn place_of(walk: &Walk, tile: &Tile<'_>, operand: usize) -> Place {
    let (r, c) = (&walk.axes[walk.axes.len() - 2], &walk.axes[walk.axes.len() - 1]);
    Place { offset: tile.offsets[operand], row: r.steps[operand], col: c.steps[operand] }
}

/// The memory of a tile that a kernel may write.
fn memory_of<'o>(out: &'o mut Out<'_>, walk: &Walk, tile: &Tile<'_>, operand: usize) -> Option<&'o mut [u8]> {
    let Out::Write(view, _) = out else { return None };
    run_of(view, place_of(walk, tile, operand), tile.rows, tile.cols)
}

fn leaves<'a>(
    blocks: &'a Blocks<'_>,
    program: &Program,
    bases: &[usize],
    region: &Region,
    room: usize,
) -> Result<(Vec<Source<'a>>, Vec<Steps>)> {
    let mut steps: Vec<Steps> = Vec::new();
    let mut sources = Vec::with_capacity(program.leaves.len());
    let parts = (program.instrs.len() * program.pieces()).max(1);
    let lens = region.shape();
    let look = |leaf: &Leaf| match leaf {
        Leaf::Const(_) | Leaf::Lines(_) => Ok(None),
        Leaf::Base { base, map } => Ok(Some(through(&blocks.view(bases[*base], &map.apply(region))?, map, &lens))),
    };
    let views: Vec<Option<View<'_>>> = program.leaves.iter().map(look).collect::<Result<_>>()?;
    for (l, leaf) in program.leaves.iter().enumerate() {
        match (leaf, &views[l]) {
            (Leaf::Const(v), _) => {
                let item = v.dtype().itemsize();
                let mut tile = AlignedBytes::zeroed(room * item)?;
                generate::fill(v, tile.bytes_mut())?;
                sources.push(Source::Const(tile, item));
            }
            (Leaf::Lines(lines), _) => {
                let operand = steps.len();
                let along = |(step, r): (&i64, &Range)| step.wrapping_mul(r.step);
                steps.push(lines.steps.iter().zip(&region.0).map(|s| along(s) as isize).collect());
                let first = |(step, r): (&i64, &Range)| step.wrapping_mul(r.start);
                let start = lines.steps.iter().zip(&region.0).map(first).fold(lines.start, i64::wrapping_add);
                sources.push(Source::Lines(AlignedBytes::zeroed(room * size_of::<u64>())?, start, operand));
            }
            (_, Some(view)) => {
                let operand = steps.len();
                steps.push(view.strides().into());
                let follows = views.iter().flatten().any(|other| follows(view, other));
                let parts = if follows { 0 } else { parts };
                sources.push(Source::Memory(Box::new(Loader::new(view.clone(), room, parts)), operand));
            }
            (_, None) => return Err(hyperslab_base::Error::internal("an input of a program was not bound")),
        }
    }
    Ok((sources, steps))
}

/// Bytes that are still in cache when another view comes to them.
const STILL_THERE: usize = 256 << 10;

/// Whether a view comes to its memory shortly after another, as slices of one array do that are shifted against each
/// other.
fn follows(view: &View<'_>, other: &View<'_>) -> bool {
    let ahead = (other.as_ptr() as usize).wrapping_sub(view.as_ptr() as usize);
    ahead > 0 && ahead < STILL_THERE && view.strides() == other.strides() && view.strides().iter().all(|&s| s >= 0)
}

fn memory<'s, 'a>(leaves: &'s mut [Source<'a>]) -> impl Iterator<Item = (&'s mut Loader<'a>, usize)> {
    leaves.iter_mut().filter_map(|leaf| match leaf {
        Source::Memory(loader, k) => Some((&mut **loader, *k)),
        Source::Const(..) | Source::Lines(..) => None,
    })
}

fn load(leaves: &mut [Source<'_>], walk: &Walk, tile: &Tile<'_>) -> Result<()> {
    let [.., r, c] = walk.axes.as_slice() else { return Ok(()) };
    for leaf in leaves.iter_mut() {
        if let Source::Lines(positions, start, k) = leaf {
            let first = start.wrapping_add(tile.offsets[*k] as i64);
            fill_lines(positions.bytes_mut(), first, (tile.rows, r.steps[*k] as i64), (tile.cols, c.steps[*k] as i64));
        }
    }
    for (loader, k) in memory(leaves) {
        let place = Place { offset: tile.offsets[k], row: r.steps[k], col: c.steps[k] };
        let ahead = tile.ahead.map(|(rows, cols)| rows * place.row + cols * place.col);
        loader.load(place, tile.rows, tile.cols, ahead)?;
    }
    Ok(())
}

/// Writes `first + row * i + col * j` of a tile, as uint64 that wraps.
fn fill_lines(out: &mut [u8], first: i64, (rows, row): (usize, i64), (cols, col): (usize, i64)) {
    // Rows that follow each other are one.
    let (rows, cols) = if row == col.wrapping_mul(cols as i64) { (1, rows * cols) } else { (rows, cols) };
    const ITEM: usize = size_of::<i64>();
    for (i, line) in out[..rows * cols * ITEM].chunks_exact_mut((cols * ITEM).max(1)).enumerate() {
        let mut at = first.wrapping_add(row.wrapping_mul(i as i64));
        for slot in line.chunks_exact_mut(ITEM) {
            slot.copy_from_slice(&at.to_ne_bytes());
            at = at.wrapping_add(col);
        }
    }
}

fn finish_tile(out: &mut Out<'_>, data: Rows<'_>, walk: &Walk, tile: &Tile<'_>, operand: usize) {
    let [.., r, c] = walk.axes.as_slice() else { return };
    match out {
        Out::Write(view, past) => {
            store(view, place_of(walk, tile, operand), tile.rows, tile.cols, data.bytes, *past);
        }
        Out::Fold { root, state, before, first, raised, .. } => {
            let index = TileIndex {
                base: *first + tile.offsets[operand + 1] as i64,
                row: r.steps[operand + 1] as i64,
                col: c.steps[operand + 1] as i64,
            };
            let at = tile.offsets[operand] as usize;
            let place = FoldPlace { at, row: r.steps[operand], col: c.steps[operand] };
            let mut fold = || fold_tile(root, state, data, place, *before + folded_before(walk, tile, operand), index);
            match raised {
                Some((raised, errors)) => {
                    let ((), now) = status::during(fold);
                    **raised |= now;
                    if let ToldFold::Logarithms(name, dtype) = root.told {
                        errors.logarithms(name, dtype, data, now);
                    }
                }
                None => fold(),
            }
        }
    }
}

/// How many elements each result of the tile has folded so far: reduced positions come in C order of the walk.
fn folded_before(walk: &Walk, tile: &Tile<'_>, operand: usize) -> u64 {
    let n = walk.axes.len();
    let reduced = |d: usize| walk.axes[d].n > 1 && walk.axes[d].steps[operand] == 0;
    let mut before = 0u64;
    for d in (0..n - 2).filter(|&d| reduced(d)) {
        before = before * walk.axes[d].n as u64 + tile.index[d] as u64;
    }
    let (rows, cols) = (walk.axes[n - 2].n as u64, walk.axes[n - 1].n as u64);
    let (r0, c0) = (tile.index[n - 2] as u64, tile.index[n - 1] as u64);
    match (reduced(n - 2), reduced(n - 1)) {
        (true, true) => before * rows * cols + r0 * cols + c0 * tile.rows as u64,
        (true, false) => before * rows + r0,
        (false, true) => before * cols + c0,
        (false, false) => before,
    }
}

/// Where a tile's results lie in a state.
#[derive(Clone, Copy)]
struct FoldPlace {
    at: usize,
    row: isize,
    col: isize,
}

fn fold_tile(root: &FoldRoot, state: &mut State, tile: Rows<'_>, p: FoldPlace, before: u64, index: TileIndex) {
    let fold = &root.fold;
    let Rows { bytes: data, rows, cols, .. } = tile;
    let bytes_per_row = data.len() / rows;
    let one_row = rows == 1 || index.row == index.col * cols as i64 || !root.is_arg;
    match (p.row, p.col) {
        (0, 0) if one_row => fold.fold_rows(state, p.at, data, 1, rows * cols, before, index),
        (1, 0) => fold.fold_rows(state, p.at, data, rows, cols, before, index),
        (0, 1) => fold.fold_cols(state, p.at, tile, before, index),
        (row, col) => {
            for (r, part) in data.chunks_exact(bytes_per_row.max(1)).enumerate() {
                let at = (p.at as isize + r as isize * row) as usize;
                let index = TileIndex { base: index.base + r as i64 * index.row, ..index };
                // Rows that fold into the same results come one after the other.
                let before = before + if row == 0 { (r * if col == 0 { cols } else { 1 }) as u64 } else { 0 };
                if col == 0 {
                    fold.fold_rows(state, at, part, 1, cols, before, index);
                } else {
                    fold.fold_cols(state, at, Rows::contiguous(part, 1, cols), before, index);
                }
            }
        }
    }
}

/// Steps of a state over kept axes in walk order, so that the innermost kept axis is contiguous.
pub(crate) fn state_steps(lens: &[u64], order: &[usize], reduced: &[usize]) -> Steps {
    let mut steps: Steps = smallvec::smallvec![0; lens.len()];
    let mut step = 1isize;
    for &d in order.iter().rev().filter(|d| !reduced.contains(d)) {
        steps[d] = step;
        step *= lens[d] as isize;
    }
    steps
}

/// Steps of the position that an arg reduction reports: C order over the reduced axes of the whole space.
pub(crate) fn index_steps(space: &[u64], reduced: &[usize]) -> Steps {
    let mut steps: Steps = smallvec::smallvec![0; space.len()];
    let mut step = 1isize;
    for &d in reduced.iter().rev() {
        steps[d] = step;
        step *= space[d] as isize;
    }
    steps
}

/// Kept axes of a region in walk order, with the permutation that brings a state's results into C order.
pub(crate) fn kept_in_order(order: &[usize], reduced: &[usize]) -> Dims<usize> {
    order.iter().copied().filter(|d| !reduced.contains(d)).collect()
}

//! Where tasks should be cut: what targets, transposed operands and products ask of a grid.

use hyperslab_base::Dims;

use crate::lower::TargetInfo;
use crate::lower::grid::{Align, Grid};
use crate::lower::program::{Leaf, Program};
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind};

/// Square cells where memory runs along several axes (`x + x.T`); no wish otherwise.
pub fn square_for_turned(inner: &[usize], ndim: usize, tuning: &Tuning) -> Dims<Align> {
    let wish = |d: usize| if inner.len() > 1 && inner.contains(&d) { tuning.turned_side } else { 1 };
    (0..ndim).map(|d| Align { unit: wish(d), phase: 0 }).collect()
}

/// Whether a program looks at one array along each of its last two axes, so that what a cell reads is read by its mirror
/// image too.
pub fn looks_both_ways(p: &Program, ndim: usize) -> bool {
    let along = |l: &Leaf, d: usize| match l {
        Leaf::Base { base, map } if map.0.last().is_some_and(|a| a.out == Some(d)) => Some(*base),
        _ => None,
    };
    let down = |base: usize| p.leaves.iter().any(|l| along(l, ndim - 2) == Some(base));
    ndim > 1 && p.leaves.iter().filter_map(|l| along(l, ndim - 1)).any(down)
}

/// Cuts that suit a target as well: the common multiple of both, or the target's own when that is too long. A chunk
/// of the target that two tasks write is read and written twice; one that two tasks read may be kept.
pub fn meet_target(align: &mut [Align], target: &TargetInfo, e: &Expr, item: u64, tuning: &Tuning) {
    let Some(chunks) = &target.chunks else { return };
    let bytes = |align: &[Align]| align.iter().map(|a| a.unit).product::<u64>().saturating_mul(item);
    meet(align, chunks, target, e);
    if bytes(align) > tuning.common_bytes {
        align.fill(Align::NONE);
        meet(align, chunks, target, e);
    }
}

fn meet(align: &mut [Align], chunks: &[u64], target: &TargetInfo, e: &Expr) {
    let axes: Vec<usize> = match &e.kind {
        Kind::Reduce { axes, .. } => crate::build::kept(axes, e.input(0).ndim()).collect(),
        _ => (0..align.len()).collect(),
    };
    for (&d, (&unit, &origin)) in axes.iter().zip(chunks.iter().zip(&target.origin)) {
        let unit = unit.max(1);
        let phase = (unit - origin % unit) % unit;
        let both = lcm(unit, align[d].unit);
        let agree = align[d].phase == 0 && phase == 0 && both <= 4 * unit.max(align[d].unit);
        align[d] = Align { unit: if agree { both } else { unit }, phase };
    }
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x.max(1) * b
}

/// Blocks of a product.
pub fn contract_grid(e: &Expr, tuning: &Tuning) -> Grid {
    let (Kind::Contract { batch, summed }, [a, b]) = e.parts() else {
        return Grid::of(&e.shape, e.shape.clone());
    };
    let rows = a.ndim() - summed;
    let mut extent: Dims<u64> = e.shape[..*batch].iter().map(|_| 1).collect();
    extent.extend(greedy_box(&a.shape[*batch..rows], tuning.product_side));
    extent.extend(greedy_box(&b.shape[batch + summed..], tuning.product_side));
    Grid::of(&e.shape, extent)
}

/// The box of about `target` elements that is longest in the innermost axes, evenly cut.
pub fn greedy_box(shape: &[u64], target: u64) -> Dims<u64> {
    let mut left = target;
    let mut out: Dims<u64> = shape
        .iter()
        .rev()
        .map(|&n| {
            let cuts = n.div_ceil(left.max(1)).max(1);
            let l = n.div_ceil(cuts).max(1);
            left = (left / l).max(1);
            l
        })
        .collect();
    out.reverse();
    out
}

//! How deep the cells of reductions are. A result of a cell costs as much as several elements: its state is made, merged
//! and finished. Each should fold many, along whichever axes they lie.

use hyperslab_base::Dims;

use crate::lower::grid::{Align, Grid};
use crate::lower::tuning::Tuning;

/// Elements that each result folds in a box of those lengths.
fn depth(lens: &[u64], axes: &[usize]) -> u64 {
    axes.iter().map(|&d| lens[d]).product()
}

/// What is asked of each result of a reduction along `axes`.
fn wanted(grid: &Grid, axes: &[usize], tuning: &Tuning) -> u64 {
    depth(&grid.space, axes).min(tuning.fold_depth)
}

/// Makes cells longer along the axes that each of `folds` reduces and as much shorter along others, between the cuts of
/// `align`. Axes that are `fixed` stay as they are.
pub fn deepen(grid: &mut Grid, align: &[Align], fixed: &[usize], folds: &[&[usize]], tuning: &Tuning) {
    for axes in folds {
        while depth(&grid.extent, axes) < wanted(grid, axes, tuning) {
            let mut inner_first = grid.order.iter().rev().filter(|&&d| axes.contains(&d) && !fixed.contains(&d));
            let longer = inner_first.find(|&&d| grid.extent[d] < grid.space[d]);
            let kept = grid.order.iter().filter(|d| !axes.contains(d));
            let shorter =
                kept.map(|&d| (d, half(grid, d, fixed, folds, tuning))).find_map(|(d, half)| Some((d, half?)));
            let (Some(&longer), Some((shorter, half))) = (longer, shorter) else { break };
            if grid.extent[shorter] == grid.space[shorter] {
                grid.phase[shorter] = align[shorter].phase;
            }
            grid.extent[shorter] = half;
            grid.extent[longer] = (grid.extent[longer] * 2).min(grid.space[longer]);
        }
    }
}

/// Half the length of a cell along an axis, where that cuts no storage chunk, no short row, and leaves to each of `folds`
/// what it wants.
fn half(grid: &Grid, d: usize, fixed: &[usize], folds: &[&[usize]], tuning: &Tuning) -> Option<u64> {
    let half = grid.extent[d].div_ceil(2).next_multiple_of(grid.unit[d]);
    let shortest = if grid.order.last() == Some(&d) { tuning.shortest_row } else { 1 };
    let needs = |axes: &&[usize]| axes.contains(&d) && depth(&grid.extent, axes) < 2 * wanted(grid, axes, tuning);
    let spared = !fixed.contains(&d) && half >= shortest && !folds.iter().any(needs);
    (spared && half < grid.extent[d]).then_some(half)
}

/// Where cells cannot be deep enough, makes tasks of several that follow each other along axes that every one of `folds`
/// reduces. Returns the lengths of what a task folds at a time.
pub fn in_steps(grid: &mut Grid, fixed: &[usize], folds: &[&[usize]], tuning: &Tuning) -> Dims<u64> {
    let step = grid.extent.clone();
    let [first, others @ ..] = folds else { return step };
    for &d in first.iter().rev().filter(|d| !fixed.contains(d) && others.iter().all(|axes| axes.contains(d))) {
        let lacks = |axes: &&[usize]| wanted(grid, axes, tuning) / depth(&grid.extent, axes).max(1);
        let lack = folds.iter().map(lacks).max().unwrap_or(1);
        let times = lack.min(grid.tasks() / tuning.fewest_tasks).max(1);
        grid.extent[d] = (grid.extent[d] * times).min(grid.space[d].max(1));
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(space: &[u64], unit: &[u64]) -> (Grid, Vec<Align>) {
        let align: Vec<Align> = unit.iter().map(|&unit| Align { unit, phase: 0 }).collect();
        (Grid::natural(space, &align, 8, (0..space.len()).collect(), &Tuning::default()), align)
    }

    /// Extents of the cells for those folds, and of the steps of a task.
    fn cells(space: &[u64], unit: &[u64], folds: &[&[usize]]) -> (Dims<u64>, Dims<u64>) {
        let (mut grid, align) = grid(space, unit);
        deepen(&mut grid, &align, &[], folds, &Tuning::default());
        let step = in_steps(&mut grid, &[], folds, &Tuning::default());
        (grid.extent, step)
    }

    #[test]
    fn cells_reach_along_reduced_axes() {
        let free = &[1, 1, 1];
        let alike =
            |extent: (Dims<u64>, Dims<u64>), expected: &[u64]| assert_eq!(extent, (expected.into(), expected.into()));
        alike(cells(&[10, 2500, 4000], free, &[&[0]]), &[10, 9, 4000]);
        alike(cells(&[1000, 1000, 1000], free, &[&[0]]), &[64, 16, 1000]);
        alike(cells(&[1000, 1000, 1000], free, &[&[2]]), &[1, 1000, 1000]);
        // Each of them, or everything.
        alike(cells(&[1000, 1000, 1000], free, &[&[0], &[1], &[0, 1, 2]]), &[8, 125, 1000]);
    }

    #[test]
    fn chunks_of_storage_stay_whole() {
        let slab = [1, 1000, 1000];
        assert_eq!(cells(&[4000, 1000, 1000], &slab, &[&[0]]), ([64, 1000, 1000][..].into(), slab[..].into()));
        assert_eq!(cells(&[100, 1000, 1000], &slab, &[&[0]]), ([6, 1000, 1000][..].into(), slab[..].into()));
        // The second is not reduced along the first axis.
        assert_eq!(cells(&[100, 1000, 1000], &slab, &[&[0], &[1]]), (slab[..].into(), slab[..].into()));
        let (small, _) = cells(&[400, 1000, 1000], &[1, 100, 100], &[&[0]]);
        assert!(small[0] >= 50 && small[1].is_multiple_of(100) && small[2].is_multiple_of(100), "{small:?}");
    }

    #[test]
    fn what_is_fixed_stays() {
        let (mut grid, align) = grid(&[64, 4000, 4000], &[1, 1, 1]);
        let before = grid.clone();
        deepen(&mut grid, &align, &[1, 2], &[&[0]], &Tuning::default());
        assert_eq!(grid, before);
        deepen(&mut grid, &align, &[0], &[&[0]], &Tuning::default());
        assert_eq!(grid, before);
    }
}

//! In which order a space is walked, by where the memory of its inputs and results runs.

use hyperslab_base::Dims;

use crate::layout;
use crate::lower::program::{Leaf, Program};

/// How a program's inputs and results lie in memory.
pub struct Order {
    /// The axes in the order in which they are walked, outermost first.
    pub axes: Dims<usize>,
    /// The last of them, along which memory runs: one, or several where inputs or results run along different ones.
    pub inner: Dims<usize>,
}

impl Order {
    /// For a program over a space of that shape, whose result is perhaps `written` as a whole, in C order.
    pub fn of(program: &Program, space: &[u64], written: bool) -> Order {
        let steps = steps(program, space);
        let sum = |d: usize| steps.iter().map(|s| s[d]).sum::<usize>();
        let mut axes: Dims<usize> = (0..space.len()).collect();
        if !written {
            axes.sort_by_key(|&d| std::cmp::Reverse(sum(d)));
        }
        let last = if written || steps.is_empty() { axes.last().copied() } else { None };
        let runs: Dims<usize> = steps.iter().filter_map(|s| innermost(s)).chain(last).collect();
        // Tiles are of the last two axes: what runs along another is turned within them.
        axes.sort_by_key(|d| runs.contains(d));
        let inner = axes.iter().copied().filter(|d| runs.contains(d)).collect();
        Order { axes, inner }
    }
}

/// The axis along which an array's memory runs.
fn innermost(steps: &[usize]) -> Option<usize> {
    (0..steps.len()).rev().filter(|&d| steps[d] > 0).min_by_key(|&d| steps[d])
}

/// Bytes from position to position of each input that is as large as the space, or of all where none is.
fn steps(program: &Program, space: &[u64]) -> Vec<Dims<usize>> {
    let of = |leaf: &Leaf| {
        let Leaf::Base { base, map } = leaf else { return None };
        let moves = map.0.iter().map(|axis| (axis.out, axis.step)).collect();
        Some(layout::steps(&program.bases[*base], &moves, space))
    };
    let all: Vec<Dims<usize>> = program.leaves.iter().filter_map(of).collect();
    let whole = |s: &&Dims<usize>| space.iter().zip(s.iter()).all(|(&n, &step)| n <= 1 || step > 0);
    let large: Vec<Dims<usize>> = all.iter().filter(whole).cloned().collect();
    if large.is_empty() { all } else { large }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;
    use crate::build::Index;
    use crate::build::transpose;
    use crate::lower::program::{Scope, Streams, compile};
    use crate::lower::tuning::Tuning;
    use crate::node::{Expr, postorder};
    use crate::rules::testing::{in_memory, index, ufunc};

    fn order(e: &Expr, written: bool) -> (Vec<usize>, Vec<usize>) {
        let roots = std::slice::from_ref(e);
        let scope = Scope::new(roots, &postorder(roots), &Default::default(), &Tuning::default());
        let program = compile(roots, &[], &e.shape, &scope, Streams::Any).unwrap();
        let order = Order::of(&program, &e.shape, written);
        (order.axes.to_vec(), order.inner.to_vec())
    }

    #[test]
    fn memory_decides_where_nothing_is_written() {
        let x = in_memory("x", &[4, 5, 6]);
        let turned = transpose(&x, &[2, 1, 0]).unwrap();
        assert_eq!(order(&x, false), (vec![0, 1, 2], vec![2]));
        assert_eq!(order(&turned, false), (vec![2, 1, 0], vec![0]));
    }

    #[test]
    fn the_last_two_axes_are_those_along_which_memory_runs() {
        let x = in_memory("x", &[6, 5, 6]);
        let turned = transpose(&x, &[2, 1, 0]).unwrap();
        assert_eq!(order(&turned, true), (vec![1, 0, 2], vec![0, 2]));
        let both = ufunc("add", &[&x, &turned]);
        assert_eq!(order(&both, false), (vec![1, 0, 2], vec![0, 2]));
    }

    #[test]
    fn what_is_repeated_has_no_say() {
        let (x, column) = (in_memory("x", &[40, 50]), in_memory("c", &[40]));
        let column = index(&column, &[Index::Ellipsis, Index::NewAxis]);
        assert_eq!(order(&ufunc("subtract", &[&x, &column]), false), (vec![0, 1], vec![1]));
    }
}

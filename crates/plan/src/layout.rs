//! How results are laid out in memory: like their operands, as NumPy's elementwise operations do (order `K`).

use hyperslab_base::{Dims, Result, c_strides};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::node::{Expr, Kind, postorder};
use crate::rules::parts;
use crate::viewmap::{ViewAxis, ViewMap};

/// Axis by axis of an array: which axis of a space moves along it, and how many positions at a time.
pub type Moves = Dims<(Option<usize>, i64)>;

/// Bytes from position to position of a space, along each of its axes, in an array where it lies in memory, or will.
pub fn steps(e: &Expr, moves: &Moves, space: &[u64]) -> Dims<usize> {
    let memory = match &e.kind {
        Kind::Source(s) => s.source().memory(),
        _ => None,
    };
    let strides: Dims<isize> =
        memory.map_or_else(|| c_strides(&e.shape, e.dtype.itemsize()), |m| m.view().strides().into());
    let mut steps: Dims<usize> = space.iter().map(|_| 0).collect();
    for (&(axis, far), stride) in moves.iter().zip(strides) {
        if let Some(d) = axis.filter(|&d| space[d] > 1) {
            steps[d] += stride.unsigned_abs() * usize::try_from(far.unsigned_abs()).unwrap_or(1);
        }
    }
    steps
}

/// The expression with its axes from the outermost to the innermost of the layout that NumPy gives such results, and the
/// transposition that gives it back; none where that layout is C order. Results of anything but elementwise operations and
/// of looking at arrays are left as they are.
///
/// # Errors
/// Those of views.
pub fn in_memory_order(e: &Expr) -> Result<Option<(Expr, Dims<usize>)>> {
    let mut looked_at = e;
    while let (Kind::View { .. } | Kind::Rechunk, [input]) = looked_at.parts() {
        looked_at = input;
    }
    if !matches!(looked_at.kind, Kind::Map { .. } | Kind::Source(_)) {
        return Ok(None);
    }
    let order = order(e);
    if order.is_sorted() {
        return Ok(None);
    }
    let shape: Dims<u64> = order.iter().map(|&d| e.shape[d]).collect();
    let back: Dims<usize> = (0..e.ndim()).map(|d| order.iter().position(|&o| o == d).unwrap_or(d)).collect();
    let map = ViewMap(back.iter().map(|&k| ViewAxis::whole(k)).collect());
    // Operands are turned, not the result: all of it is elementwise.
    let mut turned: FxHashMap<usize, Expr> = FxHashMap::default();
    for node in postorder(std::slice::from_ref(e)).iter().filter(|n| *n.shape == *e.shape) {
        let of = |i: &Expr| turned.get(&i.id()).cloned().map_or_else(|| parts::view(i, map.clone(), &shape), Ok);
        let new = match node.parts() {
            (Kind::Map { op }, inputs) => {
                parts::map(op.clone(), inputs.iter().map(of).collect::<Result<_>>()?, &shape, node.dtype)
            }
            (Kind::Rechunk, [input]) => of(input)?,
            _ => continue,
        };
        turned.insert(node.id(), new);
    }
    let result = turned.remove(&e.id()).map_or_else(|| parts::view(e, map, &shape), Ok)?;
    Ok(Some((result, back)))
}

/// The axes by the strides of all operands: those of C order, but where every operand that moves along two axes takes
/// larger steps along the later one.
fn order(e: &Expr) -> Dims<usize> {
    let operands = operands(e);
    let mut order: Dims<usize> = Dims::new();
    for d in 0..e.ndim() {
        let mut place = order.len();
        for k in (0..order.len()).rev() {
            let moving =
                operands.iter().map(|s| (s[order[k]], s[d])).filter(|&(outer, inner)| outer != 0 && inner != 0);
            match moving.map(|(outer, inner)| outer < inner).reduce(|all, larger| all & larger) {
                Some(true) => place = k,
                Some(false) => break,
                None => {}
            }
        }
        order.insert(place, d);
    }
    order
}

/// Bytes from position to position along each axis of an elementwise expression, for each of its operands.
fn operands(e: &Expr) -> FxHashSet<Dims<usize>> {
    let mut found = FxHashSet::default();
    let mut seen: FxHashSet<(usize, Moves)> = FxHashSet::default();
    let mut left: Vec<(&Expr, Moves)> = vec![(e, (0..e.ndim()).map(|d| (Some(d), 1)).collect())];
    while let Some((node, moves)) = left.pop() {
        if !seen.insert((node.id(), moves.clone())) {
            continue;
        }
        match node.parts() {
            (Kind::Map { .. }, inputs) => left.extend(inputs.iter().map(|i| (i, moves.clone()))),
            (Kind::Rechunk, [input]) => left.push((input, moves)),
            (Kind::View { map }, [input]) => {
                let through = |a: &ViewAxis| a.out.map_or((None, 0), |d| (moves[d].0, moves[d].1 * a.step));
                left.push((input, map.0.iter().map(through).collect()));
            }
            // What is reduced lies as it did before.
            (Kind::Reduce { axes, .. }, [input]) => {
                let mut kept = moves.iter().copied();
                let mut through = |d: usize| if axes.contains(&d) { None } else { kept.next() };
                left.push((input, (0..input.ndim()).map(|d| through(d).unwrap_or((None, 0))).collect()));
            }
            (Kind::Fill(_), _) => {}
            _ => {
                found.insert(steps(node, &moves, &e.shape));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;
    use crate::build::{self, Index, transpose};
    use crate::rules::testing::{f64s, in_memory, index, ufunc};

    fn laid_out(e: &Expr) -> Vec<usize> {
        if let Some((turned, back)) = in_memory_order(e).unwrap() {
            assert!(back.iter().enumerate().all(|(d, &k)| turned.shape[k] == e.shape[d]));
        }
        order(e).to_vec()
    }

    #[test]
    fn results_are_laid_out_like_operands() {
        let (x, y) = (in_memory("x", &[4, 5, 6]), in_memory("y", &[6, 5, 4]));
        let (turned, swapped) = (transpose(&x, &[2, 1, 0]).unwrap(), transpose(&x, &[1, 0, 2]).unwrap());
        assert_eq!(laid_out(&x), [0, 1, 2]);
        assert_eq!(laid_out(&turned), [2, 1, 0]);
        assert_eq!(laid_out(&ufunc("sqrt", &[&swapped])), [1, 0, 2]);
        // Operands that contradict each other: C order.
        assert_eq!(laid_out(&ufunc("add", &[&turned, &y])), [0, 1, 2]);
        // What is repeated along an axis has no say there.
        let row = index(&in_memory("r", &[4]), &[Index::NewAxis, Index::NewAxis, Index::Ellipsis]);
        assert_eq!(laid_out(&ufunc("add", &[&turned, &row])), [2, 1, 0]);
        // What is reduced lies as it did before, beside those it is taken from.
        let means = index(
            &build::reduce("sum", &turned, Some(&[0]), false, None, 0.0).unwrap(),
            &[Index::NewAxis, Index::Ellipsis],
        );
        assert_eq!(laid_out(&ufunc("add", &[&turned, &means])), [2, 1, 0]);
        // What is read from storage, or computed otherwise, lies in C order.
        assert_eq!(laid_out(&ufunc("add", &[&turned, &f64s("s", &[6, 5, 4])])), [0, 1, 2]);
    }

    #[test]
    fn the_operands_are_turned() {
        let x = in_memory("x", &[4, 5]);
        let turned = transpose(&x, &[1, 0]).unwrap();
        let (result, _) = in_memory_order(&ufunc("sqrt", &[&ufunc("negative", &[&turned])])).unwrap().unwrap();
        let optimized = crate::rules::optimize(std::slice::from_ref(&result)).unwrap();
        insta::assert_snapshot!(crate::explain::tree(&optimized), @r"
        sqrt (4, 5) float64
          negative (4, 5) float64
            source x (4, 5) float64
        ");
    }
}

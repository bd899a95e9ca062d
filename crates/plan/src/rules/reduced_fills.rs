//! Reductions of one value.

use hyperslab_base::{DType, Kind as DTypeKind, Result, Scalar};
use hyperslab_ops::fold::{Fold, State, TileIndex};

use crate::node::{Expr, Kind};
use crate::rules::constants::{Element, finite};
use crate::rules::{Context, Rule, parts};

/// A reduction of one value, repeated, is one value, where its arithmetic is exact: then the order of the elements does
/// not show, and two of the same parts are merged as often as their number has bits.
pub const REDUCED_FILL: Rule = Rule { name: "reduced_fill", apply };

/// Whole numbers up to it are exact in double precision, in which floats are reduced.
const EXACT: f64 = 9007199254740992.0;

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reduce { reducer, axes, params }, [input]) = e.parts() else { return Ok(None) };
    let Kind::Fill(value) = &input.kind else { return Ok(None) };
    let count: u64 = axes.iter().map(|&d| input.shape[d]).product();
    if count == 0 || !is_exact(value, count, e.dtype) {
        return Ok(None);
    }
    let fold = reducer.0.fold(input.dtype, e.dtype, *params)?;
    let state = repeated(&*fold, value, count)?;
    let mut out = Element::default();
    let bytes = &mut out.bytes_mut()[..e.dtype.itemsize()];
    fold.finish(&state, 0, 1, count, bytes);
    let out = Scalar::from_bytes(e.dtype, bytes)?;
    // A product may have left the exact numbers, and NumPy may warn of what is not finite.
    let exact = !e.dtype.is_inexact() || (finite(&out) && out.to_f64().abs() <= EXACT);
    Ok(exact.then(|| parts::fill(out, &e.shape)))
}

fn is_exact(value: &Scalar, count: u64, output: DType) -> bool {
    match value.dtype().kind() {
        DTypeKind::Bool | DTypeKind::Int | DTypeKind::UInt if !output.is_inexact() => true,
        DTypeKind::Bool | DTypeKind::Int | DTypeKind::UInt | DTypeKind::Float => {
            let v = value.to_f64();
            v.fract() == 0.0 && v.abs() * count as f64 <= EXACT
        }
        _ => false,
    }
}

/// The state of `count` elements of one value.
fn repeated(fold: &dyn Fold, value: &Scalar, count: u64) -> Result<State> {
    let mut one = fold.new_state(1)?;
    fold.fold_rows(&mut one, 0, value.bytes(), 1, 1, 0, TileIndex::default());
    let (mut state, mut half, mut n) = (fold.new_state(1)?, fold.new_state(1)?, 1);
    state.copy_from(&one);
    for bit in (0..count.ilog2()).rev() {
        half.copy_from(&state);
        fold.merge(&mut state, n, &half, n);
        n *= 2;
        if count >> bit & 1 == 1 {
            fold.merge(&mut state, n, &one, 1);
            n += 1;
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    fn reduced(name: &str, value: f64) -> Expr {
        build::reduce(name, &constant(value, &[1001, 3]), Some(&[0]), false, None, 0.0).unwrap()
    }

    #[test]
    fn whole_numbers_are_reduced_now() {
        for (name, value, result) in [
            ("sum", 3.0, "3003"),
            ("mean", -7.0, "-7"),
            ("var", 5.0, "0"),
            ("max", 2.0, "2"),
            ("argmin", 2.0, "0"),
            ("prod", -1.0, "-1"),
            ("count_nonzero", 4.0, "1001"),
            ("all", 0.0, "false"),
        ] {
            let e = reduced(name, value);
            let after = after(REDUCED_FILL, &e);
            assert_eq!(after, format!("fill {result} (3,) {}", e.dtype), "{name} of {value}");
        }
    }

    #[test]
    fn what_rounds_or_overflows_is_left_to_the_engine() {
        assert!(unchanged(REDUCED_FILL, &reduced("sum", 0.1)));
        assert!(unchanged(REDUCED_FILL, &reduced("prod", 2.0)));
        assert!(unchanged(REDUCED_FILL, &reduced("sum", 1e300)));
    }
}

//! Reductions before gathers.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Lanes are reduced before they are gathered, when that is no more work: many are taken more than once, or they lie so
/// close that reading some of them reads all, and in order is faster.
pub const REDUCE_BEFORE_GATHER: Rule = Rule { name: "reduce_before_gather", apply };

/// Bytes of a reduction that may be held for what is gathered from it, which could be stored as it comes.
const LARGEST: u64 = 16 << 20;

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reduce { reducer, axes, params }, [gathered]) = e.parts() else { return Ok(None) };
    let (Kind::Gather { axis, indices }, [input]) = gathered.parts() else { return Ok(None) };
    let (lanes, all) = (indices.len() as u64, input.shape[*axis]);
    let pays = lanes >= all || (only_read(input) && lanes * 2 >= all);
    if axes.contains(axis) || !pays || !context.only_here(gathered) {
        return Ok(None);
    }
    let kept = axis - axes.iter().filter(|a| *a < axis).count();
    let mut shape = e.shape.clone();
    shape[kept] = all;
    if shape.iter().product::<u64>().saturating_mul(e.dtype.itemsize() as u64) > LARGEST {
        return Ok(None);
    }
    let kind = Kind::Reduce { reducer: *reducer, axes: axes.clone(), params: *params };
    parts::gather(&parts::node(kind, std::slice::from_ref(input), &shape, e.dtype), kept, indices.clone()).map(Some)
}

/// Whether nothing is computed for an array.
fn only_read(e: &Expr) -> bool {
    match e.parts() {
        (Kind::View { .. }, [input]) => matches!(input.kind, Kind::Source(_)),
        (kind, _) => matches!(kind, Kind::Source(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn dense_lanes_are_reduced_first() {
        let x = f64s("x", &[4, 5, 6]);
        let gathered = build::gather(&x, 1, &[4, 0, 1]).unwrap();
        let sum = build::reduce("sum", &gathered, Some(&[0]), false, None, 0.0).unwrap();
        insta::assert_snapshot!(after(REDUCE_BEFORE_GATHER, &sum), @r"
        gather axis=0 [4, 0, 1] (3, 6) float64
          sum axis=(0,) (5, 6) float64
            source x (4, 5, 6) float64
        ");
        let along = build::reduce("sum", &gathered, Some(&[1]), false, None, 0.0).unwrap();
        assert!(unchanged(REDUCE_BEFORE_GATHER, &along));
    }

    #[test]
    fn few_lanes_are_gathered_first() {
        let reduced = |x: &Expr, indices: &[i64]| {
            let gathered = build::gather(x, 1, indices).unwrap();
            build::reduce("max", &gathered, Some(&[0]), false, None, 0.0).unwrap()
        };
        let x = f64s("x", &[4, 5]);
        assert!(unchanged(REDUCE_BEFORE_GATHER, &reduced(&x, &[4, 0])));
        let computed = ufunc("sin", &[&x]);
        assert!(unchanged(REDUCE_BEFORE_GATHER, &reduced(&computed, &[4, 0, 1, 2])));
        assert!(!unchanged(REDUCE_BEFORE_GATHER, &reduced(&computed, &[4, 0, 1, 1, 4])));
        let long = f64s("x", &[2, LARGEST / 8 + 1]);
        let odd: Vec<i64> = (0..=LARGEST as i64 / 8).map(|i| i / 2).collect();
        assert!(unchanged(REDUCE_BEFORE_GATHER, &reduced(&long, &odd)));
    }
}

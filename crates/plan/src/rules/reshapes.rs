//! Reshapes of reshapes, and reshapes that move nothing.

use hyperslab_base::{Dims, Result};

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::{ViewAxis, ViewMap};

/// Only the last of two reshapes counts.
pub const MERGE_RESHAPES: Rule = Rule { name: "merge_reshapes", apply: merge };

/// A reshape that only adds or drops axes of length 1 is a view.
pub const RESHAPE_TO_VIEW: Rule = Rule { name: "reshape_to_view", apply: to_view };

fn merge(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reshape, [input]) = e.parts() else { return Ok(None) };
    if input.shape == e.shape {
        return Ok(Some(input.clone()));
    }
    let (Kind::Reshape, [below]) = input.parts() else { return Ok(None) };
    Ok(Some(parts::reshape(below, &e.shape)))
}

fn to_view(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reshape, [input]) = e.parts() else { return Ok(None) };
    let long = |shape: &[u64]| -> Dims<usize> { (0..shape.len()).filter(|&d| shape[d] != 1).collect() };
    let (from, to) = (long(&input.shape), long(&e.shape));
    if from.len() != to.len() || from.iter().zip(&to).any(|(&i, &o)| input.shape[i] != e.shape[o]) {
        return Ok(None);
    }
    let mut map: Dims<ViewAxis> = input.shape.iter().map(|_| ViewAxis::fixed(0)).collect();
    for (&i, &o) in from.iter().zip(&to) {
        map[i] = ViewAxis::whole(o);
    }
    Ok(Some(parts::view(input, ViewMap(map), &e.shape)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn the_last_reshape_counts() {
        let x = f64s("x", &[4, 6]);
        let flat = build::reshape(&x, &[24]).unwrap();
        insta::assert_snapshot!(after(MERGE_RESHAPES, &build::reshape(&flat, &[3, 8]).unwrap()), @r"
        reshape (3, 8) float64
          source x (4, 6) float64
        ");
        insta::assert_snapshot!(after(MERGE_RESHAPES, &build::reshape(&flat, &[4, 6]).unwrap()), @"source x (4, 6) float64");
    }

    #[test]
    fn axes_of_length_one_are_a_view() {
        let x = f64s("x", &[4, 1, 6]);
        insta::assert_snapshot!(after(RESHAPE_TO_VIEW, &build::reshape(&x, &[1, 4, 6, 1]).unwrap()), @r"
        view [:, 0, :] new=(0, 3) (1, 4, 6, 1) float64
          source x (4, 1, 6) float64
        ");
        assert!(unchanged(RESHAPE_TO_VIEW, &build::reshape(&x, &[6, 4]).unwrap()));
    }
}

//! Gathers before elementwise operations.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Operands are gathered, not the result, when that computes no element twice or for nothing.
pub const GATHER_THROUGH_MAP: Rule = Rule { name: "gather_through_map", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Gather { axis, indices }, [input]) = e.parts() else { return Ok(None) };
    let (Kind::Map { op }, inputs) = input.parts() else { return Ok(None) };
    if !context.only_here(input) || indices.len() as u64 > input.shape[*axis] {
        return Ok(None);
    }
    let inputs = inputs.iter().map(|i| parts::gather(i, *axis, indices.clone())).collect::<Result<_>>()?;
    Ok(Some(parts::map(op.clone(), inputs, &e.shape, e.dtype)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn operands_are_gathered() {
        let sum = ufunc("add", &[&f64s("x", &[4, 6]), &f64s("y", &[4, 6])]);
        insta::assert_snapshot!(after(GATHER_THROUGH_MAP, &build::gather(&sum, 1, &[5, 0, 1]).unwrap()), @r"
        add (4, 3) float64
          gather axis=1 [5, 0, 1] (4, 3) float64
            source x (4, 6) float64
          gather axis=1 [5, 0, 1] (4, 3) float64
            source y (4, 6) float64
        ");
    }

    #[test]
    fn longer_lists_stay() {
        let root = ufunc("sqrt", &[&f64s("x", &[2])]);
        assert!(unchanged(GATHER_THROUGH_MAP, &build::gather(&root, 0, &[1, 0, 0]).unwrap()));
    }
}

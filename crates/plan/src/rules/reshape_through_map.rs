//! Reshapes before elementwise operations.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Operands are reshaped, not the result, when all of them lie in memory in C order (or are constants): there a
/// reshape costs nothing, and the operation runs on its result's own shape.
pub const RESHAPE_THROUGH_MAP: Rule = Rule { name: "reshape_through_map", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Reshape, [input]) = e.parts() else { return Ok(None) };
    let (Kind::Map { op }, inputs) = input.parts() else { return Ok(None) };
    if !context.in_c_order(input) {
        return Ok(None);
    }
    let inputs = inputs.iter().map(|i| parts::reshape(i, &e.shape)).collect();
    Ok(Some(parts::map(op.clone(), inputs, &e.shape, e.dtype)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn operands_in_memory_are_reshaped() {
        let x = in_memory("x", &[4, 6]);
        let e = build::reshape(&ufunc("add", &[&ufunc("sqrt", &[&x]), &constant(1.0, &[4, 6])]), &[24]).unwrap();
        insta::assert_snapshot!(optimized(&[RESHAPE_THROUGH_MAP, crate::rules::fills::FILL_OF_FILL], &e), @r"
        add (24,) float64
          sqrt (24,) float64
            reshape (24,) float64
              source x (4, 6) float64
          fill 1 (24,) float64
        ");
    }

    #[test]
    fn other_operands_stay() {
        let sum = ufunc("add", &[&f64s("x", &[4, 6]), &in_memory("y", &[4, 6])]);
        assert!(unchanged(RESHAPE_THROUGH_MAP, &build::reshape(&sum, &[24]).unwrap()));
    }
}

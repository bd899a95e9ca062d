//! Gathers of gathers, and of arrays that repeat along the axis.

use std::sync::Arc;

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Positions among listed positions of one axis are listed positions.
pub const MERGE_GATHERS: Rule = Rule { name: "merge_gathers", apply: merge };

/// Listed positions along an axis that only repeats the array below repeat it as often.
pub const GATHER_OF_REPEAT: Rule = Rule { name: "gather_of_repeat", apply: of_repeat };

fn merge(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let Kind::Gather { input, axis, indices } = &e.kind else { return Ok(None) };
    match &input.kind {
        Kind::Gather { input: below, axis: inner_axis, indices: inner } if inner_axis == axis => {
            let both: Arc<[u64]> = indices.iter().map(|&i| inner[i as usize]).collect();
            Ok(Some(parts::gather(below, *axis, both)?))
        }
        _ => Ok(None),
    }
}

fn of_repeat(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let Kind::Gather { input, axis, .. } = &e.kind else { return Ok(None) };
    match &input.kind {
        Kind::View { input: below, map } if parts::moving(map, *axis).is_empty() => {
            Ok(Some(parts::view(below, map.clone(), &e.shape)?))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn gathers_of_one_axis_merge() {
        let x = f64s("x", &[8, 3]);
        let a = build::gather(&x, 0, &[7, 1, 2, 5]).unwrap();
        insta::assert_snapshot!(after(MERGE_GATHERS, &build::gather(&a, 0, &[3, 0, 0]).unwrap()), @r"
        gather axis=0 [5, 7, 7] (3, 3) float64
          source x (8, 3) float64
        ");
        assert!(unchanged(MERGE_GATHERS, &build::gather(&a, 1, &[2, 0, 0]).unwrap()));
    }

    #[test]
    fn repeats_are_repeated_as_often_as_listed() {
        let rows = build::broadcast_to(&f64s("x", &[3]), &[8, 3], None).unwrap();
        insta::assert_snapshot!(after(GATHER_OF_REPEAT, &build::gather(&rows, 0, &[7, 1, 1]).unwrap()), @r"
        view [:] repeat=(0,) (3, 3) float64
          source x (3,) float64
        ");
    }
}

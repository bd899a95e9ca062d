//! Gathers of gathers, and of arrays that repeat along the axis.

use hyperslab_base::Result;

use crate::build;
use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Positions among listed positions of one axis, maybe below lists of other axes, are listed positions.
pub const MERGE_GATHERS: Rule = Rule { name: "merge_gathers", apply: merge };

/// Listed positions along an axis that only repeats the array below repeat it as often.
pub const GATHER_OF_REPEAT: Rule = Rule { name: "gather_of_repeat", apply: of_repeat };

fn merge(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Gather { axis, indices }, [input]) = e.parts() else { return Ok(None) };
    let Some((below, lists)) = build::merged_lists(input, *axis, indices) else { return Ok(None) };
    let merged = lists.into_iter().try_fold(below.clone(), |out, (axis, list)| parts::gather(&out, axis, list))?;
    Ok(Some(merged))
}

fn of_repeat(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Gather { axis, .. }, [input]) = e.parts() else { return Ok(None) };
    match input.parts() {
        (Kind::View { map }, [below]) if parts::moving(map, *axis).is_empty() => {
            Ok(Some(parts::view(below, map.clone(), &e.shape)?))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::*;

    #[test]
    fn gathers_of_one_axis_merge() {
        let x = f64s("x", &[8, 3]);
        let a = build::gather(&x, 0, &[7, 1, 2, 5]).unwrap();
        insta::assert_snapshot!(after(MERGE_GATHERS, &parts::gather(&a, 0, [3, 0, 0].into()).unwrap()), @r"
        gather axis=0 [5, 7, 7] (3, 3) float64
          source x (8, 3) float64
        ");
        let b = parts::gather(&a, 1, [2, 0, 0].into()).unwrap();
        assert!(unchanged(MERGE_GATHERS, &b));
        insta::assert_snapshot!(after(MERGE_GATHERS, &parts::gather(&b, 0, [3, 0, 0].into()).unwrap()), @r"
        gather axis=1 [2, 0, 0] (3, 3) float64
          gather axis=0 [5, 7, 7] (3, 3) float64
            source x (8, 3) float64
        ");
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

//! Selections before elementwise operations.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Operands are selected and transposed, not the result, when nothing else needs the whole result. Views that repeat
/// elements stay above: each element is computed once.
pub const VIEW_THROUGH_MAP: Rule = Rule { name: "view_through_map", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [input]) = e.parts() else { return Ok(None) };
    let (Kind::Map { op }, inputs) = input.parts() else { return Ok(None) };
    if parts::repeats(map, &e.shape) || !context.only_here(input) {
        return Ok(None);
    }
    let inputs = inputs.iter().map(|i| parts::view(i, map.clone(), &e.shape)).collect::<Result<_>>()?;
    Ok(Some(parts::map(op.clone(), inputs, &e.shape, e.dtype)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn operands_are_sliced() {
        let (x, y) = (f64s("x", &[4, 6]), f64s("y", &[4, 6]));
        let sum = ufunc("add", &[&x, &y]);
        insta::assert_snapshot!(after(VIEW_THROUGH_MAP, &index(&sum, &[at(1), slice(0, 6, 2)])), @r"
        add (3,) float64
          view [1, 0:6:2] (3,) float64
            source x (4, 6) float64
          view [1, 0:6:2] (3,) float64
            source y (4, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_MAP, &build::transpose(&sum, &[1, 0]).unwrap()), @r"
        add (6, 4) float64
          view [:, :] to axes=(1, 0) (6, 4) float64
            source x (4, 6) float64
          view [:, :] to axes=(1, 0) (6, 4) float64
            source y (4, 6) float64
        ");
    }

    #[test]
    fn a_selection_reaches_the_sources_of_a_diamond() {
        let x = f64s("x", &[9]);
        let root = ufunc("sqrt", &[&x]);
        let e = index(&ufunc("add", &[&ufunc("exp", &[&root]), &root]), &[slice(0, 3, 1)]);
        insta::assert_snapshot!(after(VIEW_THROUGH_MAP, &e), @r"
        add (3,) float64
          exp (3,) float64
            #1 sqrt (3,) float64
              view [0:3] (3,) float64
                source x (9,) float64
          #1
        ");
    }

    #[test]
    fn what_others_need_whole_stays() {
        let root = ufunc("sqrt", &[&f64s("x", &[4])]);
        let part = index(&root, &[slice(0, 2, 1)]);
        let out = crate::rules::optimize_with(&[&VIEW_THROUGH_MAP], &[root, part]).unwrap();
        insta::assert_snapshot!(crate::explain::tree(&out), @r"
        #1 sqrt (4,) float64
          source x (4,) float64
        view [0:2] (2,) float64
          #1
        ");
    }

    #[test]
    fn repeats_stay() {
        let root = ufunc("sqrt", &[&f64s("x", &[4])]);
        assert!(unchanged(VIEW_THROUGH_MAP, &build::broadcast_to(&root, &[1000, 4], None).unwrap()));
    }
}

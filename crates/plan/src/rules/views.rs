//! Views of views.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// A view of a view is one view of the array below; a view of everything, in place, is that array.
pub const MERGE_VIEWS: Rule = Rule { name: "merge_views", apply };

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [input]) = e.parts() else { return Ok(None) };
    if map.is_identity(&input.shape, &e.shape) {
        return Ok(Some(input.clone()));
    }
    let (Kind::View { map: inner }, [below]) = input.parts() else { return Ok(None) };
    Ok(Some(parts::view(below, inner.compose(map), &e.shape)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn views_of_views_become_one() {
        let x = f64s("x", &[4, 6]);
        let t = build::transpose(&index(&x, &[slice(1, 4, 1), slice(0, 6, 2)]), &[1, 0]).unwrap();
        let e = index(&t, &[at(2), reversed()]);
        insta::assert_snapshot!(after(MERGE_VIEWS, &e), @r"
        view [3:0:-1, 4] (3,) float64
          source x (4, 6) float64
        ");
    }

    #[test]
    fn a_view_undone_disappears() {
        let x = f64s("x", &[4, 6]);
        let e = build::transpose(&build::transpose(&x, &[1, 0]).unwrap(), &[1, 0]).unwrap();
        insta::assert_snapshot!(after(MERGE_VIEWS, &e), @"source x (4, 6) float64");
    }
}

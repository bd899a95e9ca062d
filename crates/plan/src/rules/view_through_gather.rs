//! Selections before gathers.

use std::sync::Arc;

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::ViewAxis;

/// Listed positions are selected from the list, the other axes before the gather.
pub const VIEW_THROUGH_GATHER: Rule = Rule { name: "view_through_gather", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [gathered]) = e.parts() else { return Ok(None) };
    let (Kind::Gather { axis, indices }, [input]) = gathered.parts() else { return Ok(None) };
    if parts::repeats(map, &e.shape) || e.shape.contains(&0) || !context.only_here(gathered) {
        return Ok(None);
    }
    let (along, mut below) = (map.0[*axis], map.clone());
    let Some(d) = along.out else {
        below.0[*axis] = ViewAxis::fixed(indices[along.start as usize] as i64);
        return Ok(Some(parts::view(input, below, &e.shape)?));
    };
    if parts::moving(map, d).len() > 1 {
        return Ok(None);
    }
    below.0[*axis] = ViewAxis::whole(d);
    let mut shape = e.shape.clone();
    shape[d] = input.shape[*axis];
    let selected: Arc<[u64]> =
        (0..e.shape[d] as i64).map(|k| indices[(along.start + along.step * k) as usize]).collect();
    Ok(Some(parts::gather(&parts::view(input, below, &shape)?, d, selected)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn lists_and_other_axes_are_selected() {
        let x = f64s("x", &[9, 6]);
        let rows = build::gather(&x, 0, &[7, 1, 2, 5]).unwrap();
        insta::assert_snapshot!(after(VIEW_THROUGH_GATHER, &index(&rows, &[at(3)])), @r"
        view [5, :] (6,) float64
          source x (9, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_GATHER, &index(&rows, &[slice(0, 3, 1), slice(2, 4, 1)])), @r"
        gather axis=0 [7, 1, 2] (3, 2) float64
          view [:, 2:4] (9, 2) float64
            source x (9, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_GATHER, &build::transpose(&rows, &[1, 0]).unwrap()), @r"
        gather axis=1 [7, 1, 2, 5] (6, 4) float64
          view [:, :] to axes=(1, 0) (6, 9) float64
            source x (9, 6) float64
        ");
    }
}

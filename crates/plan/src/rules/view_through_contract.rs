//! Selections before matrix products.

use hyperslab_base::{Dims, Result};

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::{ViewAxis, ViewMap};

/// Rows are selected from the left operand, columns from the right, stacked matrices from both.
pub const VIEW_THROUGH_CONTRACT: Rule = Rule { name: "view_through_contract", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [product]) = e.parts() else { return Ok(None) };
    let (Kind::Contract { batch, summed }, [a, b]) = product.parts() else { return Ok(None) };
    let (batch, summed) = (*batch, *summed);
    if !context.only_here(product) {
        return Ok(None);
    }
    let rows = a.ndim() - summed;
    let group = |axis: usize| usize::from(axis >= batch) + usize::from(axis >= rows);
    let Some(groups) = groups_in_order(map, e.ndim(), group) else { return Ok(None) };
    let new_batch = groups.iter().filter(|&&g| g == 0).count();
    let new_rows = groups.iter().filter(|&&g| g <= 1).count();

    // Left: (batch…, rows…, summed…): the view's leading axes, then the sums whole.
    let mut left: Dims<ViewAxis> = map.0[..rows].into();
    left.extend((0..summed).map(|s| ViewAxis::whole(new_rows + s)));
    let mut left_shape: Dims<u64> = e.shape[..new_rows].into();
    left_shape.extend_from_slice(&a.shape[rows..]);

    // Right: (batch…, summed…, columns…): columns follow the sums instead of the rows.
    let mut right: Dims<ViewAxis> = map.0[..batch].into();
    right.extend((0..summed).map(|s| ViewAxis::whole(new_batch + s)));
    right
        .extend(map.0[rows..].iter().map(|m| ViewAxis { out: m.out.map(|o| o - new_rows + new_batch + summed), ..*m }));
    let mut right_shape: Dims<u64> = e.shape[..new_batch].into();
    right_shape.extend_from_slice(&b.shape[batch..batch + summed]);
    right_shape.extend_from_slice(&e.shape[new_rows..]);

    let a = parts::view(a, ViewMap(left), &left_shape)?;
    let b = parts::view(b, ViewMap(right), &right_shape)?;
    let kind = Kind::Contract { batch: new_batch, summed };
    Ok(Some(parts::node(kind, &[a, b], &e.shape, e.dtype)))
}

/// Of each output axis of the view, the group (batch, rows, columns) of the one axis it moves along; `None` unless all
/// move along one each and groups stay in order.
fn groups_in_order(map: &ViewMap, ndim: usize, group: impl Fn(usize) -> usize) -> Option<Dims<usize>> {
    let groups: Option<Dims<usize>> = (0..ndim)
        .map(|d| match parts::moving(map, d).as_slice() {
            [axis] if map.0[*axis].step != 0 => Some(group(*axis)),
            _ => None,
        })
        .collect();
    groups.filter(|g| g.windows(2).all(|w| w[0] <= w[1]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn rows_and_columns_are_selected_first() {
        let product = build::matmul(&f64s("a", &[5, 4]), &f64s("b", &[4, 6])).unwrap();
        insta::assert_snapshot!(after(VIEW_THROUGH_CONTRACT, &index(&product, &[slice(0, 2, 1), reversed()])), @r"
        contract batch=0 summed=1 (2, 6) float64
          view [0:2, :] (2, 4) float64
            source a (5, 4) float64
          view [:, ::-1] (4, 6) float64
            source b (4, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_CONTRACT, &index(&product, &[at(3)])), @r"
        contract batch=0 summed=1 (6,) float64
          view [3, :] (4,) float64
            source a (5, 4) float64
          source b (4, 6) float64
        ");
    }

    #[test]
    fn one_matrix_of_a_stack() {
        let product = build::matmul(&f64s("a", &[3, 5, 4]), &f64s("b", &[3, 4, 6])).unwrap();
        insta::assert_snapshot!(after(VIEW_THROUGH_CONTRACT, &index(&product, &[at(1), slice(0, 2, 1)])), @r"
        contract batch=0 summed=1 (2, 6) float64
          view [1, 0:2, :] (2, 4) float64
            source a (3, 5, 4) float64
          view [1, :, :] (4, 6) float64
            source b (3, 4, 6) float64
        ");
    }

    #[test]
    fn a_transposed_product_stays() {
        let product = build::matmul(&f64s("a", &[5, 4]), &f64s("b", &[4, 6])).unwrap();
        assert!(unchanged(VIEW_THROUGH_CONTRACT, &build::transpose(&product, &[1, 0]).unwrap()));
    }
}

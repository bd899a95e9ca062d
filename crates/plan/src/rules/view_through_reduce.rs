//! Selections before reductions.

use hyperslab_base::{Dims, Result};

use crate::build::kept;
use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::{ViewAxis, ViewMap};

/// What is selected of the kept axes is selected before the reduction, when nothing else needs the rest. Reduced axes
/// keep their order, so that each result folds the same elements in the same order.
pub const VIEW_THROUGH_REDUCE: Rule = Rule { name: "view_through_reduce", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [reduced]) = e.parts() else { return Ok(None) };
    let (Kind::Reduce { .. }, [input]) = reduced.parts() else { return Ok(None) };
    if parts::repeats(map, &e.shape) || !context.only_here(reduced) {
        return Ok(None);
    }
    if e.ndim() <= input.ndim() {
        return Ok(Some(selected(reduced, map, &e.shape)?));
    }
    // New axes stay behind: each reduction of a long chain of them would have more than the one before.
    let moving: Dims<usize> = (0..e.ndim()).filter(|d| map.0.iter().any(|a| a.out == Some(*d))).collect();
    let place = |out: usize| moving.iter().position(|d| *d == out);
    let inner = ViewMap(map.0.iter().map(|a| ViewAxis { out: a.out.and_then(place), ..*a }).collect());
    let shape: Dims<u64> = moving.iter().map(|&d| e.shape[d]).collect();
    if inner.is_identity(&reduced.shape, &shape) {
        return Ok(None);
    }
    let outer = ViewMap(moving.iter().map(|&d| ViewAxis::whole(d)).collect());
    Ok(Some(parts::view(&selected(reduced, &inner, &shape)?, outer, &e.shape)?))
}

/// The reduction of what a view of its result selects.
fn selected(reduced: &Expr, map: &ViewMap, shape: &[u64]) -> Result<Expr> {
    let (Kind::Reduce { reducer, axes, params }, [input]) = reduced.parts() else { return Ok(reduced.clone()) };
    let order = interleave(map, axes, input.ndim(), shape.len());
    let place = |wanted: Axis| order.iter().position(|a| *a == wanted);
    let mut below: Dims<ViewAxis> = (0..input.ndim()).map(|_| ViewAxis::fixed(0)).collect();
    for (k, d) in kept(axes, input.ndim()).enumerate() {
        let out = map.0[k].out.and_then(|o| place(Axis::Kept(o)));
        below[d] = ViewAxis { out, ..map.0[k] };
    }
    for &d in axes {
        below[d].out = place(Axis::Reduced(d));
    }
    let looked_at: Dims<u64> = order
        .iter()
        .map(|a| match *a {
            Axis::Kept(o) => shape[o],
            Axis::Reduced(d) => input.shape[d],
        })
        .collect();
    let axes: Dims<usize> = (0..order.len()).filter(|&p| matches!(order[p], Axis::Reduced(_))).collect();
    let input = parts::view(input, ViewMap(below), &looked_at)?;
    let kind = Kind::Reduce { reducer: *reducer, axes, params: *params };
    Ok(parts::node(kind, &[input], shape, reduced.dtype))
}

/// An axis of the reduction's new input.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    /// Output axis of the view.
    Kept(usize),
    /// Reduced axis of the old input.
    Reduced(usize),
}

/// The view's output axes in order, and between them the reduced axes in order, each about where it was: a selection
/// then reads its input in the input's order.
fn interleave(map: &ViewMap, axes: &[usize], ndim: usize, out_ndim: usize) -> Vec<Axis> {
    let mut order = Vec::with_capacity(out_ndim + axes.len());
    let mut next = 0;
    let mut k = 0;
    for d in 0..ndim {
        if axes.contains(&d) {
            order.push(Axis::Reduced(d));
            continue;
        }
        if let Some(o) = map.0[k].out {
            order.extend((next..=o).map(Axis::Kept));
            next = next.max(o + 1);
        }
        k += 1;
    }
    order.extend((next..out_ndim).map(Axis::Kept));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn kept_axes_are_selected_first() {
        let x = f64s("x", &[4, 5, 6]);
        let sum = build::reduce("sum", &x, Some(&[1]), false, None, 0.0).unwrap();
        insta::assert_snapshot!(after(VIEW_THROUGH_REDUCE, &index(&sum, &[slice(1, 3, 1), at(2)])), @r"
        sum axis=(1,) (2,) float64
          view [1:3, :, 2] (2, 5) float64
            source x (4, 5, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_REDUCE, &build::transpose(&sum, &[1, 0]).unwrap()), @r"
        sum axis=(2,) (6, 4) float64
          view [:, :, :] to axes=(1, 2, 0) (6, 4, 5) float64
            source x (4, 5, 6) float64
        ");
    }

    #[test]
    fn repeats_stay() {
        let x = f64s("x", &[4, 5]);
        let sum = build::reduce("sum", &x, Some(&[1]), false, None, 0.0).unwrap();
        assert!(unchanged(VIEW_THROUGH_REDUCE, &build::broadcast_to(&sum, &[3, 4], None).unwrap()));
    }
}

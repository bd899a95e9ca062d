//! Selections before scans.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::{ViewAxis, ViewMap};

/// What is selected of the other axes is selected before the scan, when nothing else needs the rest; of the scanned
/// axis what lies behind the last position that is needed is left away.
pub const VIEW_THROUGH_SCAN: Rule = Rule { name: "view_through_scan", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [scanned]) = e.parts() else { return Ok(None) };
    let (Kind::Scan { scanner, axis }, [input]) = scanned.parts() else { return Ok(None) };
    if parts::repeats(map, &e.shape) || e.shape.contains(&0) || !context.only_here(scanned) {
        return Ok(None);
    }
    let along = map.0[*axis];
    if along.out.is_some_and(|d| parts::moving(map, d).len() > 1) {
        return Ok(None);
    }
    let (mut below, mut shape) = (map.clone(), e.shape.clone());
    let d = along.out.unwrap_or_else(|| {
        // One position: the axis stays below, after the output axes of the axes before it, and is indexed above.
        let d = map.0[..*axis].iter().filter_map(|a| a.out).max().map_or(0, |d| d + 1);
        below.0.iter_mut().filter_map(|a| a.out.as_mut()).filter(|o| **o >= d).for_each(|o| *o += 1);
        shape.insert(d, 1);
        d
    });
    let last = along.start.max(along.start + along.step * (shape[d] as i64 - 1));
    below.0[*axis] = ViewAxis::whole(d);
    shape[d] = last as u64 + 1;
    let selected = parts::view(input, below, &shape)?;
    if selected == *input {
        return Ok(None);
    }
    let scan = parts::node(Kind::Scan { scanner: *scanner, axis: d }, &[selected], &shape, e.dtype);
    let axes = (0..shape.len()).map(|k| match k {
        k if k == d => ViewAxis { out: along.out, ..along },
        k => ViewAxis::whole(if along.out.is_none() && k > d { k - 1 } else { k }),
    });
    Ok(Some(parts::view(&scan, ViewMap(axes.collect()), &e.shape)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    fn sums() -> Expr {
        build::scan("cumsum", &f64s("x", &[9, 6]), Some(0), None).unwrap()
    }

    #[test]
    fn other_axes_are_selected_first() {
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &index(&sums(), &[slice(0, 9, 1), slice(4, 1, -1)])), @r"
        cumsum axis=0 (9, 3) float64
          view [:, 4:1:-1] (9, 3) float64
            source x (9, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &index(&sums(), &[reversed(), at(2)])), @r"
        view [::-1] (9,) float64
          cumsum axis=0 (9,) float64
            view [:, 2] (9,) float64
              source x (9, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &build::transpose(&sums(), &[1, 0]).unwrap()), @r"
        cumsum axis=1 (6, 9) float64
          view [:, :] to axes=(1, 0) (6, 9) float64
            source x (9, 6) float64
        ");
    }

    #[test]
    fn what_comes_after_the_last_position_is_left_away() {
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &index(&sums(), &[slice(0, 4, 1)])), @r"
        cumsum axis=0 (4, 6) float64
          view [0:4, :] (4, 6) float64
            source x (9, 6) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &index(&sums(), &[slice(5, 2, -1)])), @r"
        view [5:2:-1, :] (3, 6) float64
          cumsum axis=0 (6, 6) float64
            view [0:6, :] (6, 6) float64
              source x (9, 6) float64
        ");
    }

    #[test]
    fn one_position_needs_those_before_it() {
        insta::assert_snapshot!(after(VIEW_THROUGH_SCAN, &index(&sums(), &[at(3), slice(0, 6, 2)])), @r"
        view [3, :] (3,) float64
          cumsum axis=0 (4, 3) float64
            view [0:4, 0:6:2] (4, 3) float64
              source x (9, 6) float64
        ");
    }

    #[test]
    fn reversals_of_the_axis_stay() {
        assert!(unchanged(VIEW_THROUGH_SCAN, &index(&sums(), &[reversed()])));
    }
}

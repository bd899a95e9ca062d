//! Nodes that only move elements, over one value: the value again.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// A view, reshape, gather or concatenation of one value is that value in another shape.
pub const FILL_OF_FILL: Rule = Rule { name: "fill_of_fill", apply };

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let moves =
        matches!(e.kind, Kind::View { .. } | Kind::Reshape | Kind::Gather { .. } | Kind::Concat { .. } | Kind::Rechunk);
    if !moves {
        return Ok(None);
    }
    let mut value = None;
    for i in e.inputs() {
        match &i.kind {
            Kind::Fill(v) if value.is_none_or(|known| known == *v) => value = Some(*v),
            _ => return Ok(None),
        }
    }
    Ok(value.map(|v| parts::fill(v, &e.shape)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn moved_constants_are_constants() {
        let one = constant(1.0, &[4, 6]);
        let rows = index(&one, &[at(2)]);
        insta::assert_snapshot!(after(FILL_OF_FILL, &rows), @"fill 1 (6,) float64");
        let flat = build::reshape(&one, &[24]).unwrap();
        insta::assert_snapshot!(after(FILL_OF_FILL, &flat), @"fill 1 (24,) float64");
        let twice = build::concat(&[one.clone(), one.clone()], 0).unwrap();
        insta::assert_snapshot!(after(FILL_OF_FILL, &twice), @"fill 1 (8, 6) float64");
    }

    #[test]
    fn different_constants_stay() {
        let e = build::concat(&[constant(1.0, &[2]), constant(2.0, &[2])], 0).unwrap();
        assert!(unchanged(FILL_OF_FILL, &e));
    }
}

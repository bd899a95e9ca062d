//! Pieces without elements.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Pieces of a concatenation that have no elements are left out, but for one when all have none.
pub const DROP_EMPTY_PIECES: Rule = Rule { name: "drop_empty_pieces", apply };

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Concat { axis }, inputs) = e.parts() else { return Ok(None) };
    let mut full: Vec<Expr> = inputs.iter().filter(|i| i.shape[*axis] > 0).cloned().collect();
    if full.is_empty() {
        full.push(inputs[0].clone());
    }
    Ok((full.len() < inputs.len()).then(|| parts::concat(*axis, full)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn empty_pieces_disappear() {
        let (a, none) = (f64s("a", &[2, 3]), f64s("none", &[0, 3]));
        let e = build::concat(&[none.clone(), a, none.clone()], 0).unwrap();
        insta::assert_snapshot!(after(DROP_EMPTY_PIECES, &e), @"source a (2, 3) float64");
        let e = build::concat(&[none.clone(), none], 0).unwrap();
        insta::assert_snapshot!(after(DROP_EMPTY_PIECES, &e), @"source none (0, 3) float64");
    }
}

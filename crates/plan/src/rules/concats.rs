//! Concatenations of concatenations.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Pieces that are concatenations along the same axis give way to their own pieces.
pub const FLATTEN_CONCAT: Rule = Rule { name: "flatten_concat", apply };

fn apply(e: &Expr, _: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Concat { axis }, inputs) = e.parts() else { return Ok(None) };
    if !inputs.iter().any(|i| pieces(i, *axis).is_some()) {
        return Ok(None);
    }
    // All levels at once: level by level, a concatenation grown piece by piece would be copied once per piece.
    let mut flat = Vec::new();
    let mut stack: Vec<&Expr> = inputs.iter().rev().collect();
    while let Some(piece) = stack.pop() {
        match pieces(piece, *axis) {
            Some(inner) => stack.extend(inner.iter().rev()),
            None => flat.push(piece.clone()),
        }
    }
    Ok(Some(parts::concat(*axis, flat)))
}

fn pieces(e: &Expr, along: usize) -> Option<&[Expr]> {
    match e.parts() {
        (Kind::Concat { axis }, inputs) if *axis == along => Some(inputs),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn pieces_of_pieces() {
        let [a, b, c] = ["a", "b", "c"].map(|n| f64s(n, &[2, 3]));
        let ab = build::concat(&[a, b], 0).unwrap();
        insta::assert_snapshot!(after(FLATTEN_CONCAT, &parts::concat(0, vec![ab.clone(), c])), @r"
        concatenate axis=0 of 3 (6, 3) float64
          source a (2, 3) float64
          source b (2, 3) float64
          source c (2, 3) float64
        ");
        let d = f64s("d", &[4, 3]);
        assert!(unchanged(FLATTEN_CONCAT, &build::concat(&[ab, d], 1).unwrap()));
    }
}

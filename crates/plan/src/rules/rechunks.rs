//! Declared chunks: a contract with the user that computing does not need.

use crate::node::Kind;
use crate::rules::Rule;

/// `rechunk(x)` is `x`.
pub const DROP_RECHUNK: Rule = Rule {
    name: "drop_rechunk",
    apply: |e, _| match e.parts() {
        (Kind::Rechunk, [input]) => Ok(Some(input.clone())),
        _ => Ok(None),
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;
    use hyperslab_base::ChunkGrid;

    #[test]
    fn rechunks_disappear() {
        let x = f64s("x", &[4, 6]);
        let e = build::rechunk(&x, ChunkGrid(vec![chunks(4, 2), chunks(6, 5)])).unwrap();
        insta::assert_snapshot!(after(DROP_RECHUNK, &e), @"source x (4, 6) float64");
    }
}

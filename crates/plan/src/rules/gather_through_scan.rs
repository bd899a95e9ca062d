//! Gathers before scans.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};

/// Lanes are gathered before they are scanned, when that scans none twice or for nothing.
pub const GATHER_THROUGH_SCAN: Rule = Rule { name: "gather_through_scan", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::Gather { axis, indices }, [scanned]) = e.parts() else { return Ok(None) };
    let (Kind::Scan { scanner, axis: along }, [input]) = scanned.parts() else { return Ok(None) };
    if along == axis || !context.only_here(scanned) || indices.len() as u64 > scanned.shape[*axis] {
        return Ok(None);
    }
    let input = parts::gather(input, *axis, indices.clone())?;
    Ok(Some(parts::node(Kind::Scan { scanner: *scanner, axis: *along }, &[input], &e.shape, e.dtype)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    #[test]
    fn lanes_are_gathered_positions_are_not() {
        let sums = build::scan("cumsum", &f64s("x", &[9, 6]), Some(0), None).unwrap();
        insta::assert_snapshot!(after(GATHER_THROUGH_SCAN, &build::gather(&sums, 1, &[5, 0, 1]).unwrap()), @r"
        cumsum axis=0 (9, 3) float64
          gather axis=1 [5, 0, 1] (9, 3) float64
            source x (9, 6) float64
        ");
        assert!(unchanged(GATHER_THROUGH_SCAN, &build::gather(&sums, 0, &[5, 0, 1]).unwrap()));
    }
}

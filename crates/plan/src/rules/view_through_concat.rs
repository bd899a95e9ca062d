//! Selections before concatenations.

use hyperslab_base::Result;

use crate::node::{Expr, Kind};
use crate::rules::{Context, Rule, parts};
use crate::viewmap::{ViewAxis, ViewMap};

/// Pieces are selected, and those that nothing is selected of are left out. Of a concatenation that others use too,
/// only what lies in one piece is.
pub const VIEW_THROUGH_CONCAT: Rule = Rule { name: "view_through_concat", apply };

fn apply(e: &Expr, context: &Context<'_>) -> Result<Option<Expr>> {
    let (Kind::View { map }, [whole]) = e.parts() else { return Ok(None) };
    let (Kind::Concat { axis }, inputs) = whole.parts() else { return Ok(None) };
    if parts::repeats(map, &e.shape) || e.shape.contains(&0) {
        return Ok(None);
    }
    let along = map.0[*axis];
    let moves = along.out.filter(|&d| parts::moving(map, d).len() == 1 && along.step != 0);
    if along.out.is_some() && moves.is_none() {
        return Ok(None);
    }
    let mut pieces = touched(along, moves.map_or(1, |d| e.shape[d]), inputs.iter().map(|i| i.shape[*axis]));
    if pieces.len() > 1 && !context.only_here(whole) {
        return Ok(None);
    }
    if along.step < 0 {
        pieces.reverse();
    }
    let views = pieces
        .iter()
        .map(|p| {
            let mut m: ViewMap = map.clone();
            m.0[*axis].start = p.start;
            let mut shape = e.shape.clone();
            if let Some(d) = moves {
                shape[d] = p.len;
            }
            parts::view(&inputs[p.piece], m, &shape)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Some(parts::concat(moves.unwrap_or(0), views)))
}

/// What is selected of one piece: `len` positions from `start` on, in the order selected.
struct Part {
    piece: usize,
    start: i64,
    len: u64,
}

/// Parts of the pieces, in the pieces' order, that `len` positions along the axis touch.
fn touched(along: ViewAxis, len: u64, sizes: impl Iterator<Item = u64>) -> Vec<Part> {
    let (mut out, mut low) = (Vec::new(), 0i64);
    for (piece, size) in sizes.enumerate() {
        let high = low + size as i64;
        // Selected positions `start + step * k` within low..high, as bounds of k.
        let (first, end) = if along.step > 0 {
            (div_ceil(low - along.start, along.step), div_ceil(high - along.start, along.step))
        } else {
            (div_ceil(along.start - high + 1, -along.step), div_ceil(along.start - low + 1, -along.step))
        };
        let (first, end) = (first.clamp(0, len as i64), end.clamp(0, len as i64));
        if end > first {
            out.push(Part { piece, start: along.start + along.step * first - low, len: (end - first) as u64 });
        }
        low = high;
    }
    out
}

fn div_ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use crate::rules::testing::*;

    fn joined() -> Expr {
        build::concat(&["a", "b", "c"].map(|n| f64s(n, &[4, 3])), 0).unwrap()
    }

    #[test]
    fn one_piece_is_read() {
        insta::assert_snapshot!(after(VIEW_THROUGH_CONCAT, &index(&joined(), &[at(5)])), @r"
        view [1, :] (3,) float64
          source b (4, 3) float64
        ");
    }

    #[test]
    fn pieces_not_selected_are_left_out() {
        insta::assert_snapshot!(after(VIEW_THROUGH_CONCAT, &index(&joined(), &[slice(2, 8, 3)])), @r"
        concatenate axis=0 of 2 (2, 3) float64
          view [2:5:3, :] (1, 3) float64
            source a (4, 3) float64
          view [1:4:3, :] (1, 3) float64
            source b (4, 3) float64
        ");
        insta::assert_snapshot!(after(VIEW_THROUGH_CONCAT, &index(&joined(), &[reversed(), at(0)])), @r"
        concatenate axis=0 of 3 (12,) float64
          view [::-1, 0] (4,) float64
            source c (4, 3) float64
          view [::-1, 0] (4,) float64
            source b (4, 3) float64
          view [::-1, 0] (4,) float64
            source a (4, 3) float64
        ");
    }

    #[test]
    fn transposed_pieces() {
        let e = build::transpose(&joined(), &[1, 0]).unwrap();
        insta::assert_snapshot!(after(VIEW_THROUGH_CONCAT, &e), @r"
        concatenate axis=1 of 3 (3, 12) float64
          view [:, :] to axes=(1, 0) (3, 4) float64
            source a (4, 3) float64
          view [:, :] to axes=(1, 0) (3, 4) float64
            source b (4, 3) float64
          view [:, :] to axes=(1, 0) (3, 4) float64
            source c (4, 3) float64
        ");
    }
}

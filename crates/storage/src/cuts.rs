//! Regions cut at the boundaries of chunks.

use hyperslab_base::{Dims, Range, Region, Result, Scalar, View, ViewMut, copy, pieces};

use crate::dense::odometer;

/// The part of one dimension's selection that lies in one chunk.
#[derive(Debug)]
struct Cut {
    chunk: u64,
    /// First position in the result.
    out: u64,
    /// Positions within the chunk.
    inside: Range,
}

/// Cuts a selection at the boundaries of chunks; every touched chunk comes once.
fn cuts(r: Range, chunk: u64) -> Vec<Cut> {
    let (mut cuts, mut k) = (Vec::new(), 0);
    while k < r.len {
        let (c, within) = (r.at(k) as u64 / chunk, r.at(k) as u64 % chunk);
        let left = if r.step > 0 { chunk - 1 - within } else { within };
        let len = (left / r.step.unsigned_abs() + 1).min(r.len - k);
        cuts.push(Cut { chunk: c, out: k, inside: Range { start: within as i64, step: r.step, len } });
        k += len;
    }
    cuts
}

/// Calls `f` once for every chunk that `region` touches: with its place in the grid, with what the region selects
/// within it, and with where that lies in the result.
pub fn each_chunk(
    region: &Region,
    chunk_shape: &[u64],
    mut f: impl FnMut(&[u64], &Region, &Region) -> Result<()>,
) -> Result<()> {
    let cuts: Dims<Vec<Cut>> = region.0.iter().zip(chunk_shape).map(|(r, c)| cuts(*r, *c)).collect();
    let counts: Dims<u64> = cuts.iter().map(|c| c.len() as u64).collect();
    odometer(&counts, |at| {
        let here: Dims<&Cut> = cuts.iter().zip(at).map(|(c, i)| &c[*i as usize]).collect();
        let position: Dims<u64> = here.iter().map(|c| c.chunk).collect();
        let inside = Region(here.iter().map(|c| c.inside).collect());
        let out = Region(here.iter().map(|c| Range::new(c.out, c.inside.len)).collect());
        f(&position, &inside, &out)
    })
}

/// Chunks that a region touches.
pub fn touched(region: &Region, chunk_shape: &[u64]) -> u64 {
    region.0.iter().zip(chunk_shape).map(|(r, &c)| pieces::touched(r, c)).fold(1, u64::saturating_mul)
}

/// Whether a region selects all of a chunk, in order.
pub fn is_whole(inside: &Region, chunk_shape: &[u64]) -> bool {
    inside.0.iter().zip(chunk_shape).all(|(r, n)| r.len == *n && (r.step == 1 || r.len == 1))
}

/// Writes one value everywhere.
pub fn fill(out: &mut ViewMut<'_>, value: &Scalar) -> Result<()> {
    if value.bytes().iter().all(|b| *b == 0)
        && let Some(bytes) = out.bytes_mut()
    {
        bytes.fill(0);
        return Ok(());
    }
    let still: Dims<isize> = out.shape().iter().map(|_| 0).collect();
    let one = View::from_bytes(value.dtype(), &[1], value.bytes())?;
    copy(&one.restride(0, out.shape(), &still), out);
    Ok(())
}

//! The loops of every fold: along rows with several accumulators, down columns in strips.
//!
//! All of it is `#[inline(always)]`, to be compiled with each instruction set inside `vectorize`.

/// Rows at least this long get the wide set of accumulators.
const LONG_ROW: usize = 128;

/// Folds a row with 32 accumulators, or 8 when it is short. The order of combination depends on the length alone.
#[inline(always)]
pub(super) fn fold_row<T: Copy, A: Copy>(
    row: &[T],
    init: A,
    load: impl Fn(T) -> A + Copy,
    join: impl Fn(A, A) -> A + Copy,
) -> A {
    if row.len() >= LONG_ROW {
        lanes::<T, A, 32>(row, init, load, join)
    } else {
        lanes::<T, A, 8>(row, init, load, join)
    }
}

#[inline(always)]
fn lanes<T: Copy, A: Copy, const L: usize>(
    row: &[T],
    init: A,
    load: impl Fn(T) -> A + Copy,
    join: impl Fn(A, A) -> A + Copy,
) -> A {
    let mut acc = [init; L];
    let (chunks, rest) = row.as_chunks::<L>();
    for chunk in chunks {
        for j in 0..L {
            acc[j] = join(acc[j], load(chunk[j]));
        }
    }
    // A copy, so that the accumulators above stay in registers though these are indexed freely.
    let mut tail = acc;
    for (a, &x) in tail.iter_mut().zip(rest) {
        *a = join(*a, load(x));
    }
    let mut width = L / 2;
    while width > 0 {
        for j in 0..width {
            tail[j] = join(tail[j], tail[j + width]);
        }
        width /= 2;
    }
    tail[0]
}

/// Work on `S` neighbouring columns, from column `c` on.
pub(super) trait Strip {
    fn strip<const S: usize>(&mut self, c: usize);
}

/// Cuts the columns into strips whose accumulators fit the registers. What a column gets does not depend on its strip.
#[inline(always)]
pub(super) fn for_strips(k: &mut impl Strip, cols: usize) {
    let mut c = 0;
    while c + 32 <= cols {
        k.strip::<32>(c);
        c += 32;
    }
    while c + 8 <= cols {
        k.strip::<8>(c);
        c += 8;
    }
    while c < cols {
        k.strip::<1>(c);
        c += 1;
    }
}

/// Folds the strip at `c` of every row into `acc`; `join` sees the column within the strip.
#[inline(always)]
pub(super) fn fold_strip<T: Copy, A: Copy, const S: usize>(
    tile: &[T],
    cols: usize,
    c: usize,
    mut acc: [A; S],
    join: impl Fn(usize, A, T) -> A,
) -> [A; S] {
    for row in tile.chunks_exact(cols) {
        let x = &row[c..c + S];
        for j in 0..S {
            acc[j] = join(j, acc[j], x[j]);
        }
    }
    acc
}

/// `S` elements from `c` on, as an array.
#[inline(always)]
pub(super) fn take<A: Copy, const S: usize>(from: &[A], c: usize) -> [A; S] {
    let from = &from[c..c + S];
    std::array::from_fn(|j| from[j])
}

//! The loops of every fold: along rows with several accumulators, down columns in strips.
//!
//! All of it is `#[inline(always)]`, to be compiled with each instruction set inside `vectorize`.

/// Folds a row with 32 accumulators, what is left of it with 8, and the last few elements one after the other.
/// The order of combination depends on the length alone.
#[inline(always)]
pub(super) fn fold_row<T: Copy, A: Copy>(
    row: &[T],
    init: A,
    load: impl Fn(T) -> A + Copy,
    join: impl Fn(A, A) -> A + Copy,
) -> A {
    let [total] = fold_parts(row, init, load, join);
    total
}

/// As [`fold_row`], of a row of elements of `P` parts (1 or 2), each part for itself.
#[inline(always)]
pub(super) fn fold_parts<T: Copy, A: Copy, const P: usize>(
    row: &[T],
    init: A,
    load: impl Fn(T) -> A + Copy,
    join: impl Fn(A, A) -> A + Copy,
) -> [A; P] {
    let (wide, row) = row.as_chunks::<32>();
    let (narrow, row) = row.as_chunks::<8>();
    let mut total = [init; P];
    for x in row.chunks_exact(P) {
        total = std::array::from_fn(|p| join(total[p], load(x[p])));
    }
    if !narrow.is_empty() {
        let more: [A; P] = halve(lanes(narrow, init, load, join), join);
        total = std::array::from_fn(|p| join(more[p], total[p]));
    }
    if !wide.is_empty() {
        let acc: [A; 32] = lanes(wide, init, load, join);
        let acc: [A; 8] = std::array::from_fn(|j| join(join(acc[j], acc[j + 8]), join(acc[j + 16], acc[j + 24])));
        let more: [A; P] = halve(acc, join);
        total = std::array::from_fn(|p| join(more[p], total[p]));
    }
    total
}

#[inline(always)]
fn lanes<T: Copy, A: Copy, const L: usize>(
    chunks: &[[T; L]],
    init: A,
    load: impl Fn(T) -> A,
    join: impl Fn(A, A) -> A,
) -> [A; L] {
    let mut acc = [init; L];
    for chunk in chunks {
        for j in 0..L {
            acc[j] = join(acc[j], load(chunk[j]));
        }
    }
    // Through memory, or the vectoriser starts from the tree that joins these and makes scalars of the loop.
    std::hint::black_box(acc)
}

/// Joins eight accumulators, every `P`-th with each other. Only constant indices, so that they never leave the registers.
#[inline(always)]
fn halve<A: Copy, const P: usize>(a: [A; 8], join: impl Fn(A, A) -> A) -> [A; P] {
    const { assert!(P == 1 || P == 2) };
    let a: [A; 4] = std::array::from_fn(|j| join(a[j], a[j + 4]));
    let a = [join(a[0], a[2]), join(a[1], a[3])];
    std::array::from_fn(|p| if P == 1 { join(a[0], a[1]) } else { a[p] })
}

/// Work on `S` neighbouring columns, from column `c` on.
pub(crate) trait Strip {
    fn strip<const S: usize>(&mut self, c: usize);
}

/// Cuts the columns into strips whose accumulators fit the registers. What a column gets does not depend on its strip.
#[inline(always)]
pub(crate) fn for_strips(k: &mut impl Strip, cols: usize) {
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

/// The rows of a tile, each a `step` after the other.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a, T> {
    pub data: &'a [T],
    pub step: usize,
}

impl<'a, T> Lines<'a, T> {
    /// Every row, and what lies behind it up to the next.
    #[inline(always)]
    pub fn each(self) -> std::slice::Chunks<'a, T> {
        self.data.chunks(self.step)
    }
}

/// Folds the strip at `c` of every row into `acc`; `join` sees the column within the strip.
#[inline(always)]
pub(super) fn fold_strip<T: Copy, A: Copy, const S: usize>(
    tile: Lines<'_, T>,
    c: usize,
    mut acc: [A; S],
    join: impl Fn(usize, A, T) -> A,
) -> [A; S] {
    for row in tile.each() {
        let x = &row[c..c + S];
        for j in 0..S {
            acc[j] = join(j, acc[j], x[j]);
        }
    }
    acc
}

/// `S` elements from `c` on, as an array.
#[inline(always)]
pub(crate) fn take<A: Copy, const S: usize>(from: &[A], c: usize) -> [A; S] {
    let from = &from[c..c + S];
    std::array::from_fn(|j| from[j])
}

//! Transposing copies.

/// Bytes that are read of a run at once: a cache line.
const LINE: usize = 64;

/// Copies contiguous runs of `rows` elements, each `src_step` bytes after the one before, into the columns of `dst`,
/// whose rows are contiguous and lie `dst_step` bytes apart. Elements have `N` bytes.
///
/// # Safety
/// Every element must be readable in `src` and writable in `dst`.
pub unsafe fn turn<const N: usize>(
    src: *const u8,
    src_step: isize,
    dst: *mut u8,
    dst_step: isize,
    rows: usize,
    cols: usize,
) {
    let side = side::<N>();
    let (whole_rows, whole_cols) = (rows / side * side, cols / side * side);
    // SAFETY: within the rows and columns, by the caller's promise.
    let from = |r: usize, c: usize| unsafe { src.offset(c as isize * src_step + (r * N) as isize) };
    // SAFETY: as above.
    let to = |r: usize, c: usize| unsafe { dst.offset(r as isize * dst_step + (c * N) as isize) };
    for line in (0..whole_rows).step_by(LINE / N) {
        for c in (0..whole_cols).step_by(side) {
            for r in (line..(line + LINE / N).min(whole_rows)).step_by(side) {
                // SAFETY: a whole square, by the caller's promise.
                unsafe { square::<N>(from(r, c), src_step, to(r, c), dst_step) };
            }
        }
    }
    for r in 0..rows {
        for c in if r < whole_rows { whole_cols } else { 0 }..cols {
            // SAFETY: one element, by the caller's promise.
            unsafe { to(r, c).cast::<[u8; N]>().write_unaligned(from(r, c).cast::<[u8; N]>().read_unaligned()) };
        }
    }
}

/// Side of a square: what a vector holds.
const fn side<const N: usize>() -> usize {
    if cfg!(target_arch = "x86_64") && N < 16 { 16 / N } else { 1 }
}

/// Turns a square, whose lines are vectors: halves of them are interleaved until elements stand in columns.
///
/// # Safety
/// Its elements must be readable in `src` and writable in `dst`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn square<const N: usize>(src: *const u8, src_step: isize, dst: *mut u8, dst_step: isize) {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};
    let side = side::<N>();
    // SAFETY: lines of the square, by the caller's promise; those beyond its side repeat others and are not used.
    let mut lines: [__m128i; 16] =
        std::array::from_fn(|k| unsafe { _mm_loadu_si128(src.offset((k % side) as isize * src_step).cast()) });
    for _ in 0..side.ilog2() {
        let before = lines;
        for k in 0..side / 2 {
            (lines[2 * k], lines[2 * k + 1]) = interleave::<N>(before[k], before[k + side / 2]);
        }
    }
    for (k, line) in lines[..side].iter().enumerate() {
        // SAFETY: as above.
        unsafe { _mm_storeu_si128(dst.offset(k as isize * dst_step).cast(), *line) };
    }
}

/// The elements of two vectors in turns: those of their first halves, and those of their second.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn interleave<const N: usize>(
    a: std::arch::x86_64::__m128i,
    b: std::arch::x86_64::__m128i,
) -> (std::arch::x86_64::__m128i, std::arch::x86_64::__m128i) {
    use std::arch::x86_64::{
        _mm_unpackhi_epi8, _mm_unpackhi_epi16, _mm_unpackhi_epi32, _mm_unpackhi_epi64, _mm_unpacklo_epi8,
        _mm_unpacklo_epi16, _mm_unpacklo_epi32, _mm_unpacklo_epi64,
    };
    // SAFETY: every processor of this architecture has these.
    unsafe {
        match N {
            1 => (_mm_unpacklo_epi8(a, b), _mm_unpackhi_epi8(a, b)),
            2 => (_mm_unpacklo_epi16(a, b), _mm_unpackhi_epi16(a, b)),
            4 => (_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b)),
            _ => (_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b)),
        }
    }
}

/// One element.
///
/// # Safety
/// It must be readable in `src` and writable in `dst`.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
unsafe fn square<const N: usize>(src: *const u8, _: isize, dst: *mut u8, _: isize) {
    // SAFETY: by the caller's promise.
    unsafe { dst.cast::<[u8; N]>().write_unaligned(src.cast::<[u8; N]>().read_unaligned()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize>() {
        for (rows, cols) in [(1, 1), (7, 5), (16, 16), (70, 33), (33, 70), (2, 100)] {
            let (src_step, dst_step) = (rows * N + 3, cols * N + 5);
            let src: Vec<u8> = (0..src_step * cols).map(|i| (i * 31 % 251) as u8).collect();
            let mut dst = vec![0; dst_step * rows];
            // SAFETY: both hold what the steps reach.
            unsafe {
                turn::<N>(src.as_ptr(), src_step as isize, dst.as_mut_ptr(), dst_step as isize, rows, cols);
            }
            for (r, c, b) in (0..rows).flat_map(|r| (0..cols).flat_map(move |c| (0..N).map(move |b| (r, c, b)))) {
                assert_eq!(dst[r * dst_step + c * N + b], src[c * src_step + r * N + b], "{N} {rows} {cols}");
            }
            let outside = (0..rows).all(|r| dst[r * dst_step + cols * N..][..5].iter().all(|&b| b == 0));
            assert!(outside, "wrote beyond its rows");
        }
    }

    #[test]
    fn runs_become_columns() {
        check::<1>();
        check::<2>();
        check::<4>();
        check::<8>();
        check::<16>();
    }
}

//! Loads tiles: the only place that knows strides. A tile is `rows × cols` elements; kernels see it contiguous.

use hyperslab_base::{AlignedBytes, Result, View, ViewMut, turn};
use hyperslab_ops::Rows;

use crate::walk::LINE;

/// Bytes from one element to the next from which each asks for memory: the steps of shorter ones are soon done, and the
/// processor sees by itself where they lead.
const WORTH_ASKING: usize = 4;

/// Where one tile lies in strided memory, in bytes from the view's first element.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub offset: isize,
    pub row: isize,
    pub col: isize,
}

/// A strided array that tiles are loaded from, with room for a tile that must be copied.
pub(crate) struct Loader<'a> {
    view: View<'a>,
    /// Lowest and one past the highest byte that any element of the view touches.
    reach: (isize, isize),
    /// Bytes of an element.
    pub item: usize,
    /// What addresses of elements are multiples of.
    align: usize,
    /// Room for a tile, once one was copied.
    buffer: AlignedBytes,
    room: usize,
    /// Place and size of what the buffer holds, when that may be used again.
    held: Option<(isize, usize, usize)>,
    aliased: Option<isize>,
    /// Whether rows may be handed out as they lie, apart from each other.
    pub apart: bool,
    /// Elements from row to row of the tile loaded last.
    step: usize,
    next: Runs,
    parts: usize,
}

/// Contiguous runs of memory, one after the other at a fixed distance.
#[derive(Clone, Copy, Default)]
struct Runs {
    first: isize,
    count: usize,
    step: isize,
    /// Cache lines of each.
    lines: usize,
    /// Cache lines that are asked for at once.
    share: usize,
}

impl Runs {
    /// The memory of a tile at `p`. None where it is one run: that arrives by itself. None where its elements lie apart
    /// along both axes: where they are copied row by row, [`gather`] asks for it.
    fn of(p: Place, rows: usize, cols: usize, item: usize) -> Self {
        let contiguous = |step: isize, n: usize| n == 1 || step == item as isize;
        let lines = |n: usize| (n * item).div_ceil(LINE);
        let (count, step, lines) = match () {
            _ if is_run(p, rows, cols, item) => (0, 0, 0),
            _ if contiguous(p.col, cols) => (rows, p.row, lines(cols)),
            _ if rows > 1 && contiguous(p.row, rows) => (cols, p.col, lines(rows)),
            _ => (0, 0, 0),
        };
        Runs { first: p.offset, count, step, lines, share: 0 }
    }

    /// Has it asked for in `parts`, as `last` was.
    fn shared(self, parts: usize, last: &Runs) -> Self {
        // Tiles are as long as the last one but for edges, and dividing costs as much as a dozen elements.
        let same = (self.count, self.lines) == (last.count, last.lines);
        let share = if same { last.share } else { (self.count * self.lines).div_ceil(parts) };
        Runs { share, ..self }
    }
}

impl<'a> Loader<'a> {
    /// Loader of tiles of at most `tile` elements, the memory of the next of which is asked for in `parts`; not at
    /// all when that is 0.
    pub fn new(view: View<'a>, tile: usize, parts: usize) -> Self {
        let (item, align) = (view.dtype().itemsize(), view.dtype().align());
        let reach = view.extent();
        Loader {
            view,
            reach,
            item,
            align,
            buffer: AlignedBytes::default(),
            room: tile * item,
            held: None,
            aliased: None,
            apart: false,
            step: 0,
            next: Runs::default(),
            parts,
        }
    }

    /// Makes the tile at `p` ready for [`tile`](Self::tile): in place when it is contiguous, copied otherwise.
    /// `ahead` is the number of bytes from there to where one lies that comes soon.
    ///
    /// # Errors
    /// When the memory for a copy cannot be had.
    pub fn load(&mut self, p: Place, rows: usize, cols: usize, ahead: Option<isize>) -> Result<()> {
        self.next = match ahead {
            Some(ahead) if self.parts > 0 => {
                let next = Runs::of(Place { offset: p.offset + ahead, ..p }, rows, cols, self.item);
                next.shared(self.parts, &self.next)
            }
            _ => Runs::default(),
        };
        let item = self.item as isize;
        let far = |n: usize, s: isize| (n as isize - 1) * s;
        let (a, b) = (far(rows, p.row), far(cols, p.col));
        let lo = p.offset + a.min(0) + b.min(0);
        let hi = p.offset + a.max(0) + b.max(0) + item;
        assert!(lo >= self.reach.0 && hi <= self.reach.1, "a tile leaves its array");
        let contiguous = is_run(p, rows, cols, self.item);
        let apart = self.apart && !contiguous && cols > 1 && p.col == item && p.row > b && p.row % item == 0;
        // SAFETY: the whole tile lies within the view's reach, asserted above.
        let src = unsafe { self.view.as_ptr().offset(p.offset) };
        self.step = if apart { (p.row / item) as usize } else { cols };
        if (contiguous || apart) && src as usize & (self.align - 1) == 0 {
            self.aliased = Some(p.offset);
            return Ok(());
        }
        (self.aliased, self.step) = (None, cols);
        let repeats = p.row == 0 || rows == 1;
        let key = (p.offset, rows * cols, cols);
        if repeats && self.held == Some(key) {
            return Ok(());
        }
        if self.buffer.bytes().is_empty() {
            self.buffer = AlignedBytes::zeroed(self.room)?;
        }
        self.held = repeats.then_some(key);
        let dst = &mut self.buffer.bytes_mut()[..rows * cols * self.item];
        let further = ahead.filter(|_| self.parts > 0 && p.col.unsigned_abs() >= WORTH_ASKING);
        // SAFETY: `src` with these steps stays within the view's reach, asserted above; `dst` has room for the tile.
        unsafe {
            match self.item {
                1 => gather::<1>(src, p, rows, cols, dst, further),
                2 => gather::<2>(src, p, rows, cols, dst, further),
                4 => gather::<4>(src, p, rows, cols, dst, further),
                8 => gather::<8>(src, p, rows, cols, dst, further),
                16 => gather::<16>(src, p, rows, cols, dst, further),
                item => gather_bytes(item, src, p, cols, dst),
            }
        }
        Ok(())
    }

    /// Whether a tile some way ahead has memory to ask for.
    pub fn asks(&self) -> bool {
        self.next.count > 0
    }

    /// Asks for part `k` of the memory of the tile some way ahead: it is fetched while others are computed. Not all at
    /// once, or the computation waits for it: in parts, and with a pause after each line.
    pub fn prefetch(&self, k: usize) {
        let Runs { first, count, step, lines, share } = self.next;
        let from = k * share;
        let n = share.min((count * lines).saturating_sub(from));
        if n == 0 {
            return;
        }
        // The last byte of a line's length: where memory does not start with a line, the first was asked for before.
        let start = self.view.as_ptr().wrapping_offset(first + LINE as isize - 1);
        let (mut run, mut line, mut left) = (from / lines, from % lines, n);
        // A processor keeps track of a few dozen lines under way, and stops for what comes on top. A multiplication
        // between one address and the next, of which the compiler cannot know that it changes nothing, takes four
        // cycles that other work fills: lines are asked for about as fast as they arrive.
        let one = std::hint::black_box(1isize);
        while left > 0 {
            let here = left.min(lines - line);
            let mut at = run as isize * step + (line * LINE) as isize;
            let end = at + (here * LINE) as isize;
            while at < end {
                hint(start.wrapping_offset(at));
                at = at.wrapping_mul(one) + LINE as isize;
            }
            (run, line, left) = (run + 1, 0, left - here);
        }
    }

    /// Whether any element of the view lies among those of `out`.
    pub fn meets(&self, out: &ViewMut<'_>) -> bool {
        let (read, written) = (self.view.addresses(), out.addresses());
        read.start < written.end && written.start < read.end
    }

    /// The tile loaded last, as it lies.
    pub fn rows(&self, rows: usize, cols: usize) -> Rows<'_> {
        Rows { bytes: self.tile((rows - 1) * self.step + cols), rows, cols, step: self.step }
    }

    /// The tile loaded last, of `n` elements; where its rows lie apart, with what lies between them.
    pub fn tile(&self, n: usize) -> &[u8] {
        match self.aliased {
            // SAFETY: `load` asserted that the tile's bytes, from the first to the last, lie in the view.
            Some(offset) => unsafe { std::slice::from_raw_parts(self.view.as_ptr().offset(offset), n * self.item) },
            None => &self.buffer.bytes()[..n * self.item],
        }
    }
}

/// Asks for a cache line.
#[inline(always)]
pub(crate) fn hint(_line: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint, which never faults, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(_line.cast());
    }
}

/// Copies a tile. In rows whose elements lie apart, each asks for the memory of the one that lies `further` on: asking
/// for a whole tile of them at once would fill what the processor keeps track of.
///
/// # Safety
/// Every element of the tile must be readable from `src` by the steps of `p`.
unsafe fn gather<const N: usize>(
    src: *const u8,
    p: Place,
    rows: usize,
    cols: usize,
    dst: &mut [u8],
    further: Option<isize>,
) {
    let (dst, _) = dst.as_chunks_mut::<N>();
    if p.col.unsigned_abs() > p.row.unsigned_abs() && p.row != 0 && rows > 1 {
        // Transposed: walk along the source's rows.
        if p.row == N as isize {
            let out = dst.as_mut_ptr().cast();
            // SAFETY: by the caller's promise; the elements of a column follow each other in the source.
            unsafe { turn::<N>(src, p.col, out, (cols * N) as isize, rows, cols) };
            return;
        }
        for c in 0..cols {
            for r in 0..rows {
                // SAFETY: by the caller's promise.
                dst[r * cols + c] = unsafe { element::<N>(src, r as isize * p.row + c as isize * p.col) };
            }
        }
        return;
    }
    for (r, row) in dst.chunks_exact_mut(cols).enumerate() {
        let start = r as isize * p.row;
        if r > 0 && p.row == 0 {
            continue;
        }
        if p.col == N as isize {
            // SAFETY: by the caller's promise, `cols` elements follow each other here.
            unsafe { std::ptr::copy_nonoverlapping(src.offset(start), row.as_mut_ptr().cast(), cols * N) };
        } else if p.col == 0 {
            // SAFETY: by the caller's promise.
            row.fill(unsafe { element::<N>(src, start) });
        } else {
            for (c, out) in row.iter_mut().enumerate() {
                let at = start + c as isize * p.col;
                if let Some(further) = further {
                    hint(src.wrapping_offset(at + further));
                }
                // SAFETY: by the caller's promise.
                *out = unsafe { element::<N>(src, at) };
            }
        }
    }
    if p.row == 0 {
        let (first, rest) = dst.split_at_mut(cols);
        rest.chunks_exact_mut(cols).for_each(|row| row.copy_from_slice(first));
    }
}

/// Copies a tile of elements of `item` bytes.
///
/// # Safety
/// As [`gather`].
unsafe fn gather_bytes(item: usize, src: *const u8, p: Place, cols: usize, dst: &mut [u8]) {
    for (r, row) in dst.chunks_exact_mut(cols * item).enumerate() {
        for (c, out) in row.chunks_exact_mut(item).enumerate() {
            let at = r as isize * p.row + c as isize * p.col;
            // SAFETY: by the caller's promise.
            unsafe { std::ptr::copy_nonoverlapping(src.offset(at), out.as_mut_ptr(), item) };
        }
    }
}

/// # Safety
/// `N` bytes must be readable at `src + offset`.
#[inline(always)]
unsafe fn element<const N: usize>(src: *const u8, offset: isize) -> [u8; N] {
    // SAFETY: by the caller's promise.
    unsafe { src.offset(offset).cast::<[u8; N]>().read_unaligned() }
}

/// Where a tile begins in `out`.
///
/// # Panics
/// When any of it lies elsewhere.
fn start_in(out: &mut ViewMut<'_>, p: Place, rows: usize, cols: usize) -> *mut u8 {
    let (lo, hi) = out.extent();
    let far = |n: usize, s: isize| (n as isize - 1) * s;
    let (a, b) = (far(rows, p.row), far(cols, p.col));
    let item = out.dtype().itemsize() as isize;
    assert!(
        p.offset + a.min(0) + b.min(0) >= lo && p.offset + a.max(0) + b.max(0) + item <= hi,
        "a tile leaves its output"
    );
    out.as_mut_ptr().wrapping_offset(p.offset)
}

/// The memory of a tile of `out`, where that is one run that kernels can write.
pub(crate) fn run_of<'o>(out: &'o mut ViewMut<'_>, p: Place, rows: usize, cols: usize) -> Option<&'o mut [u8]> {
    let item = out.dtype().itemsize();
    let start = start_in(out, p, rows, cols);
    let aligned = start as usize & (out.dtype().align() - 1) == 0;
    // SAFETY: the whole tile lies within the elements that `out` alone may write, and they are one run.
    (aligned && is_run(p, rows, cols, item))
        .then(|| unsafe { std::slice::from_raw_parts_mut(start, rows * cols * item) })
}

/// Writes a contiguous tile to its place in `out`; `past` the cache, where the tile is one run of memory there.
pub(crate) fn store(out: &mut ViewMut<'_>, p: Place, rows: usize, cols: usize, data: &[u8], past: bool) {
    let item = out.dtype().itemsize();
    let dst = start_in(out, p, rows, cols);
    assert_eq!(data.len(), rows * cols * item, "a tile of another size");
    // SAFETY: the whole tile lies within the elements that `out` alone may write.
    unsafe {
        if past && is_run(p, rows, cols, item) {
            return stream(data, dst);
        }
        match item {
            1 => scatter::<1>(dst, p, rows, cols, data),
            2 => scatter::<2>(dst, p, rows, cols, data),
            4 => scatter::<4>(dst, p, rows, cols, data),
            8 => scatter::<8>(dst, p, rows, cols, data),
            16 => scatter::<16>(dst, p, rows, cols, data),
            _ => scatter_bytes(item, dst, p, cols, data),
        }
    }
}

/// Whether the elements of a tile follow each other in memory.
fn is_run(p: Place, rows: usize, cols: usize, item: usize) -> bool {
    (cols == 1 || p.col == item as isize) && (rows == 1 || p.row == (item * cols) as isize)
}

/// Copies to memory that nobody reads soon: it is not fetched first. [`arrived`] must follow.
///
/// # Safety
/// As many bytes must be writable at `dst`.
unsafe fn stream(src: &[u8], dst: *mut u8) {
    let head = dst.align_offset(LINE).min(src.len());
    let (lines, _) = src[head..].as_chunks::<LINE>();
    let tail = head + lines.len() * LINE;
    // SAFETY: the three parts make up `src`, whose length is writable by the caller's promise; lines are aligned.
    unsafe {
        std::ptr::copy_nonoverlapping(src.as_ptr(), dst, head);
        for (k, line) in lines.iter().enumerate() {
            stream_line(line, dst.add(head + k * LINE));
        }
        std::ptr::copy_nonoverlapping(src[tail..].as_ptr(), dst.add(tail), src.len() - tail);
    }
}

/// # Safety
/// A cache line must be writable at `dst`, and start there.
#[inline(always)]
unsafe fn stream_line(line: &[u8; LINE], dst: *mut u8) {
    #[cfg(target_arch = "x86_64")]
    for (k, part) in line.as_chunks::<16>().0.iter().enumerate() {
        use std::arch::x86_64::{_mm_loadu_si128, _mm_stream_si128};
        // SAFETY: by the caller's promise, and a sixteenth of a line is aligned to its size.
        unsafe { _mm_stream_si128(dst.add(16 * k).cast(), _mm_loadu_si128(part.as_ptr().cast())) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: by the caller's promise.
    unsafe {
        dst.cast::<[u8; LINE]>().write(*line);
    }
}

/// Has what was streamed visible to other threads before anything that this one writes afterwards.
pub(crate) fn arrived() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a fence, which every processor of this kind has.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// # Safety
/// Every element of the tile must be writable from `dst` by the steps of `p`.
unsafe fn scatter<const N: usize>(dst: *mut u8, p: Place, rows: usize, cols: usize, data: &[u8]) {
    let plain_cols = cols == 1 || p.col == N as isize;
    if is_run(p, rows, cols, N) {
        // SAFETY: by the caller's promise; the tile is one contiguous run.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), dst, data.len()) };
        return;
    }
    for (r, row) in data.chunks_exact(cols * N).enumerate() {
        // SAFETY: by the caller's promise.
        let start = unsafe { dst.offset(r as isize * p.row) };
        if plain_cols {
            // SAFETY: as above.
            unsafe { std::ptr::copy_nonoverlapping(row.as_ptr(), start, row.len()) };
            continue;
        }
        for (c, e) in row.as_chunks::<N>().0.iter().enumerate() {
            // SAFETY: as above.
            unsafe { start.offset(c as isize * p.col).cast::<[u8; N]>().write_unaligned(*e) };
        }
    }
}

/// Writes a tile of elements of `item` bytes.
///
/// # Safety
/// As [`scatter`].
unsafe fn scatter_bytes(item: usize, dst: *mut u8, p: Place, cols: usize, data: &[u8]) {
    for (r, row) in data.chunks_exact(cols * item).enumerate() {
        for (c, e) in row.chunks_exact(item).enumerate() {
            let at = r as isize * p.row + c as isize * p.col;
            // SAFETY: by the caller's promise.
            unsafe { std::ptr::copy_nonoverlapping(e.as_ptr(), dst.offset(at), item) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_past_the_cache_arrive_whole() {
        let data: Vec<u8> = (1..=250).collect();
        for start in 0..2 * LINE {
            for n in [0, 1, 15, 16, 63, 64, 65, 127, 128, 200, 250] {
                let mut memory = AlignedBytes::zeroed(512).expect("some bytes");
                let out = &mut memory.bytes_mut()[start..start + n];
                // SAFETY: as many bytes as are copied.
                unsafe { stream(&data[..n], out.as_mut_ptr()) };
                arrived();
                assert_eq!(out, &data[..n]);
                let around = |b: &[u8]| b.iter().all(|&b| b == 0);
                assert!(around(&memory.bytes()[..start]) && around(&memory.bytes()[start + n..]), "{start} {n}");
            }
        }
    }
}

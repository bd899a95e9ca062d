//! What each operation needs of its operands: the one place that knows an operation's geometry.
//!
//! Bytes of tasks, evaluations, what a task evaluates and how storage wants grids cut all follow from [`needs`] and
//! [`made_with`].

use hyperslab_base::{Range, Region};
use smallvec::SmallVec;

use crate::lower::scans::ScanCut;

/// Regions of one array.
pub type Boxes = SmallVec<[Region; 1]>;

/// First index and number of the positions of `r` that lie in `lo..hi`.
pub fn positions_within(r: Range, lo: u64, hi: u64) -> Option<(u64, u64)> {
    let (lo, hi) = (lo as i64, hi as i64);
    // Index range k for which lo <= start + k * step < hi.
    let (a, b) = if r.step > 0 {
        (div_ceil(lo - r.start, r.step), div_ceil(hi - r.start, r.step))
    } else {
        (div_ceil(r.start - (hi - 1), -r.step), div_ceil(r.start - (lo - 1), -r.step))
    };
    let (a, b) = (a.max(0), b.min(r.len as i64));
    (a < b).then_some((a as u64, (b - a) as u64))
}

fn div_ceil(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

/// A part of a region that comes from one piece of a concatenation.
pub struct Piece {
    /// Number of the piece.
    pub piece: usize,
    /// The part, in positions of the piece.
    pub from: Region,
    /// The part, in positions of the region.
    pub to: Region,
}

/// The parts of `region` by the pieces along `axis` that they come from; piece `k` is `starts[k]..starts[k + 1]`.
pub fn pieces(region: &Region, axis: usize, starts: &[u64]) -> impl Iterator<Item = Piece> {
    let r = region.0[axis];
    let first = starts.partition_point(|&s| s <= r.low()).saturating_sub(1);
    let touched = starts.windows(2).enumerate().skip(first).take_while(move |(_, w)| r.len > 0 && w[0] < r.end());
    touched.filter_map(move |(piece, w)| {
        let (k, len) = positions_within(r, w[0], w[1])?;
        let (mut from, mut to) = (region.clone(), Region::full(&region.shape()));
        from.0[axis] = Range { start: r.at(k) - w[0] as i64, step: r.step, len };
        to.0[axis] = Range::new(k, len);
        Some(Piece { piece, from, to })
    })
}

/// What must be scanned for a region of a scan: from the start of the block in which it begins.
pub fn scanned(region: &Region, cut: &ScanCut) -> Region {
    let mut out = region.clone();
    let r = region.0[cut.axis];
    let begin = r.low() / cut.block * cut.block;
    out.0[cut.axis] = Range::new(begin, r.end() - begin);
    out
}

/// Which listed positions are read together.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Positions from the first to the last, at most.
    pub length: u64,
    /// Length of a chunk of the storage: each is read, and decoded, once.
    pub chunk: u64,
    /// Positions between two listed ones that are read although nobody asked for them, at most.
    pub gap: u64,
}

impl Window {
    /// One window, however far apart positions lie.
    pub const WHOLE: Window = Window { length: u64::MAX, chunk: 1, gap: u64::MAX };

    /// Where the window that begins at a position ends: at the end of a chunk, when it holds one.
    fn end(&self, begin: u64) -> u64 {
        let end = begin.saturating_add(self.length);
        if self.chunk > 1 && end != u64::MAX { end / self.chunk * self.chunk } else { end }.max(begin + 1)
    }

    /// Whether two neighbours in the list are read at once: there is no whole chunk between them, or little.
    fn joins(&self, a: u64, b: u64) -> bool {
        b / self.chunk <= a / self.chunk + 1 || b - a <= self.gap
    }
}

/// Parts of a listed selection that are read at once: of listed positions, sorted and each with its place in the
/// selection.
pub fn windows(sorted: &[(u64, u64)], window: Window) -> impl Iterator<Item = &[(u64, u64)]> {
    let mut left = sorted;
    std::iter::from_fn(move || {
        let end = window.end(left.first()?.0);
        let near = |w: &&[(u64, u64)]| w[1].0 < end && window.joins(w[0].0, w[1].0);
        let count = 1 + left.windows(2).take_while(near).count();
        let (part, rest) = left.split_at(count);
        left = rest;
        Some(part)
    })
}

/// The positions from the first to the last of a part of a listed selection, which is sorted.
pub fn span_of(part: &[(u64, u64)]) -> Range {
    match (part.first(), part.last()) {
        (Some(first), Some(last)) => Range::new(first.0, last.0 + 1 - first.0),
        _ => Range::new(0, 0),
    }
}

/// A part of a region of a reshaped array that is one run of elements in C order, but for gaps.
pub struct Run {
    /// The part, in positions of the reshaped array.
    pub part: Region,
    /// The part, in positions of the region.
    pub to: Region,
    /// Its first element in C order.
    pub first: u64,
    /// Elements from the first to the last, both counted.
    pub span: u64,
}

/// Leading axes of a region whose positions are runs of their own: one run of all of them would hold more than twice
/// what is needed.
fn single_axes(shape: &[u64], lens: &[u64]) -> usize {
    let dense = |d: &usize| linear_span(&shape[*d..], &lens[*d..]) <= 2 * lens[*d..].iter().product::<u64>();
    (0..lens.len()).find(dense).unwrap_or(lens.len())
}

/// Elements in C order between the first and the last that a region of those lengths needs, both counted.
fn linear_span(shape: &[u64], lens: &[u64]) -> u64 {
    if lens.contains(&0) {
        return 0;
    }
    let (mut span, mut stride) = (1u64, 1u64);
    for (&n, &l) in shape.iter().zip(lens).rev() {
        span += l.saturating_sub(1) * stride;
        stride *= n;
    }
    span
}

/// How many runs a region of a reshaped array is read as.
pub fn run_count(shape: &[u64], region: &Region) -> u64 {
    let single = single_axes(shape, &region.bounding().shape());
    region.0[..single].iter().map(|r| r.len).product()
}

/// The runs that a region of an array of that shape is read as.
pub fn runs(shape: &[u64], region: &Region) -> impl Iterator<Item = Run> {
    let single = single_axes(shape, &region.bounding().shape());
    let strides = hyperslab_base::c_strides(shape, 1);
    (0..run_count(shape, region)).map(move |i| {
        let (mut part, mut to, mut left) = (region.clone(), Region::full(&region.shape()), i);
        for d in (0..single).rev() {
            let (k, r) = (left % region.0[d].len, region.0[d]);
            left /= r.len;
            part.0[d] = Range::new(r.at(k) as u64, 1);
            to.0[d] = Range::new(k, 1);
        }
        let bounds = part.bounding();
        let first = bounds.0.iter().zip(&strides).map(|(r, &s)| r.low() * s as u64).sum();
        let span = linear_span(shape, &bounds.shape());
        Run { part, to, first, span }
    })
}

/// Boxes of `shape` that together are the elements `first..first + span` in C order, each with its first element.
pub fn boxes_of_run(shape: &[u64], first: u64, span: u64) -> Vec<(u64, Region)> {
    if shape.contains(&0) {
        return Vec::new();
    }
    let mut inner: SmallVec<[u64; 6]> = smallvec::smallvec![1; shape.len()];
    for d in (0..shape.len().saturating_sub(1)).rev() {
        inner[d] = inner[d + 1] * shape[d + 1];
    }
    let mut out = Vec::new();
    let (mut at, end) = (first, first + span);
    while at < end {
        // The outermost axis whose rows fit whole between `at` and `end`.
        let fits = |d: usize| at % inner[d] == 0 && at + inner[d] <= end;
        let d = (0..shape.len()).find(|&d| fits(d)).unwrap_or(shape.len());
        let mut boxed = Region(smallvec::smallvec![Range::new(0, 1); shape.len()]);
        let mut left = at;
        for k in 0..shape.len() {
            boxed.0[k] = Range::new(left / inner[k], 1);
            left %= inner[k];
        }
        let mut count = 1;
        if d < shape.len() {
            let rows = ((end - at) / inner[d]).min(shape[d] - boxed.0[d].start as u64);
            boxed.0[d].len = rows;
            (d + 1..shape.len()).for_each(|k| boxed.0[k] = Range::new(0, shape[k]));
            count = rows * inner[d];
        }
        out.push((at, boxed));
        at += count;
    }
    out
}

/// A region without negative steps, of the same positions.
pub fn ascending(region: &Region) -> Region {
    let axis = |r: &Range| {
        if r.step < 0 && r.len > 0 { Range { start: r.at(r.len - 1), step: -r.step, len: r.len } } else { *r }
    };
    Region(region.0.iter().map(axis).collect())
}

/// Adds a region to those that are needed: regions are joined where the box around them holds no more than they do
/// together.
pub fn add(boxes: &mut Boxes, region: &Region) {
    if region.is_empty() {
        return;
    }
    let mut new = ascending(region);
    while let Some(at) = boxes.iter().position(|b| within(&new, b).is_some() || joins(b, &new)) {
        if within(&new, &boxes[at]).is_some() {
            return;
        }
        new = around(&boxes.swap_remove(at), &new);
    }
    boxes.push(new);
}

/// Whether the box around two regions holds no more than they do together.
fn joins(a: &Region, b: &Region) -> bool {
    let both = around(a, b);
    both.count() <= a.count() + b.count()
}

/// The box around two regions: of step 1, but along axes that are alike.
fn around(a: &Region, b: &Region) -> Region {
    let axis = |(x, y): (&Range, &Range)| {
        if x == y {
            return *x;
        }
        let (lo, hi) = (x.low().min(y.low()), x.end().max(y.end()));
        Range::new(lo, hi - lo)
    };
    Region(a.0.iter().zip(&b.0).map(axis).collect())
}

/// The positions of `need` within a block that holds `have`, when all of them are there.
pub fn within(need: &Region, have: &Region) -> Option<Region> {
    let axis = |(n, h): (&Range, &Range)| {
        if n.len == 0 {
            return Some(Range::new(0, 0));
        }
        let step = if n.len == 1 { h.step } else { n.step };
        let (from, inside) = (n.start - h.start, n.low() >= h.low() && n.end() <= h.end());
        let fits = inside && h.len > 0 && from % h.step == 0 && step % h.step == 0;
        fits.then(|| Range { start: from / h.step, step: step / h.step, len: n.len })
    };
    need.0.iter().zip(&have.0).map(axis).collect::<Option<_>>().map(Region)
}

#[cfg(test)]
mod tests {
    use hyperslab_base::c_strides;

    use super::*;

    fn range(start: i64, step: i64, len: u64) -> Range {
        Range { start, step, len }
    }

    #[test]
    fn runs_are_covered_once_by_their_boxes() {
        for shape in [&[3u64, 4, 5][..], &[60], &[2, 1, 30], &[1, 1], &[]] {
            let total: u64 = shape.iter().product();
            let strides = c_strides(shape, 1);
            for first in 0..total {
                for span in 1..=total - first {
                    let mut next = first;
                    for (start, b) in boxes_of_run(shape, first, span) {
                        let at: u64 = b.0.iter().zip(&strides).map(|(r, &s)| r.start as u64 * s as u64).sum();
                        assert_eq!((start, at), (next, next));
                        next += b.count();
                    }
                    assert_eq!(next, first + span);
                }
            }
        }
    }

    /// Every shape of up to three axes of length 0, 1 or 2.
    fn short_shapes() -> Vec<Vec<u64>> {
        let mut shapes = vec![vec![]];
        for ndim in 1..=3u32 {
            shapes.extend((0..3u64.pow(ndim)).map(|i| (0..ndim).map(|d| i / 3u64.pow(d) % 3).collect()));
        }
        shapes
    }

    #[test]
    fn nothing_is_found_in_no_elements() {
        for shape in short_shapes() {
            let full = Region::full(&shape);
            let total: u64 = shape.iter().product();
            for of in short_shapes() {
                let size: u64 = of.iter().product();
                if size == total {
                    let covered: u64 = runs(&of, &Region::full(&of)).map(|r| r.part.count()).sum();
                    assert_eq!(covered, total, "{of:?}");
                }
                let boxes = boxes_of_run(&of, 0, size);
                assert_eq!(boxes.iter().map(|b| b.1.count()).sum::<u64>(), size, "{of:?}");
                // Beyond the end of an array without elements nothing can be found.
                assert!(size > 0 || boxes_of_run(&of, 0, 1).is_empty(), "{of:?}");
            }
            let mut boxes = Boxes::new();
            add(&mut boxes, &full);
            assert_eq!(boxes.iter().map(Region::count).sum::<u64>(), total);
            assert_eq!(within(&full, &full).map(|r| r.count()), Some(total));
            for axis in 0..shape.len() {
                let n = shape[axis];
                let parts: u64 = pieces(&full, axis, &[0, 0, n, n]).map(|p| p.from.count()).sum();
                assert_eq!(parts, total, "{shape:?}");
            }
        }
    }

    #[test]
    fn positions_within_a_piece() {
        for start in 0..7i64 {
            for step in [-3i64, -1, 1, 2] {
                for len in 1..5u64 {
                    let r = range(start, step, len);
                    for lo in 0..6 {
                        for hi in lo..8 {
                            let inside = |&k: &u64| (lo as i64..hi as i64).contains(&r.at(k));
                            let want: Vec<u64> = (0..len).filter(inside).collect();
                            let got = positions_within(r, lo, hi);
                            assert_eq!(got, want.first().map(|&f| (f, want.len() as u64)));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn pieces_are_found_from_either_end() {
        let starts = [0u64, 3, 3, 7, 10];
        for r in [range(1, 1, 8), range(9, -2, 5), range(4, 1, 1), range(0, 1, 0)] {
            let region = Region(smallvec::smallvec![r]);
            let mut seen: Vec<(u64, i64)> = Vec::new();
            for p in pieces(&region, 0, &starts) {
                let base = starts[p.piece] as i64;
                seen.extend((0..p.from.0[0].len).map(|k| (p.to.0[0].at(k) as u64, base + p.from.0[0].at(k))));
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..r.len).map(|k| (k, r.at(k))).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_is_added_lies_within_one_of_the_boxes() {
        let ranges = [range(0, 1, 4), range(2, 1, 5), range(9, -3, 3), range(3, 3, 3), range(8, 1, 2), range(5, 1, 1)];
        for a in ranges {
            for b in ranges {
                for c in ranges {
                    let mut boxes = Boxes::new();
                    let regions = [a, b, c].map(|r| Region(smallvec::smallvec![r]));
                    regions.iter().for_each(|r| add(&mut boxes, r));
                    for r in &regions {
                        let found = boxes.iter().find_map(|b| Some((b, within(r, b)?)));
                        let (have, at) = found.expect("every region has a box");
                        for k in 0..r.0[0].len {
                            assert_eq!(have.0[0].at(at.0[0].at(k) as u64), r.0[0].at(k), "{r:?} in {have:?}");
                        }
                    }
                }
            }
        }
    }
}

//! Chunks along a dimension, against lists of their sizes, and what they take in memory.

use std::hash::{DefaultHasher, Hash, Hasher};

use hyperslab_base::{ChunkGrid, DimChunks};

/// Numbers that look random, the same in each run.
struct Numbers(u64);

impl Numbers {
    /// Below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n.max(1)
    }
}

fn sizes(c: &DimChunks) -> Vec<u64> {
    c.sizes().collect()
}

fn hash(c: &DimChunks) -> u64 {
    let mut h = DefaultHasher::new();
    c.hash(&mut h);
    h.finish()
}

/// What lists of sizes answer to each question.
fn check(c: &DimChunks, want: &[u64], how: &str) {
    let want = if want.is_empty() { &[0] } else { want };
    assert_eq!(sizes(c), want, "{how}");
    assert_eq!((c.total(), c.count()), (want.iter().sum(), want.len() as u64), "{how}");
    assert_eq!(c.largest(), want.iter().copied().max().unwrap_or(0), "{how}");
    let (mut at, mut held) = (0, Vec::new());
    for (i, &n) in want.iter().enumerate() {
        assert_eq!(c.chunk(i as u64), (at, n), "chunk {i} of {how}");
        held.extend(std::iter::repeat_n(i as u64, n as usize));
        at += n;
    }
    let found: Vec<u64> = (0..c.total()).map(|pos| c.find(pos)).collect();
    assert_eq!(found, held, "{how}");
    let listed = DimChunks::from_sizes(want);
    assert!(*c == listed && hash(c) == hash(&listed), "{how}: {c:?} differs from {listed:?}");
    let (size, body) = (want[0], &want[..want.len() - 1]);
    let uniform = body.iter().all(|&n| n == size) && want[want.len() - 1] <= size && (size > 0 || want.len() == 1);
    assert!(c.uniform().is_none_or(|n| uniform && (n == size || size == 0)), "{how}: {:?}", c.uniform());
}

fn selected(of: &DimChunks, start: i64, step: i64, len: u64) -> Vec<u64> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for k in 0..len as i64 {
        let chunk = of.find((start + step * k) as u64);
        match out.last_mut() {
            Some((last, n)) if *last == chunk => *n += 1,
            _ => out.push((chunk, 1)),
        }
    }
    out.into_iter().map(|(_, n)| n).collect()
}

fn met(a: &[u64], b: &[u64]) -> Vec<u64> {
    if a == b || b.len() == 1 {
        return a.to_vec();
    }
    if a.len() == 1 {
        return b.to_vec();
    }
    let ends = |s: &[u64]| {
        let mut at = 0;
        let end = |n: &u64| {
            at += n;
            at
        };
        s.iter().map(end).collect::<Vec<u64>>()
    };
    let mut cuts = [ends(a), ends(b), vec![0]].concat();
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|w| w[1] - w[0]).collect()
}

fn unify(a: &DimChunks, b: &DimChunks) -> DimChunks {
    let [a, b] = [a, b].map(|c| ChunkGrid(vec![c.clone()]));
    ChunkGrid::unify(&a.shape(), &[&a, &b]).0.remove(0)
}

/// A slice, a join or the meeting of two pieces, at random.
fn derived(c: &DimChunks, r: &mut Numbers) -> (DimChunks, Vec<u64>, String) {
    let slice = |r: &mut Numbers, len: Option<u64>| {
        let n = c.total();
        let step = 1 + if len.is_some() || r.below(2) == 0 { 0 } else { r.below(9) };
        let len = len.unwrap_or_else(|| 1 + r.below(n.div_ceil(step)));
        let first = r.below(n - (len - 1) * step) as i64;
        match r.below(2) {
            0 => (first, step as i64, len),
            _ => (first + ((len - 1) * step) as i64, -(step as i64), len),
        }
    };
    let (a, b) = (slice(r, None), slice(r, None));
    let pick = |(start, step, len): (i64, i64, u64)| (c.select(start, step, len), selected(c, start, step, len));
    let (x, want) = pick(a);
    match r.below(3) {
        0 => (x, want, format!("{a:?}")),
        1 => {
            let (y, more) = pick(b);
            (DimChunks::join([&x, &y]), [want, more].concat(), format!("{a:?} then {b:?}"))
        }
        _ => {
            let b = slice(r, Some(x.total()));
            let (y, other) = pick(b);
            (unify(&x, &y), met(&want, &other), format!("{a:?} with {b:?}"))
        }
    }
}

#[test]
fn chunks_are_those_of_lists_of_sizes() {
    let mut r = Numbers(7);
    for round in 0..3000 {
        let total = 1 + r.below(60);
        let mut c = match r.below(3) {
            0 => DimChunks::regular(total, 1 + r.below(12)),
            1 => DimChunks::from_sizes(&(0..1 + r.below(8)).map(|_| 1 + r.below(9)).collect::<Vec<_>>()),
            _ => DimChunks::from_sizes(&(0..1 + r.below(8)).map(|_| r.below(4)).chain([1]).collect::<Vec<_>>()),
        };
        let mut how = format!("round {round}: {:?}", sizes(&c));
        check(&c, &sizes(&c), &how);
        for _ in 0..5 {
            let (next, want, step) = derived(&c, &mut r);
            how = format!("{how} {step}");
            check(&next, &want, &how);
            if next.total() < 200 {
                c = next;
            }
        }
    }
}

#[test]
fn lists_keep_their_sizes_empty_ones_too() {
    for list in [&[][..], &[0], &[0, 0], &[3, 0, 2], &[0, 3], &[3, 0], &[4, 3, 5], &[1, 1, 2, 2, 3, 3]] {
        check(&DimChunks::from_sizes(list), list, &format!("{list:?}"));
    }
    assert_eq!(DimChunks::from_sizes(&[10, 10, 3]).uniform(), Some(10));
    assert_eq!(DimChunks::from_sizes(&[3, 10, 10]).uniform(), None);
    check(&DimChunks::regular(5, 2).select(3, 1, 0), &[0], "nothing");
    check(&DimChunks::join([&DimChunks::regular(0, 1), &DimChunks::regular(0, 1)]), &[0], "nothing twice");
}

/// Chunks of an array that is sliced, turned round, rolled or added to itself: a handful of numbers, whether it has two
/// hundred chunks or 2⁵³.
#[test]
fn what_chunks_take_does_not_grow_with_their_number() {
    for total in [2_000, 1 << 56] {
        let c = DimChunks::regular(total, 10);
        let kept = |c: &DimChunks| assert!(c.entries() <= 16, "{total}: {} numbers", c.entries());
        let mut sliced = c.clone();
        for _ in 0..100 {
            sliced = sliced.select(1, 1, sliced.total() - 1);
            kept(&sliced);
        }
        let n = c.total();
        let last = n as i64 - 1;
        for step in [-7i64, -5, -3, -1, 2, 3, 5, 7, 9, 10, 11, 13] {
            let len = (n - 1) / step.unsigned_abs() + 1;
            kept(&c.select(if step < 0 { last } else { 0 }, step, len));
            kept(&c.select(if step < 0 { last - 3 } else { 3 }, step, len - 2));
        }
        // Neighbours, rolled by one, a halo of one.
        let (left, right) = (c.select(0, 1, n - 1), c.select(1, 1, n - 1));
        kept(&unify(&left, &right));
        kept(&DimChunks::join([&c.select(last, 1, 1), &left]));
        kept(&DimChunks::join([&right, &c.select(0, 1, 1)]));
        // Pieces that follow each other are whole again.
        let half = (n / 20) * 10;
        let whole = DimChunks::join([&c.select(0, 1, half), &c.select(half as i64, 1, n - half)]);
        assert_eq!((whole.entries(), whole.count()), (c.entries(), c.count()));
        kept(&DimChunks::join([&c, &c, &c]));
        // Other sizes.
        for size in [1, 4, 5, 15, 20, 1000] {
            kept(&unify(&c, &DimChunks::regular(n, size)));
        }
    }
}

#[test]
fn a_chunk_is_found_among_very_many() {
    let n = 1u64 << 60;
    let c = DimChunks::regular(n, 3).select(1, 1, n - 1);
    assert_eq!((c.count(), c.largest(), c.sizes().take(3).collect()), (n.div_ceil(3), 3, vec![2, 3, 3]));
    assert_eq!((c.find(n - 2), c.chunk(c.count() - 1)), (c.count() - 1, (n - 2, 1)));
    assert_eq!(DimChunks::regular(100_000_000, 1).count(), 100_000_000);
}

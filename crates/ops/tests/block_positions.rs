//! Elements at positions, and positions of elements, against NumPy's definitions.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use block_support::{block, dtypes, elements, meta, numbers, run};
use hyperslab_base::{Block, Complex64, DType, ErrorKind, Kind, TimeUnit, result_type};
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::block::searchsorted::SearchSorted;
use hyperslab_ops::block::sort::Sort;
use hyperslab_ops::block::take_along::TakeAlong;

fn positions(dtype: DType, shape: &[u64], len: u64) -> Block {
    let mut next = numbers(3);
    let mut one = || (next() % (2 * len)) as i64 - len as i64;
    let signed = dtype.kind() == Kind::Int;
    let x: Vec<i64> = (0..shape.iter().product::<u64>())
        .map(|_| one())
        .map(|i| if signed { i } else { i.abs() % len as i64 })
        .collect();
    block(dtype, shape, &x)
}

/// Position in a row-major array of `shape` of an index; axes of length 1 are repeated.
fn flat(shape: &[u64], index: &[usize]) -> usize {
    shape.iter().zip(index).fold(0, |at, (&n, &i)| at * n as usize + if n == 1 { 0 } else { i })
}

fn all_indices(shape: &[u64]) -> Vec<Vec<usize>> {
    shape.iter().fold(vec![vec![]], |all, &n| {
        all.iter().flat_map(|head| (0..n as usize).map(move |i| [&head[..], &[i]].concat())).collect()
    })
}

#[test]
fn elements_are_taken_along_an_axis() {
    for (axis, shape, at) in [
        (0, &[7][..], &[12][..]),
        (1, &[3, 5, 2], &[3, 4, 2]),
        (0, &[4, 3], &[6, 1]),
        (1, &[1, 6], &[5, 3]),
        (2, &[2, 1, 9], &[1, 4, 3]),
        (1, &[3, 4], &[3, 0]),
    ] {
        for dtype in dtypes() {
            for index in [DType::Int64, DType::Int8, DType::UInt32, DType::UInt64] {
                let mut x = Block::zeroed(dtype, shape).unwrap();
                let truth = dtype == DType::Bool;
                x.bytes_mut()
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, b)| *b = (i * 37 % if truth { 2 } else { 251 }) as u8);
                let len = shape[axis];
                let where_ = positions(index, at, len);
                let made = run(&TakeAlong::new(axis), &[&x, &where_]).unwrap().remove(0);
                assert_eq!(made.dtype(), dtype);
                let size = dtype.itemsize();
                let listed = elements::<i64>(&where_);
                for (k, i) in all_indices(made.shape()).iter().enumerate() {
                    let p = listed[flat(at, i)];
                    let mut from = i.clone();
                    from[axis] = if p < 0 { p + len as i64 } else { p } as usize;
                    // The axis itself is never repeated.
                    let start = shape
                        .iter()
                        .zip(&from)
                        .enumerate()
                        .fold(0, |at, (d, (&n, &i))| at * n as usize + if n == 1 && d != axis { 0 } else { i })
                        * size;
                    assert_eq!(made.bytes()[k * size..][..size], x.bytes()[start..][..size], "{dtype} by {index}");
                }
            }
        }
    }
}

#[test]
fn positions_that_are_not_there() {
    let op = TakeAlong::new(1);
    let x = Block::zeroed(DType::Float32, &[3, 4]).unwrap();
    for (bad, shown) in [(4i64, "4"), (-5, "-5"), (i64::MIN, "-9223372036854775808"), (i64::MAX, "9223372036854775807")]
    {
        let e = run(&op, &[&x, &block(DType::Int64, &[3, 2], &[0, 1, 2, bad, 0, 0])]).unwrap_err();
        assert!(matches!(e.kind, ErrorKind::Index(_)));
        assert_eq!(e.kind.to_string(), format!("index {shown} is out of bounds for axis 1 with size 4"));
    }
    let empty = Block::zeroed(DType::Float32, &[3, 0]).unwrap();
    let e = run(&op, &[&empty, &Block::zeroed(DType::Int64, &[3, 1]).unwrap()]).unwrap_err();
    assert_eq!(e.kind.to_string(), "index 0 is out of bounds for axis 1 with size 0");
    let refuse = |axis, index, at: &[u64]| {
        TakeAlong::new(axis).infer(&[&meta(DType::Int8, &[3, 4]), &meta(index, at)]).unwrap_err().kind
    };
    assert!(
        matches!(refuse(1, DType::Float64, &[3, 1]), ErrorKind::Index(m) if m.contains("must be an integer array"))
    );
    assert!(matches!(refuse(1, DType::Bool, &[3, 1]), ErrorKind::Index(_)));
    assert!(matches!(refuse(1, DType::Int64, &[3]), ErrorKind::Shape(_)));
    assert!(matches!(refuse(1, DType::Int64, &[2, 2]), ErrorKind::Index(m) if m.starts_with("shape mismatch")));
    assert!(matches!(refuse(2, DType::Int64, &[3, 4]), ErrorKind::Axis { axis: 2, ndim: 2 }));
}

/// Elements with ties, extremes and what is missing.
fn some(dtype: DType, shape: &[u64]) -> Block {
    let mut next = numbers(shape.len() as u64);
    let special = [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let mut one = || match next() % 12 {
        i @ 0..5 if dtype.is_inexact() => special[i as usize],
        i => i as f64 - if dtype.kind() == Kind::UInt { 0.0 } else { 8.0 },
    };
    let x: Vec<Complex64> = (0..shape.iter().product::<u64>()).map(|_| Complex64::new(one(), one())).collect();
    let mut made = block(if dtype.is_time() { DType::Int64 } else { dtype }, shape, &x);
    if dtype.is_time() {
        let mut ticks: Vec<i64> = elements(&made);
        ticks.iter_mut().filter(|x| **x == 3).for_each(|x| *x = i64::MIN);
        made = block(dtype, shape, &ticks);
    }
    made
}

#[test]
fn places_in_a_sorted_array() {
    let time = |name| DType::TimeDelta64(TimeUnit::new(name, 1).unwrap());
    let mut pairs: Vec<(DType, DType)> = dtypes().into_iter().map(|d| (d, d)).collect();
    pairs.extend([(DType::Int8, DType::Float32), (DType::Float64, DType::Bool), (DType::Complex64, DType::Int64)]);
    pairs.extend([(time("s"), time("ms")), (DType::UInt64, DType::Int64)]);
    for (of, values) in pairs {
        let common = result_type(of, values).unwrap();
        for shape in [&[][..], &[20], &[4, 7]] {
            for len in [0, 1, 33] {
                let sorted = run(&Sort::sorted(0), &[&some(of, &[len])]).unwrap().remove(0);
                let keys = some(values, shape);
                for side in ["left", "right"] {
                    let made = run(&SearchSorted::new(side).unwrap(), &[&sorted, &keys]).unwrap().remove(0);
                    assert_eq!((made.dtype(), made.shape()), (DType::Int64, shape));
                    let (sorted, keys) = (block_support::cast(&sorted, common), block_support::cast(&keys, common));
                    let size = common.itemsize();
                    for (key, place) in keys.bytes().chunks(size).zip(elements::<i64>(&made)) {
                        // A stable sort puts the key before or after its equals as it stood before or after them.
                        let (before, after) = if side == "left" { (key, &[][..]) } else { (&[][..], key) };
                        let joined = [before, sorted.bytes(), after].concat();
                        let mut lane = Block::zeroed(common, &[len + 1]).unwrap();
                        lane.bytes_mut().copy_from_slice(&joined);
                        let order = elements::<i64>(&run(&Sort::argsort(0), &[&lane]).unwrap()[0]);
                        let own = if side == "left" { 0 } else { len as i64 };
                        let expected = order.iter().position(|&i| i == own).unwrap() as i64;
                        assert_eq!(place, expected, "{values} in {of}, {side}");
                    }
                }
            }
        }
    }
}

#[test]
fn searches_that_numpy_refuses() {
    assert_eq!(SearchSorted::new("x").unwrap_err().to_string(), "search side must be 'left' or 'right' (got 'x')");
    let left = SearchSorted::new("left").unwrap();
    let refuse = |shape: &[u64]| {
        left.infer(&[&meta(DType::Int8, shape), &meta(DType::Int8, &[2])]).unwrap_err().kind.to_string()
    };
    assert_eq!(refuse(&[]), "object of too small depth for desired array");
    assert_eq!(refuse(&[2, 2]), "object too deep for desired array");
    let date = DType::DateTime64(TimeUnit::new("s", 1).unwrap());
    assert!(left.infer(&[&meta(date, &[2]), &meta(DType::Int64, &[2])]).is_err());
}

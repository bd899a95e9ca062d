//! Sorts and partitions against NumPy's comparison, spelled out.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use std::cmp::Ordering;

use block_support::{block, dtypes, lanes, meta, numbers, run};
use hyperslab_base::{Block, Complex64, DType, Kind};
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::block::sort::Sort;

/// `CDOUBLE_LT` of NumPy's npysort.
fn less(a: Complex64, b: Complex64) -> bool {
    let number = |x: f64| !x.is_nan();
    if a.re < b.re {
        number(a.im) || !number(b.im)
    } else if a.re > b.re {
        !number(b.im) && number(a.im)
    } else if a.re == b.re || (!number(a.re) && !number(b.re)) {
        a.im < b.im || (!number(b.im) && number(a.im))
    } else {
        !number(b.re)
    }
}

/// Ties, zeros of both signs, infinities, extremes of integers, and what is missing.
fn operand(dtype: DType, shape: &[u64], seed: u64) -> Block {
    let mut next = numbers(seed);
    let count = shape.iter().product::<u64>();
    let special = [0.0, -0.0, f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.0, -1.5];
    let mut float = || match next() % 16 {
        i @ 0..8 => special[i as usize],
        i => i as f64 - 11.5,
    };
    if dtype.is_inexact() {
        let x: Vec<Complex64> = (0..count).map(|_| Complex64::new(float(), float())).collect();
        return block(dtype, shape, &x);
    }
    let extremes = [i64::MIN, i64::MIN + 1, i64::MAX, -1, 0, 1, 127, -128];
    let x: Vec<i64> = (0..count)
        .map(|_| match next() % 16 {
            i @ 0..8 => extremes[i as usize],
            i => i as i64 - 11,
        })
        .collect();
    block(dtype, shape, &x)
}

/// Which elements stable sorting of each lane puts where.
fn expected(x: &Block, axis: usize) -> Vec<Vec<i64>> {
    let sorted = |n: usize, compare: &dyn Fn(usize, usize) -> Ordering| {
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| compare(i, j));
        order.into_iter().map(|i| i as i64).collect::<Vec<i64>>()
    };
    match x.dtype().kind() {
        Kind::Float | Kind::Complex => lanes::<Complex64>(x, axis)
            .iter()
            .map(|lane| sorted(lane.len(), &|i, j| less(lane[j], lane[i]).cmp(&less(lane[i], lane[j]))))
            .collect(),
        Kind::UInt => {
            lanes::<u64>(x, axis).iter().map(|lane| sorted(lane.len(), &|i, j| lane[i].cmp(&lane[j]))).collect()
        }
        kind => lanes::<i64>(&bits(x), axis)
            .iter()
            .map(|lane| {
                let late = |i: usize| matches!(kind, Kind::DateTime | Kind::TimeDelta) && lane[i] == i64::MIN;
                sorted(lane.len(), &|i, j| (late(i), lane[i]).cmp(&(late(j), lane[j])))
            })
            .collect(),
    }
}

/// Times as integers, the rest as it is.
fn bits(x: &Block) -> Block {
    let dtype = x.dtype().storage();
    let mut out = Block::zeroed(dtype, x.shape()).unwrap();
    out.bytes_mut().copy_from_slice(x.bytes());
    out
}

/// The bits of each element, lane by lane.
fn raw(x: &Block, axis: usize) -> Vec<Vec<u128>> {
    let order: Vec<usize> = (0..x.shape().len()).filter(|&d| d != axis).chain([axis]).collect();
    let last = block_support::transposed(x, &order);
    let one = |b: &[u8]| b.iter().rev().fold(0u128, |n, &b| n << 8 | u128::from(b));
    let all: Vec<u128> = last.bytes().chunks(x.dtype().itemsize()).map(one).collect();
    all.chunks(x.shape()[axis] as usize).map(<[u128]>::to_vec).collect()
}

const SHAPES: [&[u64]; 4] = [&[100], &[1], &[3, 40], &[5, 9, 2]];

#[test]
fn sorts_are_numpys_and_stable() {
    for dtype in dtypes() {
        for shape in SHAPES {
            for axis in 0..shape.len() {
                let x = operand(dtype, shape, 7);
                let order = expected(&x, axis);
                let indices = run(&Sort::argsort(axis), &[&x]).unwrap().remove(0);
                assert_eq!(indices.dtype(), DType::Int64);
                assert_eq!(lanes::<i64>(&indices, axis), order, "argsort of {dtype} {shape:?} along {axis}");
                let sorted = run(&Sort::sorted(axis), &[&x]).unwrap().remove(0);
                assert_eq!(sorted.dtype(), dtype);
                for ((got, lane), order) in raw(&sorted, axis).iter().zip(raw(&x, axis)).zip(&order) {
                    let by_order: Vec<u128> = order.iter().map(|&i| lane[i as usize]).collect();
                    assert_eq!(*got, by_order, "sort of {dtype} {shape:?} along {axis}");
                }
            }
        }
    }
}

#[test]
fn partitions_put_the_places_in_place() {
    for dtype in dtypes() {
        for kth in [&[0][..], &[-1], &[5], &[3, -2, 3], &[8, 0, 4]] {
            let x = operand(dtype, &[4, 9, 3], 5);
            let order = expected(&x, 1);
            let places: Vec<usize> = kth.iter().map(|&k| if k < 0 { k + 9 } else { k } as usize).collect();
            let indices = run(&Sort::argpartition(1, kth), &[&x]).unwrap().remove(0);
            let parted = run(&Sort::partition(1, kth), &[&x]).unwrap().remove(0);
            // What an element is equal to is said by where it could stand: ranks of sorted elements.
            let lanes_in = raw(&x, 1);
            for (lane, (order, got)) in lanes_in.iter().zip(order.iter().zip(lanes::<i64>(&indices, 1))) {
                check(dtype, &x, lane, order, &got, &places);
            }
            for ((lane, order), got) in lanes_in.iter().zip(&order).zip(raw(&parted, 1)) {
                let (mut a, mut b) = (lane.clone(), got.clone());
                a.sort_unstable();
                b.sort_unstable();
                assert_eq!(a, b, "partition of {dtype} at {kth:?} keeps its elements");
                let found: Vec<i64> = got.iter().map(|x| lane.iter().position(|y| x == y).unwrap() as i64).collect();
                check(dtype, &x, lane, order, &found, &places);
            }
        }
    }
}

/// Whether indices have at each place an element equal to the sorted one, none larger before and none smaller after it.
fn check(dtype: DType, x: &Block, lane: &[u128], order: &[i64], got: &[i64], places: &[usize]) {
    let one = |i: i64| {
        let mut b = Block::zeroed(x.dtype(), &[2]).unwrap();
        let size = dtype.itemsize();
        b.bytes_mut()[..size].copy_from_slice(&lane[i as usize].to_le_bytes()[..size]);
        b
    };
    let compare = |i: i64, j: i64| {
        let mut pair = one(i);
        let size = dtype.itemsize();
        pair.bytes_mut()[size..].copy_from_slice(&lane[j as usize].to_le_bytes()[..size]);
        let forward = expected(&pair, 0)[0][0] == 0;
        pair.bytes_mut().rotate_left(size);
        let backward = expected(&pair, 0)[0][0] == 0;
        backward.cmp(&forward)
    };
    for &k in places {
        assert_eq!(compare(got[k], order[k]), Ordering::Equal, "{dtype} at {k}");
        assert!(got[..k].iter().all(|&i| compare(i, got[k]) != Ordering::Greater), "{dtype} before {k}");
        assert!(got[k..].iter().all(|&i| compare(i, got[k]) != Ordering::Less), "{dtype} after {k}");
    }
}

#[test]
fn long_lanes() {
    for dtype in [DType::Float64, DType::Int16, DType::Complex64] {
        let x = operand(dtype, &[3, 70_000], 3);
        let indices = run(&Sort::argsort(1), &[&x]).unwrap().remove(0);
        assert!(lanes::<i64>(&indices, 1) == expected(&x, 1), "{dtype}");
    }
}

#[test]
fn nothing_to_sort() {
    for shape in [&[0][..], &[0, 3], &[3, 0]] {
        for axis in 0..shape.len() {
            let x = Block::zeroed(DType::Float32, shape).unwrap();
            assert_eq!(run(&Sort::sorted(axis), &[&x]).unwrap()[0].shape(), shape);
        }
    }
}

#[test]
fn errors_are_numpys() {
    let message = |op: Sort| op.infer(&[&meta(DType::Int8, &[3, 4])]).unwrap_err().to_string();
    assert!(message(Sort::sorted(2)).contains("axis 2 is out of bounds for array of dimension 2"));
    assert!(message(Sort::partition(1, &[4])).contains("kth(=4) out of bounds (4)"));
    assert!(message(Sort::argpartition(0, &[0, -5])).contains("kth(=-2) out of bounds (3)"));
}

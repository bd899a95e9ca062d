//! Distinct elements of parts of an array, merged in any order.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use std::collections::BTreeSet;

use block_support::numbers;
use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{Block, DType};
use hyperslab_ops::block::distinct::Distinct;

/// Two parts that are all.
fn merged(dtype: DType, elements: &Block, part: usize) -> (Distinct, Distinct) {
    let bytes = elements.bytes().chunks(part * dtype.itemsize());
    let mut parts: Vec<Distinct> =
        bytes.zip((0u64..).step_by(part)).map(|(b, start)| Distinct::of(dtype, b, start).unwrap()).collect();
    let mut next = numbers(part as u64);
    while parts.len() > 2 {
        let one = parts.swap_remove(next() as usize % parts.len());
        let at = next() as usize % parts.len();
        let other = parts.swap_remove(at);
        parts.push(other.merged(one).unwrap());
    }
    (parts.remove(0), parts.pop().unwrap_or_else(|| Distinct::none().unwrap()))
}

#[test]
fn integers_come_once() {
    for below in [1, 5, 8_192, 8_193, 20_000, 1 << 31] {
        let mut next = numbers(below);
        let mut x = Block::zeroed(DType::UInt64, &[30_000]).unwrap();
        // The largest ones look like empty places of a table.
        cast_slice_mut(x.bytes_mut()).iter_mut().for_each(|x| *x = u64::MAX - next() % below);
        let expected: BTreeSet<u64> = cast_slice::<u8, u64>(x.bytes()).iter().copied().collect();
        for part in [30_000, 29_999, 700, 64] {
            let (one, other) = merged(DType::UInt64, &x, part);
            let (made, count) = one.elements(other, DType::UInt64, true).unwrap().unwrap();
            assert!(cast_slice::<u8, u64>(made.bytes())[..count].iter().eq(&expected), "{below} {part}");
        }
    }
}

#[test]
fn the_first_zero_and_the_first_nan_stand_for_all() {
    let (a, b) = (f64::from_bits(0x7ff8_0000_0000_0001), f64::from_bits(0xfff8_0000_0000_0000));
    for (elements, once, all) in [
        (vec![1.0, -0.0, 0.0, 1.0, -2.0], vec![-2.0, -0.0, 1.0], Some(vec![-2.0, -0.0, 1.0])),
        (vec![0.0, -0.0, -0.0], vec![0.0], Some(vec![0.0])),
        (vec![a, 3.0, a, -0.0], vec![-0.0, 3.0, a], Some(vec![-0.0, 3.0, a, a])),
        (vec![b, a, b], vec![b], None),
        (vec![f64::INFINITY, f64::NEG_INFINITY], vec![f64::NEG_INFINITY, f64::INFINITY], None),
    ] {
        let mut x = Block::zeroed(DType::Float64, &[elements.len() as u64]).unwrap();
        cast_slice_mut(x.bytes_mut()).copy_from_slice(&elements);
        for part in 1..=elements.len() {
            let found = |equal| {
                let (one, other) = merged(DType::Float64, &x, part);
                let made = one.elements(other, DType::Float64, equal).unwrap();
                made.map(|(block, count)| block.bytes()[..8 * count].to_vec())
            };
            assert_eq!(found(true).unwrap(), cast_slice::<f64, u8>(&once), "{elements:?} {part}");
            if elements.iter().any(|x| x.is_nan()) {
                assert_eq!(
                    found(false),
                    all.as_ref().map(|x| cast_slice::<f64, u8>(x).to_vec()),
                    "{elements:?} {part}"
                );
            }
        }
    }
}

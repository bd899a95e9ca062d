//! Stream compaction and scatter, against their definitions.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

mod block_support;

use block_support::{block, dtypes, elements, meta, numbers, run};
use hyperslab_base::{DType, ErrorKind};
use hyperslab_ops::block::BlockOp;
use hyperslab_ops::block::compact::Compact;
use hyperslab_ops::block::scatter::Scatter;

#[test]
fn selected_elements_come_first() {
    let mut next = numbers(5);
    for n in [0usize, 1, 2, 7, 100] {
        for share in [0, 1, 2, 3] {
            let mask: Vec<i64> = (0..n).map(|_| i64::from(next() % 3 < share)).collect();
            for dtype in dtypes() {
                let x: Vec<i64> = (0..n).map(|_| (next() % 100) as i64).collect();
                let x = block(dtype, &[n as u64], &x);
                let chosen = block(DType::Bool, &[n as u64], &mask);
                let made = run(&Compact, &[&x, &chosen]).unwrap().remove(0);
                let listed = elements::<i64>(&x);
                let mut want: Vec<i64> = listed.iter().zip(&mask).filter(|(_, m)| **m != 0).map(|(x, _)| *x).collect();
                want.resize(n, 0);
                assert_eq!(elements::<i64>(&made), want, "{dtype} {n} {share}");
            }
        }
    }
    let refused = Compact.infer(&[&meta(DType::Int8, &[3]), &meta(DType::Int8, &[3])]).unwrap_err();
    assert!(matches!(refused.kind, ErrorKind::Internal(_)), "{refused}");
}

#[test]
fn values_are_put_at_their_positions() {
    let mut next = numbers(6);
    for shape in [&[][..], &[1], &[9], &[4, 5], &[3, 1, 4], &[2, 3, 2, 3], &[3, 0]] {
        let size = shape.iter().product::<u64>();
        for count in [0, 1, 4, 30] {
            let count = if size == 0 { 0 } else { count };
            let mut positions: Vec<i64> = (0..count).map(|_| (next() % size.max(1)) as i64).collect();
            positions.sort_unstable();
            for dtype in dtypes() {
                let base: Vec<i64> = (0..size).map(|_| (next() % 2) as i64).collect();
                let values: Vec<i64> = (0..count).map(|_| (next() % 100) as i64).collect();
                let (base, values) = (block(dtype, shape, &base), block(dtype, &[count as u64], &values));
                let listed = block(DType::Int64, &[count as u64], &positions);
                let made = run(&Scatter::new(shape), &[&base, &listed, &values]).unwrap().remove(0);
                let mut want = elements::<i64>(&base);
                for (&p, v) in positions.iter().zip(elements::<i64>(&values)) {
                    want[p as usize] = v;
                }
                assert_eq!(elements::<i64>(&made), want, "{dtype} {shape:?} {positions:?}");
            }
        }
    }
}

#[test]
fn positions_that_are_not_there() {
    let base = block(DType::Int8, &[2, 3], &[0i64; 6]);
    for (positions, wrong) in [(&[-1i64, 2][..], "-1"), (&[2, 6], "6"), (&[9], "9")] {
        let n = positions.len() as u64;
        let listed = block(DType::Int64, &[n], positions);
        let refused =
            run(&Scatter::new(&[2, 3]), &[&base, &listed, &block(DType::Int8, &[n], &vec![1i64; n as usize])]);
        let e = refused.unwrap_err();
        assert!(matches!(e.kind, ErrorKind::Index(_)) && e.to_string().contains(wrong), "{e}");
    }
}

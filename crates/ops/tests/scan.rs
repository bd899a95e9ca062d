//! Every scan on every dtype, continued from tile to tile, against the ufunc it accumulates.

#![allow(clippy::unwrap_used)] // In a test a panic is the report.

use hyperslab_base::{Block, DType, Scalar, TimeUnit};
use hyperslab_ops::scan::{Scan, Scanner, scanners};
use hyperslab_ops::{Rows, find};

/// More than stay in registers together, and some.
const LANES: usize = 45;
const LEN: usize = 23;

fn dtypes() -> Vec<DType> {
    let unit = TimeUnit::new("s", 1).unwrap();
    DType::NUMERIC.into_iter().chain([DType::DateTime64(unit), DType::TimeDelta64(unit)]).collect()
}

/// `LEN` rows of `LANES` elements; floats are any bits, NaNs and infinities among them.
fn elements(dtype: DType) -> Block {
    let mut block = Block::zeroed(dtype, &[LEN as u64, LANES as u64]).unwrap();
    let mut state = 7u64;
    for b in block.bytes_mut() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *b = if dtype == DType::Bool { (state >> 40) as u8 & 1 } else { (state >> 40) as u8 };
    }
    block
}

/// Results row by row: each is the ufunc of the row before and the elements.
fn expected(row: &Scanner, x: &Block) -> Block {
    let ufunc = find(row.ufunc.unwrap()).unwrap();
    let kernel = ufunc.kernel(&[x.dtype(), x.dtype()]).unwrap();
    let width = LANES * x.dtype().itemsize();
    let mut out = Block::zeroed(x.dtype(), x.shape()).unwrap();
    out.bytes_mut()[..width].copy_from_slice(&x.bytes()[..width]);
    for r in 1..LEN {
        // Rows of their own, aligned as registers are.
        let shape = [LANES as u64];
        let row = |from: &[u8]| {
            let mut b = Block::zeroed(x.dtype(), &shape).unwrap();
            b.bytes_mut().copy_from_slice(&from[..width]);
            b
        };
        let (before, now) = (row(&out.bytes()[(r - 1) * width..]), row(&x.bytes()[r * width..]));
        let mut result = Block::zeroed(x.dtype(), &shape).unwrap();
        kernel(&[before.bytes(), now.bytes()], result.bytes_mut());
        out.bytes_mut()[r * width..][..width].copy_from_slice(result.bytes());
    }
    out
}

fn transposed(x: &Block) -> Block {
    let mut out = Block::zeroed(x.dtype(), &[x.shape()[1], x.shape()[0]]).unwrap();
    hyperslab_base::copy(&x.view().transpose(&[1, 0]), &mut out.view_mut());
    out
}

/// The lanes, which are columns or where `along` rows, cut into tiles of `step` positions with `gap` elements between
/// rows that are no part of them.
fn in_tiles(scan: &Scan, x: &Block, step: usize, along: bool, gap: usize) -> Block {
    let item = x.dtype().itemsize();
    let mut out = Block::zeroed(x.dtype(), x.shape()).unwrap();
    let mut carry = Block::zeroed(x.dtype(), &[LANES as u64]).unwrap();
    for at in (0..LEN).step_by(step) {
        let n = step.min(LEN - at);
        let (start, rows, cols) = if along { ([0, at as u64], LANES, n) } else { ([at as u64, 0], n, LANES) };
        let shape = [rows as u64, cols as u64];
        let part = hyperslab_base::Region::boxed(&start, &shape);
        let mut wide = Block::zeroed(x.dtype(), &[rows as u64, (cols + gap) as u64]).unwrap();
        let inside = hyperslab_base::Region::full(&shape);
        hyperslab_base::copy(&x.view().slice(&part), &mut wide.view_mut().slice(&inside));
        let bytes = &wide.bytes()[..((rows - 1) * (cols + gap) + cols) * item];
        let tile = Rows { bytes, rows, cols, step: cols + gap };
        let mut results = Block::zeroed(x.dtype(), &shape).unwrap();
        let go_on = if along { Scan::along } else { Scan::down };
        go_on(scan, tile, results.bytes_mut(), carry.bytes_mut(), at == 0);
        hyperslab_base::copy(&results.view(), &mut out.view_mut().slice(&part));
    }
    out
}

/// Bits of the parts, every NaN as one: which of two NaNs a sum has is the processor's choice.
fn bits(b: &Block) -> Vec<u64> {
    let part = b.dtype().real();
    let number = |x: &[u8]| {
        let v = Scalar::from_bytes(part, x).unwrap();
        let nan = part.is_inexact() && v.to_f64().is_nan();
        let mut bits = [0; 8];
        bits[..x.len()].copy_from_slice(x);
        if nan { u64::MAX } else { u64::from_le_bytes(bits) }
    };
    b.bytes().chunks_exact(part.itemsize()).map(number).collect()
}

#[test]
fn any_tiles_give_what_the_ufunc_accumulates() {
    for row in scanners().iter().filter(|r| r.ufunc.is_some()) {
        for dtype in dtypes() {
            let Ok(scan) = row.scan(dtype) else { continue };
            let x = elements(dtype);
            let want = expected(row, &x);
            for (step, gap) in [(1, 0), (2, 3), (7, 0), (7, 40), (LEN, 0)] {
                let down = in_tiles(&scan, &x, step, false, gap);
                assert!(bits(&down) == bits(&want), "{} of {dtype} down {step}", row.name);
                let along = in_tiles(&scan, &transposed(&x), step, true, gap);
                assert!(bits(&along) == bits(&transposed(&want)), "{} of {dtype} along {step}", row.name);
            }
        }
    }
}

#[test]
fn results_have_numpys_dtypes() {
    let unit = TimeUnit::new("s", 1).unwrap();
    let (date, delta) = (DType::DateTime64(unit), DType::TimeDelta64(unit));
    let resolve = |name: &str, d| hyperslab_ops::scan::find(name).unwrap().resolve(d, None);
    for name in ["cumsum", "cumprod"] {
        assert_eq!(resolve(name, DType::Int8).unwrap(), DType::Int64);
        assert_eq!(resolve(name, DType::Bool).unwrap(), DType::Int64);
        assert_eq!(resolve(name, DType::UInt16).unwrap(), DType::UInt64);
        assert_eq!(resolve(name, DType::Float16).unwrap(), DType::Float16);
        assert!(resolve(name, date).is_err());
    }
    assert_eq!(resolve("cumsum", delta).unwrap(), delta);
    assert!(resolve("cumprod", delta).is_err());
    assert_eq!(resolve("maximum.accumulate", DType::Int8).unwrap(), DType::Int8);
    assert_eq!(resolve("minimum.accumulate", date).unwrap(), date);
}

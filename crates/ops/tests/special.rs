//! What looks for special elements finds them at every place, and nothing among ordinary ones.

use hyperslab_base::{DType, f16};
use hyperslab_ops::special::{Signs, any_outside, any_sign, any_special, any_zero};

/// Lengths around those of vectors.
const LENGTHS: [usize; 5] = [1, 7, 64, 65, 300];

/// An element of a float dtype, as bytes.
fn element(dtype: DType, x: f64) -> Vec<u8> {
    match dtype {
        DType::Float16 => f16::from_f64(x).to_ne_bytes().into(),
        DType::Float32 => (x as f32).to_ne_bytes().into(),
        _ => x.to_ne_bytes().into(),
    }
}

/// Ones, with `x` at one place.
fn with(dtype: DType, n: usize, at: usize, x: f64) -> Vec<u64> {
    let item = dtype.itemsize();
    let mut bytes = element(dtype, 1.0).repeat(n);
    bytes[at * item..(at + 1) * item].copy_from_slice(&element(dtype, x));
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytemuck::pod_collect_to_vec(&bytes)
}

const FLOATS: [DType; 3] = [DType::Float16, DType::Float32, DType::Float64];
const ALL: Signs = Signs { nan: true, infinite: true, small: false };

/// The bytes of `n` elements.
fn bytes(words: &[u64], n: usize, dtype: DType) -> &[u8] {
    &bytemuck::cast_slice(words)[..n * dtype.itemsize()]
}

#[test]
fn special_elements_are_seen_at_every_place() {
    for dtype in FLOATS {
        for n in LENGTHS {
            for at in [0, n / 2, n - 1] {
                for (x, special, small) in [
                    (f64::NAN, true, true),
                    (f64::INFINITY, true, true),
                    (f64::NEG_INFINITY, true, true),
                    (0.0, false, true),
                    (-0.0, false, true),
                    (-2.0, false, false),
                    (6e4, false, false),
                ] {
                    let words = with(dtype, n, at, x);
                    let found = [false, true].map(|small| any_special(dtype, bytes(&words, n, dtype), small));
                    assert_eq!(found, [special, small], "{x} of {dtype} at {at} of {n}");
                }
            }
        }
    }
}

#[test]
fn what_operands_explain_is_no_sign() {
    for dtype in FLOATS {
        for n in LENGTHS {
            let at = n / 2;
            let of = |x| with(dtype, n, at, x);
            let found = |out: f64, ins: &[f64], signs| {
                let (out, ins): (_, Vec<_>) = (of(out), ins.iter().map(|x| of(*x)).collect());
                let ins: Vec<&[u8]> = ins.iter().map(|x| bytes(x, n, dtype)).collect();
                any_sign(dtype, bytes(&out, n, dtype), &ins, signs)
            };
            for ins in [&[1.0][..], &[1.0, 2.0]] {
                assert!(found(f64::NAN, ins, ALL) && found(f64::INFINITY, ins, ALL) && !found(1.0, ins, ALL));
                assert!(!found(f64::NAN, ins, Signs { nan: false, ..ALL }));
                assert!(!found(f64::INFINITY, ins, Signs { infinite: false, ..ALL }));
                assert!(!found(0.0, ins, ALL) && found(0.0, ins, Signs { small: true, ..ALL }));
            }
            for ins in [&[f64::NAN][..], &[1.0, f64::NAN], &[f64::NAN, 1.0]] {
                assert!(!found(f64::NAN, ins, ALL));
            }
            for ins in [&[f64::INFINITY][..], &[1.0, f64::NEG_INFINITY]] {
                assert!(!found(f64::INFINITY, ins, ALL) && found(f64::NAN, ins, ALL));
            }
            assert!(found(f64::NAN, &[], ALL) && found(f64::INFINITY, &[], ALL) && !found(1.0, &[], ALL));
        }
    }
}

#[test]
fn bounds_and_zeros() {
    for dtype in [DType::Float32, DType::Float64] {
        for n in LENGTHS {
            for (x, outside) in [(f64::NAN, true), (f64::INFINITY, true), (-9.0, true), (7.5, false), (8.0, true)] {
                let words = with(dtype, n, n - 1, x);
                assert_eq!(any_outside(dtype, bytes(&words, n, dtype), -8.0, 8.0), outside, "{x} of {dtype}");
            }
        }
    }
    for n in LENGTHS {
        let mut integers = vec![5i16; n];
        let found = |x: &[i16]| [false, true].map(|minus_one| any_zero(bytemuck::cast_slice(x), 2, minus_one));
        assert_eq!(found(&integers), [false, false]);
        integers[n - 1] = -1;
        assert_eq!(found(&integers), [false, true]);
        integers[n - 1] = 0;
        assert_eq!(found(&integers), [true, true]);
    }
}

//! Integers that order elements.

use bytemuck::cast_slice;
use hyperslab_base::{Bool, DType, Result, f16};
use hyperslab_ops::block::keys::{Missing, Prefixes, collect_keys, count_keys};
use hyperslab_ops::inside::{Keyed, Ticks};

fn ascending<T: Keyed + PartialEq + std::fmt::Debug>(sorted: &[T]) {
    let keys: Vec<u64> = sorted.iter().map(|x| x.key()).collect();
    assert!(keys.windows(2).all(|w| w[0] < w[1]), "{sorted:?}: {keys:?}");
    assert!(keys.iter().all(|&k| T::KEY_BITS == 64 || k >> T::KEY_BITS == 0), "{keys:?}");
    for (x, &k) in sorted.iter().zip(&keys) {
        assert_eq!(bytemuck::bytes_of(&T::of_key(k)), bytemuck::bytes_of(x));
    }
}

#[test]
fn keys_ascend_as_elements_do() {
    ascending(&[false, true].map(Bool::from));
    ascending(&[i8::MIN, -1, 0, 1, i8::MAX]);
    ascending(&[i16::MIN, -1, 0, 1, i16::MAX]);
    ascending(&[i32::MIN, -1, 0, 1, i32::MAX]);
    ascending(&[i64::MIN, -1, 0, 1, i64::MAX]);
    ascending(&[0, 1, u8::MAX]);
    ascending(&[0, 1, u64::MAX]);
    ascending(&[i64::MIN + 1, -1, 0, i64::MAX].map(Ticks));
    ascending(&[f64::NEG_INFINITY, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1.0, f64::INFINITY]);
    ascending(&[f32::NEG_INFINITY, -1.0, -0.0, 0.0, f32::MIN_POSITIVE, f32::INFINITY]);
    ascending(&[-1.0, -0.0, 0.0, 1.0].map(f16::from_f64));
}

#[test]
fn counted_and_collected_is_what_has_the_prefix() -> Result<()> {
    let elements: Vec<f32> = (0..4000).map(|i| ((i * 7919) % 4001) as f32 - 2000.0).chain([f32::NAN]).collect();
    let bytes: &[u8] = cast_slice(&elements);
    let all = Prefixes { below: 32, of: vec![0] };
    let mut counts = vec![0; 1 << 9];
    let missing = count_keys(DType::Float32, bytes, &all, 9, &mut counts)?;
    assert_eq!(missing, Missing { count: 1, first: Some(4000) });
    assert_eq!(counts.iter().sum::<u64>(), 4000);
    let some: Vec<u64> = (0..1 << 9).filter(|&p| counts[p as usize] > 0).step_by(2).collect();
    let at = Prefixes { below: 23, of: some.clone() };
    let mut keys = Vec::new();
    collect_keys(DType::Float32, bytes, &at, &mut keys)?;
    let mut finer = vec![0; some.len() << 4];
    count_keys(DType::Float32, bytes, &at, 4, &mut finer)?;
    for (i, &p) in some.iter().enumerate() {
        let here = keys.iter().filter(|&&k| at.prefix(k) == p).count() as u64;
        assert_eq!((here, finer[i << 4..(i + 1) << 4].iter().sum()), (counts[p as usize], counts[p as usize]));
    }
    assert!(count_keys(DType::Complex64, &[], &all, 1, &mut counts).is_err());
    Ok(())
}

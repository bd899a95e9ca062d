//! What kernels compute, where NumPy's rules are not those of the processor.

#![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

use std::fmt::Debug;

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{Bool, Complex64, DType, Element, f16};
use hyperslab_ops::{cast_kernel, find, ufuncs};

fn binary<T: Element, O: Pod>(name: &str, dtypes: [DType; 2], a: &[T], b: &[T]) -> Vec<O> {
    let mut out = vec![O::zeroed(); a.len()];
    let kernel = find(name).unwrap().kernel(&dtypes).unwrap();
    kernel(&[cast_slice(a), cast_slice(b)], cast_slice_mut(&mut out));
    out
}

fn same<T: Element>(name: &str, a: &[T], b: &[T]) -> Vec<T> {
    binary(name, [T::DTYPE; 2], a, b)
}

fn truth<T: Element>(name: &str, a: &[T], b: &[T]) -> Vec<bool> {
    binary::<T, Bool>(name, [T::DTYPE; 2], a, b).iter().map(|b| b.get()).collect()
}

fn unary<T: Element, O: Pod>(name: &str, a: &[T]) -> Vec<O> {
    let mut out = vec![O::zeroed(); a.len()];
    find(name).unwrap().kernel(&[T::DTYPE]).unwrap()(&[cast_slice(a)], cast_slice_mut(&mut out));
    out
}

fn dtype(name: &str) -> DType {
    DType::from_name(name).unwrap()
}

fn cast<A: Pod, O: Pod>(from: &str, to: &str, a: &[A]) -> Vec<O> {
    let mut out = vec![O::zeroed(); a.len()];
    cast_kernel(dtype(from), dtype(to)).unwrap()(&[cast_slice(a)], cast_slice_mut(&mut out));
    out
}

fn same_bits(got: &[f64], want: &[f64]) {
    let bits = |v: &[f64]| v.iter().map(|x| if x.is_nan() { u64::MAX } else { x.to_bits() }).collect::<Vec<_>>();
    assert_eq!(bits(got), bits(want), "{got:?} and {want:?}");
}

fn all_equal<T: PartialEq + Debug>(got: Vec<T>, want: &[T]) {
    assert_eq!(got, want);
}

const NAT: i64 = i64::MIN;

#[test]
fn integers_divide_down_and_wrap() {
    let (a, b) = ([7_i8, -7, 7, -7, 5, i8::MIN], [2_i8, 2, -2, -2, 0, -1]);
    all_equal(same("floor_divide", &a, &b), &[3, -4, -4, 3, 0, i8::MIN]);
    all_equal(same("remainder", &a, &b), &[1, 1, -1, -1, 0, 0]);
    all_equal(same("fmod", &a, &b), &[1, -1, 1, -1, 0, 0]);
    all_equal(same("add", &[i8::MAX], &[1]), &[i8::MIN]);
    all_equal(same("power", &[3_u8, 2, 0, 7], &[5, 9, 0, 0]), &[243, 0, 1, 1]);
    all_equal(same("power", &[2_i64, 1, -1, -1], &[-1, -3, -3, -2]), &[0, 1, -1, 1]);
    all_equal(same("gcd", &[12_i32, -12, 0], &[18, 8, 5]), &[6, 4, 5]);
    all_equal(same("lcm", &[4_i32, -4, 0], &[6, 6, 5]), &[12, 12, 0]);
}

#[test]
fn shifts_by_the_width_and_more() {
    all_equal(same("left_shift", &[1_i32, 1, 1, 1], &[31, 32, 100, -1]), &[i32::MIN, 0, 0, 0]);
    all_equal(same("right_shift", &[-8_i64, -8, 8, -8], &[1, 64, 64, -1]), &[-4, -1, 0, -1]);
    all_equal(same("right_shift", &[255_u8, 255], &[7, 8]), &[1, 0]);
}

#[test]
fn int64_and_uint64_compare_exactly() {
    let (signed, unsigned) = ([i64::MAX, -1, 0], [i64::MAX as u64 + 1, u64::MAX, 0]);
    let compare = |name: &str| {
        let kernel = find(name).unwrap().kernel(&[DType::Int64, DType::UInt64]).unwrap();
        let mut out = [Bool(9); 3];
        kernel(&[cast_slice(&signed), cast_slice(&unsigned)], cast_slice_mut(&mut out));
        out.map(|b| b.get())
    };
    assert_eq!(compare("less"), [true, true, false]);
    assert_eq!(compare("equal"), [false, false, true]);
    assert_eq!(compare("greater_equal"), [false, false, true]);
}

#[test]
fn floats_divide_as_python() {
    let (a, b) = ([7.5, -7.5, 1.0, -0.0, 1.0, 0.3, f64::INFINITY], [2.0, 2.0, 0.0, 3.0, f64::INFINITY, 0.1, 2.0]);
    same_bits(&same("floor_divide", &a, &b), &[3.0, -4.0, f64::INFINITY, -0.0, 0.0, 2.0, f64::NAN]);
    same_bits(&same("remainder", &a, &b), &[1.5, 0.5, f64::NAN, 0.0, 1.0, 0.09999999999999998, f64::NAN]);
}

#[test]
fn nan_wins_or_loses() {
    let (a, b) = ([1.0, f64::NAN, 3.0], [f64::NAN, 2.0, 2.0]);
    same_bits(&same("maximum", &a, &b), &[f64::NAN, f64::NAN, 3.0]);
    same_bits(&same("minimum", &a, &b), &[f64::NAN, f64::NAN, 2.0]);
    same_bits(&same("fmax", &a, &b), &[1.0, 2.0, 3.0]);
    same_bits(&same("fmin", &a, &b), &[1.0, 2.0, 2.0]);
    same_bits(&unary("sign", &[-3.0, -0.0, f64::NAN, 5e-324]), &[-1.0, 0.0, f64::NAN, 1.0]);
}

#[test]
fn complex_numbers_order_by_real_part() {
    let z = |re, im| Complex64::new(re, im);
    let (a, b) = ([z(1.0, 2.0), z(1.0, 3.0), z(0.0, f64::NAN)], [z(1.0, 3.0), z(1.0, 2.0), z(1.0, 0.0)]);
    assert_eq!(truth("less", &a, &b), [true, false, false]);
    let larger = same("maximum", &a, &b);
    assert_eq!(larger[..2], [z(1.0, 3.0), z(1.0, 3.0)]);
    assert!(larger[2].im.is_nan());
    assert_eq!(unary::<_, Complex64>("sign", &[z(3.0, 4.0), z(0.0, 0.0)]), [z(0.6, 0.8), z(0.0, 0.0)]);
    assert_eq!(unary::<_, f64>("absolute", &[z(3.0, 4.0)]), [5.0]);
    assert_eq!(unary::<_, f64>("imag", &[z(3.0, 4.0)]), [4.0]);
}

#[test]
fn nat_is_equal_to_nothing() {
    let s = dtype("timedelta64[s]");
    let (a, b) = ([NAT, NAT, 5, 7], [NAT, 5, NAT, 7]);
    let compare = |name: &str| binary::<i64, Bool>(name, [s; 2], &a, &b).iter().map(|b| b.get()).collect::<Vec<_>>();
    assert_eq!(compare("equal"), [false, false, false, true]);
    assert_eq!(compare("not_equal"), [true, true, true, false]);
    assert_eq!(compare("less_equal"), [false, false, false, true]);
    all_equal(binary("add", [s; 2], &a, &b), &[NAT, NAT, NAT, 14]);
    all_equal(binary("minimum", [s; 2], &a, &b), &[NAT, NAT, NAT, 7]);
    all_equal(binary("fmin", [s; 2], &a, &b), &[NAT, 5, 5, 7]);
    all_equal(binary("floor_divide", [s; 2], &[-7, 7, NAT], &[2, 0, 1]), &[-4_i64, 0, 0]);
    all_equal(binary("divide", [s, DType::Int64], &[-7, 7, NAT], &[2, 0, 1]), &[-3, NAT, NAT]);
}

#[test]
fn floats_become_integers_as_on_x86() {
    let x = [1.9, -1.9, 300.7, 3e9, -3e9, 1e19, f64::NAN, f64::INFINITY];
    all_equal(cast("float64", "int8", &x), &[1_i8, -1, 44, 0, 0, 0, 0, 0]);
    let low = i32::MIN;
    all_equal(cast("float64", "int32", &x), &[1, -1, 300, low, low, low, low, low]);
    all_equal(cast("float64", "int64", &x), &[1, -1, 300, 3_000_000_000, -3_000_000_000, NAT, NAT, NAT]);
    let half = 1_u64 << 63;
    let wrapped = 0_u64.wrapping_sub(3_000_000_000);
    all_equal(cast("float64", "uint64", &x), &[1, u64::MAX, 300, 3_000_000_000, wrapped, 10_u64.pow(19), half, 0]);
    all_equal(
        cast::<_, Bool>("float64", "bool", &[0.0, -0.0, f64::NAN, 0.1]),
        &[false, false, true, true].map(Bool::from),
    );
    all_equal(cast("complex128", "float32", &[Complex64::new(1.5, 2.0)]), &[1.5_f32]);
    all_equal(cast("float64", "timedelta64[s]", &[f64::NAN, -1.5]), &[NAT, -1]);
    // Between two halves, a hair above the middle: rounding to f32 first would lose the hair.
    all_equal(cast("float64", "float16", &[1.0 + 2_f64.powi(-11) + 2_f64.powi(-40)]), &[f16::from_bits(0x3c01)]);
}

#[test]
fn large_integers_round_once() {
    let x = [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX, -(1 << 62) - 257, 0x7fff_ffff_ffff_fdff];
    all_equal(cast("int64", "float64", &x), &x.map(|v| v as f64));
    let x = x.map(|v| v as u64);
    all_equal(cast("uint64", "float64", &x), &x.map(|v| v as f64));
}

#[test]
fn units_convert_through_the_calendar() {
    let dates = |from: &str, to: &str, v: &[i64]| -> Vec<i64> {
        cast(&format!("datetime64[{from}]"), &format!("datetime64[{to}]"), v)
    };
    let deltas = |from: &str, to: &str, v: &[i64]| -> Vec<i64> {
        cast(&format!("timedelta64[{from}]"), &format!("timedelta64[{to}]"), v)
    };
    // 1969-05-03T07 and 2020-02-29T12:13:14.
    let seconds = [NAT, -20_970_000, 1_582_978_394];
    assert_eq!(dates("s", "Y", &seconds), [NAT, -1, 50]);
    assert_eq!(dates("s", "M", &seconds), [NAT, -8, 601]);
    assert_eq!(dates("s", "W", &seconds), [NAT, -35, 2617]);
    assert_eq!(dates("s", "3D", &seconds), [NAT, -81, 6107]);
    assert_eq!(dates("s", "7M", &seconds), [NAT, -2, 85]);
    assert_eq!(dates("Y", "D", &[-1, 0, 1, 30, 31]), [-365, 0, 365, 10957, 11323]);
    assert_eq!(deltas("Y", "D", &[-400, -1, 1, 13]), [-146097, -366, 365, 4748]);
    assert_eq!(deltas("D", "M", &[-1, 400, 4801]), [-1, 13, 157]);
    assert_eq!(deltas("7D", "3h", &[-1, 13]), [-56, 728]);
    let overflow = cast_kernel(dtype("datetime64[W]"), dtype("datetime64[as]")).unwrap_err();
    assert!(overflow.to_string().contains("between NumPy datetime units W and as"));
}

#[test]
fn days_and_months_agree_over_two_cycles() {
    let months: Vec<i64> = (-4800 * 2..4800).collect();
    let days: Vec<i64> = cast("datetime64[M]", "datetime64[D]", &months);
    assert_eq!(cast::<i64, i64>("datetime64[D]", "datetime64[M]", &days), months);
    let before: Vec<i64> = days.iter().map(|d| d - 1).collect();
    let last: Vec<i64> = months.iter().map(|m| m - 1).collect();
    assert_eq!(cast::<i64, i64>("datetime64[D]", "datetime64[M]", &before), last);
    assert!(days.windows(2).all(|w| (28..=31).contains(&(w[1] - w[0]))));
}

#[test]
fn halves_widen_and_round() {
    let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
    let wide: Vec<f32> = cast("float16", "float32", &all);
    for (h, w) in all.iter().zip(&wide) {
        assert!(h.to_f32().to_bits() == w.to_bits() || (h.is_nan() && w.is_nan()), "{h}");
    }
    // Quarters of the step between halves: ties and their neighbours.
    let step = |k: f32| 1.0 + k * 2048.0 * f32::EPSILON;
    let near: Vec<f32> = wide.iter().flat_map(|w| [*w, w.next_up(), w * step(1.0), w * step(2.0)]).collect();
    for (x, h) in near.iter().zip(cast::<f32, f16>("float32", "float16", &near)) {
        let want = f16::from_f32(*x);
        assert!(h.to_bits() == want.to_bits() || (h.is_nan() && want.is_nan()), "{x:e}: {h}, not {want}");
    }
}

#[test]
fn every_loop_runs_on_empty_and_odd_registers() {
    let mut ran = 0;
    for u in ufuncs() {
        for d in DType::NUMERIC {
            let mut inputs = vec![d; u.nin];
            if u.name == "where" {
                inputs[0] = DType::Bool;
            }
            let operands: Vec<_> = inputs.iter().map(|d| hyperslab_ops::Operand::Array(*d)).collect();
            let Ok(signature) = u.resolve(&operands) else { continue };
            let kernel = u.kernel(&signature.inputs).unwrap();
            for n in [0, 1, 37] {
                // Words of 16 bytes are aligned for every dtype.
                let ins: Vec<Vec<u64>> = signature.inputs.iter().map(|_| vec![0x0101_0101_0101_0101; 2 * n]).collect();
                let mut out = vec![0_u64; 2 * n];
                let ins: Vec<&[u8]> =
                    ins.iter().zip(&signature.inputs).map(|(v, d)| &cast_slice(v)[..n * d.itemsize()]).collect();
                kernel(&ins, &mut cast_slice_mut(&mut out)[..n * signature.output.itemsize()]);
                ran += 1;
            }
        }
    }
    assert!(ran > 2000, "{ran}");
}

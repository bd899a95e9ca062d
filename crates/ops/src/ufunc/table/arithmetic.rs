//! Arithmetic, rounding, bits.

use hyperslab_base::{DType, Element, f16};

use super::{Kernel, Loop, Rule, Ufunc, complexes, ints, loops, reals, row, times};
use crate::kernels::number::Real;
use crate::kernels::{arithmetic as k, bits, complex, division, floats, integers, scale, times as t};
use crate::ufunc::{DATE, DELTA};

const INT: DType = DType::Int64;
const FLOAT: DType = DType::Float64;

fn is_bool(d: DType) -> bool {
    d == DType::Bool
}

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = operators();
    rows.extend(division());
    rows.extend(signs());
    rows.extend(roundings());
    rows.extend(bitwise());
    rows.extend(parts());
    rows
}

fn operators() -> Vec<Ufunc> {
    vec![
        row(2, "add", "Add arguments element-wise.")
            .operator("add")
            .times(times::add)
            .bools(k::bool_or)
            .loops(ints!(same k::int_add))
            .loops(reals!(same k::real_add, k::half_add))
            .loops(complexes!(same k::complex_add))
            .one(&[DATE, DELTA], DATE, t::add)
            .one(&[DELTA, DATE], DATE, t::add)
            .one(&[DELTA], DELTA, t::add),
        row(2, "subtract", "Subtract arguments, element-wise.")
            .operator("sub")
            .times(times::subtract)
            .refuses(
                is_bool,
                "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, \
                 or the logical_xor function instead.",
            )
            .loops(ints!(same k::int_subtract))
            .loops(reals!(same k::real_subtract, k::half_subtract))
            .loops(complexes!(same k::complex_subtract))
            .one(&[DATE, DELTA], DATE, t::subtract)
            .one(&[DATE, DATE], DELTA, t::subtract)
            .one(&[DELTA], DELTA, t::subtract),
        row(2, "multiply", "Multiply arguments element-wise.")
            .operator("mul")
            .times(times::multiply)
            .bools(k::bool_and)
            .loops(ints!(same k::int_multiply))
            .loops(reals!(same k::real_multiply, k::half_multiply))
            .loops(complexes!(same k::complex_multiply))
            .one(&[DELTA, INT], DELTA, t::multiply_int)
            .one(&[INT, DELTA], DELTA, t::multiply_int_left)
            .one(&[DELTA, FLOAT], DELTA, t::multiply_float)
            .one(&[FLOAT, DELTA], DELTA, t::multiply_float_left),
        row(2, "power", "First array elements raised to powers from second array, element-wise.")
            .alias(&["pow"])
            .operator("pow")
            .loops(ints!(same integers::power))
            .loops(reals!(same floats::power))
            .loops(complexes!(same complex::power)),
        row(2, "float_power", "First array elements raised to powers from second array, in float64 or complex128.")
            .loops(loops!(same floats::power; f64))
            .loops(loops!(same complex::power; hyperslab_base::Complex64)),
    ]
}

fn division() -> Vec<Ufunc> {
    vec![
        row(2, "divide", "Divide arguments element-wise.")
            .alias(&["true_divide"])
            .operator("truediv")
            .rule(Rule::Divide)
            .times(times::divide)
            .loops(reals!(same k::real_divide, k::half_divide))
            .loops(complexes!(same complex::divide))
            .one(&[DELTA, INT], DELTA, t::divide_int)
            .one(&[DELTA, FLOAT], DELTA, t::divide_float)
            .one(&[DELTA], FLOAT, t::divide),
        row(2, "floor_divide", "Return the largest integer smaller or equal to the division of the inputs.")
            .operator("floordiv")
            .times(times::floor_divide)
            .loops(ints!(same division::int_floor_divide))
            .loops(reals!(same division::real_floor_divide))
            .one(&[DELTA, INT], DELTA, t::divide_int)
            .one(&[DELTA, FLOAT], DELTA, t::divide_float)
            .one(&[DELTA], INT, t::floor_divide),
        row(2, "remainder", "Return the element-wise remainder of division, with the sign of the divisor.")
            .alias(&["mod"])
            .operator("mod")
            .times(times::remainder)
            .loops(ints!(same division::int_remainder))
            .loops(reals!(same division::real_remainder))
            .one(&[DELTA], DELTA, t::remainder),
        row(2, "fmod", "Return the element-wise remainder of division, with the sign of the dividend.")
            .loops(ints!(same division::int_fmod))
            .loops(reals!(same division::real_fmod)),
        row(2, "gcd", "Return the greatest common divisor of the absolute values of the arguments.")
            .rule(Rule::Promote)
            .loops(ints!(same integers::gcd)),
        row(2, "lcm", "Return the lowest common multiple of the absolute values of the arguments.")
            .rule(Rule::Promote)
            .loops(ints!(same integers::lcm)),
    ]
}

fn signs() -> Vec<Ufunc> {
    vec![
        row(1, "negative", "Numerical negative, element-wise.")
            .operator("neg")
            .rule(Rule::Promote)
            .refuses(
                is_bool,
                "The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the \
                 logical_not function instead.",
            )
            .loops(ints!(same k::int_negative))
            .loops(reals!(same k::real_negative))
            .loops(complexes!(same k::complex_negative))
            .one(&[DELTA], DELTA, t::negative),
        row(1, "positive", "Numerical positive, element-wise.")
            .operator("pos")
            .rule(Rule::Promote)
            .loops(every_number(k::identity))
            .one(&[DELTA], DELTA, k::identity),
        row(1, "absolute", "Calculate the absolute value element-wise.")
            .alias(&["abs"])
            .operator("abs")
            .rule(Rule::Promote)
            .bools(k::identity)
            .loops(ints!(same k::int_absolute))
            .loops(reals!(same k::real_absolute))
            .loops(complexes!(part complex::absolute))
            .one(&[DELTA], DELTA, t::absolute),
        row(1, "fabs", "Compute the absolute values element-wise, of real numbers as floats.")
            .loops(reals!(same k::real_absolute)),
        row(1, "sign", "Return an element-wise indication of the sign of a number.")
            .rule(Rule::Promote)
            .loops(ints!(same k::int_sign))
            .loops(reals!(same k::real_sign))
            .loops(complexes!(same complex::sign))
            .one(&[DELTA], DELTA, t::sign),
        row(2, "copysign", "Change the sign of the first argument to that of the second, element-wise.")
            .loops(reals!(same k::real_copysign)),
        row(2, "heaviside", "Compute the Heaviside step function; the second argument is its value at 0.")
            .loops(reals!(same k::real_heaviside)),
        row(2, "nextafter", "Return the next floating-point value after the first argument towards the second.")
            .loops(loops!(same k::real_nextafter; hyperslab_base::f16 f32 f64)),
        row(1, "spacing", "Return the distance between each number and the nearest adjacent number.")
            .loops(loops!(same k::real_spacing; hyperslab_base::f16 f32 f64)),
        row(1, "conjugate", "Return the complex conjugate, element-wise.")
            .alias(&["conj"])
            .method()
            .loops(every_real(k::identity))
            .loops(complexes!(same k::complex_conjugate)),
        row(1, "real", "Return the real part of the complex argument.")
            .bools(k::identity)
            .loops(every_real(k::identity))
            .loops(complexes!(part k::complex_real))
            .one(&[DATE], DATE, k::identity)
            .one(&[DELTA], DELTA, k::identity),
        row(1, "imag", "Return the imaginary part of the complex argument.")
            .bools(k::zeros)
            .loops(every_real(k::zeros))
            .loops(complexes!(part k::complex_imag))
            .one(&[DATE], DATE, k::zeros)
            .one(&[DELTA], DELTA, k::zeros),
    ]
}

fn every_real(kernel: Kernel) -> Vec<Loop> {
    DType::NUMERIC
        .iter()
        .filter(|d| d.real() == **d && **d != DType::Bool)
        .map(|d| Loop::of([*d; 3], *d, kernel))
        .collect()
}

fn every_number(kernel: Kernel) -> Vec<Loop> {
    DType::NUMERIC.iter().filter(|d| **d != DType::Bool).map(|d| Loop::of([*d; 3], *d, kernel)).collect()
}

/// A rounding: integers and bools are whole already.
fn rounding(name: &'static str, doc: &'static str) -> Ufunc {
    let whole = DType::NUMERIC.iter().filter(|d| !d.is_inexact());
    row(1, name, doc).loops(whole.map(|d| Loop::of([*d; 3], *d, k::identity)).collect::<Vec<_>>())
}

fn roundings() -> Vec<Ufunc> {
    vec![
        row(1, "rint", "Round elements of the array to the nearest integer, ties to even.")
            .loops(reals!(same k::real_rint))
            .loops(complexes!(same k::complex_rint)),
        rounding("floor", "Return the floor of the input, element-wise.").loops(reals!(same k::real_floor)),
        rounding("ceil", "Return the ceiling of the input, element-wise.").loops(reals!(same k::real_ceil)),
        rounding("trunc", "Return the truncated value of the input, element-wise.").loops(reals!(same k::real_trunc)),
    ]
}

fn bitwise() -> Vec<Ufunc> {
    vec![
        row(2, "bitwise_and", "Compute the bit-wise AND of two arrays element-wise.")
            .operator("and")
            .bools(k::bool_and)
            .loops(ints!(same bits::bitwise_and)),
        row(2, "bitwise_or", "Compute the bit-wise OR of two arrays element-wise.")
            .operator("or")
            .bools(k::bool_or)
            .loops(ints!(same bits::bitwise_or)),
        row(2, "bitwise_xor", "Compute the bit-wise XOR of two arrays element-wise.")
            .operator("xor")
            .bools(k::bool_xor)
            .loops(ints!(same bits::bitwise_xor)),
        row(1, "invert", "Compute bit-wise inversion, or bit-wise NOT, element-wise.")
            .alias(&["bitwise_not", "bitwise_invert"])
            .operator("invert")
            .bools(k::bool_not)
            .loops(ints!(same bits::invert)),
        row(2, "left_shift", "Shift the bits of an integer to the left.")
            .alias(&["bitwise_left_shift"])
            .operator("lshift")
            .loops(ints!(same integers::left_shift)),
        row(2, "right_shift", "Shift the bits of an integer to the right.")
            .alias(&["bitwise_right_shift"])
            .operator("rshift")
            .loops(ints!(same integers::right_shift)),
        row(1, "bitwise_count", "Computes the number of 1-bits in the absolute value of each element.")
            .loops(ints!(count bits::bitwise_count)),
    ]
}

const EXPONENT: DType = DType::Int32;

/// A float scaled by a power of two whose exponent is an integer of either width.
fn scaling<T: Real>(kernel: Kernel, wide: Kernel) -> [Loop; 2] {
    let loop_of = |exponent, kernel| Loop::of([T::DTYPE, exponent, exponent], T::DTYPE, kernel);
    [loop_of(EXPONENT, kernel), loop_of(INT, wide)]
}

/// Floats taken apart. Of functions with two results each is a row.
fn parts() -> Vec<Ufunc> {
    vec![
        row(2, "ldexp", "Returns x1 * 2**x2, element-wise.")
            .rule(Rule::Apart)
            .loops(scaling::<f16>(scale::ldexp::<f16, i32>, scale::ldexp::<f16, i64>))
            .loops(scaling::<f32>(scale::ldexp::<f32, i32>, scale::ldexp::<f32, i64>))
            .loops(scaling::<f64>(scale::ldexp::<f64, i32>, scale::ldexp::<f64, i64>)),
        row(1, "frexp.mantissa", "Mantissas of the elements, at least 1/2 and below 1.")
            .loops(loops!(same scale::mantissa; f16 f32 f64)),
        row(1, "frexp.exponent", "Exponents of 2 of the elements, beside their mantissas.")
            .loops([f16::DTYPE, f32::DTYPE, f64::DTYPE].map(|d| Loop::of([d; 3], EXPONENT, scale::exponent_kernel(d)))),
        row(1, "modf.fraction", "Fractional parts of the elements, with their sign.")
            .loops(reals!(same k::real_fraction)),
        row(1, "modf.whole", "Integral parts of the elements, as floats.").loops(reals!(same k::real_trunc)),
    ]
}

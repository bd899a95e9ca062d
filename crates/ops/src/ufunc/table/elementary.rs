//! Roots, exponentials, logarithms, trigonometry.

use super::{Kernel, Loop, Ufunc, complexes, ints, loops, reals, row};
use crate::kernels::{arithmetic as k, complex, floats, integers};

pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = roots();
    rows.extend(exponentials());
    rows.extend(trigonometry());
    rows.extend(hyperbolics());
    rows
}

fn roots() -> Vec<Ufunc> {
    vec![
        row(1, "square", "Return the element-wise square of the input.")
            .loops(ints!(same k::int_square))
            .loops(reals!(same k::real_square))
            .loops(complexes!(same k::complex_square)),
        row(1, "sqrt", "Return the non-negative square-root of an array, element-wise.")
            .loops(reals!(same k::real_sqrt))
            .loops(complexes!(same complex::sqrt)),
        row(1, "cbrt", "Return the cube-root of an array, element-wise.").loops(reals!(same floats::cbrt)),
        row(1, "reciprocal", "Return the reciprocal of the argument, element-wise.")
            .loops(ints!(same integers::reciprocal))
            .loops(reals!(same k::real_reciprocal))
            .loops(complexes!(same complex::reciprocal)),
        row(2, "hypot", "Given the \"legs\" of a right triangle, return its hypotenuse.")
            .loops(reals!(same floats::hypot)),
    ]
}

fn exponentials() -> Vec<Ufunc> {
    vec![
        row(1, "exp", "Calculate the exponential of all elements in the input array.")
            .loops(reals!(same floats::exp))
            .loops(complexes!(same complex::exp)),
        row(1, "exp2", "Calculate 2**p for all p in the input array.")
            .loops(reals!(same floats::exp2))
            .loops(complexes!(same complex::exp2)),
        row(1, "expm1", "Calculate exp(x) - 1 for all elements in the array.")
            .loops(reals!(same floats::expm1))
            .loops(complexes!(same complex::expm1)),
        row(1, "log", "Natural logarithm, element-wise.")
            .loops(reals!(same floats::log))
            .loops(complexes!(same complex::log)),
        row(1, "log2", "Base-2 logarithm of x.").loops(reals!(same floats::log2)).loops(complexes!(same complex::log2)),
        row(1, "log10", "Return the base 10 logarithm of the input array, element-wise.")
            .loops(reals!(same floats::log10))
            .loops(complexes!(same complex::log10)),
        row(1, "log1p", "Return the natural logarithm of one plus the input array, element-wise.")
            .loops(reals!(same floats::log1p))
            .loops(complexes!(same complex::log1p)),
        row(2, "logaddexp", "Logarithm of the sum of exponentiations of the inputs.")
            .loops(reals!(same floats::logaddexp)),
        row(2, "logaddexp2", "Logarithm of the sum of exponentiations of the inputs in base-2.")
            .loops(reals!(same floats::logaddexp2)),
    ]
}

fn trigonometry() -> Vec<Ufunc> {
    vec![
        row(1, "sin", "Trigonometric sine, element-wise.")
            .loops(reals!(same floats::sin))
            .loops(complexes!(same complex::sin)),
        row(1, "cos", "Cosine element-wise.").loops(reals!(same floats::cos)).loops(complexes!(same complex::cos)),
        row(1, "tan", "Compute tangent element-wise.")
            .loops(reals!(same floats::tan))
            .loops(complexes!(same complex::tan)),
        row(1, "arcsin", "Inverse sine, element-wise.")
            .alias(&["asin"])
            .loops(reals!(same floats::arcsin))
            .loops(complexes!(same complex::arcsin)),
        row(1, "arccos", "Trigonometric inverse cosine, element-wise.")
            .alias(&["acos"])
            .loops(reals!(same floats::arccos))
            .loops(complexes!(same complex::arccos)),
        row(1, "arctan", "Trigonometric inverse tangent, element-wise.")
            .alias(&["atan"])
            .loops(reals!(same floats::arctan))
            .loops(complexes!(same complex::arctan)),
        row(2, "arctan2", "Element-wise arc tangent of x1/x2 choosing the quadrant correctly.")
            .alias(&["atan2"])
            .loops(reals!(same floats::arctan2)),
        row(1, "degrees", "Convert angles from radians to degrees.")
            .alias(&["rad2deg"])
            .loops(reals!(same k::real_degrees)),
        row(1, "radians", "Convert angles from degrees to radians.")
            .alias(&["deg2rad"])
            .loops(reals!(same k::real_radians)),
    ]
}

fn hyperbolics() -> Vec<Ufunc> {
    vec![
        row(1, "sinh", "Hyperbolic sine, element-wise.")
            .loops(reals!(same floats::sinh))
            .loops(complexes!(same complex::sinh)),
        row(1, "cosh", "Hyperbolic cosine, element-wise.")
            .loops(reals!(same floats::cosh))
            .loops(complexes!(same complex::cosh)),
        row(1, "tanh", "Compute hyperbolic tangent element-wise.")
            .loops(reals!(same floats::tanh))
            .loops(complexes!(same complex::tanh)),
        row(1, "arcsinh", "Inverse hyperbolic sine element-wise.")
            .alias(&["asinh"])
            .loops(reals!(same floats::arcsinh))
            .loops(complexes!(same complex::arcsinh)),
        row(1, "arccosh", "Inverse hyperbolic cosine, element-wise.")
            .alias(&["acosh"])
            .loops(reals!(same floats::arccosh))
            .loops(complexes!(same complex::arccosh)),
        row(1, "arctanh", "Inverse hyperbolic tangent element-wise.")
            .alias(&["atanh"])
            .loops(reals!(same floats::arctanh))
            .loops(complexes!(same complex::arctanh)),
    ]
}

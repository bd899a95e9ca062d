//! Complex numbers: what does not go part by part.

use hyperslab_base::Complex64;

use super::number::{Complex, Float};
use super::{Ins, Out, map1, map2};

/// By Smith's method, which NumPy uses: no square of a part is formed, so none overflows.
#[inline(always)]
fn quotient<T: Complex>(a: T, b: T) -> T {
    let zero = T::Part::of(0.0);
    let one = T::Part::of(1.0);
    let (re, im) = (b.re().abs(), b.im().abs());
    if re >= im {
        if re == zero && im == zero {
            return T::new(a.re() / re, a.im() / re);
        }
        let ratio = b.im() / b.re();
        let scale = one / (b.re() + b.im() * ratio);
        T::new((a.re() + a.im() * ratio) * scale, (a.im() - a.re() * ratio) * scale)
    } else {
        let ratio = b.re() / b.im();
        let scale = one / (b.im() + b.re() * ratio);
        T::new((a.re() * ratio + a.im()) * scale, (a.im() * ratio - a.re()) * scale)
    }
}

pub(crate) fn divide<T: Complex>(i: Ins, o: Out) {
    map2(i, o, quotient::<T>);
}

pub(crate) fn reciprocal<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |z: T| {
        let one = T::Part::of(1.0);
        if z.re().abs() >= z.im().abs() {
            let r = z.im() / z.re();
            let d = z.re() + z.im() * r;
            T::new(one / d, -r / d)
        } else {
            let r = z.re() / z.im();
            let d = z.re() * r + z.im();
            T::new(r / d, -one / d)
        }
    });
}

pub(crate) fn absolute<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |z: T| T::Part::of(f64::hypot(z.re().wide(), z.im().wide())));
}

/// z / |z|; of an infinite part, where it points.
pub(crate) fn sign<T: Complex>(i: Ins, o: Out) {
    map1(i, o, |z: T| {
        let (re, im) = (z.re().wide(), z.im().wide());
        let size = re.hypot(im);
        T::of(if size.is_nan() || (re.is_infinite() && im.is_infinite()) {
            Complex64::new(f64::NAN, f64::NAN)
        } else if size.is_infinite() && re.is_infinite() {
            Complex64::new(1_f64.copysign(re), 0.0)
        } else if size.is_infinite() && im.is_infinite() {
            Complex64::new(0.0, 1_f64.copysign(im))
        } else if size == 0.0 {
            Complex64::new(0.0, 0.0)
        } else {
            Complex64::new(re / size, im / size)
        })
    });
}

macro_rules! functions {
    ($($name:ident $f:path;)*) => { $(
        pub(crate) fn $name<T: Complex>(i: Ins, o: Out) {
            map1(i, o, |z: T| T::of($f(z.wide())));
        }
    )* };
}

functions! {
    sqrt Complex64::sqrt;
    exp Complex64::exp;
    exp2 exp2_of;
    expm1 expm1_of;
    log log_of;
    log2 log2_of;
    log10 log10_of;
    log1p log1p_of;
    sin Complex64::sin;
    cos Complex64::cos;
    tan Complex64::tan;
    arcsin Complex64::asin;
    arccos Complex64::acos;
    arctan Complex64::atan;
    sinh Complex64::sinh;
    cosh Complex64::cosh;
    tanh Complex64::tanh;
    arcsinh Complex64::asinh;
    arccosh Complex64::acosh;
    arctanh Complex64::atanh;
}

fn exp2_of(z: Complex64) -> Complex64 {
    (z * std::f64::consts::LN_2).exp()
}

fn expm1_of(z: Complex64) -> Complex64 {
    let half = (z.im / 2.0).sin();
    Complex64::new(z.re.exp_m1() * z.im.cos() - 2.0 * half * half, z.re.exp() * z.im.sin())
}

fn log_of(z: Complex64) -> Complex64 {
    z.ln()
}

fn log2_of(z: Complex64) -> Complex64 {
    let l = z.ln();
    Complex64::new(l.re * std::f64::consts::LOG2_E, l.im * std::f64::consts::LOG2_E)
}

fn log10_of(z: Complex64) -> Complex64 {
    let l = z.ln();
    Complex64::new(l.re * std::f64::consts::LOG10_E, l.im * std::f64::consts::LOG10_E)
}

fn log1p_of(z: Complex64) -> Complex64 {
    let size = (z.re + 1.0).hypot(z.im);
    Complex64::new(size.ln(), z.im.atan2(z.re + 1.0))
}

/// Whole exponents by multiplication, as NumPy, others through the logarithm.
pub(crate) fn power<T: Complex>(i: Ins, o: Out) {
    map2(i, o, |a: T, b: T| T::of(power_of(a.wide(), b.wide())));
}

fn power_of(a: Complex64, b: Complex64) -> Complex64 {
    let one = Complex64::new(1.0, 0.0);
    if b.re == 0.0 && b.im == 0.0 {
        return one;
    }
    if a.re == 0.0 && a.im == 0.0 {
        let nan = Complex64::new(f64::NAN, f64::NAN);
        return if b.re > 0.0 && b.im == 0.0 { Complex64::new(0.0, 0.0) } else { nan };
    }
    let n = b.re as i64;
    if b.im == 0.0 && n as f64 == b.re && n.abs() < 100 {
        let p = a.powu(n.unsigned_abs() as u32);
        return if n < 0 { quotient(one, p) } else { p };
    }
    a.powc(b)
}

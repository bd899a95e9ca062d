//! Floats by vectors, whatever the instruction set: what chains compute with.

use bytemuck::Pod;
use pulp::Simd;

/// A float that vectors are of.
pub(crate) trait Lane: Pod {
    type Vector<S: Simd>: Pod;
    /// `a` where it is greater or NaN, `b` elsewhere, as `maximum` has it.
    fn larger<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a` where it is less or NaN, `b` elsewhere, as `minimum` has it.
    fn smaller<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `b` where `a` is NaN, `a` elsewhere.
    fn filled<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    /// All whole blocks.
    fn vectors<S: Simd, const N: usize>(x: &[Self]) -> &[[Self::Vector<S>; N]];
    fn vectors_mut<S: Simd, const N: usize>(x: &mut [Self]) -> &mut [[Self::Vector<S>; N]];
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn neg<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    fn abs<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    fn sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
}

macro_rules! lane {
    ($t:ident $v:ident $splat:ident $load:ident $load_mut:ident,
     $greater:ident $less:ident $equal:ident $select:ident: $($name:ident($($x:ident)*) $op:ident;)*) => {
        impl Lane for $t {
            type Vector<S: Simd> = S::$v;
            #[inline(always)]
            fn larger<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$select(simd.$equal(a, a), simd.$select(simd.$greater(a, b), a, b), a)
            }
            #[inline(always)]
            fn smaller<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$select(simd.$equal(a, a), simd.$select(simd.$less(a, b), a, b), a)
            }
            #[inline(always)]
            fn filled<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v { simd.$select(simd.$equal(a, a), a, b) }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$v { simd.$splat(x) }
            #[inline(always)]
            fn vectors<S: Simd, const N: usize>(x: &[Self]) -> &[[S::$v; N]] { S::$load(x).0.as_chunks().0 }
            #[inline(always)]
            fn vectors_mut<S: Simd, const N: usize>(x: &mut [Self]) -> &mut [[S::$v; N]] {
                S::$load_mut(x).0.as_chunks_mut().0
            }
            $(
                #[inline(always)]
                fn $name<S: Simd>(simd: S, $($x: S::$v),*) -> S::$v { simd.$op($($x),*) }
            )*
        }
    };
}

lane! {
    f32 f32s splat_f32s as_simd_f32s as_mut_simd_f32s,
    greater_than_f32s less_than_f32s equal_f32s select_f32s:
    add(a b) add_f32s; sub(a b) sub_f32s; mul(a b) mul_f32s; div(a b) div_f32s;
    neg(a) neg_f32s; abs(a) abs_f32s; sqrt(a) sqrt_f32s;
}

lane! {
    f64 f64s splat_f64s as_simd_f64s as_mut_simd_f64s,
    greater_than_f64s less_than_f64s equal_f64s select_f64s:
    add(a b) add_f64s; sub(a b) sub_f64s; mul(a b) mul_f64s; div(a b) div_f64s;
    neg(a) neg_f64s; abs(a) abs_f64s; sqrt(a) sqrt_f64s;
}

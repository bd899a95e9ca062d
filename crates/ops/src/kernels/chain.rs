//! Operations on floats that follow each other, in one pass: what lies between them stays in registers of the processor.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::DType;
use pulp::{Simd, WithSimd};

use super::{Ins, OPERANDS, Out};
use crate::simd::dispatch;

/// One operation of a chain, of what came before and perhaps an operand of its own. Each result is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Before + own.
    Add,
    /// Before − own.
    Subtract,
    /// Own − before.
    SubtractFrom,
    /// Before × own.
    Multiply,
    /// Before ÷ own.
    Divide,
    /// Own ÷ before.
    DivideInto,
    /// −before.
    Negative,
    /// |before|.
    Absolute,
    /// Before × before.
    Square,
    /// √before.
    Sqrt,
}

impl Link {
    /// The link that does what the ufunc of that name does; `left` says whether what came before is its first operand.
    pub fn of(name: &str, left: bool) -> Option<Link> {
        Some(match (name, left) {
            ("add", _) => Link::Add,
            ("subtract", true) => Link::Subtract,
            ("subtract", false) => Link::SubtractFrom,
            ("multiply", _) => Link::Multiply,
            ("divide", true) => Link::Divide,
            ("divide", false) => Link::DivideInto,
            ("negative", _) => Link::Negative,
            ("absolute" | "fabs", _) => Link::Absolute,
            ("square", _) => Link::Square,
            ("sqrt", _) => Link::Sqrt,
            _ => return None,
        })
    }
}

/// Operations on `float32` or `float64` that one call computes: the first is of operand 0, each of the others of the
/// result before it.
#[derive(Clone, Debug)]
pub struct Chain {
    single: bool,
    links: Vec<(Link, usize)>,
}

impl Chain {
    /// An empty chain of numbers of that dtype, where there are any.
    pub fn new(dtype: DType) -> Option<Chain> {
        let single = dtype == DType::Float32;
        (single || dtype == DType::Float64).then_some(Chain { single, links: Vec::new() })
    }

    /// Adds an operation with its own operand, by number; one without takes any.
    pub fn push(&mut self, link: Link, operand: usize) {
        self.links.push((link, operand));
    }

    /// Computes `out` of the operands. One that is shorter than `out` is a constant, of [`BLOCK`] equal elements.
    ///
    /// # Panics
    /// When there are more operands than [`OPERANDS`], or shorter ones.
    pub fn run(&self, ins: &[&[u8]], out: &mut [u8]) {
        if self.single { self.of::<f32>(ins, out) } else { self.of::<f64>(ins, out) }
    }

    fn of<T: Lane>(&self, ins: Ins, out: Out) {
        let mut operands: [&[T]; OPERANDS] = [&[]; OPERANDS];
        operands.iter_mut().zip(ins).for_each(|(operand, bytes)| *operand = cast_slice(bytes));
        let (ins, out) = (&operands[..ins.len()], cast_slice_mut::<u8, T>(out));
        if out.len() >= BLOCK {
            return dispatch(Call { links: &self.links, ins, out });
        }
        let n = out.len();
        let (mut filled, mut results) = ([[T::zeroed(); BLOCK]; OPERANDS], [T::zeroed(); BLOCK]);
        filled.iter_mut().zip(ins).for_each(|(filled, operand)| filled[..n].copy_from_slice(&operand[..n]));
        let filled = filled.each_ref().map(|operand| &operand[..]);
        dispatch(Call { links: &self.links, ins: &filled[..ins.len()], out: &mut results });
        out.copy_from_slice(&results[..n]);
    }
}

/// The most elements that are computed at a time.
pub const BLOCK: usize = 256;

/// A chain on at least [`BLOCK`] elements.
struct Call<'a, 'b, T> {
    links: &'a [(Link, usize)],
    ins: &'a [&'b [T]],
    out: &'a mut [T],
}

impl<T: Lane> WithSimd for Call<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many vectors at a time as leave some of the processor's registers. Without vectors of ours the compiler makes
        // its own, out of longer loops.
        match size_of::<T::Vector<S>>() {
            64.. => self.blocks::<S, 16>(simd),
            16.. => self.blocks::<S, 12>(simd),
            _ => self.blocks::<S, 64>(simd),
        }
    }
}

impl<T: Lane> Call<'_, '_, T> {
    /// Computes block by block; the last one may do again some of what the one before it did.
    #[inline(always)]
    fn blocks<S: Simd, const N: usize>(self, simd: S) {
        let (n, block) = (self.out.len(), N * (size_of::<T::Vector<S>>() / size_of::<T>()));
        assert!(block <= BLOCK, "a block of {block} elements");
        for k in 0..n.div_ceil(block) {
            let at = (k * block).min(n - block);
            let operand = |number: usize| {
                let x = self.ins[number];
                T::vectors::<S, N>(&x[if x.len() < n { 0 } else { at }..][..block])
            };
            let mut now = *operand(0);
            for &(link, own) in self.links {
                link.apply::<S, T, N>(simd, &mut now, operand(own));
            }
            *T::vectors_mut::<S, N>(&mut self.out[at..][..block]) = now;
        }
    }
}

impl Link {
    #[inline(always)]
    fn apply<S: Simd, T: Lane, const N: usize>(self, s: S, now: &mut [T::Vector<S>; N], own: &[T::Vector<S>; N]) {
        match self {
            Link::Add => each(s, now, own, T::add::<S>),
            Link::Subtract => each(s, now, own, T::sub::<S>),
            Link::SubtractFrom => each_from(s, now, own, T::sub::<S>),
            Link::Multiply => each(s, now, own, T::mul::<S>),
            Link::Divide => each(s, now, own, T::div::<S>),
            Link::DivideInto => each_from(s, now, own, T::div::<S>),
            Link::Negative => alone(s, now, T::neg::<S>),
            Link::Absolute => alone(s, now, T::abs::<S>),
            Link::Square => each(s, now, &now.clone(), T::mul::<S>),
            Link::Sqrt => alone(s, now, T::sqrt::<S>),
        }
    }
}

#[inline(always)]
fn each<S: Simd, V: Copy, const N: usize>(s: S, now: &mut [V; N], own: &[V; N], f: impl Fn(S, V, V) -> V) {
    now.iter_mut().zip(own).for_each(|(a, b)| *a = f(s, *a, *b));
}

#[inline(always)]
fn each_from<S: Simd, V: Copy, const N: usize>(s: S, now: &mut [V; N], own: &[V; N], f: impl Fn(S, V, V) -> V) {
    now.iter_mut().zip(own).for_each(|(a, b)| *a = f(s, *b, *a));
}

#[inline(always)]
fn alone<S: Simd, V: Copy, const N: usize>(s: S, now: &mut [V; N], f: impl Fn(S, V) -> V) {
    now.iter_mut().for_each(|a| *a = f(s, *a));
}

/// Floats in vectors of any instruction set.
trait Lane: Pod {
    type Vector<S: Simd>: Pod;
    /// A whole block.
    fn vectors<S: Simd, const N: usize>(x: &[Self]) -> &[Self::Vector<S>; N];
    fn vectors_mut<S: Simd, const N: usize>(x: &mut [Self]) -> &mut [Self::Vector<S>; N];
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    fn neg<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    fn abs<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    fn sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
}

macro_rules! lane {
    ($t:ident $v:ident $load:ident $load_mut:ident: $($name:ident($($x:ident)*) $op:ident;)*) => {
        impl Lane for $t {
            type Vector<S: Simd> = S::$v;
            #[inline(always)]
            fn vectors<S: Simd, const N: usize>(x: &[Self]) -> &[S::$v; N] { &S::$load(x).0.as_chunks().0[0] }
            #[inline(always)]
            fn vectors_mut<S: Simd, const N: usize>(x: &mut [Self]) -> &mut [S::$v; N] {
                &mut S::$load_mut(x).0.as_chunks_mut().0[0]
            }
            $(
                #[inline(always)]
                fn $name<S: Simd>(simd: S, $($x: S::$v),*) -> S::$v { simd.$op($($x),*) }
            )*
        }
    };
}

lane! {
    f32 f32s as_simd_f32s as_mut_simd_f32s:
    add(a b) add_f32s; sub(a b) sub_f32s; mul(a b) mul_f32s; div(a b) div_f32s;
    neg(a) neg_f32s; abs(a) abs_f32s; sqrt(a) sqrt_f32s;
}

lane! {
    f64 f64s as_simd_f64s as_mut_simd_f64s:
    add(a b) add_f64s; sub(a b) sub_f64s; mul(a b) mul_f64s; div(a b) div_f64s;
    neg(a) neg_f64s; abs(a) abs_f64s; sqrt(a) sqrt_f64s;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of every length, whatever this processor has.
    #[test]
    fn every_length_of_vectors_computes_the_same() {
        fn check<T: Lane + PartialEq + std::fmt::Debug>(of: impl Fn(f32) -> T) {
            let links =
                [(Link::Multiply, 1), (Link::SubtractFrom, 0), (Link::Square, 0), (Link::Add, 2), (Link::Sqrt, 0)];
            for n in [256, 257, 300, 511, 512, 1000] {
                let x: Vec<T> = (0..n).map(|k| of(k as f32)).collect();
                let (two, seven) = ([of(2.0); BLOCK], [of(7.0); BLOCK]);
                let ins: [&[T]; 3] = [&x, &two, &seven];
                let mut results = [const { Vec::new() }; 4];
                results.iter_mut().for_each(|out| out.resize(n, of(0.0)));
                let [a, b, c, d] = &mut results;
                Simd::vectorize(pulp::Scalar::new(), Call { links: &links, ins: &ins, out: a });
                Simd::vectorize(pulp::Scalar128b, Call { links: &links, ins: &ins, out: b });
                Simd::vectorize(pulp::Scalar256b, Call { links: &links, ins: &ins, out: c });
                Simd::vectorize(pulp::Scalar512b, Call { links: &links, ins: &ins, out: d });
                // (k - 2 k)^2 + 7, whose root is that of k^2 + 7.
                assert_eq!(results[0][3], of(4.0), "of {n}");
                assert!(results.iter().all(|other| *other == results[0]), "of {n}");
            }
        }
        check(|x| x);
        check(f64::from);
    }
}

//! Operations on floats that follow each other, in one pass: what lies between them stays in registers of the processor.

use std::marker::PhantomData;

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::DType;
use pulp::{Simd, WithSimd};

use super::lane::Lane;
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
    /// The larger of before and own; where they are equal own, and before if it is NaN.
    Maximum,
    /// The same of own and before.
    MaximumFrom,
    /// The smaller of before and own; where they are equal own, and before if it is NaN.
    Minimum,
    /// The same of own and before.
    MinimumFrom,
    /// Own where before is NaN.
    FillNan,
    /// Before + own × other.
    AddProduct,
    /// Before − own × other.
    SubtractProduct,
    /// Own × other − before.
    SubtractFromProduct,
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
            ("maximum", true) => Link::Maximum,
            ("maximum", false) => Link::MaximumFrom,
            ("minimum", true) => Link::Minimum,
            ("minimum", false) => Link::MinimumFrom,
            ("negative", _) => Link::Negative,
            ("absolute" | "fabs", _) => Link::Absolute,
            ("square", _) => Link::Square,
            ("sqrt", _) => Link::Sqrt,
            _ => return None,
        })
    }

    /// The link that computes the product it adds or subtracts as well.
    pub fn of_product(self) -> Option<Link> {
        Some(match self {
            Link::Add => Link::AddProduct,
            Link::Subtract => Link::SubtractProduct,
            Link::SubtractFrom => Link::SubtractFromProduct,
            _ => return None,
        })
    }
}

/// A link, and by number the operands that it has of its own; those without take any.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What it does.
    pub link: Link,
    /// Its operand, by number.
    pub own: usize,
    /// The one that is multiplied by, in products.
    pub other: usize,
}

/// Operations on `float32` or `float64` that one call computes: the first is of operand 0, each of the others of the
/// result before it.
#[derive(Clone, Debug)]
pub struct Chain {
    single: bool,
    grain: usize,
    steps: Vec<Step>,
}

impl Chain {
    /// An empty chain of numbers of that dtype, where there are any.
    pub fn new(dtype: DType) -> Option<Chain> {
        let (single, block) = match dtype {
            DType::Float32 => (true, dispatch(Length(PhantomData::<f32>))),
            DType::Float64 => (false, dispatch(Length(PhantomData::<f64>))),
            _ => return None,
        };
        Some(Chain { single, grain: BLOCK.next_multiple_of(block), steps: Vec::new() })
    }

    /// Adds an operation with its own operands, by number; one without takes any.
    pub fn push(&mut self, link: Link, [own, other]: [usize; 2]) {
        self.steps.push(Step { link, own, other });
    }

    /// The least number of elements, [`BLOCK`] or more, that this processor computes without doing some of them twice.
    pub fn grain(&self) -> usize {
        self.grain
    }

    /// Computes `out` of the operands. One that is shorter than `out` is a constant, of one element.
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
            return dispatch(Call { steps: &self.steps, ins, out });
        }
        let n = out.len();
        let (mut filled, mut results) = ([[T::zeroed(); BLOCK]; OPERANDS], [T::zeroed(); BLOCK]);
        for (filled, operand) in filled.iter_mut().zip(ins) {
            match operand {
                [constant] => filled.fill(*constant),
                _ => filled[..n].copy_from_slice(&operand[..n]),
            }
        }
        let filled = filled.each_ref().map(|operand| &operand[..]);
        dispatch(Call { steps: &self.steps, ins: &filled[..ins.len()], out: &mut results });
        out.copy_from_slice(&results[..n]);
    }
}

/// The most elements that are computed at a time.
pub const BLOCK: usize = 256;

/// Vectors that are computed at a time: as many as leave some of the processor's registers. Without vectors of ours the
/// compiler makes its own, out of longer loops.
const fn vectors_of<V>() -> usize {
    match size_of::<V>() {
        64.. => 16,
        16.. => 12,
        _ => 64,
    }
}

/// Asks how many elements are computed at a time.
struct Length<T>(PhantomData<T>);

impl<T: Lane> WithSimd for Length<T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        vectors_of::<T::Vector<S>>() * (size_of::<T::Vector<S>>() / size_of::<T>())
    }
}

/// A chain on at least [`BLOCK`] elements.
pub struct Call<'a, 'b, T> {
    /// Its operations.
    pub steps: &'a [Step],
    /// Its operands; those of one element are constants.
    pub ins: &'a [&'b [T]],
    /// Its result.
    pub out: &'a mut [T],
}

impl<T: Lane> WithSimd for Call<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match const { vectors_of::<T::Vector<S>>() } {
            16 => blocks::<S, T, 16>(simd, self),
            12 => blocks::<S, T, 12>(simd, self),
            _ => blocks::<S, T, 64>(simd, self),
        }
    }
}

/// What a link takes from one of its chain's operands.
#[derive(Clone, Copy)]
enum Own<'a, T, V, const N: usize> {
    Blocks(&'a [[V; N]]),
    Constant(T),
}

/// An operand, and the number of the block that is wanted of it.
type Block<'a, T, V, const N: usize> = (&'a Own<'a, T, V, N>, usize);

/// Computes all whole blocks, then the last block of elements, some of which may be computed already.
#[inline(always)]
fn blocks<S: Simd, T: Lane, const N: usize>(simd: S, call: Call<'_, '_, T>) {
    let n = call.out.len();
    let block = N * (size_of::<T::Vector<S>>() / size_of::<T>());
    assert!(block <= BLOCK, "a block of {block} elements");
    let whole = n - n % block;
    let last = if whole < n { n - block } else { n };
    for range in [0..whole, last..n] {
        let mut operands = [Own::Blocks(&[]); OPERANDS];
        for (operand, &x) in operands.iter_mut().zip(call.ins) {
            *operand = match x {
                [constant] => Own::Constant(*constant),
                _ => Own::Blocks(T::vectors::<S, N>(&x[range.clone()])),
            };
        }
        pass::<S, T, N>(simd, call.steps, &operands, T::vectors_mut::<S, N>(&mut call.out[range]));
    }
}

/// Computes block by block.
#[inline(always)]
fn pass<S: Simd, T: Lane, const N: usize>(
    simd: S,
    steps: &[Step],
    operands: &[Own<'_, T, T::Vector<S>, N>; OPERANDS],
    out: &mut [[T::Vector<S>; N]],
) {
    for (k, out) in out.iter_mut().enumerate() {
        let mut now = match operands[0] {
            Own::Blocks(blocks) => blocks[k],
            Own::Constant(constant) => [T::splat(simd, constant); N],
        };
        for &Step { link, own, other } in steps {
            let other = (&operands[other % OPERANDS], k);
            match &operands[own % OPERANDS] {
                Own::Blocks(blocks) => link.apply::<S, T, N>(simd, &mut now, &blocks[k], other),
                Own::Constant(constant) => {
                    link.apply::<S, T, N>(simd, &mut now, &[T::splat(simd, *constant); N], other);
                }
            }
        }
        *out = now;
    }
}

impl Link {
    /// Applies it to a block; `other` is the operand that `own` is multiplied by in products, and the block's number.
    #[inline(always)]
    fn apply<S: Simd, T: Lane, const N: usize>(
        self,
        s: S,
        now: &mut [T::Vector<S>; N],
        own: &[T::Vector<S>; N],
        other: Block<'_, T, T::Vector<S>, N>,
    ) {
        match self {
            Link::Add => each(s, now, own, T::add::<S>),
            Link::Subtract => each(s, now, own, T::sub::<S>),
            Link::SubtractFrom => each_from(s, now, own, T::sub::<S>),
            Link::Multiply => each(s, now, own, T::mul::<S>),
            Link::Divide => each(s, now, own, T::div::<S>),
            Link::DivideInto => each_from(s, now, own, T::div::<S>),
            Link::Maximum => each(s, now, own, T::larger::<S>),
            Link::MaximumFrom => each_from(s, now, own, T::larger::<S>),
            Link::Minimum => each(s, now, own, T::smaller::<S>),
            Link::MinimumFrom => each_from(s, now, own, T::smaller::<S>),
            Link::FillNan => each(s, now, own, T::filled::<S>),
            Link::Negative => alone(s, now, T::neg::<S>),
            Link::Absolute => alone(s, now, T::abs::<S>),
            Link::Square => each(s, now, &now.clone(), T::mul::<S>),
            Link::Sqrt => alone(s, now, T::sqrt::<S>),
            Link::AddProduct => products::<S, T, N>(s, now, own, other, T::add::<S>),
            Link::SubtractProduct => products::<S, T, N>(s, now, own, other, T::sub::<S>),
            Link::SubtractFromProduct => products::<S, T, N>(s, now, own, other, |s, a, b| T::sub::<S>(s, b, a)),
        }
    }
}

/// As [`each`], of products of two operands.
#[inline(always)]
fn products<S: Simd, T: Lane, const N: usize>(
    s: S,
    now: &mut [T::Vector<S>; N],
    own: &[T::Vector<S>; N],
    (other, k): Block<'_, T, T::Vector<S>, N>,
    f: impl Fn(S, T::Vector<S>, T::Vector<S>) -> T::Vector<S>,
) {
    match other {
        Own::Blocks(blocks) => {
            now.iter_mut().zip(own).zip(&blocks[k]).for_each(|((a, b), c)| *a = f(s, *a, T::mul::<S>(s, *b, *c)));
        }
        Own::Constant(constant) => {
            let c = T::splat(s, *constant);
            now.iter_mut().zip(own).for_each(|(a, b)| *a = f(s, *a, T::mul::<S>(s, *b, c)));
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

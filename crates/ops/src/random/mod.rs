//! Random numbers: the table of distributions, over one published stream of bits.
//!
//! A number depends on the seed, the number of the stream, and its position in the array alone: not on chunks, threads or
//! slices. Operand 0 of a row holds positions, the others the parameters of each element. The rows are what compositions
//! (`mean + deviation * standard_normal`) start from.

pub(crate) mod counts;
pub(crate) mod fixed;
mod gamma;
mod inversion;
pub(crate) mod permute;
mod philox;

use std::fmt;
use std::hash::{Hash, Hasher};

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use hyperslab_base::{DType, Error, Result};

use crate::simd::vectorize;
use philox::Draws;
pub use philox::Stream;

/// Computes numbers at positions, of parameters that are as many.
type Sampler = fn(&Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]);

/// One row of the table.
pub struct Distribution {
    /// Its name.
    pub name: &'static str,
    /// One sentence.
    pub doc: &'static str,
    /// Dtypes of its parameters.
    pub params: &'static [DType],
    /// Dtype of its numbers.
    pub output: DType,
    sampler: Sampler,
}

/// A distribution with the stream it draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw {
    /// The distribution.
    pub row: &'static Distribution,
    /// The stream.
    pub stream: Stream,
}

impl Draw {
    /// Numbers at the positions (uint64) of operand 0, of the parameters behind it.
    pub fn run(&self, ins: &[&[u8]], out: &mut [u8]) {
        (self.row.sampler)(&self.stream, cast_slice(ins[0]), &ins[1..], out);
    }
}

/// The row of that name.
///
/// # Errors
/// `Unsupported` when there is none.
pub fn find(name: &str) -> Result<&'static Distribution> {
    let found = ROWS.iter().find(|row| row.name == name);
    found.ok_or_else(|| Error::unsupported(format!("there is no random distribution {name:?}")))
}

/// The table.
pub fn distributions() -> &'static [Distribution] {
    ROWS
}

const F64: DType = DType::Float64;
const I64: DType = DType::Int64;
const U64: DType = DType::UInt64;

const fn row(
    name: &'static str,
    doc: &'static str,
    params: &'static [DType],
    output: DType,
    sampler: Sampler,
) -> Distribution {
    Distribution { name, doc, params, output, sampler }
}

static ROWS: &[Distribution] = &[
    row("bits", "Words of 64 random bits.", &[], U64, fixed::fill_bits),
    row("unit", "Uniform in [0, 1).", &[], F64, fixed::fill_unit),
    row("unit_single", "Uniform in [0, 1), in single precision.", &[], DType::Float32, fixed::fill_unit_single),
    row("open", "Uniform in (0, 1).", &[], F64, fixed::fill_open),
    row("standard_normal", "Normal of mean 0 and deviation 1.", &[], F64, fixed::fill_normal),
    row("standard_exponential", "Exponential of scale 1.", &[], F64, fixed::fill_exponential),
    row("below", "Integers below a count, of which 0 stands for 2^64.", &[U64], U64, fixed::fill_below),
    row("standard_gamma", "Gamma of a shape and scale 1.", &[F64], F64, gamma::fill),
    row("log_gamma", "Logarithm of a gamma variate of a shape and scale 1.", &[F64], F64, gamma::fill_log),
    row("vonmises", "Angles around 0 of a concentration.", &[F64], F64, |s, at, p, o| {
        each1(s, at, p, o, gamma::vonmises);
    }),
    row("poisson", "Poisson of a mean.", &[F64], I64, counts::fill_poisson),
    row("binomial", "Successes among trials.", &[I64, F64], I64, counts::fill_binomial),
    row("hypergeometric", "Good ones in a sample of good and bad.", &[I64, I64, I64], I64, |s, at, p, o| {
        each3(s, at, p, o, counts::hypergeometric);
    }),
    row("zipf", "Zeta distribution of an exponent.", &[F64], I64, |s, at, p, o| each1(s, at, p, o, counts::zipf)),
    row("logseries", "Logarithmic distribution of a shape.", &[F64], I64, |s, at, p, o| {
        each1(s, at, p, o, counts::logseries);
    }),
    row("permuted", "Where a permutation of that many numbers takes a position.", &[U64], I64, permuted),
];

/// Elements whose first draws are made together.
const BATCH: usize = 128;

/// Calls `f` with the number of the first element of each batch, its positions, and the words of their first draws.
#[inline(always)]
fn batches(stream: Stream, positions: &[u64], mut f: impl FnMut(usize, &[u64], &[u64], &[u64])) {
    let (mut low, mut high) = ([0; BATCH], [0; BATCH]);
    for (k, here) in positions.chunks(BATCH).enumerate() {
        let (low, high) = (&mut low[..here.len()], &mut high[..here.len()]);
        vectorize(
            #[inline(always)]
            || stream.draws(here, 1, low, high),
        );
        f(k * BATCH, here, low, high);
    }
}

/// Calls `f` with the number of every element and its draws.
fn each(stream: &Stream, positions: &[u64], mut f: impl FnMut(usize, &mut Draws)) {
    batches(*stream, positions, |first, here, low, high| {
        for (i, &at) in here.iter().enumerate() {
            f(first + i, &mut Draws::begun(*stream, at, [low[i], high[i]]));
        }
    });
}

/// Calls `f` with the number of every element and its first word.
fn first_words(stream: &Stream, positions: &[u64], mut f: impl FnMut(usize, u64)) {
    batches(*stream, positions, |first, _, low, _| {
        for (i, &word) in low.iter().enumerate() {
            f(first + i, word);
        }
    });
}

/// Elements of one parameter, each with draws of its own.
fn each1<A: Pod, O: Pod>(s: &Stream, positions: &[u64], p: &[&[u8]], out: &mut [u8], f: fn(A, &mut Draws) -> O) {
    let (a, out): (&[A], &mut [O]) = (cast_slice(p[0]), cast_slice_mut(out));
    each(s, positions, |i, draws| out[i] = f(a[i], draws));
}

/// As [`each1`], of three parameters.
fn each3<A: Pod, O: Pod>(s: &Stream, positions: &[u64], p: &[&[u8]], out: &mut [u8], f: fn(A, A, A, &mut Draws) -> O) {
    let (a, b, c): (&[A], &[A], &[A]) = (cast_slice(p[0]), cast_slice(p[1]), cast_slice(p[2]));
    let out: &mut [O] = cast_slice_mut(out);
    each(s, positions, |i, draws| out[i] = f(a[i], b[i], c[i], draws));
}

/// The one value that all elements have; `None` where they differ.
fn alike<T: Pod + PartialEq>(values: &[T]) -> Option<T> {
    let &first = values.first()?;
    values.iter().fold(true, |same, &x| same & (x == first)).then_some(first)
}

fn permuted(stream: &Stream, positions: &[u64], params: &[&[u8]], out: &mut [u8]) {
    let (counts, out): (&[u64], &mut [i64]) = (cast_slice(params[0]), cast_slice_mut(out));
    let Some(&n) = counts.first() else { return };
    let one = permute::Permutation::new(*stream, n);
    for ((o, &at), &count) in out.iter_mut().zip(positions).zip(counts) {
        *o = if count == n { one.of(at) } else { permute::Permutation::new(*stream, count).of(at) } as i64;
    }
}

impl PartialEq for Distribution {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Distribution {}

impl Hash for Distribution {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<random {}>", self.name)
    }
}

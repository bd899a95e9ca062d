//! Quantiles along one axis.

use bytemuck::{Pod, bytes_of, cast_slice, pod_read_unaligned};
use hyperslab_base::{
    Access, AxisAccess, Bool, ChunkGrid, DType, DimChunks, Dims, Error, ErrorKind, Grain, Kind, Meta, Result, View,
    ViewMut, f16, show_shape,
};
use serde::{Deserialize, Serialize};

use super::keys::{Keyed, with_keys};
use super::lanes::{batch, for_lanes};
use super::order::Ticks;
use super::quantile_method::Place;
use super::{BlockOp, Cell, to_params};

pub use super::quantile_method::Method;

/// Names of the operations.
pub(super) const ROWS: &[&str] = &["quantile", "nanquantile"];

/// `numpy.quantile` or `nanquantile` along one axis, for given quantiles; the result has an axis of them in front.
///
/// A lane with NaN or NaT has none but these as quantiles, unless they are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    axis: usize,
    q: Vec<f64>,
    method: Method,
    skip_missing: bool,
    weak: bool,
}

impl Quantile {
    /// The quantiles `q` along `axis`. Floats keep their dtype where `weak` (NumPy: where q is a Python number); else
    /// they are interpolated as `float64`.
    ///
    /// # Errors
    /// `Value` for quantiles that are not between 0 and 1.
    pub fn new(axis: usize, q: &[f64], method: Method, skip_missing: bool, weak: bool) -> Result<Self> {
        if !q.iter().all(|q| (0.0..=1.0).contains(q)) {
            return Err(Error::value("Quantiles must be in the range [0, 1]"));
        }
        Ok(Quantile { axis, q: q.into(), method, skip_missing, weak })
    }

    fn dtype(&self, x: DType) -> Result<DType> {
        match x.kind() {
            Kind::Complex | Kind::Opaque => Err(Error::dtype("a must be an array of real numbers")),
            _ if self.method.is_discrete() => Ok(x),
            Kind::Bool => Err(Error::dtype(
                "numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead.",
            )
            .hint("convert it to a number dtype, or choose a method that gives elements, like 'nearest'")),
            Kind::DateTime | Kind::TimeDelta => Ok(x),
            Kind::Float if self.weak => Ok(x),
            _ => Ok(DType::Float64),
        }
    }

    fn run_in<T: Sampled>(&self, x: &View<'_>, out: &mut ViewMut<'_>) -> Result<()> {
        let len = x.shape()[self.axis];
        let item = out.dtype().itemsize();
        let beside = |d: usize| match d {
            d if d < self.axis => Some(d + 1),
            d if d == self.axis => Some(0),
            d => Some(d),
        };
        let named: Dims<Option<usize>> = (0..x.shape().len()).map(beside).collect();
        let mut target = out.reborrow().rearrange(&named);
        let mut plan = Plan::new(self, len as usize);
        let mut sorted = vec![T::zeroed(); len as usize];
        for_lanes(x, &mut target, self.axis, len, &mut |lanes, elements, to| {
            let elements: &[T] = cast_slice(elements);
            for (i, row) in to.chunks_exact_mut(item * self.q.len()).enumerate().take(lanes) {
                let lane = &elements[i * len as usize..][..len as usize];
                let missing = lane.iter().filter(|x| x.is_missing()).count();
                let known = lane.len() - missing;
                if self.is_undefined(known as u64, missing as u64) {
                    let first = lane.iter().find(|x| x.is_missing()).copied();
                    self.write_undefined(first, item, row)?;
                    continue;
                }
                if plan.count != known {
                    plan = Plan::new(self, known);
                }
                T::arrange(lane, &mut sorted, plan.needed.as_deref());
                self.write_places(&plan.places, |i| sorted[i], item, row);
            }
            Ok(())
        })
    }

    /// The axis along which lanes lie.
    pub fn axis(&self) -> usize {
        self.axis
    }

    /// How many quantiles there are.
    pub fn count(&self) -> usize {
        self.q.len()
    }

    /// Whether a lane has no quantiles, by its elements that are known and those that are missing.
    pub fn is_undefined(&self, known: u64, missing: u64) -> bool {
        if self.skip_missing { known == 0 } else { missing > 0 }
    }

    /// The places in a sorted lane of `known` elements that quantiles are made of.
    pub fn ranks(&self, known: u64) -> Vec<u64> {
        if known == 0 {
            return Vec::new();
        }
        let places = self.q.iter().map(|&q| self.method.place(known as usize, q));
        places.flat_map(|p| [p.previous as u64, p.next as u64]).collect()
    }

    /// Writes the quantiles of a lane of elements of dtype `x`, from the keys that its sorted elements have at those ranks.
    ///
    /// # Errors
    /// `Internal` for complex numbers.
    pub fn write_ranked(&self, x: DType, known: u64, key_at: impl Fn(u64) -> u64, row: &mut [u8]) -> Result<()> {
        let item = self.dtype(x)?.itemsize();
        let places: Vec<Place> = self.q.iter().map(|&q| self.method.place(known as usize, q)).collect();
        with_keys!(x, T => {
            self.write_places(&places, |i| T::of_key(key_at(i as u64)), item, row);
            Ok(())
        }, Err(Error::internal("quantile of what is not real")))
    }

    /// Writes what a lane has that has no quantiles: its first missing element.
    ///
    /// # Errors
    /// `Internal` where there is none, and the dtype has none.
    pub fn write_missing(&self, x: DType, first: Option<&[u8]>, row: &mut [u8]) -> Result<()> {
        let item = self.dtype(x)?.itemsize();
        with_keys!(x, T => self.write_undefined(first.map(pod_read_unaligned::<T>), item, row),
            Err(Error::internal("quantile of what is not real")))
    }

    fn write_undefined<T: Sampled>(&self, first: Option<T>, item: usize, row: &mut [u8]) -> Result<()> {
        let x = first.or(T::MISSING).ok_or_else(|| Error::internal("quantile of nothing"))?;
        row.chunks_exact_mut(item).for_each(|to| self.write(x, x, 0.0, to));
        Ok(())
    }

    fn write_places<T: Sampled>(&self, places: &[Place], at: impl Fn(usize) -> T, item: usize, row: &mut [u8]) {
        for (place, to) in places.iter().zip(row.chunks_exact_mut(item)) {
            self.write(at(place.previous), at(place.next), place.gamma, to);
        }
    }

    fn write<T: Sampled>(&self, a: T, b: T, gamma: f64, to: &mut [u8]) {
        if self.method.is_discrete() {
            to.copy_from_slice(bytes_of(&a))
        } else {
            T::between(a, b, gamma, self.weak, to)
        }
    }
}

/// What is looked up in lanes with that many elements.
struct Plan {
    count: usize,
    places: Vec<Place>,
    /// Which sorted elements are needed; all of them where it does not pay to select.
    needed: Option<Vec<usize>>,
}

/// Sorting costs less than selecting more elements than these, one after the other.
const MOST_SELECTED: usize = 24;

impl Plan {
    fn new(of: &Quantile, count: usize) -> Self {
        let places: Vec<Place> =
            if count == 0 { Vec::new() } else { of.q.iter().map(|&q| of.method.place(count, q)).collect() };
        let mut needed: Vec<usize> = places.iter().flat_map(|p| [p.previous, p.next]).collect();
        needed.sort_unstable();
        needed.dedup();
        Plan { count, places, needed: Some(needed).filter(|n| n.len() <= MOST_SELECTED) }
    }
}

/// Elements that have quantiles.
trait Sampled: Keyed {
    /// What stands for a quantile of nothing.
    const MISSING: Option<Self>;

    /// Writes the element of the result's dtype that is `t` of the way from `a` to `b`: with NumPy's roundings, from the
    /// nearer one.
    fn between(a: Self, b: Self, t: f64, weak: bool, to: &mut [u8]);
}

fn put<T: Pod>(x: T, to: &mut [u8]) {
    to.copy_from_slice(bytes_of(&x));
}

macro_rules! sampled_integers {
    ($($t:ty, $wide:expr);* $(;)?) => { $(
        impl Sampled for $t {
            const MISSING: Option<Self> = None;

            fn between(a: Self, b: Self, t: f64, _: bool, to: &mut [u8]) {
                let (a, b): (i128, i128) = ($wide(a), $wide(b));
                let apart = (b - a) as f64;
                put(if t < 0.5 { a as f64 + apart * t } else { b as f64 - apart * (1.0 - t) }, to);
            }
        }
    )* };
}

sampled_integers! {
    Bool, |x: Bool| i128::from(x.get());
    i8, i128::from;
    i16, i128::from;
    i32, i128::from;
    i64, i128::from;
    u8, i128::from;
    u16, i128::from;
    u32, i128::from;
    u64, i128::from;
}

macro_rules! sampled_floats {
    ($($t:ty, $of:expr);* $(;)?) => { $(
        impl Sampled for $t {
            const MISSING: Option<Self> = Some(<$t>::NAN);

            fn between(a: Self, b: Self, t: f64, weak: bool, to: &mut [u8]) {
                let apart = b - a;
                if weak {
                    put(if t < 0.5 { a + apart * $of(t) } else { b - apart * $of(1.0 - t) }, to);
                } else {
                    let (a, b, apart) = (f64::from(a), f64::from(b), f64::from(apart));
                    put(if t < 0.5 { a + apart * t } else { b - apart * (1.0 - t) }, to);
                }
            }
        }
    )* };
}

sampled_floats! {
    f16, f16::from_f64;
    f32, |x: f64| x as f32;
    f64, |x: f64| x;
}

impl Sampled for Ticks {
    const MISSING: Option<Self> = Some(Ticks(i64::MIN));

    fn between(Ticks(a): Self, Ticks(b): Self, t: f64, _: bool, to: &mut [u8]) {
        if a == i64::MIN || b == i64::MIN {
            return put(i64::MIN, to);
        }
        let apart = b.wrapping_sub(a) as f64;
        put(if t < 0.5 { a.wrapping_add((apart * t) as i64) } else { b.wrapping_sub((apart * (1.0 - t)) as i64) }, to);
    }
}

impl BlockOp for Quantile {
    fn row(&self) -> &'static str {
        ROWS[usize::from(self.skip_missing)]
    }

    fn params(&self) -> Vec<u8> {
        to_params(self)
    }

    fn infer(&self, ins: &[&Meta]) -> Result<Vec<Meta>> {
        let [x] = ins else { return Err(Error::internal(format!("{} operands for {}", ins.len(), self.row()))) };
        let Some(&len) = x.shape.get(self.axis) else {
            return Err(ErrorKind::Axis { axis: self.axis as i64, ndim: x.shape.len() }.into());
        };
        let dtype = self.dtype(x.dtype).map_err(|e| e.context(self.row()))?;
        let has_missing = matches!(x.dtype.kind(), Kind::Float | Kind::DateTime | Kind::TimeDelta);
        if len == 0 && !(self.skip_missing && has_missing) {
            let shape = show_shape(&x.shape);
            return Err(Error::index("index -1 is out of bounds for axis 0 with size 0").context(format!(
                "{} along axis {} of shape {shape}",
                self.row(),
                self.axis
            )));
        }
        let count = self.q.len() as u64;
        let (mut shape, mut chunks) = (x.shape.clone(), x.chunks.0.clone());
        shape.remove(self.axis);
        shape.insert(0, count);
        chunks.remove(self.axis);
        chunks.insert(0, DimChunks::regular(count, count));
        Ok(vec![Meta { shape, dtype, chunks: ChunkGrid(chunks) }])
    }

    fn access(&self, ins: &[&Meta]) -> Vec<Access> {
        let axis = |d: usize| match d {
            d if d < self.axis => AxisAccess::with(d + 1),
            d if d == self.axis => AxisAccess::Whole,
            d => AxisAccess::with(d),
        };
        ins.iter().map(|x| Access((0..x.shape.len()).map(axis).collect())).collect()
    }

    fn grain(&self, ins: &[&Meta]) -> Dims<Grain> {
        let kept = ins.first().map_or(0, |x| x.shape.len().saturating_sub(1));
        std::iter::once(Grain::Whole).chain(std::iter::repeat_n(Grain::Any, kept)).collect()
    }

    fn scratch(&self, ins: &[&Meta], cell: &[u64]) -> u64 {
        let Some(x) = ins.first() else { return 0 };
        let (len, count) = (x.shape[self.axis], self.q.len() as u64);
        let (item, result) = (x.dtype.itemsize() as u64, self.dtype(x.dtype).map_or(8, DType::itemsize) as u64);
        let lanes = cell.iter().skip(1).product();
        let places = count * (size_of::<Place>() + 2 * size_of::<usize>()) as u64;
        batch(lanes, (len * item).max(count * result)) * (len * item + count * result) + len * item + places
    }

    fn cost(&self) -> f64 {
        200.0
    }

    fn run(&self, _: &Cell<'_>, ins: &[View<'_>], outs: &mut [ViewMut<'_>]) -> Result<()> {
        let ([x], [out]) = (ins, outs) else { return Err(Error::internal("operands of a quantile")) };
        if out.count() == 0 {
            return Ok(());
        }
        with_keys!(x.dtype(), T => self.run_in::<T>(x, out), Err(Error::internal("quantile of what is not real")))
    }
}

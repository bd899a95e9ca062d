//! The distinct ones among real elements, as sorted keys.

use bytemuck::{cast_slice, cast_slice_mut};
use hyperslab_base::{Block, DType, Error, Result};

use super::keys::{Keyed, with_keys};

/// Places of the table that finds distinct keys.
const PLACES: usize = 1 << 14;
/// Keys that it holds; of more, all are sorted.
const MOST: usize = PLACES / 2;
/// Stands for no key.
const NONE: u64 = u64::MAX;

/// Bytes that [`Distinct::of`] holds for each element, and beside those.
pub const BYTES: u64 = 8;
/// See [`BYTES`].
pub const TABLE_BYTES: u64 = (PLACES * 8) as u64;

/// An element by where it is and its bits.
type Place = (u64, u64);

/// What is distinct among elements: keys in ascending order, and what the keys do not tell.
#[derive(Debug)]
pub struct Distinct {
    /// Begins with `count` keys of what is not missing; zeros of both signs have that of the positive one.
    keys: Block,
    count: usize,
    /// The first zero of a float.
    zero: Option<Place>,
    /// The first NaN or NaT.
    missing: Option<Place>,
    /// How many are missing.
    missing_count: u64,
    /// Whether the bits of some of them differ.
    unlike: bool,
}

fn first(one: Option<Place>, other: Option<Place>) -> Option<Place> {
    one.into_iter().chain(other).min()
}

fn room(len: usize) -> Result<Block> {
    Block::scratch(DType::UInt64, &[len as u64])
}

impl Distinct {
    /// Of elements from position `start` on.
    ///
    /// # Errors
    /// `Internal` for a dtype that has no keys, or where the system refuses memory.
    pub fn of(dtype: DType, elements: &[u8], start: u64) -> Result<Self> {
        with_keys!(dtype, T => Self::of_elements::<T>(cast_slice(elements), start, dtype.is_inexact()),
            Err(Error::internal(format!("distinct elements of {dtype}"))))
    }

    /// Of no elements.
    ///
    /// # Errors
    /// `Internal` where the system refuses memory.
    pub fn none() -> Result<Self> {
        Ok(Distinct { keys: room(0)?, count: 0, zero: None, missing: None, missing_count: 0, unlike: false })
    }

    fn of_elements<T: Keyed>(elements: &[T], start: u64, signed_zeros: bool) -> Result<Self> {
        let mut made = Self::none()?;
        let (zero, negative) = (1 << (T::KEY_BITS - 1), (1 << (T::KEY_BITS - 1)) - 1);
        let mut known = room(elements.len())?;
        let keys: &mut [u64] = cast_slice_mut(known.bytes_mut());
        let mut count = 0;
        for (&x, at) in elements.iter().zip(start..) {
            if x.is_missing() {
                made.note_missing((at, bits(x)), 1);
                continue;
            }
            keys[count] = x.key();
            if signed_zeros && (keys[count] == zero || keys[count] == negative) {
                made.zero = made.zero.or(Some((at, keys[count])));
                keys[count] = zero;
            }
            count += 1;
        }
        made.count = reduce(&mut keys[..count]);
        if made.count < elements.len() / 2 {
            // What few keys keep is no larger than they are.
            let mut less = room(made.count)?;
            cast_slice_mut(less.bytes_mut()).copy_from_slice(&keys[..made.count]);
            known = less;
        }
        made.keys = known;
        Ok(made)
    }

    /// How many there are, without missing ones.
    pub fn count(&self) -> usize {
        self.count
    }

    fn keys(&self) -> &[u64] {
        &cast_slice(self.keys.bytes())[..self.count]
    }

    fn note_missing(&mut self, place: Place, count: u64) {
        self.unlike |= self.missing.is_some_and(|(_, bits)| bits != place.1);
        self.missing = first(self.missing, Some(place));
        self.missing_count += count;
    }

    /// Takes over what the keys do not tell.
    fn note(&mut self, other: &Self) {
        if let Some(place) = other.missing {
            self.unlike |= other.unlike;
            self.note_missing(place, other.missing_count);
        }
        self.zero = first(self.zero, other.zero);
    }

    /// With what is distinct elsewhere.
    ///
    /// # Errors
    /// `Internal` where the system refuses memory.
    pub fn merged(mut self, other: Self) -> Result<Self> {
        self.note(&other);
        if other.count == 0 {
            return Ok(self);
        }
        let mut keys = room(self.count + other.count)?;
        self.count = union(self.keys(), other.keys(), cast_slice_mut(keys.bytes_mut()), |key| key);
        self.keys = keys;
        Ok(self)
    }

    /// The elements of this and another part in ascending order, missing ones last: one of them if they are `equal`, else as
    /// many as there were. They are at the start of the block, how many is told. `None` where missing ones are not known.
    ///
    /// # Errors
    /// As [`Distinct::of`].
    pub fn elements(mut self, other: Self, dtype: DType, equal: bool) -> Result<Option<(Block, usize)>> {
        self.note(&other);
        if self.unlike && !equal {
            return Ok(None);
        }
        let missing = if equal { self.missing_count.min(1) } else { self.missing_count };
        with_keys!(dtype, T => {
            let most = (self.count + other.count) as u64 + missing;
            let mut made = Block::scratch(dtype, &[most])?;
            let to: &mut [T] = cast_slice_mut(made.bytes_mut());
            let known = union(self.keys(), other.keys(), to, T::of_key);
            if let Some((_, key)) = self.zero {
                let zero = 1 << (T::KEY_BITS - 1);
                let at = to[..known].partition_point(|x| x.rank() < zero);
                to[at] = T::of_key(key);
            }
            let count = known + missing as usize;
            if let Some((_, bits)) = self.missing {
                to[known..count].fill(of_bits::<T>(bits));
            }
            Ok(Some((made, count)))
        }, Err(Error::internal(format!("distinct elements of {dtype}"))))
    }
}

fn bits<T: Keyed>(x: T) -> u64 {
    let mut bytes = [0; 8];
    bytes[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&x));
    u64::from_ne_bytes(bytes)
}

fn of_bits<T: Keyed>(bits: u64) -> T {
    bytemuck::pod_read_unaligned(&bits.to_ne_bytes()[..size_of::<T>()])
}

/// Leaves each key once at the front, in ascending order: how many these are.
fn reduce(keys: &mut [u64]) -> usize {
    let (found, rest) = few(keys);
    // What the table had no room for comes behind what it found.
    keys.copy_within(rest.., found);
    let left = found + keys.len() - rest;
    let keys = &mut keys[..left];
    keys.sort_unstable();
    let mut count = 0;
    for i in 0..keys.len() {
        // Written over by the next key where it is the same: no branch to mispredict.
        keys[count] = keys[i];
        count += usize::from(keys.get(i + 1) != Some(&keys[i]));
    }
    count
}

/// Moves keys that were not met before to the front, until they are too many: how many they are, and where it stopped.
fn few(keys: &mut [u64]) -> (usize, usize) {
    let mut table = vec![NONE; PLACES];
    let (mut found, mut none) = (0, false);
    for i in 0..keys.len() {
        let key = keys[i];
        if key == NONE {
            // The mark of an empty place is a key as well.
            if !std::mem::replace(&mut none, true) {
                keys[found] = key;
                found += 1;
            }
            continue;
        }
        let mut at = (key ^ key >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) as usize >> (usize::BITS - PLACES.ilog2());
        while table[at] != key {
            if table[at] == NONE {
                if found == MOST {
                    return (found, i);
                }
                table[at] = key;
                keys[found] = key;
                found += 1;
                break;
            }
            at = (at + 1) % PLACES;
        }
    }
    (found, keys.len())
}

/// Two sorted lists of distinct keys.
struct Lists<'a> {
    one: &'a [u64],
    other: &'a [u64],
}

impl Lists<'_> {
    fn both(&self) -> bool {
        !self.one.is_empty() && !self.other.is_empty()
    }

    /// The smaller first key, which both go on behind that have it: no branch to mispredict.
    #[inline(always)]
    fn next(&mut self) -> u64 {
        let (a, b) = (self.one[0], self.other[0]);
        self.one = &self.one[usize::from(a <= b)..];
        self.other = &self.other[usize::from(b <= a)..];
        a.min(b)
    }

    /// Writes all keys, each once: how many they are, after `count` that are there.
    fn write<T>(mut self, to: &mut [T], mut count: usize, f: impl Fn(u64) -> T) -> usize {
        while self.both() {
            to[count] = f(self.next());
            count += 1;
        }
        for &key in self.one.iter().chain(self.other) {
            to[count] = f(key);
            count += 1;
        }
        count
    }

    /// Parts of about one size, the first of which has the smaller keys.
    fn halves(&self) -> (Self, Self) {
        let half = (self.one.len() + self.other.len()) / 2;
        let (mut low, mut high) = (half.saturating_sub(self.other.len()), half.min(self.one.len()));
        while low < high {
            let i = low.midpoint(high);
            if self.one[i] < self.other[half - i - 1] { low = i + 1 } else { high = i }
        }
        let (mut i, j) = (low, half - low);
        // A key that both have stays together: that of `one` is never before the split, and that of `other` behind it.
        if j > 0 && self.one.get(i) == Some(&self.other[j - 1]) {
            i += 1;
        }
        let ((a, c), (b, d)) = (self.one.split_at(i), self.other.split_at(j));
        (Lists { one: a, other: b }, Lists { one: c, other: d })
    }
}

/// Writes what is made of the keys that are in one or the other of two sorted lists: how many these are.
fn union<T: Copy>(one: &[u64], other: &[u64], to: &mut [T], f: impl Fn(u64) -> T + Copy) -> usize {
    let (mut lower, mut upper) = Lists { one, other }.halves();
    let middle = lower.one.len() + lower.other.len();
    let (first, second) = to.split_at_mut(middle);
    // Two merges side by side: each waits for its own comparisons alone.
    let mut count = 0;
    while lower.both() && upper.both() {
        first[count] = f(lower.next());
        second[count] = f(upper.next());
        count += 1;
    }
    let (lower, upper) = (lower.write(first, count, f), upper.write(second, count, f));
    to.copy_within(middle..middle + upper, lower);
    lower + upper
}

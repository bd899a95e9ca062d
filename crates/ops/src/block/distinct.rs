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

    fn of_elements<T: Keyed>(elements: &[T], start: u64, signed_zeros: bool) -> Result<Self> {
        let mut made =
            Distinct { keys: room(0)?, count: 0, zero: None, missing: None, missing_count: 0, unlike: false };
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

    /// With what is distinct elsewhere.
    ///
    /// # Errors
    /// `Internal` where the system refuses memory.
    pub fn merged(mut self, other: Self) -> Result<Self> {
        if let Some(place) = other.missing {
            self.unlike |= other.unlike;
            self.note_missing(place, other.missing_count);
        }
        self.zero = first(self.zero, other.zero);
        if other.count == 0 {
            return Ok(self);
        }
        let mut keys = room(self.count + other.count)?;
        self.count = union(self.keys(), other.keys(), cast_slice_mut(keys.bytes_mut()));
        self.keys = keys;
        Ok(self)
    }

    /// The elements in ascending order, missing ones last: one of them if they are `equal`, else as many as there were.
    /// `None` where these are not known.
    ///
    /// # Errors
    /// `Internal` for a dtype that has no keys.
    pub fn elements(&self, dtype: DType, equal: bool) -> Result<Option<Block>> {
        if self.unlike && !equal {
            return Ok(None);
        }
        let missing = if equal { self.missing_count.min(1) } else { self.missing_count };
        with_keys!(dtype, T => {
            let keys = self.keys();
            let mut made = Block::scratch(dtype, &[keys.len() as u64 + missing])?;
            let to: &mut [T] = cast_slice_mut(made.bytes_mut());
            let (known, rest) = to.split_at_mut(keys.len());
            known.iter_mut().zip(keys).for_each(|(to, &key)| *to = T::of_key(key));
            if let Some((_, key)) = self.zero
                && let Ok(at) = keys.binary_search(&(1 << (T::KEY_BITS - 1)))
            {
                known[at] = T::of_key(key);
            }
            if let Some((_, bits)) = self.missing {
                rest.fill(of_bits::<T>(bits));
            }
            Ok(Some(made))
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

/// Writes the keys that are in one or the other of two sorted lists: how many they are.
fn union(one: &[u64], other: &[u64], to: &mut [u64]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    // The smaller one is written, and both go on that have it: no branch to mispredict.
    while i < one.len() && j < other.len() {
        let (a, b) = (one[i], other[j]);
        to[count] = a.min(b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
        count += 1;
    }
    for rest in [&one[i..], &other[j..]] {
        to[count..count + rest.len()].copy_from_slice(rest);
        count += rest.len();
    }
    count
}

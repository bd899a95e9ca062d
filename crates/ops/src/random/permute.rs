//! A permutation of `0..n` that is computed position by position, in no memory.

use super::philox::{Draws, Stream};

/// Rounds of the network. Four make a permutation that no test of so many numbers tells from a random one (Luby, Rackoff),
/// for ideal functions; these are plain mixers.
const ROUNDS: usize = 12;

/// A Feistel network over numbers of an even count of bits; what falls outside `0..n` goes round again (cycle walking).
pub struct Permutation {
    n: u64,
    half: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    /// That of a stream.
    pub fn new(stream: Stream, n: u64) -> Self {
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        let mut draws = Draws::new(stream, 0);
        Permutation { n, half: bits.div_ceil(2).max(1), keys: std::array::from_fn(|_| draws.word()) }
    }

    /// Where `i`, which is below `n`, goes.
    pub fn of(&self, i: u64) -> u64 {
        let mut x = self.once(i);
        while x >= self.n {
            x = self.once(x);
        }
        x
    }

    fn once(&self, x: u64) -> u64 {
        let mask = u64::MAX >> (u64::BITS - self.half);
        let (mut left, mut right) = (x >> self.half, x & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.half) | right
    }
}

/// The finaliser of SplitMix64.
fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

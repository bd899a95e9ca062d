//! The stream of random bits: Philox4x32 with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as
//! 1, 2, 3", 2011), which makes 128 bits of a counter and a key.
//!
//! The key is the seed; the counter holds the number of the stream, a draw, and a block. Element `e` of an array has a word
//! of 64 bits in draw 0: groups of [`GROUP`] elements share `GROUP / 2` blocks, the first half of them has the low words
//! and the second half the high ones, so that a group is computed without shuffling. What needs more than that has blocks of
//! its own, those numbered by the element in draws 1, 2, ….

use serde::{Deserialize, Serialize};

/// Elements that share blocks.
pub(super) const GROUP: usize = 64;
const HALF: usize = GROUP / 2;

const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const LOW: u64 = 0xFFFF_FFFF;

/// A seed and the number of a stream: all that the numbers of one array depend on beside their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stream {
    /// The seed.
    pub key: u64,
    /// Which of its streams.
    pub number: u32,
}

/// Ten rounds. The lanes hold 32 bits each; what stands above them in a result is of no account.
#[inline(always)]
fn rounds(mut c: [u64; 4], key: u64) -> [u64; 4] {
    let (mut k0, mut k1) = (key as u32, (key >> 32) as u32);
    let mut round = 0;
    while round < 10 {
        let p0 = (c[0] & LOW) * MULTIPLIERS[0];
        let p1 = (c[2] & LOW) * MULTIPLIERS[1];
        c = [(p1 >> 32) ^ c[1] ^ u64::from(k0), p1, (p0 >> 32) ^ c[3] ^ u64::from(k1), p0];
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
        round += 1;
    }
    c
}

impl Stream {
    /// The low and the high word of a block.
    #[inline(always)]
    pub(super) fn block(self, index: u64, draw: u32) -> [u64; 2] {
        let c = rounds([index & LOW, index >> 32, u64::from(draw), u64::from(self.number)], self.key);
        [(c[0] & LOW) | (c[1] << 32), (c[2] & LOW) | (c[3] << 32)]
    }

    /// The elements at `positions`, of which `pair` makes two of the words of a block.
    #[inline(always)]
    pub(super) fn pairs<T: Copy + Default>(
        self,
        positions: &[u64],
        out: &mut [T],
        pair: impl Fn(u64, u64) -> [T; 2] + Copy,
    ) {
        let mut at = 0;
        while at < positions.len() {
            let first = positions[at];
            let within = first as usize % GROUP;
            let count = (GROUP - within).min(positions.len() - at);
            let (here, to) = (&positions[at..at + count], &mut out[at..at + count]);
            if count == GROUP && is_run(here) {
                self.group(first / 2, to, pair);
            } else {
                self.apart(here, to, pair);
            }
            at += count;
        }
    }

    /// A whole group, whose first block is given.
    #[inline(always)]
    fn group<T: Copy + Default>(self, first: u64, out: &mut [T], pair: impl Fn(u64, u64) -> [T; 2]) {
        let (low, high) = out.split_at_mut(HALF);
        for (l, (low, high)) in low.iter_mut().zip(high).enumerate() {
            let [a, b] = self.block(first + l as u64, 0);
            [*low, *high] = pair(a, b);
        }
    }

    /// Elements anywhere: a block for each.
    #[inline(always)]
    fn apart<T: Copy>(self, positions: &[u64], out: &mut [T], pair: impl Fn(u64, u64) -> [T; 2]) {
        for (o, &p) in out.iter_mut().zip(positions) {
            let block = (p / GROUP as u64) * HALF as u64 + p % HALF as u64;
            let [a, b] = self.block(block, 0);
            let [low, high] = pair(a, b);
            *o = if (p as usize / HALF) & 1 == 0 { low } else { high };
        }
    }

    /// The word of each position.
    #[inline(always)]
    pub(super) fn words(self, positions: &[u64], out: &mut [u64]) {
        self.pairs(positions, out, |a, b| [a, b]);
    }
}

/// Whether positions follow each other.
#[inline(always)]
fn is_run(positions: &[u64]) -> bool {
    let first = positions[0];
    positions.iter().enumerate().fold(true, |run, (k, &p)| run & (p == first.wrapping_add(k as u64)))
}

/// Words for one element, as many as it asks for.
pub(super) struct Draws {
    stream: Stream,
    position: u64,
    draw: u32,
    rest: Option<u64>,
    normal: Option<f64>,
}

impl Draws {
    pub(super) fn new(stream: Stream, position: u64) -> Self {
        Draws { stream, position, draw: 0, rest: None, normal: None }
    }

    fn block(&mut self) -> [u64; 2] {
        self.draw += 1;
        self.stream.block(self.position, self.draw)
    }

    /// 64 bits.
    pub(super) fn word(&mut self) -> u64 {
        if let Some(word) = self.rest.take() {
            return word;
        }
        let [word, rest] = self.block();
        self.rest = Some(rest);
        word
    }

    /// A number in `(0, 1)`.
    pub(super) fn uniform(&mut self) -> f64 {
        super::fixed::open(self.word())
    }

    /// A standard normal number.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(normal) = self.normal.take() {
            return normal;
        }
        let [a, b] = self.block();
        let [normal, other] = super::fixed::normals(a, b);
        self.normal = Some(other);
        normal
    }

    /// An integer below `count`, all alike.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        super::fixed::below(self.word(), count, || self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that come with the authors' implementation (Random123, `kat_vectors`).
    #[test]
    fn known_answers() {
        let cases: [([u64; 4], [u32; 2], [u32; 4]); 3] = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([LOW; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            let key = u64::from(key[0]) | u64::from(key[1]) << 32;
            assert_eq!(rounds(counter, key).map(|w| w as u32), expected);
        }
    }

    #[test]
    fn counters_hold_block_draw_and_stream() {
        let stream = Stream { key: 0x299f_31d0_a409_3822, number: 0x0370_7344 };
        let [low, high] = stream.block(0x85a3_08d3_243f_6a88, 0x1319_8a2e);
        assert_eq!((low, high), (0x94fd_cceb_d16c_fe09, 0x2412_6ea1_5001_e420));
    }

    #[test]
    fn a_word_depends_on_its_position_alone() {
        let stream = Stream { key: 7, number: 3 };
        let mut all = vec![0; 1000];
        stream.words(&(0..1000).collect::<Vec<u64>>(), &mut all);
        for positions in [(5..900).collect::<Vec<u64>>(), (0..1000).step_by(3).collect(), (0..1000).rev().collect()] {
            let mut some = vec![0; positions.len()];
            stream.words(&positions, &mut some);
            for (p, word) in positions.iter().zip(some) {
                assert_eq!(word, all[*p as usize], "position {p}");
            }
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 1000);
    }
}

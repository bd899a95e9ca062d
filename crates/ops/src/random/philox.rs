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
    pub fn block(self, index: u64, draw: u32) -> [u64; 2] {
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

    /// The words of a draw of each position: the low ones, and the high ones.
    #[inline(always)]
    pub(super) fn draws(self, positions: &[u64], draw: u32, low: &mut [u64], high: &mut [u64]) {
        for ((&p, low), high) in positions.iter().zip(low).zip(high) {
            [*low, *high] = self.block(p, draw);
        }
    }

    /// The word of each position.
    #[inline(always)]
    pub fn words(self, positions: &[u64], out: &mut [u64]) {
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
    /// Draw 1, as long as nobody asked for any of it.
    begun: Option<[u64; 2]>,
    rest: Option<u64>,
    normal: Option<f64>,
}

impl Draws {
    pub(super) fn new(stream: Stream, position: u64) -> Self {
        Draws { stream, position, draw: 0, begun: None, rest: None, normal: None }
    }

    /// The same, of which draw 1 is known.
    pub(super) fn begun(stream: Stream, position: u64, block: [u64; 2]) -> Self {
        Draws { stream, position, draw: 1, begun: Some(block), rest: None, normal: None }
    }

    fn block(&mut self) -> [u64; 2] {
        if let Some(block) = self.begun.take() {
            return block;
        }
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

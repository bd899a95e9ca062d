//! The stream of random numbers, and functions that distributions are made of.

use hyperslab_ops::inside::{Permutation, below, log, log_factorial, normals};
use hyperslab_ops::random::Stream;

/// The known answers that come with the authors' implementation (Random123, `kat_vectors`).
#[test]
fn known_answers() {
    let cases: [([u64; 4], [u32; 2], [u32; 4]); 3] = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u64::from(u32::MAX); 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];
    for (counter, key, expected) in cases {
        let key = u64::from(key[0]) | u64::from(key[1]) << 32;
        let [low, high] =
            Stream { key, number: counter[3] as u32 }.block(counter[0] | counter[1] << 32, counter[2] as u32);
        assert_eq!([low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32], expected);
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

#[test]
fn every_number_comes_once() {
    for n in [1, 2, 3, 5, 64, 100, 1000, 4097] {
        let p = Permutation::new(Stream { key: 5, number: 1 }, n);
        let mut all: Vec<u64> = (0..n).map(|i| p.of(i)).collect();
        assert!(n < 64 || all != (0..n).collect::<Vec<_>>());
        all.sort_unstable();
        assert_eq!(all, (0..n).collect::<Vec<_>>());
    }
}

#[test]
fn logarithms_of_factorials() {
    let mut sum = 0.0;
    for k in 0..200 {
        assert!((log_factorial(f64::from(k)) - sum).abs() <= 1e-14 * f64::max(1.0, sum), "{k}");
        sum += f64::from(k + 1).ln();
    }
}

#[test]
fn normals_lie_on_their_circle() {
    for (a, turn) in
        [(1u64 << 60, 0u64), (u64::MAX, 1 << 62), (3 << 61, 3 << 61), (12345 << 40, u64::MAX), (0, 7 << 61)]
    {
        let u = ((a >> 12) + 1) as f64 / 2f64.powi(52);
        let (radius, angle) = ((-2.0 * u.ln()).sqrt(), (turn >> 11) as f64 / 2f64.powi(53) * std::f64::consts::TAU);
        let [x, y] = normals(a, turn);
        let near = |got: f64, want: f64| (got - want).abs() <= 1e-14 * (1.0 + radius);
        assert!(near(x, radius * angle.cos()) && near(y, radius * angle.sin()), "{x} {y} at {radius} {angle}");
    }
}

#[test]
fn logarithms_are_close() {
    for x in [2f64.powi(-53), 0.1, 0.5, 0.7, 0.75, 1.0 - 2f64.powi(-53), 1.0] {
        assert!((log(x) - x.ln()).abs() <= 4e-16 * x.ln().abs(), "{x}");
    }
}

#[test]
fn integers_reject_what_would_favour_some() {
    // 2^64 mod 3 is 1: the word 0 is the one too many.
    assert_eq!(below(0, 3, || u64::MAX), 2);
    assert_eq!((below(1, 3, || 0), below(u64::MAX, 3, || 0), below(5, 0, || 0)), (0, 2, 5));
}

//! Chains of operations on floats, with vectors of every length.

use hyperslab_ops::Link;
use hyperslab_ops::inside::{Call, Step};
use pulp::{Simd, WithSimd};

/// Vectors of every length, whatever this processor has.
#[test]
fn every_length_of_vectors_computes_the_same() {
    fn check<T: Copy + PartialEq + std::fmt::Debug>(of: impl Fn(f32) -> T)
    where
        for<'a, 'b> Call<'a, 'b, T>: WithSimd<Output = ()>,
    {
        // The root of k^2 + 7 + 3 k - 2 * 7 - 3 k + 7, which is k; then 2 * 2 - k.
        let steps = [
            (Link::Multiply, 1, 0),
            (Link::SubtractFrom, 0, 0),
            (Link::Square, 0, 0),
            (Link::Add, 2, 0),
            (Link::AddProduct, 0, 3),
            (Link::SubtractProduct, 1, 2),
            (Link::SubtractProduct, 3, 0),
            (Link::Add, 2, 0),
            (Link::Sqrt, 0, 0),
            (Link::SubtractFromProduct, 1, 1),
        ]
        .map(|(link, own, other)| Step { link, own, other });
        for n in [256, 257, 300, 511, 512, 1000] {
            let x: Vec<T> = (0..n).map(|k| of(k as f32)).collect();
            let ins: [&[T]; 4] = [&x, &[of(2.0)], &[of(7.0)], &[of(3.0)]];
            let mut results = [const { Vec::new() }; 4];
            results.iter_mut().for_each(|out| out.resize(n, of(0.0)));
            let [a, b, c, d] = &mut results;
            Simd::vectorize(pulp::Scalar::new(), Call { steps: &steps, ins: &ins, out: a });
            Simd::vectorize(pulp::Scalar128b, Call { steps: &steps, ins: &ins, out: b });
            Simd::vectorize(pulp::Scalar256b, Call { steps: &steps, ins: &ins, out: c });
            Simd::vectorize(pulp::Scalar512b, Call { steps: &steps, ins: &ins, out: d });
            assert_eq!(results[0][3], of(1.0), "of {n}");
            assert!(results.iter().all(|other| *other == results[0]), "of {n}");
        }
    }
    check(|x| x);
    check(f64::from);
}

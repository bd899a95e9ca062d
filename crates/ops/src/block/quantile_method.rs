//! Methods to estimate quantiles: where among sorted elements one lies.

use hyperslab_base::{Error, Result};
use serde::{Deserialize, Serialize};

/// NumPy's names of the methods, in the order of [`Method`].
const METHODS: [&str; 13] = [
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
];

/// How a quantile that falls between two elements is estimated: Hyndman and Fan's definitions 1 to 9, and four more of
/// NumPy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // The variants are NumPy's names.
pub enum Method {
    InvertedCdf,
    AveragedInvertedCdf,
    ClosestObservation,
    InterpolatedInvertedCdf,
    Hazen,
    Weibull,
    Linear,
    MedianUnbiased,
    NormalUnbiased,
    Lower,
    Higher,
    Midpoint,
    Nearest,
}

/// Between which sorted elements a quantile lies, and how far from the first to the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) previous: usize,
    pub(super) next: usize,
    pub(super) gamma: f64,
}

impl Method {
    const ALL: [Method; 13] = [
        Method::InvertedCdf,
        Method::AveragedInvertedCdf,
        Method::ClosestObservation,
        Method::InterpolatedInvertedCdf,
        Method::Hazen,
        Method::Weibull,
        Method::Linear,
        Method::MedianUnbiased,
        Method::NormalUnbiased,
        Method::Lower,
        Method::Higher,
        Method::Midpoint,
        Method::Nearest,
    ];

    /// The method of NumPy's name.
    ///
    /// # Errors
    /// `Value` for another name.
    pub fn from_name(name: &str) -> Result<Self> {
        let found = METHODS.iter().position(|m| *m == name).map(|i| Method::ALL[i]);
        found.ok_or_else(|| {
            Error::value(format!("'{name}' is not a valid method. Use one of: '{}'", METHODS.join("', '")))
        })
    }

    /// Whether its results are elements.
    pub fn is_discrete(self) -> bool {
        use Method::*;
        matches!(self, InvertedCdf | ClosestObservation | Lower | Higher | Nearest)
    }

    /// Place of quantile `q` among `n` elements; `n` is not 0.
    pub(super) fn place(self, n: usize, q: f64) -> Place {
        let count = n as f64;
        let by_constants = |alpha: f64, beta: f64| count * q + (alpha + q * (1.0 - alpha - beta)) - 1.0;
        let one = |index: f64| {
            let i = (index.max(0.0) as usize).min(n - 1);
            Place { previous: i, next: i, gamma: 0.0 }
        };
        // Position in the sorted elements, counted from 0, between two of which it may fall.
        let at = match self {
            Method::InvertedCdf | Method::AveragedInvertedCdf => count * q - 1.0,
            Method::ClosestObservation => count * q - 1.0 - 0.5,
            Method::InterpolatedInvertedCdf => by_constants(0.0, 1.0),
            Method::Hazen => by_constants(0.5, 0.5),
            Method::Weibull => by_constants(0.0, 0.0),
            Method::MedianUnbiased => by_constants(1.0 / 3.0, 1.0 / 3.0),
            Method::NormalUnbiased => by_constants(3.0 / 8.0, 3.0 / 8.0),
            Method::Midpoint => 0.5 * (((count - 1.0) * q).floor() + ((count - 1.0) * q).ceil()),
            Method::Linear | Method::Lower | Method::Higher | Method::Nearest => (count - 1.0) * q,
        };
        let floor = at.floor();
        match self {
            Method::InvertedCdf => return one(if at == floor { floor } else { floor + 1.0 }),
            Method::ClosestObservation => {
                let stays = at == floor && floor.rem_euclid(2.0) == 1.0;
                return one(if stays { floor } else { floor + 1.0 });
            }
            Method::Lower => return one(floor),
            Method::Higher => return one(at.ceil()),
            Method::Nearest => return one(at.round_ties_even()),
            _ => {}
        }
        if at >= count - 1.0 || at < 0.0 {
            // One element beyond either end: that at the end.
            return one(at);
        }
        let gamma = match self {
            Method::AveragedInvertedCdf => {
                if at == floor {
                    0.5
                } else {
                    1.0
                }
            }
            Method::Midpoint => {
                if at == floor {
                    0.0
                } else {
                    0.5
                }
            }
            _ => at - floor,
        };
        Place { previous: floor as usize, next: floor as usize + 1, gamma }
    }
}

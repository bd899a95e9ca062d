//! Affine maps of indices: what slices, transposes, flips and broadcasts are made of.

use hyperslab_base::{Dims, Range, Region};
use serde::{Deserialize, Serialize};

/// Where one axis of the input is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ViewAxis {
    /// Output axis that moves along it; `None` for a fixed position.
    pub out: Option<usize>,
    /// Position at output index 0.
    pub start: i64,
    /// Positions per step of the output axis.
    pub step: i64,
}

impl ViewAxis {
    /// The axis as output axis `out`, whole.
    pub const fn whole(out: usize) -> Self {
        ViewAxis { out: Some(out), start: 0, step: 1 }
    }

    /// One fixed position.
    pub const fn fixed(at: i64) -> Self {
        ViewAxis { out: None, start: at, step: 1 }
    }
}

/// One [`ViewAxis`] per axis of the input. Output axes that none names repeat the input (broadcast, new axes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ViewMap(pub Dims<ViewAxis>);

impl ViewMap {
    /// The map that changes nothing.
    pub fn identity(ndim: usize) -> Self {
        ViewMap((0..ndim).map(ViewAxis::whole).collect())
    }

    /// Whether it changes nothing, from `input` shape to `out` shape.
    pub fn is_identity(&self, input: &[u64], out: &[u64]) -> bool {
        input == out && self.0.iter().enumerate().all(|(d, a)| *a == ViewAxis::whole(d))
    }

    /// Input region that an output region needs.
    pub fn apply(&self, region: &Region) -> Region {
        let axis = |a: &ViewAxis| match a.out {
            None => Range { start: a.start, step: 1, len: 1 },
            Some(d) => {
                let r = region.0[d];
                Range { start: a.start + a.step * r.start, step: a.step * r.step, len: r.len }
            }
        };
        Region(self.0.iter().map(axis).collect())
    }

    /// The map from `outer`'s output straight to this map's input, where `outer` looks at this map's output.
    pub fn compose(&self, outer: &ViewMap) -> ViewMap {
        let axis = |a: &ViewAxis| match a.out {
            None => *a,
            Some(d) => {
                let o = outer.0[d];
                ViewAxis {
                    out: o.out,
                    start: a.start + a.step * o.start,
                    step: if o.out.is_some() { a.step * o.step } else { 1 },
                }
            }
        };
        ViewMap(self.0.iter().map(axis).collect())
    }

    /// Output axes that no input axis moves along.
    pub fn repeated(&self, out_ndim: usize) -> Dims<usize> {
        (0..out_ndim).filter(|d| !self.0.iter().any(|a| a.out == Some(*d))).collect()
    }
}

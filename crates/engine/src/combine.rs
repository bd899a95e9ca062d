//! Combines partial results of a reduction: a fixed binary tree over the cells, so that the bits of the result do
//! not depend on which task finishes first.

use std::sync::{Mutex, PoisonError};

use hyperslab_base::{Dims, Result};
use hyperslab_ops::fold::{Fold, State};
use rustc_hash::FxHashMap;

use crate::status;

/// A partial result and how many elements each of its results has folded.
pub(crate) struct Partial {
    pub state: State,
    pub count: u64,
    /// Flags that folding raised, where floating-point errors of it are told.
    pub raised: Option<u8>,
}

/// A branch of a tree: block of results, level above the cells, place in the level.
type Branch = (Dims<u64>, u32, u64);

/// Open branches of the trees.
#[derive(Default)]
pub(crate) struct Combiner {
    open: Mutex<FxHashMap<Branch, Partial>>,
}

impl Combiner {
    /// Adds cell number `cell` of `cells` of a block of results; returns the whole once it is complete.
    pub fn add(
        &self,
        fold: &dyn Fold,
        block: &[u64],
        cell: u64,
        cells: u64,
        partial: Partial,
    ) -> Result<Option<Partial>> {
        let (mut level, mut at, mut width) = (0u32, cell, cells);
        let mut partial = partial;
        while width > 1 {
            let sibling = at ^ 1;
            if sibling < width {
                let key = |at| (Dims::from(block), level, at);
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(other) = open.remove(&key(sibling)) else {
                    open.insert(key(at), partial);
                    return Ok(None);
                };
                drop(open);
                let (mut left, right) = if at < sibling { (partial, other) } else { (other, partial) };
                let mut merge = || fold.merge(&mut left.state, left.count, &right.state, right.count);
                left.raised = match (left.raised, right.raised) {
                    (Some(a), Some(b)) => Some(a | b | status::during(merge).1),
                    _ => {
                        merge();
                        None
                    }
                };
                left.count += right.count;
                partial = left;
            }
            (level, at, width) = (level + 1, at / 2, width.div_ceil(2));
        }
        Ok(Some(partial))
    }
}

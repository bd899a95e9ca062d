//! Rewrite rules: small functions `node → another node for the same array`, one file each, and their driver.
//!
//! Rules change neither shape nor dtype (the driver checks it every time one fires) nor any bit of the values. They
//! may change declared chunks: those are a contract with the user that holds before optimisation.

mod driver;
pub(crate) mod parts;

mod casts;
mod concats;
mod constants;
mod empties;
mod fills;
mod gather_through;
mod gather_through_scan;
mod gathers;
mod powers;
mod rechunks;
mod reduce_before_gather;
mod reduced_fills;
mod reshape_through_map;
mod reshapes;
mod view_through_concat;
mod view_through_contract;
mod view_through_gather;
mod view_through_map;
mod view_through_reduce;
mod view_through_scan;
mod views;

#[cfg(test)]
pub(crate) mod testing;

use hyperslab_base::Result;

use crate::node::Expr;

pub use driver::{Context, optimize_with};

/// A rewrite: `Some` other node for the same array where it applies, `None` elsewhere.
pub struct Rule {
    /// Name, for errors and tests.
    pub name: &'static str,
    /// The rewrite of one node.
    pub apply: fn(&Expr, &Context<'_>) -> Result<Option<Expr>>,
}

/// Every rule, in the order in which they are tried on a node. The first group makes nodes disappear, so that the
/// others see through them; the second moves selections towards sources, so that less is read and computed; the third
/// makes what is left cheaper.
pub static RULES: &[Rule] = &[
    // Disappearing: fewer nodes, nothing moved.
    rechunks::DROP_RECHUNK,
    fills::FILL_OF_FILL,
    reshapes::MERGE_RESHAPES,
    reshapes::RESHAPE_TO_VIEW,
    views::MERGE_VIEWS,
    gathers::MERGE_GATHERS,
    gathers::GATHER_OF_REPEAT,
    concats::FLATTEN_CONCAT,
    empties::DROP_EMPTY_PIECES,
    casts::DROP_CAST,
    constants::FOLD_CONSTANTS,
    constants::CONSTANT_CHOICE,
    reduced_fills::REDUCED_FILL,
    // Selections first meet the nodes that they shrink most.
    view_through_concat::VIEW_THROUGH_CONCAT,
    view_through_gather::VIEW_THROUGH_GATHER,
    view_through_reduce::VIEW_THROUGH_REDUCE,
    view_through_scan::VIEW_THROUGH_SCAN,
    view_through_contract::VIEW_THROUGH_CONTRACT,
    view_through_map::VIEW_THROUGH_MAP,
    gather_through::GATHER_THROUGH_MAP,
    gather_through_scan::GATHER_THROUGH_SCAN,
    reduce_before_gather::REDUCE_BEFORE_GATHER,
    reshape_through_map::RESHAPE_THROUGH_MAP,
    // Cheaper operations for the same bits.
    powers::CHEAP_POWER,
    powers::DIVIDE_TO_MULTIPLY,
    casts::SUM_NARROW,
];

/// The arrays after every rule, in the order given.
///
/// # Errors
/// `Internal` when a rule is defective: it changes shape or dtype, or keeps firing.
pub fn optimize(roots: &[Expr]) -> Result<Vec<Expr>> {
    let rules: Vec<&Rule> = RULES.iter().collect();
    optimize_with(&rules, roots)
}

//! Algorithms that look at their operands more than once, for arrays that no task can hold whole.
//!
//! An algorithm is one file here and one line in [`TAKES`]. It takes nodes of a plan over, whose place in the plan a
//! source takes that can be read when its passes are done. A pass is a computation of its operand into a sink, which is
//! what is done with each cell; cells, bytes, threads and errors are the engine's as ever.

mod runs;
mod select;
mod sort;

pub use sort::Sorted;

use std::any::Any;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use hyperslab_base::{ArraySink, ArraySource, ChunkGrid, Result};
use hyperslab_plan::lower::Limits;
use hyperslab_plan::{Expr, Kind, build, postorder};
use rustc_hash::FxHashMap;

/// One round of an algorithm over its operand.
pub struct Pass {
    /// What is computed.
    pub operand: Expr,
    /// What becomes of its cells.
    pub sink: Arc<dyn ArraySink>,
    /// Bytes that the algorithm holds meanwhile.
    pub held: u64,
}

/// An algorithm in several passes.
pub trait Passes: Any + Debug {
    /// What it does, for plans.
    fn describe(&self) -> String;

    /// Bytes that it holds from when it is done until what replaces its nodes was read.
    fn held(&self) -> u64;

    /// Bytes that it keeps in files.
    fn disk(&self) -> u64;

    /// The pass to make next, once the one before it is complete; `None` when there are no more. Its files are made in
    /// that directory.
    ///
    /// # Errors
    /// `Io` where a file cannot be made.
    fn next(&mut self, directory: &Path) -> Result<Option<Pass>>;

    /// Leaves what it made, once it is done, to computations that come after this one.
    fn leave(&self, _to: &Sorted) {}
}

/// A node that an algorithm may take over.
struct Node<'a> {
    /// As it is in the plan.
    expr: &'a Expr,
    /// What became of the nodes below it.
    made: &'a FxHashMap<Expr, Expr>,
    /// Who uses it: how many nodes and roots, and how many of them are nodes that take from an array by it.
    users: Users,
    /// What computations before this one have left.
    left: Option<&'a Sorted>,
}

#[derive(Clone, Copy, Default)]
struct Users {
    all: usize,
    taking: usize,
}

impl Node<'_> {
    /// Input number `k`, with what became of the nodes below it.
    fn input(&self, k: usize) -> Expr {
        let e = self.expr.input(k);
        self.made.get(e).unwrap_or(e).clone()
    }
}

/// What algorithms may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Bytes of memory.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
}

/// The node that stands for one that an algorithm takes over, be it one that is in the list already. `None` where it is
/// another algorithm's matter, or fits into memory.
type Take = fn(&Node<'_>, Room, &mut Vec<Box<dyn Passes>>) -> Result<Option<Expr>>;

static TAKES: &[Take] = &[sort::take, select::take];

/// A node whose call holds more than one part in so many of the memory there is may be why a plan does not fit.
const LARGE: u64 = 8;

/// Roots over sources in place of all nodes that algorithms in passes take over.
pub struct InPasses {
    /// The roots.
    pub roots: Vec<Expr>,
    /// The algorithms, in the order in which they must be done.
    pub algorithms: Vec<Box<dyn Passes>>,
}

/// Takes over what is large for the memory, of which results have `held` bytes; what was `left` is not made again.
///
/// # Errors
/// `Internal` for a defect of an algorithm.
pub fn in_passes(roots: &[Expr], limits: &Limits, held: u64, left: Option<&Sorted>) -> Result<InPasses> {
    let order = postorder(roots);
    let users = users(roots, &order);
    let room = Room { memory: limits.memory.saturating_sub(held), threads: limits.threads.max(1) as u64 };
    let mut made: FxHashMap<Expr, Expr> = FxHashMap::default();
    let mut algorithms = Vec::new();
    for e in &order {
        let node = Node { expr: e, made: &made, users: users.get(e).copied().unwrap_or_default(), left };
        let taken = TAKES.iter().find_map(|take| take(&node, room, &mut algorithms).transpose()).transpose()?;
        let inputs: Vec<Expr> = (0..e.inputs().len()).map(|k| node.input(k)).collect();
        made.insert(e.clone(), taken.unwrap_or_else(|| e.with_inputs(&inputs)));
    }
    Ok(InPasses { roots: roots.iter().map(|r| made[r].clone()).collect(), algorithms })
}

fn users(roots: &[Expr], order: &[Expr]) -> FxHashMap<Expr, Users> {
    let mut users: FxHashMap<Expr, Users> = FxHashMap::default();
    roots.iter().for_each(|r| users.entry(r.clone()).or_default().all += 1);
    for e in order {
        for (k, i) in e.inputs().iter().enumerate() {
            let u = users.entry(i.clone()).or_default();
            u.all += 1;
            u.taking += usize::from(k == 1 && in_order_of(e).is_some());
        }
    }
    users
}

/// The array in whose order a node puts another, of the same length: `take_along_axis(x, argsort(keys))`.
fn in_order_of(e: &Expr) -> Option<&Expr> {
    let by = (called(e) == Some("take_along_axis") && e.ndim() == 1).then(|| e.input(1))?;
    let keys = (called(by) == Some("argsort")).then(|| by.input(0))?;
    (keys.shape == e.input(0).shape && by.shape == keys.shape).then_some(keys)
}

/// The name of a block operation.
fn called(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        Kind::Block { call, .. } => Some(call.op().row()),
        _ => None,
    }
}

/// The source in the place of a node.
fn in_place_of(e: &Expr, source: Arc<dyn ArraySource>) -> Result<Expr> {
    build::source(source, ChunkGrid::single(&e.shape))
}

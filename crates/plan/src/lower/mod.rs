//! Lowering: from expressions to stages. A stage is a grid and a program, never a table with an entry per chunk.

pub mod bytes;
mod cuts;
mod depth;
mod fit;
mod folds;
pub mod grid;
mod joins;
pub mod lines;
mod order;
pub mod program;
pub mod scans;
pub mod show;
mod stages;
mod staging;
pub mod task;
pub mod tuning;

use std::sync::Arc;

use hyperslab_base::{ArraySink, DType, Dims, Range, Region};
use hyperslab_ops::fold::Fold;
use hyperslab_ops::scan::Scan;

use rustc_hash::FxHashMap;

use crate::node::Expr;
use grid::Grid;
use program::{Leaf, Program};
use scans::Scans;
use task::{Operand, TaskProgram};
use tuning::Tuning;

pub use stages::lower;

/// Where the result of a root goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dest {
    /// Intermediate result number `.0`, in memory for later stages.
    Slot(usize),
    /// The caller's target number `.0`.
    Target(usize),
}

/// What lowering must know of a caller's target.
#[derive(Clone, Debug, Default)]
pub struct TargetInfo {
    /// Bytes of the target that count against the budget (results in memory).
    pub held_bytes: u64,
    /// Whether tasks write into it in place, without a block of their own.
    pub in_place: bool,
    /// Chunks of the storage behind it.
    pub chunks: Option<Vec<u64>>,
    /// Where the written region starts in that storage.
    pub origin: Dims<u64>,
    /// What it is written into, when that is not memory.
    pub sink: Option<Arc<dyn ArraySink>>,
}

/// What a plan may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of intermediate arrays on disk.
    pub spill: u64,
    /// Threads.
    pub threads: usize,
    /// Sizes of tasks, tiles and blocks.
    pub tuning: Tuning,
}

/// A whole computation, ready to run stage by stage.
pub struct Plan {
    /// In order; a stage reads slots of earlier ones only.
    pub stages: Vec<Stage>,
    /// Intermediate results.
    pub slots: Vec<Slot>,
    /// Which expression is which slot.
    pub slot_of: FxHashMap<Expr, usize>,
    /// How scans are cut.
    pub scans: Scans,
    /// What it may use.
    pub limits: Limits,
    /// Bytes of results that are held in memory until the end.
    pub held_bytes: u64,
}

/// An intermediate result.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its shape.
    pub shape: Dims<u64>,
    /// Its dtype.
    pub dtype: DType,
    /// Number of the stage that writes it.
    pub first_use: usize,
    /// Number of the last stage that reads it.
    pub last_use: usize,
    /// Shape of its blocks, when it lies on disk.
    pub disk: Option<Dims<u64>>,
    /// Why it is there, where it is no pipeline breaker.
    pub kept: Option<Reason>,
}

/// Why an array is kept in a slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// Tasks would make, or read and decode, each of its elements so often.
    Evaluated(f64),
    /// A function of the user's is called once for each chunk.
    CalledOnce,
    /// It is much smaller than what it is made of, part by part.
    Condensed,
    /// So many stages would each do a long chain of operations again.
    Recomputed(usize),
    /// It would be read part by part, and each part again part by part.
    SelectedTwice,
}

/// A grid of tasks.
pub struct Stage {
    /// What a task does with the blocks that it makes.
    pub work: Work,
    /// The blocks that it makes.
    pub task: TaskProgram,
    /// The grid.
    pub grid: Grid,
    /// Lengths of what a task evaluates at a time; shorter than its cell only along axes that all roots reduce.
    pub step: Dims<u64>,
    /// Whether cells that mirror each other run one after the other, since one reads what the other has read.
    pub in_pairs: bool,
    /// Bytes that one task holds at most.
    pub task_bytes: u64,
    /// Bytes held besides the tasks: slots, results, partial results.
    pub fixed_bytes: u64,
    /// Bytes of partial results among them.
    pub partial_bytes: u64,
    /// Tasks at once.
    pub workers: usize,
    /// Whether tasks wait for a network: then more of them run at once than there are threads to compute.
    pub waits: bool,
    /// Bytes that all tasks together move, for progress.
    pub traffic: u64,
    /// What it computes, for progress and errors.
    pub label: String,
}

impl Plan {
    /// The slot of an array that an earlier stage leaves in memory or on disk.
    pub fn slot(&self, e: &Expr) -> Option<&Slot> {
        self.slot_of.get(e).map(|&s| &self.slots[s])
    }
}

impl Stage {
    /// Position in the grid of the task that runs as number `i`.
    pub fn coords(&self, i: u64) -> Dims<u64> {
        if self.in_pairs { self.grid.coords_in_pairs(i) } else { self.grid.coords(i) }
    }

    /// Lengths of the largest part of a cell that a task evaluates at a time.
    pub fn at_once(&self) -> Dims<u64> {
        self.step.iter().zip(&self.grid.extent).map(|(&step, &extent)| step.min(extent)).collect()
    }

    /// The parts of a cell that its task evaluates one after the other.
    pub fn parts(&self, cell: &Region) -> impl Iterator<Item = Region> {
        let (space, extent) = (cell.shape(), self.at_once());
        let (grid, first) = (Grid::of(&space, extent), cell.clone());
        (0..grid.tasks()).map(move |i| {
            let mut part = grid.region(&grid.coords(i));
            part.0.iter_mut().zip(&first.0).for_each(|(r, cell)| r.start += cell.start);
            part
        })
    }

    /// Where the stage's results go.
    pub fn dests(&self) -> Vec<Dest> {
        match &self.work {
            Work::Tiles(w) => w.roots.iter().flat_map(|r| r.dests.iter().copied()).collect(),
            Work::Contract(c) => c.dests.clone(),
        }
    }
}

/// What the tasks of a stage do.
pub enum Work {
    /// Run a tile program, write or reduce its roots.
    Tiles(TileWork),
    /// Multiply blocks.
    Contract(Box<ContractWork>),
}

/// A tile program with what becomes of its roots.
pub struct TileWork {
    /// The program over the grid's space.
    pub program: Arc<Program>,
    /// The steps of the task that make its bases.
    pub bases: Vec<usize>,
    /// Its roots.
    pub roots: Vec<Root>,
}

impl TileWork {
    /// What must be made before the program runs over `region`.
    pub fn wants(&self, region: &Region) -> Vec<(usize, Region)> {
        let want = |leaf: &Leaf| match leaf {
            Leaf::Base { base, map } => Some((self.bases[*base], map.apply(region))),
            Leaf::Const(_) | Leaf::Lines(_) => None,
        };
        self.program.leaves.iter().filter_map(want).collect()
    }

    /// What the only root shows, where nothing is computed and elements are moved to where they go.
    pub fn moved(&self) -> Option<Operand> {
        let ([root], [Leaf::Base { base, map }]) = (self.roots.as_slice(), self.program.leaves.as_slice()) else {
            return None;
        };
        let moves = root.fold.is_none() && self.program.instrs.is_empty();
        moves.then(|| Operand { step: self.bases[*base], map: map.clone() })
    }
}

/// One root of a tile program.
pub struct Root {
    /// The expression written, or reduced.
    pub expr: Expr,
    /// How it is reduced; `None` when it is written as it is.
    pub fold: Option<FoldRoot>,
    /// Where the result goes.
    pub dests: Vec<Dest>,
}

/// A reduction of a root.
pub struct FoldRoot {
    /// The reduction.
    pub fold: Arc<dyn Fold>,
    /// Axes of the space that it reduces, sorted.
    pub axes: Dims<usize>,
    /// Dtype of the result.
    pub output: DType,
    /// Whether it asks for positions.
    pub is_arg: bool,
    /// Its name.
    pub name: &'static str,
    /// Set where the results of cells are not combined but kept side by side, and scanned when the stage ends.
    pub totals: Option<Totals>,
    /// Whether -1 in the result means that NumPy would raise for an all-NaN slice.
    pub all_nan_raises: bool,
    /// What floating-point warnings look at.
    pub told: ToldFold,
}

/// What floating-point warnings look at of a reduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldFold {
    /// Nothing.
    Nothing,
    /// Its results.
    Results,
    /// What it folds, floats of that dtype: they stand for their logarithms, which warnings call by that name.
    Logarithms(&'static str, DType),
}

impl FoldRoot {
    /// Axes of a space of `ndim` that it keeps.
    pub fn kept(&self, ndim: usize) -> impl Iterator<Item = usize> {
        crate::build::kept(&self.axes, ndim)
    }
}

/// The first stage of a scan in blocks: a reduction of each block.
pub struct Totals {
    /// The axis.
    pub axis: usize,
    /// What makes results of totals.
    pub scan: Scan,
    /// Where they lie.
    pub slot: usize,
}

/// A product of blocks. The grid is over the result.
pub struct ContractWork {
    /// Left operand `(batch…, rows…, summed…)`.
    pub a: Operand,
    /// Right operand `(batch…, summed…, columns…)`.
    pub b: Operand,
    /// Number of batch axes.
    pub batch: usize,
    /// Number of axes of the result that are the left operand's.
    pub rows: usize,
    /// Lengths of the summed axes.
    pub summed: Dims<u64>,
    /// Lengths of the summed axes that are multiplied at once.
    pub step: Dims<u64>,
    /// Lengths of a block of the result, before cells are cut to fit a budget.
    pub block: Dims<u64>,
    /// Dtype of operands and result.
    pub dtype: DType,
    /// Where the result goes.
    pub dests: Vec<Dest>,
}

impl ContractWork {
    /// The part of the summed axes that is multiplied first.
    pub fn first(&self) -> Region {
        Region(self.summed.iter().zip(&self.step).map(|(&n, &s)| Range::new(0, s.min(n))).collect())
    }

    /// The regions of both operands that are multiplied for a cell of the result and a part of the summed axes.
    pub fn operands(&self, cell: &Region, summed: &Region) -> [Region; 2] {
        let (batch, rows, columns) = (&cell.0[..self.batch], &cell.0[self.batch..self.rows], &cell.0[self.rows..]);
        [[batch, rows, &summed.0].concat(), [batch, &summed.0, columns].concat()].map(|r| Region(r.into()))
    }

    /// What must be made for those regions.
    pub fn wants(&self, operands: &[Region; 2]) -> [(usize, Region); 2] {
        [(self.a.step, self.a.map.apply(&operands[0])), (self.b.step, self.b.map.apply(&operands[1]))]
    }
}

//! Sorting by merging: one pass over the elements writes them as sorted runs to disk, and whoever reads the result merges
//! the parts of all runs that the region takes.

use std::any::Any;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab_base::{ArraySink, Dims, Result, show_bytes};
use hyperslab_ops::block::order::ORDER_BYTES;
use hyperslab_plan::Expr;

use super::runs::{Column, Columns, RunSink, Runs};
use super::{LARGE, Node, Pass, Passes, Room, called, in_order_of, in_place_of};
use crate::spill::SpillFile;

/// Block of what is written as it comes, to be put in order later.
const PLAIN_BLOCK: u64 = 256 << 10;

/// Sorting one array, and others by it.
#[derive(Debug)]
struct Sorting {
    what: Order,
    state: State,
}

/// An array in order.
#[derive(Clone, Debug)]
struct Order {
    keys: Expr,
    columns: Columns,
    /// What is put in the order of the keys.
    companion: Option<Expr>,
    runs: Arc<Runs>,
}

/// Arrays that were sorted, for computations that follow each other and need the same ones: lengths that depend on
/// values are found out before what has them is computed. Their files live as long as this.
#[derive(Debug, Default)]
pub struct Sorted(Mutex<Vec<Order>>);

impl Sorted {
    /// The sorted array that has such a column.
    fn find(&self, keys: &Expr, column: Column, companion: Option<&Expr>) -> Option<Order> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |l: &&Order| match column {
            Column::Keys => true,
            Column::Indices => l.columns.indices,
            Column::Companion => l.companion.as_ref() == companion,
        };
        all.iter().filter(|l| l.keys == *keys).find(has).cloned()
    }
}

#[derive(Debug)]
enum State {
    New,
    CompanionWritten(Arc<SpillFile>),
    Merging,
    /// By a computation before.
    Done,
}

/// Sorts and partitions of one long lane, the indices that sort it, and arrays taken by such indices.
pub(super) fn take(node: &Node<'_>, room: Room, to: &mut Vec<Box<dyn Passes>>) -> Result<Option<Expr>> {
    let e = node.expr;
    if e.ndim() != 1 {
        return Ok(None);
    }
    let (keys, column) = match called(e) {
        Some("sort" | "partition") => (e.input(0), Column::Keys),
        Some("argsort" | "argpartition") if node.users.taking < node.users.all => (e.input(0), Column::Indices),
        Some("take_along_axis") => match in_order_of(e) {
            Some(keys) if keys == e.input(0) => (keys, Column::Keys),
            Some(keys) => (keys, Column::Companion),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    // A lane is held sorted and not, with its order.
    let order = if column == Column::Keys { 0 } else { 8 + ORDER_BYTES };
    if keys.size().saturating_mul(2 * keys.dtype.itemsize() as u64 + order) <= room.memory / LARGE {
        return Ok(None);
    }
    let keys = node.made.get(keys).unwrap_or(keys).clone();
    let mut known = to.iter_mut().filter_map(|p| (&mut **p as &mut dyn Any).downcast_mut::<Sorting>());
    let can = |s: &Sorting| column == Column::Keys || s.what.columns.indices || !matches!(s.state, State::Done);
    let alone = |s: &Sorting| s.what.keys == keys && s.what.companion.is_none() && column != Column::Companion;
    if let Some(Sorting { what, .. }) = known.find(|s| alone(s) && can(s)) {
        what.columns.indices |= column == Column::Indices;
        return in_place_of(e, what.runs.column(column, e.dtype)).map(Some);
    }
    let companion = (column == Column::Companion).then(|| node.input(0));
    let (what, state) = match node.left.and_then(|left| left.find(&keys, column, companion.as_ref())) {
        Some(found) => (found, State::Done),
        None => {
            let runs = Arc::new(Runs::new(keys.dtype, keys.shape[0], room));
            let beside = companion.as_ref().map(|c| c.dtype);
            let columns = Columns { indices: column == Column::Indices, companion: beside };
            (Order { keys, columns, companion, runs }, State::New)
        }
    };
    let source = in_place_of(e, what.runs.column(column, e.dtype))?;
    to.push(Box::new(Sorting { what, state }));
    Ok(Some(source))
}

impl Passes for Sorting {
    fn describe(&self) -> String {
        let beside = match (&self.what.companion, self.what.columns.indices) {
            (Some(c), _) => format!(" with {}", c.dtype),
            (None, true) => " with indices".into(),
            (None, false) => String::new(),
        };
        let runs = self.what.runs.expected();
        format!(
            "sort {} of {}{beside}: {runs} run(s), {} on disk",
            self.what.runs.len(),
            self.what.keys.dtype,
            show_bytes(self.disk())
        )
    }

    fn leave(&self, to: &Sorted) {
        let mut all = to.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.iter().any(|o| Arc::ptr_eq(&o.runs, &self.what.runs)) {
            all.push(self.what.clone());
        }
    }

    fn held(&self) -> u64 {
        self.what.runs.held_bytes()
    }

    fn disk(&self) -> u64 {
        let plain = self.what.companion.as_ref().map_or(0, |c| c.nbytes());
        self.what.runs.disk_bytes(&self.what.columns).saturating_add(plain)
    }

    fn next(&mut self, directory: &Path) -> Result<Option<Pass>> {
        let held = self.held();
        let (companion, plain) = match (&self.state, &self.what.companion) {
            (State::New, Some(c)) => (Some(c.clone()), None),
            (State::New, None) => (None, None),
            (State::CompanionWritten(file), _) => (None, Some(Arc::clone(file))),
            (State::Merging, _) => {
                self.what.runs.complete()?;
                self.state = State::Done;
                return Ok(None);
            }
            (State::Done, _) => return Ok(None),
        };
        if let Some(operand) = companion {
            let block: Dims<u64> = [PLAIN_BLOCK / operand.dtype.itemsize().max(1) as u64].into_iter().collect();
            let file = Arc::new(SpillFile::create(directory, operand.dtype, &operand.shape, &block)?);
            let sink: Arc<dyn ArraySink> = Arc::clone(&file) as _;
            self.state = State::CompanionWritten(file);
            return Ok(Some(Pass { operand, sink, held }));
        }
        self.what.runs.begin(&self.what.columns, directory)?;
        self.state = State::Merging;
        let sink: Arc<dyn ArraySink> = Arc::new(RunSink::new(Arc::clone(&self.what.runs), plain));
        Ok(Some(Pass { operand: self.what.keys.clone(), sink, held }))
    }
}

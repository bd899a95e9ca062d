//! Immutable, hash-consed expression nodes.
//!
//! Two expressions built the same way are the same node: equality is a pointer comparison, and common
//! subexpressions cost nothing. A node's size does not depend on how many chunks it has.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use hyperslab_base::{ChunkGrid, DType, Dims, Error, Result, Scalar};
use hyperslab_ops::fold::{FoldParams, Reducer};
use hyperslab_ops::random::Draw;
use hyperslab_ops::scan::Scanner;
use hyperslab_ops::{Foreign, Ufunc};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::blocks::BlockCall;
use crate::source::SourceRef;
use crate::viewmap::ViewMap;

/// Handle to a node; equal handles are the same node.
#[derive(Clone)]
pub struct Expr(Arc<Node>);

impl Deref for Expr {
    type Target = Node;
    fn deref(&self) -> &Node {
        &self.0
    }
}

impl PartialEq for Expr {
    fn eq(&self, o: &Self) -> bool {
        Arc::ptr_eq(&self.0, &o.0)
    }
}

impl Eq for Expr {}

impl Hash for Expr {
    fn hash<H: Hasher>(&self, h: &mut H) {
        self.0.hash.hash(h);
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name())
    }
}

/// One operation with all that is known of its result.
pub struct Node {
    /// The operation.
    pub kind: Kind,
    inputs: Inputs,
    /// Shape of the result.
    pub shape: Dims<u64>,
    /// Dtype of the result.
    pub dtype: DType,
    /// Declared chunks of the result.
    pub chunks: ChunkGrid,
    hash: u64,
}

/// A row of the ufunc table, compared by name, and the name that floating-point warnings have for what it does: that of
/// the operation which was asked for, of which rules may have made a cheaper one; none where NumPy gives no warnings.
#[derive(Clone, Copy)]
pub struct UfuncRef(pub &'static Ufunc, pub Option<&'static str>);

/// Functions that NumPy's warnings name and that are several operations here.
const SEVERAL: &[&str] = &["divmod", "matmul", "dot"];

/// The name by which warnings call an operation.
///
/// # Errors
/// `Unsupported` for one that no operation has.
pub fn told_name(name: &str) -> Result<&'static str> {
    let row = || hyperslab_ops::find(name).map(|row| row.name);
    let known = SEVERAL.iter().find(|several| **several == name).copied().or_else(row);
    known.ok_or_else(|| Error::unsupported(format!("there is no ufunc {name:?}")))
}

/// A row of the reduction table, compared by name.
#[derive(Clone, Copy)]
pub struct ReducerRef(pub &'static Reducer);

/// A row of the table of scans, compared by name.
#[derive(Clone, Copy)]
pub struct ScannerRef(pub &'static Scanner);

/// A loop of another library's ufunc, compared by its name and what tells it from others.
#[derive(Clone)]
pub struct ForeignRef(pub Arc<dyn Foreign>);

macro_rules! compare_by {
    ($t:ty, $s:ident => $key:expr) => {
        impl PartialEq for $t {
            fn eq(&self, o: &Self) -> bool {
                let key = |$s: &Self| $key;
                key(self) == key(o)
            }
        }
        impl Eq for $t {}
        impl Hash for $t {
            fn hash<H: Hasher>(&self, h: &mut H) {
                let $s = self;
                $key.hash(h);
            }
        }
    };
}
compare_by!(UfuncRef, s => (s.0.name, s.1));
compare_by!(ReducerRef, s => s.0.name);
compare_by!(ScannerRef, s => s.0.name);
compare_by!(ForeignRef, s => (s.0.row(), s.0.params()));

/// What is done to each element.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum MapOp {
    /// A ufunc; its inputs already have the dtypes of one of its loops.
    Ufunc(UfuncRef),
    /// A ufunc of another library; its inputs already have the dtypes of the loop.
    Foreign(ForeignRef),
    /// Conversion to the node's dtype, as `astype` does it.
    Cast,
    /// Random numbers: input 0 holds the positions, the others the parameters of the distribution.
    Random(Draw),
}

/// Operands of a node, in order.
pub type Inputs = SmallVec<[Expr; 3]>;

/// The kinds of node, with their parameters; what they are done to are the node's inputs.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Elements from storage or memory.
    Source(SourceRef),
    /// The same value everywhere.
    Fill(Scalar),
    /// `start + i * step` along one dimension.
    Arange {
        /// First value.
        start: Scalar,
        /// Difference of two values.
        step: Scalar,
    },
    /// Elementwise operation on inputs of the shape of its result.
    Map {
        /// What is done.
        op: MapOp,
    },
    /// Slice, transpose, flip, broadcast, new and dropped axes of the input: any affine map of indices.
    View {
        /// Where each axis of the input is looked at.
        map: ViewMap,
    },
    /// The input's elements in C order, in another shape.
    Reshape,
    /// Listed positions along one axis of the input.
    Gather {
        /// The axis.
        axis: usize,
        /// Positions, all within bounds.
        indices: Arc<[u64]>,
    },
    /// Inputs of one dtype, one after the other along one axis.
    Concat {
        /// The axis.
        axis: usize,
    },
    /// Reduction of the input, which has the dtype that the reduction folds, along axes that are dropped.
    Reduce {
        /// Which reduction.
        reducer: ReducerRef,
        /// Sorted axes.
        axes: Dims<usize>,
        /// Its parameters.
        params: FoldParams,
    },
    /// Running reduction along one axis, which stays, of an input of the dtype of the results.
    Scan {
        /// Which scan.
        scanner: ScannerRef,
        /// The axis.
        axis: usize,
    },
    /// Matrix product of two stacks of one dtype: `(batch…, rows…, k…) × (batch…, k…, columns…) → (batch…, rows…, columns…)`.
    Contract {
        /// Number of leading axes shared by both and kept.
        batch: usize,
        /// Number of axes summed over: the last of the left input, those after the batch in the right one.
        summed: usize,
    },
    /// An operation on blocks.
    Block {
        /// The operation.
        call: BlockCall,
    },
    /// The input's elements with other declared chunks.
    Rechunk,
}

impl Kind {
    /// Short name for printing: the ufunc's, the reduction's, or the kind's.
    pub fn label(&self) -> &'static str {
        match self {
            Kind::Source(_) => "source",
            Kind::Fill(_) => "fill",
            Kind::Arange { .. } => "arange",
            Kind::Map { op: MapOp::Ufunc(u) } => u.0.name,
            Kind::Map { op: MapOp::Foreign(f) } => f.0.row(),
            Kind::Map { op: MapOp::Cast } => "astype",
            Kind::Map { op: MapOp::Random(draw) } => draw.row.name,
            Kind::View { .. } => "view",
            Kind::Reshape => "reshape",
            Kind::Gather { .. } => "gather",
            Kind::Concat { .. } => "concatenate",
            Kind::Reduce { reducer, .. } => reducer.0.name,
            Kind::Scan { scanner, .. } => scanner.0.name,
            Kind::Contract { .. } => "contract",
            Kind::Block { call } => call.op().row(),
            Kind::Rechunk => "rechunk",
        }
    }
}

impl Node {
    /// Name made of the operation and a hash of the whole expression: equal for equal expressions. Sources may have been
    /// given one.
    pub fn name(&self) -> String {
        if let Kind::Source(s) = &self.kind
            && let Some(name) = s.name()
        {
            return name.to_string();
        }
        format!("{}-{:016x}", self.kind.label(), self.hash)
    }

    /// Inputs, in order.
    pub fn inputs(&self) -> &[Expr] {
        &self.inputs
    }

    /// The operation and what it is done to.
    pub fn parts(&self) -> (&Kind, &[Expr]) {
        (&self.kind, &self.inputs)
    }

    /// Input number `k`.
    ///
    /// # Panics
    /// When there are not as many.
    pub fn input(&self, k: usize) -> &Expr {
        &self.inputs[k]
    }

    /// Number of elements.
    pub fn size(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Bytes of the result.
    pub fn nbytes(&self) -> u64 {
        self.shape.iter().product::<u64>().saturating_mul(self.dtype.itemsize() as u64)
    }
}

/// Nodes alive, by hash. Buckets are nearly always of one node.
type Table = FxHashMap<u64, SmallVec<[Weak<Node>; 1]>>;

static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

impl Expr {
    /// The node of that kind, made when there is none yet. Inference is the caller's: see [`crate::build`].
    pub(crate) fn intern(kind: Kind, inputs: Inputs, shape: Dims<u64>, dtype: DType, chunks: ChunkGrid) -> Expr {
        debug_assert_eq!(shape.as_slice(), chunks.shape().as_slice(), "chunks of another shape");
        let mut h = DefaultHasher::new();
        (&kind, &inputs, &shape, dtype, &chunks).hash(&mut h);
        let hash = h.finish();
        // Upgraded handles may be the last ones and must not drop while the table is locked.
        let mut strangers: SmallVec<[Expr; 1]> = SmallVec::new();
        let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = table.entry(hash).or_default();
        for weak in bucket.iter() {
            if let Some(node) = weak.upgrade() {
                let e = Expr(node);
                let same = e.kind == kind && e.inputs == inputs && e.dtype == dtype && e.shape == shape;
                if same && e.chunks == chunks {
                    drop(table);
                    return e;
                }
                strangers.push(e);
            }
        }
        let node = Arc::new(Node { kind, inputs, shape, dtype, chunks, hash });
        bucket.push(Arc::downgrade(&node));
        drop(table);
        Expr(node)
    }

    /// The same node over other inputs, in order; inputs must have the shapes and dtypes of the old ones.
    pub fn with_inputs(&self, inputs: &[Expr]) -> Expr {
        let alike = |(old, new): (&Expr, &Expr)| (&old.shape, old.dtype) == (&new.shape, new.dtype);
        debug_assert!(self.inputs.iter().zip(inputs).all(alike), "replaced by another array");
        if *self.inputs == *inputs {
            return self.clone();
        }
        Expr::intern(self.kind.clone(), inputs.into(), self.shape.clone(), self.dtype, self.chunks.clone())
    }

    /// Number of dimensions.
    pub fn ndim(&self) -> usize {
        self.shape.len()
    }

    /// Address of the node, for maps keyed by identity.
    pub fn id(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let mut table = TABLE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = table.get_mut(&self.hash) {
            bucket.retain(|w| w.strong_count() > 0);
            if bucket.is_empty() {
                table.remove(&self.hash);
            }
        }
        drop(table);
        // Long chains are taken apart in a loop: recursion would overflow the stack.
        let mut stack = std::mem::take(&mut self.inputs);
        while let Some(e) = stack.pop() {
            if let Some(mut node) = Arc::into_inner(e.0) {
                stack.append(&mut node.inputs);
            }
        }
    }
}

/// Every node that the roots need, inputs before their users, each once.
pub fn postorder(roots: &[Expr]) -> Vec<Expr> {
    let mut seen = FxHashSet::default();
    let mut out = Vec::new();
    let mut stack: Vec<(Expr, bool)> = roots.iter().rev().map(|e| (e.clone(), false)).collect();
    while let Some((e, expanded)) = stack.pop() {
        if expanded {
            out.push(e);
        } else if seen.insert(e.id()) {
            let inputs = e.inputs.clone();
            stack.push((e, true));
            stack.extend(inputs.into_iter().rev().map(|i| (i, false)));
        }
    }
    out
}

//! Tile programs: a fused elementwise expression as a short list of kernel calls over registers.

use std::sync::Arc;

use hyperslab_base::{DType, Dims, Error, Result, Scalar};
use hyperslab_ops::random::Draw;
use hyperslab_ops::scan::Scan;
use hyperslab_ops::{Chain, Foreign, Kernel, Link, OPERANDS, cast_kernel};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::lower::Reason;
use crate::lower::grid::Grid;
use crate::lower::joins::join_calls;
use crate::lower::lines::Lines;
use crate::lower::scans::{Scans, cut_scans};
use crate::lower::tuning::Tuning;
use crate::node::{Expr, Kind, MapOp};
use crate::viewmap::ViewMap;

/// Where a kernel's operand lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arg {
    /// An input of the program.
    Leaf(usize),
    /// A register.
    Reg(usize),
}

/// An input of a program: a constant, or a base array looked at through an affine map of the program's space.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// One value.
    Const(Scalar),
    /// Base number `base`, through `map`.
    Base {
        /// Index into [`Program::bases`].
        base: usize,
        /// From positions of the space to positions of the base.
        map: ViewMap,
    },
    /// Multiples of the indices of the space.
    Lines(Lines),
}

/// What an instruction calls.
#[derive(Clone)]
pub enum Call {
    /// A kernel: elements of one tile, each for itself.
    Kernel(Kernel),
    /// A loop of another library, likewise.
    Foreign(Arc<dyn Foreign>),
    /// Several operations, as a kernel. Constants among its operands are read from memory of their own.
    Chain(Chain),
    /// Random numbers at the positions that operand 0 holds.
    Random(Draw),
    /// A scan along an axis of the space, which goes on from tile to tile.
    Scan {
        /// The scan.
        scan: Scan,
        /// The axis.
        axis: usize,
        /// The node, by which its cut is known.
        of: Expr,
    },
}

/// Which scans run inside a program. They need a grid whose cells are single blocks along their axis.
#[derive(Clone, Copy)]
pub enum Streams<'a> {
    /// None: the program is run for any region.
    None,
    /// Those that agree on a grid, which is chosen afterwards.
    Any,
    /// Those that a grid suits.
    On(&'a Grid),
}

/// Names of the operations that a call does, in order.
pub type Names = SmallVec<[&'static str; 1]>;

/// Operands of a call.
pub type Operands = SmallVec<[Arg; OPERANDS]>;

/// What floating-point warnings look at of a call.
#[derive(Clone, Default)]
pub struct Told {
    /// The operation, as warnings call it; none where there are none.
    pub name: Option<&'static str>,
    /// Its row of the table; none for casts.
    pub row: Option<&'static str>,
    /// Dtypes of its operands.
    pub ins: SmallVec<[DType; 3]>,
    /// The operations of a chain, one by one.
    pub links: Vec<ToldLink>,
}

/// One operation of a chain.
#[derive(Clone, Copy)]
pub struct ToldLink {
    /// What it does.
    pub link: Link,
    /// Its operands, by number, as chains have them.
    pub own: [usize; 2],
    /// What warnings call it; none where there are none.
    pub name: Option<&'static str>,
    /// The same of a product that it computes first.
    pub product: Option<&'static str>,
}

/// One call per tile.
#[derive(Clone)]
pub struct Instr {
    /// What it does.
    pub names: Names,
    /// Dtype of the result.
    pub dtype: DType,
    /// What is called.
    pub call: Call,
    /// Its operands.
    pub ins: Operands,
    /// Register it writes.
    pub out: usize,
    /// What warnings look at.
    pub told: Told,
}

impl Told {
    fn of(name: Option<&'static str>, row: Option<&'static str>, inputs: &[Expr]) -> Told {
        Told { name, row, ins: inputs.iter().map(|i| i.dtype).collect(), links: Vec::new() }
    }
}

/// A fused elementwise expression over a space of indices.
#[derive(Clone, Default)]
pub struct Program {
    /// Inputs.
    pub leaves: Vec<Leaf>,
    /// Dtype of each input.
    pub leaf_dtypes: Vec<DType>,
    /// Arrays that the inputs look at; none of them is a view.
    pub bases: Vec<Expr>,
    /// Kernel calls, in order.
    pub instrs: Vec<Instr>,
    /// Itemsize of each register.
    pub registers: Vec<usize>,
    /// Axes that scans inside the program run along, with the length that cells must have there.
    pub cuts: SmallVec<[(usize, u64); 1]>,
    /// Where each root's tile lies when all calls are done.
    pub roots: Vec<Arg>,
    /// Sizes of its tiles.
    pub tuning: Tuning,
}

/// What lowering knows of the whole plan while it compiles one program.
pub struct Scope {
    /// Arrays that an earlier stage leaves in memory.
    pub materialised: FxHashSet<Expr>,
    /// How scans are cut.
    pub scans: Scans,
    /// Maps and scans that several look at, some of them not element by element: computed once per task, not once for
    /// each of these.
    shared: FxHashSet<Expr>,
    /// Sizes of tiles and cells.
    pub tuning: Tuning,
}

impl Scope {
    /// Scope of a plan for those roots with those nodes, inputs before their users; reductions and products are
    /// materialised, and what is `kept`.
    pub fn new(roots: &[Expr], order: &[Expr], kept: &FxHashMap<Expr, Reason>, tuning: &Tuning) -> Self {
        let mut parents: FxHashMap<Expr, (usize, usize)> = FxHashMap::default();
        let mut materialised = FxHashSet::default();
        roots.iter().for_each(|r| parents.entry(r.clone()).or_default().1 += 1);
        for e in order {
            if matches!(e.kind, Kind::Reduce { .. } | Kind::Contract { .. }) || kept.contains_key(e) {
                materialised.insert(e.clone());
            }
            let apart = !matches!(e.kind, Kind::Map { .. } | Kind::Scan { .. } | Kind::Reduce { .. } | Kind::Rechunk);
            let views = usize::from(apart);
            for i in e.inputs() {
                let p = parents.entry(i.clone()).or_default();
                (p.0, p.1) = (p.0 + views, p.1 + 1);
            }
        }
        let shared = |(e, (views, all)): (Expr, (usize, usize))| {
            (views > 0 && all > 1 && matches!(e.kind, Kind::Map { .. } | Kind::Scan { .. })).then_some(e)
        };
        let shared = parents.into_iter().filter_map(shared).collect();
        Scope { materialised, scans: cut_scans(order, tuning), shared, tuning: *tuning }
    }

    /// Whether a map may be computed inside a program that reaches it through `map`.
    fn fuses(&self, e: &Expr, map: &ViewMap, space: &[u64]) -> bool {
        !self.shared.contains(e) && (map.is_identity(&e.shape, space) || map.repeated(space.len()).is_empty())
    }
}

/// Values while compiling: like [`Arg`], with one virtual register per instruction.
type Memo = FxHashMap<(Expr, ViewMap), Arg>;

struct Compiler<'a> {
    scope: &'a Scope,
    roots: &'a [Expr],
    /// What the program computes for others to read.
    own: &'a [Expr],
    streams: Streams<'a>,
    space: &'a [u64],
    program: Program,
    bases: FxHashMap<Expr, usize>,
    memo: Memo,
}

/// Compiles the roots, all of shape `space`, into one program. It reads what is materialised, except `own`.
///
/// # Errors
/// `Internal` when a node has no kernel for its dtypes.
pub fn compile(roots: &[Expr], own: &[Expr], space: &[u64], scope: &Scope, streams: Streams<'_>) -> Result<Program> {
    let mut c = Compiler {
        scope,
        roots,
        own,
        streams,
        space,
        program: Program { tuning: scope.tuning, ..Program::default() },
        bases: FxHashMap::default(),
        memo: Memo::default(),
    };
    for r in roots {
        let arg = c.value(r)?;
        c.program.roots.push(arg);
    }
    let mut program = c.program;
    let sizes: Vec<usize> = program.instrs.iter().map(|i| i.dtype.itemsize()).collect();
    join_calls(&mut program);
    allocate_registers(&mut program, &sizes);
    Ok(program)
}

/// What a (node, map) pair turned out to be once views and rechunks are looked through.
enum Resolved {
    Leaf(Leaf, DType),
    Call(Expr, ViewMap),
}

impl Compiler<'_> {
    /// Code for `root`, depth first with a stack of its own: expressions may be very deep.
    fn value(&mut self, root: &Expr) -> Result<Arg> {
        let start = (root.clone(), ViewMap::identity(self.space.len()));
        let mut stack = vec![(start.clone(), false)];
        while let Some((key, ready)) = stack.pop() {
            if self.memo.contains_key(&key) {
                continue;
            }
            match self.resolve(&key.0, &key.1) {
                Resolved::Leaf(leaf, dtype) => {
                    let arg = self.leaf(leaf, dtype);
                    self.memo.insert(key, arg);
                }
                Resolved::Call(e, map) => {
                    if ready {
                        let arg = self.emit(&e, &map)?;
                        self.memo.insert((e.clone(), map), arg);
                        self.memo.insert(key, arg);
                    } else {
                        stack.push((key, true));
                        let made = usize::from(self.lines(&e, &map).is_some());
                        let inputs = e.inputs().iter().skip(made);
                        stack.extend(inputs.map(|i| ((i.clone(), map.clone()), false)));
                    }
                }
            }
        }
        Ok(self.memo[&start])
    }

    fn resolve(&mut self, e: &Expr, map: &ViewMap) -> Resolved {
        let (mut e, mut map) = (e.clone(), map.clone());
        loop {
            let materialised = self.scope.materialised.contains(&e) && !self.own.contains(&e);
            let next = match &e.kind {
                _ if materialised => None,
                Kind::Fill(v) => return Resolved::Leaf(Leaf::Const(*v), e.dtype),
                Kind::Rechunk => Some((e.input(0).clone(), map.clone())),
                Kind::View { map: inner } => Some((e.input(0).clone(), inner.compose(&map))),
                Kind::Map { .. } if self.is_root(&e, &map) || self.scope.fuses(&e, &map, self.space) => {
                    return Resolved::Call(e, map);
                }
                Kind::Scan { axis, .. } if self.streams(&e, *axis, &map) => return Resolved::Call(e, map),
                _ => None,
            };
            match next {
                Some(n) => (e, map) = n,
                None => {
                    let count = self.bases.len();
                    let base = *self.bases.entry(e.clone()).or_insert(count);
                    if base == count {
                        self.program.bases.push(e.clone());
                    }
                    return Resolved::Leaf(Leaf::Base { base, map }, e.dtype);
                }
            }
        }
    }

    /// The positions of random numbers, where they are made tile by tile and not read.
    fn lines(&self, e: &Expr, map: &ViewMap) -> Option<Lines> {
        let (Kind::Map { op: MapOp::Random(_) }, inputs) = e.parts() else { return None };
        Lines::of(&inputs[0], map, self.space.len())
    }

    fn is_root(&self, e: &Expr, map: &ViewMap) -> bool {
        map.is_identity(&e.shape, self.space) && self.roots.contains(e)
    }

    fn leaf(&mut self, leaf: Leaf, dtype: DType) -> Arg {
        let same = |l: &Leaf| match (l, &leaf) {
            (Leaf::Const(a), Leaf::Const(b)) => a == b,
            (Leaf::Base { base: a, map: m }, Leaf::Base { base: b, map: n }) => a == b && m == n,
            (Leaf::Lines(a), Leaf::Lines(b)) => a == b,
            _ => false,
        };
        let at = self.program.leaves.iter().position(same).unwrap_or_else(|| {
            self.program.leaves.push(leaf.clone());
            self.program.leaf_dtypes.push(dtype);
            self.program.leaves.len() - 1
        });
        Arg::Leaf(at)
    }

    /// Whether a scan runs inside the program: its lanes are walked from their first element on, cell by cell.
    fn streams(&mut self, e: &Expr, axis: usize, map: &ViewMap) -> bool {
        let Some(cut) = self.scope.scans.get(e) else { return false };
        if !map.is_identity(&e.shape, self.space) || self.scope.shared.contains(e) {
            return false;
        }
        let cuts = &mut self.program.cuts;
        let fits = match (self.streams, cuts.iter().find(|c| c.0 == axis)) {
            (Streams::None, _) => false,
            (Streams::On(grid), _) => grid.extent[axis] == cut.block && grid.phase[axis] == 0,
            (Streams::Any, Some(known)) => known.1 == cut.block,
            (Streams::Any, None) => {
                let cell = cuts.iter().map(|c| c.1).product::<u64>().saturating_mul(cut.block);
                cuts.is_empty() || cell.saturating_mul(e.dtype.itemsize() as u64) <= self.scope.tuning.largest_cell
            }
        };
        if fits && !cuts.contains(&(axis, cut.block)) {
            cuts.push((axis, cut.block));
        }
        fits
    }

    fn emit(&mut self, e: &Expr, map: &ViewMap) -> Result<Arg> {
        let inputs = e.inputs();
        let call = match &e.kind {
            Kind::Map { op: MapOp::Cast } => Call::Kernel(cast_kernel(inputs[0].dtype, e.dtype)?),
            Kind::Map { op: MapOp::Ufunc(u) } => {
                Call::Kernel(u.0.kernel(&inputs.iter().map(|i| i.dtype).collect::<SmallVec<[DType; 3]>>())?)
            }
            Kind::Map { op: MapOp::Foreign(f) } => Call::Foreign(Arc::clone(&f.0)),
            Kind::Map { op: MapOp::Random(draw) } => Call::Random(*draw),
            Kind::Scan { scanner, axis, .. } => {
                Call::Scan { scan: scanner.0.scan(e.dtype)?, axis: *axis, of: e.clone() }
            }
            kind => return Err(Error::internal(format!("{} is no call of a program", kind.label()))),
        };
        let made = self.lines(e, map).map(|lines| self.leaf(Leaf::Lines(lines), DType::UInt64));
        let others = inputs.iter().skip(made.iter().len()).map(|i| self.memo[&(i.clone(), map.clone())]);
        let ins = made.into_iter().chain(others).collect();
        let out = self.program.instrs.len();
        let told = match &e.kind {
            Kind::Map { op: MapOp::Ufunc(u) } => Told::of(u.1, Some(u.0.name), inputs),
            Kind::Map { op: MapOp::Foreign(f) } => Told::of(Some(f.0.row()), None, inputs),
            Kind::Map { op: MapOp::Cast } => Told::of(Some("cast"), None, inputs),
            Kind::Scan { scanner, .. } => Told::of(Some("accumulate"), Some(scanner.0.name), inputs),
            _ => Told::default(),
        };
        self.program.instrs.push(Instr { names: [e.kind.label()].into(), dtype: e.dtype, call, ins, out, told });
        Ok(Arg::Reg(out))
    }
}

/// Gives virtual registers (one per instruction) physical ones, reused as soon as their value is dead.
fn allocate_registers(p: &mut Program, sizes: &[usize]) {
    let mut last_use = vec![0; sizes.len()];
    for (i, instr) in p.instrs.iter().enumerate() {
        for a in &instr.ins {
            if let Arg::Reg(r) = a {
                last_use[*r] = i;
            }
        }
    }
    for a in &p.roots {
        if let Arg::Reg(r) = a {
            last_use[*r] = usize::MAX;
        }
    }
    let mut free: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let mut place = vec![usize::MAX; sizes.len()];
    let registers = &mut p.registers;
    for (i, instr) in p.instrs.iter_mut().enumerate() {
        let virt = instr.out;
        let slot = free.get_mut(&sizes[virt]).and_then(Vec::pop).unwrap_or_else(|| {
            registers.push(sizes[virt]);
            registers.len() - 1
        });
        place[virt] = slot;
        instr.out = slot;
        let mut dead: SmallVec<[usize; 3]> = SmallVec::new();
        for a in &mut instr.ins {
            if let Arg::Reg(r) = a {
                if last_use[*r] == i && !dead.contains(r) {
                    dead.push(*r);
                }
                *a = Arg::Reg(place[*r]);
            }
        }
        for r in dead {
            free.entry(sizes[r]).or_default().push(place[r]);
        }
    }
    for a in &mut p.roots {
        if let Arg::Reg(r) = a {
            *a = Arg::Reg(place[*r]);
        }
    }
}

/// How often a tile asks for memory: what is asked for at once should be no more than a processor keeps track of.
const ASKS: usize = 4;

impl Program {
    /// A loop of another library among its calls.
    pub fn foreign(&self) -> Option<&dyn Foreign> {
        self.instrs.iter().find_map(|i| match &i.call {
            Call::Foreign(f) => Some(&**f),
            _ => None,
        })
    }

    /// Bytes of the largest element of a register or input.
    fn widest(&self) -> usize {
        let leaves = self.leaf_dtypes.iter().map(|d| d.itemsize());
        self.registers.iter().copied().chain(leaves).max().unwrap_or(1)
    }

    /// Elements of a tile, at most.
    pub fn tile(&self) -> usize {
        let together = self.tuning.registers_bytes / self.registers.iter().sum::<usize>().max(1);
        (self.tuning.register_bytes / self.widest()).min(together).max(self.tall_tile()).max(self.column_tile())
    }

    /// Elements of the largest tile of a region of so many: a small one has no use for whole tiles.
    pub fn room(&self, elements: u64) -> usize {
        usize::try_from(elements).map_or(self.tile(), |elements| elements.min(self.tile()))
    }

    /// Elements of a tall tile: some input's memory runs along the rows, and every column is asked for by itself.
    pub fn tall_tile(&self) -> usize {
        if self.instrs.is_empty() { self.tuning.plain_tile } else { (self.tuning.tall_bytes / self.widest()).max(1) }
    }

    /// Elements of a tile whose columns are folded or scanned: several short rows, far apart in memory, which is asked
    /// for a tile at a time.
    pub fn column_tile(&self) -> usize {
        (self.tuning.column_bytes / self.widest()).max(1)
    }

    /// Calls that each instruction computes a tile in: before each of them memory is asked for.
    pub fn pieces(&self) -> usize {
        (ASKS / self.instrs.len().max(1)).max(1)
    }

    /// Bytes that one element of every input takes: what a task moves per element. Views of one array that only lie
    /// beside each other are one input: they share all but the edges.
    pub fn bytes_per_element(&self) -> u64 {
        // Per axis of the base: the axis of the space that moves along it, and how far.
        type Moves = Dims<(Option<usize>, i64)>;
        let mut seen: FxHashSet<(usize, Moves)> = FxHashSet::default();
        let mut size = |(l, d): (&Leaf, &DType)| match l {
            Leaf::Base { base, map } if seen.insert((*base, map.0.iter().map(|a| (a.out, a.step)).collect())) => {
                d.itemsize() as u64
            }
            // As much work as an element that is read.
            Leaf::Lines(_) => d.itemsize() as u64,
            _ => 0,
        };
        self.leaves.iter().zip(&self.leaf_dtypes).map(&mut size).sum()
    }

    /// The kernel calls, for plans: `add log`, and `multiply+add` where one call does both.
    pub fn listing(&self) -> String {
        self.instrs.iter().map(|i| i.names.join("+")).collect::<Vec<_>>().join(" ")
    }
}

//! Plans as bytes, and back.
//!
//! Nodes are a list, inputs before their users, each once: what is shared stays shared, and nothing recurses. What a plan
//! only refers to, sources and operations that are not in a list of ours, its caller packs and unpacks.

use std::sync::Arc;

use hyperslab_base::{ArraySource, Dims, Error, Meta, Result, ResultExt, Scalar, Token, checked_nbytes, show_shape};
use hyperslab_ops::Foreign;
use hyperslab_ops::block::{self, BlockOp};
use hyperslab_ops::fold::{self, FoldParams};
use hyperslab_ops::random::{self, Draw, Stream};
use hyperslab_ops::scan;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::blocks::BlockCall;
use crate::build;
use crate::node::{Expr, ForeignRef, Kind, MapOp, ReducerRef, ScannerRef, UfuncRef, postorder, told_name};
use crate::source::SourceRef;
use crate::viewmap::ViewMap;

/// The form of the bytes; another one is refused.
const FORM: u16 = 2;

/// Puts into bytes what plans refer to.
pub trait Pack {
    /// A source.
    ///
    /// # Errors
    /// `Unsupported` where it cannot be made again elsewhere.
    fn source(&mut self, source: &Arc<dyn ArraySource>) -> Result<Vec<u8>>;

    /// An operation on blocks that is not in the list of [`hyperslab_ops::block`].
    ///
    /// # Errors
    /// `Unsupported` where it cannot be made again elsewhere.
    fn operation(&mut self, op: &Arc<dyn BlockOp>) -> Result<Vec<u8>>;

    /// A loop of another library's ufunc.
    ///
    /// # Errors
    /// `Unsupported` where it cannot be found again elsewhere.
    fn foreign(&mut self, ufunc: &Arc<dyn Foreign>) -> Result<Vec<u8>> {
        Err(Error::unsupported(format!("{} cannot be found again elsewhere", ufunc.row())))
    }

    /// Whether sources keep their tokens and names, by which what is made again is equal to them. Without, the bytes are the
    /// same for the same plan over the same sources in every process.
    fn keeps_identity(&self) -> bool {
        true
    }
}

/// Makes again what [`Pack`] put into bytes.
pub trait Unpack {
    /// A source.
    ///
    /// # Errors
    /// `Io` where it is not there any more or not what it was.
    fn source(&mut self, packed: &[u8]) -> Result<Arc<dyn ArraySource>>;

    /// An operation on blocks.
    ///
    /// # Errors
    /// `Value` for bytes that are none.
    fn operation(&mut self, packed: &[u8]) -> Result<Arc<dyn BlockOp>>;

    /// A loop of another library's ufunc.
    ///
    /// # Errors
    /// `Value` for bytes that are none.
    fn foreign(&mut self, _packed: &[u8]) -> Result<Arc<dyn Foreign>> {
        Err(Error::value("a ufunc of a library that is not here"))
    }
}

#[derive(Serialize, Deserialize)]
struct Encoded {
    form: u16,
    nodes: Vec<Record>,
    roots: Vec<u32>,
}

/// A node; inputs are numbers of nodes before it.
#[derive(Serialize, Deserialize)]
struct Record {
    op: Op,
    inputs: SmallVec<[u32; 3]>,
    meta: Meta,
}

/// [`Kind`] without its inputs, rows of tables by their names.
#[derive(Serialize, Deserialize)]
enum Op {
    Source { packed: Vec<u8>, token: Token, name: Option<String> },
    Fill(Scalar),
    Arange { start: Scalar, step: Scalar },
    Ufunc { name: String, told: Option<String> },
    Cast,
    Random { distribution: String, stream: Stream },
    View(ViewMap),
    Reshape,
    Gather { axis: usize, indices: Vec<u64> },
    Concat { axis: usize },
    Reduce { reducer: String, axes: Dims<usize>, params: FoldParams },
    Scan { scanner: String, axis: usize },
    Contract { batch: usize, summed: usize },
    Block { op: Operation, ins: Vec<Meta>, output: usize },
    Rechunk,
    Foreign(Vec<u8>),
}

#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Operation {
    Listed { row: String, params: Vec<u8> },
    Packed(Vec<u8>),
}

/// The roots as bytes.
///
/// # Errors
/// What `pack` fails with.
pub fn encode(roots: &[Expr], pack: &mut dyn Pack) -> Result<Vec<u8>> {
    let order = postorder(roots);
    let mut number: FxHashMap<&Expr, u32> = FxHashMap::default();
    let mut nodes = Vec::with_capacity(order.len());
    for e in &order {
        let inputs = e.inputs().iter().map(|i| number[i]).collect();
        let meta = Meta { shape: e.shape.clone(), dtype: e.dtype, chunks: e.chunks.clone() };
        number.insert(e, u32::try_from(nodes.len()).map_err(|_| Error::unsupported("plans of 2³² nodes"))?);
        nodes.push(Record { op: op_of(&e.kind, pack)?, inputs, meta });
    }
    let roots = roots.iter().map(|r| number[r]).collect();
    postcard::to_allocvec(&Encoded { form: FORM, nodes, roots }).map_err(|e| Error::internal(format!("encoding: {e}")))
}

fn op_of(kind: &Kind, pack: &mut dyn Pack) -> Result<Op> {
    Ok(match kind {
        Kind::Source(s) => {
            let packed = pack.source(&s.shared())?;
            if !pack.keeps_identity() {
                return Ok(Op::Source { packed, token: Token::of(&""), name: None });
            }
            Op::Source { packed, token: s.token(), name: s.name().map(str::to_string) }
        }
        Kind::Fill(value) => Op::Fill(*value),
        Kind::Arange { start, step } => Op::Arange { start: *start, step: *step },
        Kind::Map { op: MapOp::Ufunc(u) } => Op::Ufunc { name: u.0.name.into(), told: u.1.map(String::from) },
        Kind::Map { op: MapOp::Foreign(f) } => Op::Foreign(pack.foreign(&f.0)?),
        Kind::Map { op: MapOp::Cast } => Op::Cast,
        Kind::Map { op: MapOp::Random(draw) } => Op::Random { distribution: draw.row.name.into(), stream: draw.stream },
        Kind::View { map } => Op::View(map.clone()),
        Kind::Reshape => Op::Reshape,
        Kind::Gather { axis, indices } => Op::Gather { axis: *axis, indices: indices.to_vec() },
        Kind::Concat { axis } => Op::Concat { axis: *axis },
        Kind::Reduce { reducer, axes, params } => {
            Op::Reduce { reducer: reducer.0.name.into(), axes: axes.clone(), params: *params }
        }
        Kind::Scan { scanner, axis } => Op::Scan { scanner: scanner.0.name.into(), axis: *axis },
        Kind::Contract { batch, summed } => Op::Contract { batch: *batch, summed: *summed },
        Kind::Block { call } => {
            let op = call.shared_op();
            let op = match block::is_listed(op.row()) {
                true => Operation::Listed { row: op.row().into(), params: op.params() },
                false => Operation::Packed(pack.operation(op)?),
            };
            Op::Block { op, ins: call.ins().to_vec(), output: call.output }
        }
        Kind::Rechunk => Op::Rechunk,
    })
}

/// The roots that bytes stand for. Nodes that this process has already are those.
///
/// # Errors
/// `Value` for bytes that are no plan; what `unpack` fails with.
pub fn decode(bytes: &[u8], unpack: &mut dyn Unpack) -> Result<Vec<Expr>> {
    let broken = |e: postcard::Error| Error::value(format!("these bytes are no plan: {e}"));
    let (form, _) = postcard::take_from_bytes::<u16>(bytes).map_err(broken)?;
    if form != FORM {
        return Err(Error::value(format!("a plan in form {form}; this version of hyperslab reads form {FORM}")));
    }
    let encoded: Encoded = postcard::from_bytes(bytes).map_err(broken)?;
    let mut decoder = Decoder { unpack, calls: FxHashMap::default(), nodes: Vec::with_capacity(encoded.nodes.len()) };
    for (at, record) in encoded.nodes.into_iter().enumerate() {
        let node = decoder.node(record).with_context(|| format!("node {at} of an encoded plan"))?;
        decoder.nodes.push(node);
    }
    decoder.inputs(&encoded.roots)
}

/// What makes nodes of records.
struct Decoder<'a> {
    unpack: &'a mut dyn Unpack,
    /// Outputs of block operations, which share what is known of the operation.
    calls: FxHashMap<(Operation, Vec<u32>), Vec<BlockCall>>,
    nodes: Vec<Expr>,
}

impl Decoder<'_> {
    fn inputs(&self, numbers: &[u32]) -> Result<Vec<Expr>> {
        let found = |n: &u32| self.nodes.get(*n as usize).cloned();
        numbers
            .iter()
            .map(found)
            .collect::<Option<_>>()
            .ok_or_else(|| Error::value("an encoded node has an input that is not before it"))
    }

    fn node(&mut self, record: Record) -> Result<Expr> {
        let Record { op, inputs: numbers, meta } = record;
        build::check_chunks(&meta.shape, &meta.chunks)?;
        checked_nbytes(&meta.shape, meta.dtype)?;
        let inputs = self.inputs(&numbers)?;
        let kind = match op {
            Op::Source { packed, token, name } => {
                let source = SourceRef::standing_for(self.unpack.source(&packed)?, token);
                Kind::Source(name.map_or(source.clone(), |n| source.named(&n)))
            }
            Op::Foreign(packed) => Kind::Map { op: MapOp::Foreign(ForeignRef(self.unpack.foreign(&packed)?)) },
            Op::Block { op, ins, output } => self.block(op, ins, output, &numbers, &inputs)?,
            other => kind_of(other)?,
        };
        let (shape, dtype) = build::infer(&kind, &inputs, &meta)?;
        if (&shape, dtype) != (&meta.shape, meta.dtype) {
            let (got, want) = (show_shape(&shape), show_shape(&meta.shape));
            let label = kind.label();
            return Err(Error::value(format!("{label} is {got} {dtype}, and was {want} {}", meta.dtype)));
        }
        Ok(Expr::intern(kind, inputs.into(), meta.shape, meta.dtype, meta.chunks))
    }

    fn block(
        &mut self,
        op: Operation,
        ins: Vec<Meta>,
        output: usize,
        numbers: &[u32],
        inputs: &[Expr],
    ) -> Result<Kind> {
        if ins.len() != inputs.len() || ins.iter().any(|m| *m.chunks.shape() != *m.shape) {
            return Err(Error::value("an encoded node has operands of other shapes"));
        }
        let key = (op, numbers.to_vec());
        let calls = match self.calls.get(&key) {
            Some(calls) => calls,
            None => {
                let op = match &key.0 {
                    Operation::Listed { row, params } => block::decode(row, params)?,
                    Operation::Packed(packed) => self.unpack.operation(packed)?,
                };
                let calls = BlockCall::outputs(op, ins)?;
                self.calls.entry(key).or_insert(calls)
            }
        };
        let call = calls.get(output).cloned();
        call.map(|call| Kind::Block { call })
            .ok_or_else(|| Error::value("an encoded node has an output that there is not"))
    }
}

fn row<T>(kind: &str, name: &str, found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::value(format!("there is no {kind} {name:?}")))
}

/// The operation, with the rows of the tables that it names.
fn kind_of(op: Op) -> Result<Kind> {
    Ok(match op {
        Op::Fill(value) => Kind::Fill(value),
        Op::Arange { start, step } => Kind::Arange { start, step },
        Op::Ufunc { name, told } => {
            let ufunc = row("ufunc", &name, hyperslab_ops::find(&name))?;
            Kind::Map { op: MapOp::Ufunc(UfuncRef(ufunc, told.as_deref().map(told_name).transpose()?)) }
        }
        Op::Cast => Kind::Map { op: MapOp::Cast },
        Op::Random { distribution, stream } => {
            Kind::Map { op: MapOp::Random(Draw { row: random::find(&distribution)?, stream }) }
        }
        Op::View(map) => Kind::View { map },
        Op::Reshape => Kind::Reshape,
        Op::Gather { axis, indices } => Kind::Gather { axis, indices: indices.into() },
        Op::Concat { axis } => Kind::Concat { axis },
        Op::Reduce { reducer, axes, params } => {
            let reducer = ReducerRef(row("reduction", &reducer, fold::find(&reducer))?);
            Kind::Reduce { reducer, axes, params }
        }
        Op::Scan { scanner, axis } => {
            Kind::Scan { scanner: ScannerRef(row("scan", &scanner, scan::find(&scanner))?), axis }
        }
        Op::Contract { batch, summed } => Kind::Contract { batch, summed },
        Op::Rechunk => Kind::Rechunk,
        Op::Source { .. } | Op::Block { .. } | Op::Foreign(_) => return Err(Error::internal("what a decoder unpacks")),
    })
}

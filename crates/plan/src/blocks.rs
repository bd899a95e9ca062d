//! Block operations in a plan: what one call of them makes, and what it needs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hyperslab_base::{Access, AxisAccess, DimChunks, Dims, Grain, Meta, Range, Region, Result};
use hyperslab_ops::block::BlockOp;
use smallvec::SmallVec;

use crate::viewmap::{ViewAxis, ViewMap};

/// A block operation over operands of known geometry, and which of its outputs is meant.
#[derive(Clone)]
pub struct BlockCall {
    about: Arc<About>,
    /// Number of the output.
    pub output: usize,
}

struct About {
    op: Arc<dyn BlockOp>,
    /// Operands as they were declared: their chunks are those that the operation means.
    ins: Vec<Meta>,
    outs: Vec<Meta>,
    access: Vec<Access>,
    grain: Dims<Grain>,
}

impl PartialEq for BlockCall {
    fn eq(&self, o: &Self) -> bool {
        self.output == o.output
            && (Arc::ptr_eq(&self.about, &o.about)
                || (*self.about.op == *o.about.op && self.about.ins == o.about.ins && self.about.outs == o.about.outs))
    }
}

impl Eq for BlockCall {}

impl Hash for BlockCall {
    fn hash<H: Hasher>(&self, h: &mut H) {
        (*self.about.op).hash(h);
        (&self.about.ins, self.output).hash(h);
    }
}

impl fmt::Debug for BlockCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.about.op.row(), self.output)
    }
}

/// One call: a cell of output 0.
pub struct Call {
    /// Its region of output 0.
    pub region: Region,
    /// Which declared chunk it is; 0 along axes that are not made chunk by chunk.
    pub block: Dims<u64>,
}

impl BlockCall {
    /// The outputs of an operation over operands as they are declared.
    ///
    /// # Errors
    /// What the operation raises for such operands.
    pub fn outputs(op: Arc<dyn BlockOp>, ins: Vec<Meta>) -> Result<Vec<BlockCall>> {
        let refs: Vec<&Meta> = ins.iter().collect();
        let (outs, access, grain) = (op.infer(&refs)?, op.access(&refs), op.grain(&refs));
        let count = outs.len();
        let about = Arc::new(About { op, ins, outs, access, grain });
        Ok((0..count).map(|output| BlockCall { about: Arc::clone(&about), output }).collect())
    }

    /// The operation.
    pub fn op(&self) -> &dyn BlockOp {
        &*self.about.op
    }

    /// The operation, for another to keep.
    pub fn shared_op(&self) -> &Arc<dyn BlockOp> {
        &self.about.op
    }

    /// The operands as they were declared.
    pub fn ins(&self) -> &[Meta] {
        &self.about.ins
    }

    /// Description of the output.
    pub fn meta(&self) -> &Meta {
        &self.about.outs[self.output]
    }

    /// Descriptions of all outputs.
    pub fn outs(&self) -> &[Meta] {
        &self.about.outs
    }

    /// Whether it is made chunk by chunk, so that a call must not be repeated.
    pub fn in_chunks(&self) -> bool {
        self.about.grain.contains(&Grain::Chunks)
    }

    /// The first operand that moves along axes of the output, with the map from the output to it; elsewhere that stands still.
    pub fn along(&self) -> Option<(usize, ViewMap)> {
        let axis = |a: &AxisAccess| match *a {
            AxisAccess::Along { out, start, step } => ViewAxis { out: Some(out), start, step },
            _ => ViewAxis::fixed(0),
        };
        let moves = |a: &Access| a.0.iter().any(|a| matches!(a, AxisAccess::Along { .. }));
        let k = self.about.access.iter().position(moves).filter(|_| self.output == 0)?;
        Some((k, ViewMap(self.about.access[k].0.iter().map(axis).collect())))
    }

    /// Bytes of the operands of which other calls need other parts.
    pub fn moving_bytes(&self) -> u64 {
        let moves = |a: &AxisAccess| !matches!(a, AxisAccess::Fixed(_) | AxisAccess::Whole | AxisAccess::Listed { .. });
        let bytes = |m: &Meta| m.shape.iter().product::<u64>().saturating_mul(m.dtype.itemsize() as u64);
        let operands = self.about.ins.iter().zip(&self.about.access);
        operands.filter(|(_, a)| a.0.iter().any(moves)).map(|(m, _)| bytes(m)).fold(0, u64::saturating_add)
    }

    /// In which portions the output is made along each of its axes, and its chunks there.
    fn grains(&self) -> impl Iterator<Item = (Grain, u64, &DimChunks)> {
        let own = self.meta();
        let first = self.about.grain.iter().filter(|g| **g == Grain::Any).count();
        (0..own.shape.len()).map(move |d| {
            let grain = match self.output {
                0 => self.about.grain[d],
                _ if d < first => Grain::Any,
                _ => Grain::Whole,
            };
            (grain, own.shape[d], &own.chunks.0[d])
        })
    }

    /// Lengths between the cuts of the output that suit it: whole axes, chunks where they are regular, 1 elsewhere.
    pub fn units(&self) -> Dims<u64> {
        let unit = |(grain, n, chunks): (Grain, u64, &DimChunks)| match (grain, regular_size(chunks)) {
            (Grain::Any, _) => 1,
            (Grain::Chunks, Some(size)) => size,
            _ => n,
        };
        self.grains().map(|g| unit(g).max(1)).collect()
    }

    /// The region that is made when `region` of the output is wanted.
    pub fn rounded(&self, region: &Region) -> Region {
        let axis = |(r, (grain, n, chunks)): (&Range, (Grain, u64, &DimChunks))| match grain {
            _ if r.len == 0 => Range::new(0, 0),
            Grain::Any => Range::new(r.low(), r.span()),
            Grain::Whole => Range::new(0, n),
            Grain::Chunks => {
                let (from, (last, len)) =
                    (chunks.chunk(chunks.find(r.low())).0, chunks.chunk(chunks.find(r.end() - 1)));
                Range::new(from, last + len - from)
            }
        };
        Region(region.0.iter().zip(self.grains()).map(axis).collect())
    }

    /// The calls that make a rounded region of the output.
    pub fn calls(&self, rounded: &Region) -> Vec<Call> {
        let mut out = vec![Call { region: Region(Dims::new()), block: Dims::new() }];
        let (first, about) = (&self.about.outs[0], &self.about);
        for (d, &grain) in about.grain.iter().enumerate() {
            let n = first.shape[d];
            // Axes of output 0 that another output does not have are made whole.
            let range = match (self.output, grain) {
                (0, _) => rounded.0[d],
                (_, Grain::Any) => rounded.0[about.grain[..d].iter().filter(|g| **g == Grain::Any).count()],
                _ => Range::new(0, n),
            };
            let parts: Vec<(u64, Range)> = match grain {
                Grain::Chunks if range.len > 0 => {
                    let chunks = &first.chunks.0[d];
                    let cut = |i| (i, chunks.chunk(i));
                    let all = chunks.find(range.low())..=chunks.find(range.end() - 1);
                    all.map(cut).map(|(i, (start, len))| (i, Range::new(start, len))).collect()
                }
                _ => vec![(0, range)],
            };
            let longer = |c: &Call, &(i, r): &(u64, Range)| {
                let (mut region, mut block) = (c.region.clone(), c.block.clone());
                region.0.push(r);
                block.push(i);
                Call { region, block }
            };
            out = out.iter().flat_map(|c| parts.iter().map(|p| longer(c, p)).collect::<Vec<_>>()).collect();
        }
        out
    }

    /// The region of output `k` that a call makes.
    pub fn made(&self, call: &Call, k: usize) -> Region {
        if k == 0 {
            return call.region.clone();
        }
        let kept = call.region.0.iter().zip(&self.about.grain).filter(|(_, g)| **g == Grain::Any).map(|(r, _)| *r);
        let mut axes: Dims<Range> = kept.collect();
        let rest = axes.len();
        axes.extend(self.about.outs[k].shape[rest..].iter().map(|&n| Range::new(0, n)));
        Region(axes)
    }

    /// The region of operand `k` that a call needs.
    pub fn needs(&self, call: &Call, k: usize) -> Region {
        let meta = &self.about.ins[k];
        let axis = |(d, a): (usize, &AxisAccess)| {
            let n = meta.shape[d];
            match *a {
                AxisAccess::Along { out, start, step } => {
                    let r = call.region.0[out];
                    Range { start: start + step * r.start, step: step * r.step, len: r.len }
                }
                AxisAccess::Fixed(at) => Range::new(at, 1),
                AxisAccess::Whole | AxisAccess::Listed { .. } => Range::new(0, n),
                AxisAccess::Chunks { out } => {
                    let (start, len) = meta.chunks.0[d].chunk(call.block[out]);
                    Range::new(start, len)
                }
                AxisAccess::Near { out, before, after } => {
                    let r = call.region.0[out];
                    let (from, to) = (r.low().saturating_sub(before), (r.end() + after).min(n));
                    Range::new(from, to.saturating_sub(from))
                }
            }
        };
        Region(self.about.access[k].0.iter().enumerate().map(axis).collect())
    }

    /// Bytes that a call holds besides its operands and outputs, and those of outputs that are not asked for.
    pub fn scratch(&self, call: &Call) -> u64 {
        let refs: SmallVec<[&Meta; 3]> = self.about.ins.iter().collect();
        let others = (0..self.about.outs.len()).filter(|k| *k != self.output);
        let bytes = |k: usize| self.made(call, k).count().saturating_mul(self.about.outs[k].dtype.itemsize() as u64);
        others.map(bytes).fold(self.op().scratch(&refs, &call.region.shape()), u64::saturating_add)
    }
}

/// The length of chunks that are all alike, but for a shorter last one.
fn regular_size(chunks: &DimChunks) -> Option<u64> {
    let size = if chunks.count() == 0 { 1 } else { chunks.chunk(0).1 };
    (*chunks == DimChunks::regular(chunks.total(), size)).then_some(size)
}

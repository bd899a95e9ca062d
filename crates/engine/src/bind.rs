//! Binds a program's inputs to memory for one region: arrays in memory in place, others evaluated into blocks.

use hyperslab_base::{Block, Dims, MemoryView, Range, Region, Result, View};
use hyperslab_plan::lower::program::{Leaf, Program};
use hyperslab_plan::{Expr, ViewMap};

use crate::context::Context;
use crate::eval::eval_into;

/// What an input of a program looks at.
enum Input {
    /// An array in memory, whole.
    Memory(MemoryView),
    /// A part of the base that was evaluated: its region, in the base's positions.
    Part(Block, Region),
}

/// The inputs of a program for one region.
pub(crate) struct Bound {
    inputs: Vec<Input>,
    /// Per leaf: which input, and through which region of the base it looks.
    leaves: Vec<Option<(usize, Region, ViewMap)>>,
    lens: Dims<u64>,
}

impl Bound {
    /// Evaluates what the program reads for `region` of its space.
    pub fn new(cx: &Context, program: &Program, region: &Region) -> Result<Bound> {
        let mut bound = Bound { inputs: Vec::new(), leaves: vec![None; program.leaves.len()], lens: region.shape() };
        for (b, base) in program.bases.iter().enumerate() {
            let users: Vec<(usize, &ViewMap)> = program
                .leaves
                .iter()
                .enumerate()
                .filter_map(|(i, l)| match l {
                    Leaf::Base { base, map } if *base == b => Some((i, map)),
                    _ => None,
                })
                .collect();
            bound.bind_base(cx, base, &users, region)?;
        }
        Ok(bound)
    }

    fn bind_base(&mut self, cx: &Context, base: &Expr, users: &[(usize, &ViewMap)], region: &Region) -> Result<()> {
        let mut needs: Vec<(usize, Region, ViewMap)> =
            users.iter().map(|(i, m)| (*i, m.apply(region), (*m).clone())).collect();
        if let Some(memory) = cx.memory(base)? {
            let at = self.push(Input::Memory(memory));
            for (i, need, map) in needs {
                self.leaves[i] = Some((at, need, map));
            }
            return Ok(());
        }
        let union = union(needs.iter().map(|n| &n.1));
        let apart: u64 = needs.iter().map(|n| n.1.count()).sum();
        if needs.len() > 1 && union.count() <= apart {
            let at = self.evaluate(cx, base, union)?;
            for (i, need, map) in needs {
                self.leaves[i] = Some((at, need, map));
            }
            return Ok(());
        }
        for (i, need, map) in needs.drain(..) {
            let at = self.evaluate(cx, base, need.clone())?;
            self.leaves[i] = Some((at, need, map));
        }
        Ok(())
    }

    fn evaluate(&mut self, cx: &Context, base: &Expr, part: Region) -> Result<usize> {
        let mut block = Block::scratch(base.dtype, &part.shape())?;
        eval_into(cx, base, &part, block.view_mut())?;
        Ok(self.push(Input::Part(block, part)))
    }

    fn push(&mut self, input: Input) -> usize {
        self.inputs.push(input);
        self.inputs.len() - 1
    }

    /// Input number `leaf` as a view of the region's shape, with steps of 0 along axes that repeat it; `None` for
    /// a constant.
    pub fn leaf(&self, leaf: usize) -> Option<View<'_>> {
        let (input, need, map) = self.leaves[leaf].as_ref()?;
        let part = match &self.inputs[*input] {
            Input::Memory(m) => m.view().slice(need),
            Input::Part(block, have) => block.view().slice(&relative(need, have)),
        };
        let mut steps: Dims<isize> = smallvec::smallvec![0; self.lens.len()];
        for (axis, &s) in map.0.iter().zip(part.strides()) {
            if let Some(d) = axis.out {
                steps[d] += s;
            }
        }
        Some(part.restride(0, &self.lens, &steps))
    }
}

/// `need` in positions of a block that holds `have`: either exactly what is needed, or a box of step 1 around it.
fn relative(need: &Region, have: &Region) -> Region {
    if need == have {
        return Region::full(&need.shape());
    }
    let axis = |(n, h): (&Range, &Range)| Range { start: n.start - h.start, ..*n };
    Region(need.0.iter().zip(&have.0).map(axis).collect())
}

/// The box of step 1 around regions.
fn union<'a>(regions: impl Iterator<Item = &'a Region>) -> Region {
    let mut out: Option<Region> = None;
    for r in regions {
        let b = r.bounding();
        out = Some(match out {
            None => b,
            Some(o) => Region(
                o.0.iter()
                    .zip(&b.0)
                    .map(|(x, y)| {
                        let (lo, hi) = (x.low().min(y.low()), x.end().max(y.end()));
                        Range::new(lo, hi - lo)
                    })
                    .collect(),
            ),
        });
    }
    out.unwrap_or_else(|| Region(Dims::new()))
}

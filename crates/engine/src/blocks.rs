//! Makes the blocks that a task program asks for.

use hyperslab_base::{
    Block, Dims, Error, MemoryView, Range, Region, Result, ResultExt, Scalar, View, ViewMut, broadcast_copy, c_strides,
    copy,
};
use hyperslab_ops::block::Cell;
use hyperslab_ops::generate;
use hyperslab_plan::access::{self, Boxes, Window};
use hyperslab_plan::blocks::BlockCall;
use hyperslab_plan::lower::task::{Make, Operand, Step, TaskProgram};
use hyperslab_plan::{Expr, Kind, ViewMap};
use smallvec::SmallVec;

use crate::context::Context;
use crate::scan::make_scan;
use crate::take::{take_held, take_rows};
use crate::tiles::{Cells, Out, run_program};

/// Regions of one array with their elements.
type Made = SmallVec<[(Region, Block); 1]>;

/// The blocks of a task: what its steps have made and later steps, or the task, look at.
pub(crate) struct Blocks<'a> {
    pub cx: &'a Context,
    task: &'a TaskProgram,
    made: Vec<Made>,
    held: Vec<Option<MemoryView>>,
    /// Blocks of the task that asks for a part of its own steps once more.
    outer: Option<&'a Blocks<'a>>,
}

impl<'a> Blocks<'a> {
    /// Makes what is wanted of a task's steps.
    ///
    /// # Errors
    /// Those of sources and of memory.
    pub fn make(cx: &'a Context, task: &'a TaskProgram, wants: &[(usize, Region)]) -> Result<Blocks<'a>> {
        Blocks::within(cx, task, wants, None)
    }

    fn within(
        cx: &'a Context,
        task: &'a TaskProgram,
        wants: &[(usize, Region)],
        outer: Option<&'a Blocks<'a>>,
    ) -> Result<Blocks<'a>> {
        let mut held = Vec::with_capacity(task.steps.len());
        for s in &task.steps {
            held.push(match (&s.make, &s.expr.kind) {
                (Make::Held(Some(slot)), _) => Some(cx.slot_memory(*slot)?),
                (Make::Held(None), Kind::Source(source)) => source.source().memory(),
                _ => None,
            });
        }
        let mut blocks = Blocks { cx, task, made: Vec::new(), held, outer };
        if task.is_held() {
            return Ok(blocks);
        }
        blocks.made = task.steps.iter().map(|_| Made::new()).collect();
        let boxes = task.demands(wants);
        let mut ends: Vec<SmallVec<[usize; 2]>> = task.steps.iter().map(|_| SmallVec::new()).collect();
        let last = task.last_uses(wants);
        for i in 0..task.steps.len() {
            if boxes[i].is_empty() {
                continue;
            }
            blocks.fill(i, &boxes[i])?;
            if let Some(at) = last[i] {
                ends[at.max(i)].push(i);
            }
            for gone in std::mem::take(&mut ends[i]) {
                blocks.made[gone].clear();
            }
        }
        Ok(blocks)
    }

    /// Makes regions of a step.
    fn fill(&mut self, i: usize, boxes: &Boxes) -> Result<()> {
        for region in boxes {
            let mut block = Block::scratch(self.task.steps[i].expr.dtype, &region.shape())?;
            self.make_region(i, region, block.view_mut())?;
            self.made[i].push((region.clone(), block));
        }
        Ok(())
    }

    /// A region of a step's array, where it was made or lies.
    pub fn view(&self, step: usize, region: &Region) -> Result<View<'_>> {
        if let Some(memory) = &self.held[step] {
            return Ok(memory.view().slice(region));
        }
        let found = self.made.get(step).into_iter().flatten().find_map(|(have, block)| {
            let at = access::within(region, have)?;
            Some(block.view().slice(&at))
        });
        found.ok_or_else(|| {
            let e = &self.task.steps[step].expr;
            Error::internal(format!("{region:?} of {e:?} was not made"))
        })
    }

    /// Steps of an array over `region`, which `map` takes to positions of a step's array, as they follow from the plan: a
    /// slot is one whole array, as if it were in memory, and other blocks are as if each were made for that region alone.
    pub fn nominal_steps(&self, step: usize, map: &ViewMap, region: &Region) -> Dims<isize> {
        let Step { expr, make, .. } = &self.task.steps[step];
        let mut steps: Dims<isize> = smallvec::smallvec![0; region.0.len()];
        let mut add = |strides: &[isize], whole: bool| {
            for (axis, s) in map.0.iter().zip(strides) {
                if let Some(d) = axis.out {
                    steps[d] += if whole { axis.step as isize * s } else { *s };
                }
            }
        };
        match (make, &self.held[step], &expr.kind) {
            (Make::Held(None), Some(memory), _) => add(memory.view().strides(), true),
            (_, _, Kind::Reduce { .. } | Kind::Contract { .. }) => {
                add(&c_strides(&expr.shape, expr.dtype.itemsize()), true);
            }
            _ => add(&c_strides(&map.apply(region).shape(), expr.dtype.itemsize()), false),
        }
        steps
    }

    /// Whether a region lies in memory, or was made.
    fn has(&self, step: usize, region: &Region) -> bool {
        self.held[step].is_some()
            || self.made.get(step).into_iter().flatten().any(|(have, _)| access::within(region, have).is_some())
    }

    /// Moves `region` of an operand to `dest`: from where it lies, or made right there.
    pub fn place(&self, o: &Operand, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        if self.task.steps[o.step].inline {
            return self.make_through(o, &o.map.apply(region), region, dest);
        }
        copy(&self.look(o, region)?, &mut dest);
        Ok(())
    }

    /// Makes `below` of a step right in `dest`, which looks at it through the operand's map.
    fn make_through(&self, o: &Operand, below: &Region, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        let repeated = o.map.repeated(region.0.len());
        let mut first = Region::full(dest.shape());
        repeated.iter().for_each(|&d| first.0[d] = Range::new(0, 1));
        let dims: Dims<Option<usize>> = o.map.0.iter().map(|a| a.out).collect();
        self.make_region(o.step, below, dest.slice(&first).rearrange(&dims))?;
        broadcast_copy(&mut dest, &repeated);
        Ok(())
    }

    /// Moves `region` of an operand to `dest`, which is made for this alone where it is not there.
    pub fn fetch(&self, o: &Operand, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        if region.is_empty() {
            return Ok(());
        }
        let below = o.map.apply(region);
        let known = std::iter::successors(Some(self), |b| b.outer).find(|b| b.has(o.step, &below));
        if let Some(blocks) = known {
            copy(&through(&blocks.view(o.step, &below)?, &o.map, &region.shape()), &mut dest);
            return Ok(());
        }
        if matches!(self.task.steps[o.step].make, Make::Read | Make::Spilled(_) | Make::Generate) && is_plain(&o.map) {
            return self.make_through(o, &below, region, dest);
        }
        let blocks = Blocks::within(self.cx, self.task, &[(o.step, below.clone())], Some(self))?;
        copy(&through(&blocks.view(o.step, &below)?, &o.map, &region.shape()), &mut dest);
        Ok(())
    }

    /// Makes a region of a step's array in `dest`, whose shape is the region's.
    fn make_region(&self, i: usize, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        self.cx.check()?;
        let Step { expr, make, operands, .. } = &self.task.steps[i];
        match make {
            Make::Held(_) => {
                copy(&self.view(i, region)?, &mut dest);
                Ok(())
            }
            Make::Spilled(slot) => self.cx.read(self.cx.spilled(*slot)?.as_ref(), region, dest),
            Make::Read => self.read(expr, region, dest),
            Make::Generate => generate_region(expr, region, dest),
            Make::Tiles(program) => {
                let bases: SmallVec<[usize; 4]> = operands.iter().map(|o| o.step).collect();
                let order: Dims<usize> = (0..expr.ndim()).collect();
                let cells = Cells { space: &expr.shape, nominal: &region.shape(), order: &order };
                run_program(self, program, &bases, region, cells, &mut [Out::Write(dest, false)])
            }
            Make::Concat(starts) => {
                let Kind::Concat { axis, .. } = expr.kind else { return Err(mismatch(expr)) };
                for p in access::pieces(region, axis, starts) {
                    self.place(&operands[p.piece], &p.from, dest.slice(&p.to))?;
                }
                Ok(())
            }
            Make::Take { axis, .. } => self.take(i, *axis, region, dest),
            Make::Reshape => self.reshape(i, region, dest),
            Make::Call(call) => self.call(call, operands, region, &mut dest),
            Make::Scan(cut) => make_scan(self, expr, cut, &operands[0], region, &mut dest),
        }
    }

    /// Runs the calls of a block operation that make a rounded region of one of its outputs.
    fn call(&self, call: &BlockCall, operands: &[Operand], region: &Region, dest: &mut ViewMut<'_>) -> Result<()> {
        for at in call.calls(region) {
            self.cx.check()?;
            let needs: Vec<Region> = (0..operands.len()).map(|k| call.needs(&at, k)).collect();
            // No step makes regions without elements.
            let none = |(o, need): (&Operand, &Region)| {
                let dtype = self.task.steps[o.step].expr.dtype;
                need.is_empty().then(|| Block::scratch(dtype, &need.shape())).transpose()
            };
            let empty: Vec<Option<Block>> = operands.iter().zip(&needs).map(none).collect::<Result<_>>()?;
            let look = |(k, o): (usize, &Operand)| match &empty[k] {
                Some(block) => Ok(block.view()),
                None => self.look(o, &needs[k]),
            };
            let ins: Vec<View<'_>> = operands.iter().enumerate().map(look).collect::<Result<_>>()?;
            let other = |k: usize| (k != call.output).then(|| call.made(&at, k).shape());
            let mut others: Vec<Option<Block>> = (0..call.outs().len())
                .map(|k| other(k).map(|shape| Block::scratch(call.outs()[k].dtype, &shape)).transpose())
                .collect::<Result<_>>()?;
            let mut to = call.made(&at, call.output);
            to.0.iter_mut().zip(&region.0).for_each(|(t, r)| t.start -= r.start);
            let mut own = Some(dest.slice(&to));
            let mut outs: Vec<ViewMut<'_>> = others
                .iter_mut()
                .filter_map(|b| b.as_mut().map_or_else(|| own.take(), |b| Some(b.view_mut())))
                .collect();
            call.op().run(&Cell { region: &at.region, block: Some(&at.block) }, &ins, &mut outs)?;
        }
        Ok(())
    }

    fn read(&self, e: &Expr, region: &Region, dest: ViewMut<'_>) -> Result<()> {
        let Kind::Source(s) = &e.kind else { return Err(mismatch(e)) };
        let source = s.source();
        self.cx.read(source, region, dest).with_context(|| format!("read {} at {region:?}", source.describe()))
    }

    /// Listed positions: from what lies in memory one by one, otherwise in windows, so that storage is read once and in
    /// order.
    fn take(&self, i: usize, axis: usize, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        let Step { expr, operands, .. } = &self.task.steps[i];
        let (o, Make::Take { indices, .. }) = (&operands[0], &self.task.steps[i].make) else {
            return Err(mismatch(expr));
        };
        let input = &expr.input(0);
        if let Some(memory) = &self.held[o.step] {
            let all = Region::full(&input.shape);
            let whole = memory.view().slice(&o.map.apply(&all));
            let r = region.0[axis];
            let positions: Vec<usize> = (0..r.len).map(|k| indices[r.at(k) as usize] as usize).collect();
            return take_held(self.cx, &through(&whole, &o.map, &input.shape), axis, region, &positions, &mut dest);
        }
        let listed = self.task.listed(i, region);
        let window = match self.task.taken_whole(i, region) {
            Some(_) => Window::WHOLE,
            None => self.task.window(i, region),
        };
        for part in access::windows(&listed, window) {
            self.cx.check()?;
            let mut from = region.clone();
            from.0[axis] = access::span_of(part);
            let below = o.map.apply(&from);
            if self.has(o.step, &below) {
                take_rows(&through(&self.view(o.step, &below)?, &o.map, &from.shape()), axis, part, &mut dest);
                continue;
            }
            let mut rows = Block::scratch(input.dtype, &from.shape())?;
            self.fetch(o, &from, rows.view_mut())?;
            take_rows(&rows.view(), axis, part, &mut dest);
        }
        Ok(())
    }

    /// Each run of C order between the first and the last element needed is brought together, then looked at as the
    /// output.
    fn reshape(&self, i: usize, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        let Step { expr, operands, .. } = &self.task.steps[i];
        let (o, input) = (&operands[0], &expr.input(0).shape);
        let strides = hyperslab_base::c_strides(&expr.shape, 1);
        let item = expr.dtype.itemsize() as isize;
        for run in access::runs(&expr.shape, region) {
            self.cx.check()?;
            let mut line = Block::scratch(expr.dtype, &[run.span])?;
            for (start, boxed) in access::boxes_of_run(input, run.first, run.span) {
                let mut whole = line.view_mut();
                let mut part = whole.slice(&Region(smallvec::smallvec![Range::new(start - run.first, boxed.count())]));
                let bytes = part.bytes_mut().ok_or_else(|| Error::internal("a run of a block is contiguous"))?;
                self.fetch(o, &boxed, ViewMut::from_bytes(expr.dtype, &boxed.shape(), bytes)?)?;
            }
            let bounds = run.part.bounding();
            let mut offset = 0i64;
            let mut steps: Dims<isize> = Dims::new();
            for ((r, b), &s) in run.part.0.iter().zip(&bounds.0).zip(&strides) {
                offset += (r.start - b.start) * s as i64;
                steps.push(r.step as isize * s * item);
            }
            let part = line.view().restride(offset as isize * item, &run.part.shape(), &steps);
            copy(&part, &mut dest.slice(&run.to));
        }
        Ok(())
    }

    /// `region` of an operand, looked at where it lies or was made.
    pub fn look(&self, o: &Operand, region: &Region) -> Result<View<'_>> {
        Ok(through(&self.view(o.step, &o.map.apply(region))?, &o.map, &region.shape()))
    }

    /// Moves `region` of an operand to `dest`: from where it lies, or made right there.
    pub fn deliver(&self, o: &Operand, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
        let below = o.map.apply(region);
        if !self.has(o.step, &below) && is_plain(&o.map) {
            return self.make_through(o, &below, region, dest);
        }
        copy(&self.look(o, region)?, &mut dest);
        Ok(())
    }
}

/// What a map shows of a part of the array below, in positions of a region of those lengths: steps of 0 repeat it.
pub(crate) fn through<'v>(part: &View<'v>, map: &ViewMap, lens: &[u64]) -> View<'v> {
    let mut steps: Dims<isize> = smallvec::smallvec![0; lens.len()];
    for (axis, &s) in map.0.iter().zip(part.strides()) {
        if let Some(d) = axis.out {
            steps[d] += s;
        }
    }
    part.restride(0, lens, &steps)
}

/// Whether no two axes of the array below move together.
fn is_plain(map: &ViewMap) -> bool {
    let moving: Dims<usize> = map.0.iter().filter_map(|a| a.out).collect();
    moving.iter().enumerate().all(|(k, d)| !moving[..k].contains(d))
}

fn mismatch(e: &Expr) -> Error {
    Error::internal(format!("{} is made as something else", e.kind.label()))
}

fn generate_region(e: &Expr, region: &Region, mut dest: ViewMut<'_>) -> Result<()> {
    match &e.kind {
        Kind::Fill(v) => fill(v, &mut dest),
        Kind::Arange { start, step, .. } => {
            let r = region.0[0];
            if let Some(bytes) = dest.bytes_mut() {
                return generate::arange(e.dtype, *start, *step, r.start, r.step, bytes);
            }
            let mut line = Block::scratch(e.dtype, &[r.len])?;
            generate::arange(e.dtype, *start, *step, r.start, r.step, line.bytes_mut())?;
            copy(&line.view(), &mut dest);
            Ok(())
        }
        _ => Err(mismatch(e)),
    }
}

fn fill(value: &Scalar, dest: &mut ViewMut<'_>) -> Result<()> {
    if let Some(bytes) = dest.bytes_mut() {
        return generate::fill(value, bytes);
    }
    let one = View::from_bytes(value.dtype(), &[], value.bytes())?;
    let steps: Dims<isize> = dest.shape().iter().map(|_| 0).collect();
    let repeated = one.restride(0, dest.shape(), &steps);
    copy(&repeated, dest);
    Ok(())
}

//! How many bytes a task program holds, and how many elements it makes: what the engine does, followed without data.

use hyperslab_base::{Dims, Range, Region};

use crate::access;
use crate::lower::program::{Call, Program};
use crate::lower::scans::{ScanCut, scan_window};
use crate::lower::task::{Make, Step, TaskProgram};
use crate::node::{Expr, Kind};

/// Where an array lies before a stage runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nowhere: it is evaluated.
    Not,
    /// In memory, in a slot of that number or where its source has it: it is looked at in place.
    Memory(Option<usize>),
    /// On disk, in the slot of that number.
    Disk(usize),
}

/// Bytes of an entry of a sorted list of positions.
const LISTED: u64 = 24;

/// What making some regions takes.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// Bytes held at most.
    pub bytes: u64,
    /// Elements that each step makes.
    pub asked: Vec<u64>,
    /// The same, but of storage those of whole chunks.
    pub made: Vec<u64>,
}

impl TaskProgram {
    /// What making `wants` takes, which are held to the end.
    pub fn project(&self, wants: &[(usize, Region)]) -> Projection {
        let mut out = Projection { bytes: 0, asked: vec![0; self.steps.len()], made: vec![0; self.steps.len()] };
        out.bytes = self.follow(wants, 1, &mut out);
        out
    }

    /// Bytes held at most while `wants` are made; counts the elements made, `times` over.
    fn follow(&self, wants: &[(usize, Region)], times: u64, made: &mut Projection) -> u64 {
        if self.is_held() {
            return 0;
        }
        let boxes = self.demands(wants);
        let last = self.last_uses(wants);
        let (mut now, mut peak) = (0u64, 0u64);
        let bytes =
            |i: usize| boxes[i].iter().map(|b| array_bytes(&self.steps[i].expr, b)).fold(0, u64::saturating_add);
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); self.steps.len()];
        for i in 0..self.steps.len() {
            if boxes[i].is_empty() {
                continue;
            }
            now = now.saturating_add(bytes(i));
            let scratch = boxes[i].iter().map(|b| self.making(i, b, times, made)).max().unwrap_or(0);
            peak = peak.max(now.saturating_add(scratch));
            if let Some(at) = last[i] {
                ends[at.max(i)].push(i);
            }
            for gone in std::mem::take(&mut ends[i]) {
                now = now.saturating_sub(bytes(gone));
            }
        }
        peak
    }

    /// For every step, the last one that looks at its blocks; none where they are wanted in the end.
    pub fn last_uses(&self, wants: &[(usize, Region)]) -> Vec<Option<usize>> {
        let mut last: Vec<Option<usize>> = (0..self.steps.len()).map(Some).collect();
        for (i, s) in self.steps.iter().enumerate().rev() {
            // Who is made within another looks at its operands when that one is made.
            let at = if s.inline { last[i] } else { Some(i) };
            for o in &s.operands {
                last[o.step] = last[o.step].max(at);
            }
        }
        wants.iter().for_each(|w| last[w.0] = None);
        last
    }

    /// Bytes held besides its block and those it looks at while a region of a step is made; counts what is made.
    fn making(&self, i: usize, region: &Region, times: u64, made: &mut Projection) -> u64 {
        let Step { expr, make, operands, .. } = &self.steps[i];
        let elements = match (make, &expr.kind) {
            (Make::Read, Kind::Source(s)) => in_chunks(region, &expr.shape, s.source().native_chunks()),
            _ => region.count(),
        };
        made.asked[i] = made.asked[i].saturating_add(region.count().saturating_mul(times));
        made.made[i] = made.made[i].saturating_add(elements.saturating_mul(times));
        let lens = region.shape();
        match make {
            Make::Held(_) => 0,
            Make::Spilled(_) => self.tuning.disk_block,
            Make::Read => match &expr.kind {
                Kind::Source(s) => s.source().scratch_bytes(region),
                _ => 0,
            },
            Make::Generate => array_bytes(expr, region),
            Make::Tiles(p) => register_bytes(p, &lens),
            Make::Concat(starts) => {
                let Kind::Concat { axis, .. } = expr.kind else { return 0 };
                let mut most = 0;
                for p in access::pieces(region, axis, starts) {
                    let o = &operands[p.piece];
                    if self.steps[o.step].inline {
                        most = most.max(self.making(o.step, &o.map.apply(&p.from), times, made));
                    }
                }
                most
            }
            Make::Take { axis, .. } => {
                let list = region.0[*axis].len.saturating_mul(LISTED);
                if self.taken_whole(i, region).is_some() || matches!(self.steps[operands[0].step].make, Make::Held(_)) {
                    return list;
                }
                let listed = self.listed(i, region);
                let window = self.window(i, region);
                let (mut longest, mut total, mut parts) = (Range::new(0, 0), 0u64, 0u64);
                for span in access::windows(&listed, window).map(access::span_of) {
                    (total, parts) = (total + span.len, parts + 1);
                    longest = if span.len > longest.len { span } else { longest };
                }
                // Of storage in chunks, each part reads whole ones, however short it is.
                let count = if window.chunk > 1 { parts } else { total.div_ceil(longest.len.max(1)) };
                let mut from = region.clone();
                from.0[*axis] = longest;
                let rows = array_bytes(expr, &from);
                let below = (operands[0].step, operands[0].map.apply(&from));
                list.saturating_add(rows).saturating_add(self.follow(&[below], times.saturating_mul(count), made))
            }
            Make::Reshape => {
                let Some(run) = access::runs(&expr.shape, region).next() else { return 0 };
                let line = run.span.saturating_mul(expr.dtype.itemsize() as u64);
                if !self.in_runs(i, region) || matches!(self.steps[operands[0].step].make, Make::Held(_)) {
                    return line;
                }
                let times = times.saturating_mul(access::run_count(&expr.shape, region));
                let boxes = access::boxes_of_run(&expr.input(0).shape, run.first, run.span);
                let below = |b: &(u64, Region)| (operands[0].step, operands[0].map.apply(&b.1));
                let most = boxes.iter().map(|b| self.follow(&[below(b)], times, made)).max().unwrap_or(0);
                line.saturating_add(most)
            }
            Make::Scan(cut) => scan_bytes(expr, cut, &lens),
            Make::Call(call) => call.calls(region).iter().map(|at| call.scratch(at)).max().unwrap_or(0),
        }
    }
}

/// Elements of the storage chunks that a region touches.
fn in_chunks(region: &Region, shape: &[u64], chunks: Option<&[u64]>) -> u64 {
    let Some(chunks) = chunks else { return region.count() };
    let axis = |((r, &c), &n): ((&Range, &u64), &u64)| {
        let c = c.max(1);
        if r.step.unsigned_abs() > c {
            return r.len.saturating_mul(c).min(n);
        }
        (r.end().div_ceil(c) - r.low() / c).saturating_mul(c).min(n.max(1))
    };
    region.0.iter().zip(chunks).zip(shape).map(axis).fold(1, u64::saturating_mul)
}

fn scan_bytes(e: &Expr, cut: &ScanCut, lens: &[u64]) -> u64 {
    let mut window: Dims<u64> = lens.into();
    window[cut.axis] = scan_window(e, cut, lens).min(lens[cut.axis]);
    let item = e.dtype.itemsize() as u64;
    let lanes: u64 = lens.iter().enumerate().filter(|(d, _)| *d != cut.axis).map(|(_, &n)| n).product();
    window.iter().product::<u64>().saturating_mul(2 * item).saturating_add(lanes.saturating_mul(item))
}

/// Bytes of the registers and copied inputs of a program over a region of those lengths, and of what its scans carry.
pub fn register_bytes(p: &Program, lens: &[u64]) -> u64 {
    let leaves: usize = p.leaf_dtypes.iter().map(|d| d.itemsize()).sum();
    let room = p.room(lens.iter().product());
    let registers = ((p.registers.iter().sum::<usize>() + leaves) * room) as u64;
    let carries = p.instrs.iter().filter_map(|i| match &i.call {
        Call::Scan { axis, of, .. } => {
            let lanes = crate::build::kept(&[*axis], lens.len()).map(|d| lens[d]).product::<u64>();
            Some(lanes.saturating_mul(of.dtype.itemsize() as u64))
        }
        Call::Kernel(_) | Call::Chain(_) | Call::Random(_) => None,
    });
    carries.fold(registers, u64::saturating_add)
}

/// Bytes of a region of an array.
fn array_bytes(e: &Expr, region: &Region) -> u64 {
    region.count().saturating_mul(e.dtype.itemsize() as u64)
}

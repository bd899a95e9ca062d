//! Random plans, as data: what is dropped from one leaves a smaller plan.

use std::sync::Arc;

use hyperslab::*;

use crate::random::Random;
use crate::sources::{Counted, Layout, SourceSpec};
use crate::steps::{DTYPES, Op, apply};
use crate::tunings;
use crate::values::{Named, Value};

/// What a plan consists of mostly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    pub name: &'static str,
    pub ops: &'static [Op],
    /// Steps, at least and at most.
    pub steps: (u64, u64),
    /// Results, at most.
    pub roots: u64,
    /// Whether sources are read, not memory, so that it is counted how often.
    pub read: bool,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub op: Op,
    word: u64,
    /// Operands, by number: sources first, then steps.
    on: [usize; 2],
}

/// One way to run a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    pub threads: usize,
    /// Bytes of the budget beyond those of the results.
    pub beyond: u64,
}

/// Budgets from this on are never refused: no array of a plan is larger than 64 KB, and none has more than 60 of them.
pub const ENOUGH: u64 = 64 << 20;

/// A plan, its data and the ways in which it is run.
#[derive(Clone, Debug)]
pub struct Case {
    pub seed: u64,
    /// Whether its data are small whole numbers, for the naive evaluator; any numbers otherwise.
    pub exact: bool,
    pub sources: Vec<SourceSpec>,
    pub steps: Vec<Step>,
    pub roots: Vec<usize>,
    /// Decides small sizes; none for the usual ones.
    pub small: Option<u64>,
    pub setups: Vec<Setup>,
}

/// A plan's arrays.
pub struct Built {
    pub roots: Vec<Value>,
    pub counters: Vec<Arc<Counted>>,
    pub text: String,
}

impl Case {
    pub fn random(family: &Family, seed: u64) -> Case {
        let name = family.name.bytes().fold(0u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into()));
        let mut r = Random::new(seed.wrapping_mul(0x1_0000_01B3) ^ name << 32);
        let r = &mut r;
        let exact = r.rarely(2);
        let sources: Vec<SourceSpec> = sources(r, family.read);
        let count = family.steps.0 + r.below(family.steps.1 - family.steps.0 + 1);
        let step = |i: u64, r: &mut Random| {
            let last = sources.len() + i as usize - 1;
            // Mostly the newest array, so that plans grow deep.
            let first = if r.rarely(4) { r.index(last + 1) } else { last };
            Step { op: r.one_of(family.ops), word: r.word(), on: [first, r.index(last + 1)] }
        };
        let steps: Vec<Step> = (0..count).map(|i| step(i, r)).collect();
        let all = sources.len() + steps.len();
        let extra = r.below(family.roots);
        let mut roots = vec![all - 1];
        roots.extend((0..extra).map(|_| all - 1 - r.index(all.min(4))));
        let small = (!r.rarely(4)).then(|| r.word());
        let mut setups = vec![Setup { threads: 1, beyond: 1 << 30 }];
        setups.extend((0..3).map(|_| Setup { threads: 1 + r.index(8), beyond: budget(r) }));
        setups.push(Setup { threads: 2 + r.index(7), beyond: 1 << 30 });
        Case { seed, exact, sources, steps, roots, small, setups }
    }

    pub fn tuning(&self) -> Tuning {
        self.small.map(tunings::small).unwrap_or_default()
    }

    pub fn build(&self) -> Built {
        let mut values: Vec<Named> = Vec::new();
        let (mut counters, mut text) = (Vec::new(), String::new());
        for (i, s) in self.sources.iter().enumerate() {
            let (array, counter, line) = s.build(self.exact);
            counters.extend(counter);
            text += &format!("  v{i} = {line}\n");
            values.push(Named { value: Value::of_source(array, self.exact), name: format!("v{i}") });
        }
        for s in &self.steps {
            let (a, b) = (values[s.on[0]].clone(), values[s.on[1]].clone());
            let made = apply(s.op, s.word, &a, &b).map(|(value, line)| {
                let name = format!("v{}", values.len());
                text += &format!("  {name} = {line}  # {} {:?}\n", value.array.dtype(), value.array.shape());
                Named { value, name }
            });
            values.push(made.unwrap_or(a));
        }
        let names: Vec<&str> = self.roots.iter().map(|&r| values[r].name.as_str()).collect();
        text += &format!("  compute({})", names.join(", "));
        Built { roots: self.roots.iter().map(|&r| values[r].value.clone()).collect(), counters, text }
    }

    /// Steps that are left.
    pub fn operations(&self) -> u64 {
        self.steps.iter().filter(|s| s.op != Op::Same).count() as u64
    }

    /// Smaller plans, the most promising first.
    pub fn smaller(&self) -> Vec<Case> {
        let mut out = Vec::new();
        for i in (0..self.roots.len()).filter(|_| self.roots.len() > 1) {
            let mut c = self.clone();
            c.roots.remove(i);
            out.push(c);
        }
        for i in (0..self.steps.len()).rev().filter(|&i| self.steps[i].op != Op::Same) {
            let mut c = self.clone();
            c.steps[i].op = Op::Same;
            out.push(c);
        }
        for i in (1..self.setups.len()).rev() {
            let mut c = self.clone();
            c.setups.remove(i);
            out.push(c);
        }
        for i in 0..self.setups.len() {
            let mut c = self.clone();
            c.setups[i] = Setup { threads: 1, beyond: 1 << 30 };
            if c.setups != self.setups {
                out.push(c);
            }
        }
        if self.small.is_some() {
            out.push(Case { small: None, ..self.clone() });
        }
        for i in 0..self.sources.len() {
            let mut c = self.clone();
            c.sources[i].layout = Layout::Rows;
            c.sources[i].dtype = DType::Float64;
            if (self.sources[i].layout, self.sources[i].dtype) != (Layout::Rows, DType::Float64) {
                out.push(c);
            }
        }
        out
    }
}

/// How rarely a source has no elements.
const EMPTY: u64 = 24;

fn sources(r: &mut Random, read: bool) -> Vec<SourceSpec> {
    let ndim = r.one_of(&[1, 2, 2, 2, 3]);
    // Long along one axis, or about as long along each.
    let long = [600, 300, 100][ndim - 1];
    let others = [1, 12, 5][ndim - 1];
    let (even, which) = ([600, 36, 10][ndim - 1], r.index(ndim));
    let lengths = (0..ndim).map(|d| if d == which { long } else { others });
    let most: Vec<u64> = if r.rarely(2) { lengths.collect() } else { vec![even; ndim] };
    let length = |n: u64, r: &mut Random| {
        let n = if r.rarely(4) { n.min(5) } else { n };
        1 + r.below(n)
    };
    let mut shape: Vec<u64> = most.into_iter().map(|n| length(n, r)).collect();
    if r.rarely(EMPTY) {
        shape[r.index(ndim)] = 0;
    }
    let spec = |r: &mut Random, shape: &[u64]| {
        let layout = r.one_of(if read { &Layout::ALL[3..] } else { &Layout::ALL });
        SourceSpec { word: r.word(), dtype: r.one_of(&DTYPES), shape: shape.to_vec(), layout }
    };
    let mut out = vec![spec(r, &shape)];
    if r.rarely(2) {
        let mut other = shape.clone();
        match r.below(3) {
            0 => other[r.index(ndim)] = 1,
            1 => drop(other.remove(0)),
            _ => {}
        }
        out.push(spec(r, &other));
    }
    out
}

fn budget(r: &mut Random) -> u64 {
    (r.below(4) + 4) << (3 + r.below(13))
}

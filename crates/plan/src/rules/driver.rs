//! The fixpoint driver.
//!
//! A pass goes down and then up. Going down, nodes are visited highest first, so that every user of a node has been
//! rewritten before the node itself is met: a selection travels from a root to all sources in one pass. Users of a node
//! that was rewritten are tried once more, so that a selection follows the one that moved on before it. Going up,
//! nodes whose inputs changed are tried again, so that constants travel the other way. Passes repeat until no rule
//! fires. Nothing recurses: plans may be as deep as memory allows.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use hyperslab_base::{ChunkGrid, Error, Result, show_shape};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::node::{Expr, Kind, postorder};
use crate::rules::Rule;

/// Passes after which a rule must be defective, besides one for each node of the plan.
const MAX_PASSES: usize = 100;
/// Firings after which a rule must be defective, besides those that a plan needs in which every node meets every other.
const MAX_FIRINGS: usize = 1000;

/// What a rule may know of the plan around its node.
pub struct Context<'a> {
    graph: &'a Graph,
    c_order: &'a RefCell<FxHashMap<Expr, bool>>,
}

impl Context<'_> {
    /// How many nodes (or roots) use `e`.
    pub fn consumers(&self, e: &Expr) -> usize {
        self.graph.users.get(e).copied().unwrap_or(0)
    }

    /// Whether nothing but the node at hand uses its input `e`: moving work through `e` then repeats none of it.
    pub fn only_here(&self, e: &Expr) -> bool {
        self.consumers(e) <= 1
    }

    /// Whether `e` is made, elementwise and for one user, of constants and of memory in C order.
    pub fn in_c_order(&self, e: &Expr) -> bool {
        let mut known = self.c_order.borrow_mut();
        let mut stack = vec![e.clone()];
        while let Some(at) = stack.pop() {
            if known.contains_key(&at) {
                continue;
            }
            let answer = match at.parts() {
                (Kind::Fill(_), _) => true,
                (Kind::Source(s), _) => s.source().memory().is_some_and(|m| m.view().is_contiguous()),
                // A reshape of what lies in C order moves down to memory itself.
                (Kind::Reshape, [input]) => match known.get(input) {
                    Some(&answer) => answer,
                    None => {
                        stack.extend([at.clone(), input.clone()]);
                        continue;
                    }
                },
                (Kind::Map { .. }, inputs) if self.only_here(&at) => {
                    let missing: Vec<Expr> = inputs.iter().filter(|i| !known.contains_key(*i)).cloned().collect();
                    if !missing.is_empty() {
                        stack.push(at.clone());
                        stack.extend(missing);
                        continue;
                    }
                    inputs.iter().all(|i| known[i])
                }
                _ => false,
            };
            known.insert(at, answer);
        }
        known[e]
    }
}

/// The arrays after `rules`, tried in order at each node until none of them fires anywhere.
///
/// # Errors
/// `Internal` when a rule is defective: it changes shape or dtype, or keeps firing.
pub fn optimize_with(rules: &[&Rule], roots: &[Expr]) -> Result<Vec<Expr>> {
    let mut roots = forget_chunks(roots);
    let mut last = "";
    let size = postorder(&roots).len();
    for _ in 0..MAX_PASSES + size {
        let mut pass = Pass {
            rules,
            graph: Graph::new(&roots),
            c_order: RefCell::default(),
            forward: FxHashMap::default(),
            fired: None,
            firings: 0,
            most: size.saturating_mul(size).saturating_add(MAX_FIRINGS),
        };
        pass.down()?;
        roots = pass.up(&roots)?;
        match pass.fired {
            None => return Ok(roots),
            Some(name) => last = name,
        }
    }
    Err(Error::internal(format!("rule {last} keeps firing: no fixpoint after {} passes", MAX_PASSES + size)))
}

/// The same arrays in one chunk each: rules look at values, and what is equal but for its chunks becomes one node.
fn forget_chunks(roots: &[Expr]) -> Vec<Expr> {
    let mut single: FxHashMap<Expr, Expr> = FxHashMap::default();
    for e in postorder(roots) {
        let inputs = e.inputs().iter().map(|i| single[i].clone()).collect();
        // Block operations may mean their chunks.
        let chunks = if let Kind::Block { .. } = e.kind { e.chunks.clone() } else { ChunkGrid::single(&e.shape) };
        let one = Expr::intern(e.kind.clone(), inputs, e.shape.clone(), e.dtype, chunks);
        single.insert(e, one);
    }
    roots.iter().map(|r| single[r].clone()).collect()
}

/// One pass over the plan.
struct Pass<'a> {
    rules: &'a [&'a Rule],
    graph: Graph,
    /// What [`Context::in_c_order`] found out.
    c_order: RefCell<FxHashMap<Expr, bool>>,
    /// What a node was rewritten to.
    forward: FxHashMap<Expr, Expr>,
    /// The last rule that fired.
    fired: Option<&'static str>,
    /// How often rules fired, and how often they may.
    firings: usize,
    most: usize,
}

impl Pass<'_> {
    /// Visits every node that is in use, highest first.
    fn down(&mut self) -> Result<()> {
        let mut queue: BinaryHeap<Visit> = self.graph.take_born();
        while let Some(Visit { node, again, .. }) = queue.pop() {
            if self.graph.users.get(&node).is_none_or(|&n| n == 0) || self.forward.contains_key(&node) {
                continue;
            }
            let at = if again { self.over_rewritten(&node) } else { node.clone() };
            if again && at == node {
                continue;
            }
            if let Some(new) = self.rewrite(&at)? {
                queue.extend(self.graph.users_of(&node));
                self.graph.replace(&node, &new);
                self.forward.insert(node, new);
                queue.append(&mut self.graph.take_born());
            }
        }
        Ok(())
    }

    /// The node over what its inputs were rewritten to.
    fn over_rewritten(&self, node: &Expr) -> Expr {
        let inputs: SmallVec<[Expr; 3]> = node.inputs().iter().map(|i| self.resolve(i)).collect();
        node.with_inputs(&inputs)
    }

    /// The roots with all rewrites applied; nodes over changed inputs are tried again.
    fn up(&mut self, roots: &[Expr]) -> Result<Vec<Expr>> {
        let mut done: FxHashMap<Expr, Expr> = FxHashMap::default();
        let mut open: FxHashSet<Expr> = FxHashSet::default();
        let mut stack: Vec<Expr> = roots.to_vec();
        while let Some(e) = stack.last().cloned() {
            if done.contains_key(&e) {
                stack.pop();
                continue;
            }
            let target = self.resolve(&e);
            let missing = stack.len();
            stack.extend(target.inputs().iter().filter(|i| !done.contains_key(*i)).cloned());
            if stack.len() > missing {
                if !open.insert(e) {
                    let name = self.fired.unwrap_or_default();
                    return Err(Error::internal(format!("rule {name} keeps firing: it put a node below itself")));
                }
                continue;
            }
            let inputs: SmallVec<[Expr; 3]> = target.inputs().iter().map(|i| done[i].clone()).collect();
            let changed = *target.inputs() != *inputs;
            let mut out = target.clone();
            if changed {
                out = target.with_inputs(&inputs);
                if let Some(new) = self.rewrite(&out)? {
                    out = new;
                }
                let users = self.graph.users.get(&target).copied().unwrap_or(0);
                let known = self.graph.users.entry(out.clone()).or_default();
                *known = users.max(*known);
            }
            done.insert(e, out);
            stack.pop();
        }
        Ok(roots.iter().map(|r| done[r].clone()).collect())
    }

    fn resolve(&self, e: &Expr) -> Expr {
        let mut at = e;
        while let Some(next) = self.forward.get(at) {
            at = next;
        }
        at.clone()
    }

    /// The node after every rule that applies to it; `None` when none does.
    fn rewrite(&mut self, node: &Expr) -> Result<Option<Expr>> {
        let mut at = node.clone();
        while self.firings <= self.most {
            let Some((rule, new)) = self.fire(&at)? else {
                return Ok((at != *node).then_some(at));
            };
            self.fired = Some(rule);
            self.firings += 1;
            at = new;
        }
        let name = self.fired.unwrap_or_default();
        Err(Error::internal(format!("rule {name} keeps firing: {} times, last at {}", self.most, node.kind.label())))
    }

    /// The first rule that applies, and what it makes of the node.
    fn fire(&self, e: &Expr) -> Result<Option<(&'static str, Expr)>> {
        let context = Context { graph: &self.graph, c_order: &self.c_order };
        for rule in self.rules {
            let Some(new) = (rule.apply)(e, &context)? else { continue };
            if new == *e {
                continue;
            }
            if new.shape != e.shape || new.dtype != e.dtype {
                return Err(Error::internal(format!(
                    "rule {} changes {} of shape {} and dtype {} to shape {} and dtype {}",
                    rule.name,
                    e.kind.label(),
                    show_shape(&e.shape),
                    e.dtype,
                    show_shape(&new.shape),
                    new.dtype
                )));
            }
            return Ok(Some((rule.name, new)));
        }
        Ok(None)
    }
}

/// Users and heights of the nodes in use, kept up to date while nodes are replaced.
struct Graph {
    /// Distinct users of each node; roots count as users.
    users: FxHashMap<Expr, usize>,
    /// Longest way down to a node without inputs.
    heights: FxHashMap<Expr, usize>,
    /// Nodes that use each node, or did.
    above: FxHashMap<Expr, SmallVec<[Expr; 2]>>,
    /// Nodes that came into use and were not visited yet.
    born: Vec<Expr>,
}

impl Graph {
    fn new(roots: &[Expr]) -> Self {
        let mut g = Graph {
            users: FxHashMap::default(),
            heights: FxHashMap::default(),
            above: FxHashMap::default(),
            born: Vec::new(),
        };
        roots.iter().for_each(|r| g.acquire(r, 1));
        g
    }

    fn take_born(&mut self) -> BinaryHeap<Visit> {
        let born = std::mem::take(&mut self.born);
        born.into_iter().map(|node| Visit { height: self.height(&node), node, again: false }).collect()
    }

    /// Visits of the nodes that use `e`.
    fn users_of(&mut self, e: &Expr) -> Vec<Visit> {
        let above = self.above.remove(e).unwrap_or_default();
        above.into_iter().map(|node| Visit { height: self.height(&node), node, again: true }).collect()
    }

    /// The users of `old` use `new` from now on.
    fn replace(&mut self, old: &Expr, new: &Expr) {
        let n = self.users.get(old).copied().unwrap_or(0);
        self.acquire(new, n);
        self.release(old, n);
    }

    /// `n` more users of `e`; a node that comes into use uses its inputs.
    fn acquire(&mut self, e: &Expr, n: usize) {
        let mut stack = vec![(e.clone(), n)];
        while let Some((e, n)) = stack.pop() {
            let count = self.users.entry(e.clone()).or_default();
            *count += n;
            if *count == n && n > 0 {
                for i in distinct_inputs(&e) {
                    self.above.entry(i.clone()).or_default().push(e.clone());
                    stack.push((i, 1));
                }
                self.born.push(e);
            }
        }
    }

    /// `n` users less of `e`; a node that falls out of use uses nothing.
    fn release(&mut self, e: &Expr, n: usize) {
        let mut stack = vec![(e.clone(), n)];
        while let Some((e, n)) = stack.pop() {
            let Some(count) = self.users.get_mut(&e) else { continue };
            let before = *count;
            *count = before.saturating_sub(n);
            if before > 0 && *count == 0 {
                stack.extend(distinct_inputs(&e).into_iter().map(|i| (i, 1)));
            }
        }
    }

    fn height(&mut self, e: &Expr) -> usize {
        let mut stack = vec![e.clone()];
        while let Some(at) = stack.last().cloned() {
            let mut height = 0;
            let waiting = stack.len();
            for i in at.inputs() {
                match self.heights.get(i) {
                    Some(h) => height = height.max(h + 1),
                    None => stack.push(i.clone()),
                }
            }
            if stack.len() == waiting {
                self.heights.insert(at, height);
                stack.pop();
            }
        }
        self.heights[e]
    }
}

fn distinct_inputs(e: &Expr) -> SmallVec<[Expr; 3]> {
    let mut out: SmallVec<[Expr; 3]> = SmallVec::new();
    let many = matches!(e.kind, Kind::Concat { .. }) && e.inputs().len() > 8;
    let mut seen = FxHashSet::default();
    for i in e.inputs() {
        let new = if many { seen.insert(i.clone()) } else { !out.contains(i) };
        if new {
            out.push(i.clone());
        }
    }
    out
}

/// A node to visit; the highest comes first.
struct Visit {
    height: usize,
    node: Expr,
    /// Whether it was visited before some of its inputs were rewritten.
    again: bool,
}

impl Ord for Visit {
    fn cmp(&self, o: &Self) -> Ordering {
        self.height.cmp(&o.height)
    }
}

impl PartialOrd for Visit {
    fn partial_cmp(&self, o: &Self) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl PartialEq for Visit {
    fn eq(&self, o: &Self) -> bool {
        self.height == o.height
    }
}

impl Eq for Visit {}

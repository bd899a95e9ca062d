//! Calls that follow each other and that one kernel does: fewer registers written and read.

use hyperslab_base::DType;
use hyperslab_ops::{Chain, Link, OPERANDS, choice_kernel};

use crate::lower::program::{Arg, Call, Instr, Program};

/// Joins calls whose result one other call alone uses with that call. Registers are virtual still: number `r` is that of
/// call number `r`.
pub(super) fn join_calls(p: &mut Program) {
    let mut uses = vec![0usize; p.instrs.len()];
    for a in p.instrs.iter().flat_map(|i| &i.ins).chain(&p.roots) {
        if let Arg::Reg(r) = a {
            uses[*r] += 1;
        }
    }
    let mut joined = vec![false; p.instrs.len()];
    for at in 0..p.instrs.len() {
        let found = choice(p, at, &uses).or_else(|| link(p, at, &uses));
        if let Some((first, instr)) = found {
            p.instrs[at] = instr;
            joined[first] = true;
        }
    }
    let mut joined = joined.into_iter();
    p.instrs.retain(|_| !joined.next().unwrap_or(false));
}

/// A call that does the work of two, and the number of the one that comes first.
type Joined = (usize, Instr);

/// A choice together with the test that it goes by.
fn choice(p: &Program, at: usize, uses: &[usize]) -> Option<Joined> {
    let i = &p.instrs[at];
    let &[Arg::Reg(first), ..] = i.ins.as_slice() else { return None };
    let before = &p.instrs[first];
    let [test] = before.names.as_slice() else { return None };
    if i.names[..] != ["where"] || uses[first] != 1 {
        return None;
    }
    let call = Call::Kernel(choice_kernel(test, i.dtype)?);
    let ins = before.ins.iter().chain(&i.ins[1..]).copied().collect();
    let joined = Instr { names: [test, "where"].into_iter().collect(), call, ins, ..i.clone() };
    of_one_dtype(p, &joined).then_some((first, joined))
}

/// A call as the next link of a chain.
fn link(p: &Program, at: usize, uses: &[usize]) -> Option<Joined> {
    let i = &p.instrs[at];
    if i.names.len() > 1 || !of_one_dtype(p, i) {
        return None;
    }
    let before = |a: &Arg| match *a {
        Arg::Reg(r) if uses[r] == 1 => Some((r, start(p, &p.instrs[r])?)),
        _ => None,
    };
    let (place, (first, mut chain)) = i.ins.iter().enumerate().find_map(|(place, a)| Some((place, before(a)?)))?;
    let own = i.ins.iter().enumerate().find_map(|(other, a)| (other != place).then_some(*a));
    chain.push(i.names[0], place == 0, own)?;
    Some((first, chain.instr(i)))
}

/// A chain while it is put together.
struct Growing {
    names: Vec<&'static str>,
    chain: Chain,
    ins: Vec<Arg>,
}

impl Growing {
    /// Adds the operation of that name, with its own operand if it has one.
    fn push(&mut self, name: &'static str, left: bool, own: Option<Arg>) -> Option<()> {
        let own = own.map_or(0, |own| {
            self.ins.iter().position(|a| *a == own).unwrap_or_else(|| {
                self.ins.push(own);
                self.ins.len() - 1
            })
        });
        self.chain.push(Link::of(name, left)?, own);
        self.names.push(name);
        (self.ins.len() <= OPERANDS).then_some(())
    }

    /// In the place of call `i`.
    fn instr(self, i: &Instr) -> Instr {
        let Growing { names, chain, ins } = self;
        Instr { names: names.into(), call: Call::Chain(chain), ins: ins.into(), ..i.clone() }
    }
}

/// The chain that does what a call does.
fn start(p: &Program, i: &Instr) -> Option<Growing> {
    if let Call::Chain(chain) = &i.call {
        return Some(Growing { names: i.names.to_vec(), chain: chain.clone(), ins: i.ins.to_vec() });
    }
    if i.names.len() > 1 || !of_one_dtype(p, i) {
        return None;
    }
    let mut chain = Growing { names: Vec::new(), chain: Chain::new(i.dtype)?, ins: vec![i.ins[0]] };
    chain.push(i.names[0], true, i.ins.get(1).copied())?;
    Some(chain)
}

/// Whether operands and result are all of one dtype.
fn of_one_dtype(p: &Program, i: &Instr) -> bool {
    i.ins.iter().all(|&a| dtype(p, a) == i.dtype)
}

fn dtype(p: &Program, a: Arg) -> DType {
    match a {
        Arg::Leaf(l) => p.leaf_dtypes[l],
        Arg::Reg(r) => p.instrs[r].dtype,
    }
}

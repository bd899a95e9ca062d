//! Calls that follow each other and that one kernel does: fewer registers written and read.

use hyperslab_base::DType;
use hyperslab_ops::{Chain, Link, OPERANDS, choice_kernel};

use crate::lower::program::{Arg, Call, Instr, Names, Operands, Program};

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
        if let Some(first) = choose(p, at, &uses).or_else(|| link(p, at, &uses)) {
            joined[first] = true;
        }
    }
    let mut joined = joined.into_iter();
    p.instrs.retain(|_| !joined.next().unwrap_or(false));
}

/// Makes a choice do the test that it goes by as well; says which call that was.
fn choose(p: &mut Program, at: usize, uses: &[usize]) -> Option<usize> {
    let i = &p.instrs[at];
    let &[Arg::Reg(first), ..] = i.ins.as_slice() else { return None };
    let before = &p.instrs[first];
    let [test] = before.names.as_slice() else { return None };
    if i.names[..] != ["where"] || uses[first] != 1 {
        return None;
    }
    let call = Call::Kernel(choice_kernel(test, i.dtype)?);
    let ins = before.ins.iter().chain(&i.ins[1..]).copied().collect();
    let joined = Instr { names: [test, "where"].into_iter().collect(), call, ins, ..*i };
    let fits = of_one_dtype(p, &joined);
    fits.then(|| {
        p.instrs[at] = joined;
        first
    })
}

/// Makes a call the next link of a chain; says which call it follows.
fn link(p: &mut Program, at: usize, uses: &[usize]) -> Option<usize> {
    let i = &p.instrs[at];
    let name = single(p, i)?;
    let (place, first) = i.ins.iter().enumerate().find_map(|(place, a)| match *a {
        Arg::Reg(r) if uses[r] == 1 && begins(p, &p.instrs[r]) => Some((place, r)),
        _ => None,
    })?;
    let link = Link::of(name, place == 0)?;
    let own = i.ins.iter().enumerate().find_map(|(other, a)| (other != place).then_some(*a));
    let own = own.unwrap_or(p.instrs[first].ins[0]);
    if p.instrs[first].ins.len() == OPERANDS && !p.instrs[first].ins.contains(&own) {
        return None;
    }
    // Nobody asks for the first call any more: what it had is taken over.
    let (mut names, mut ins, mut chain) = taken(&mut p.instrs[first])?;
    let number = ins.iter().position(|a| *a == own).unwrap_or(ins.len());
    if number == ins.len() {
        ins.push(own);
    }
    chain.push(link, number);
    names.push(name);
    let i = &mut p.instrs[at];
    (i.names, i.ins, i.call) = (names, ins, Call::Chain(chain));
    Some(first)
}

/// The name of a call of a kernel for one operation on numbers of one dtype.
fn single(p: &Program, i: &Instr) -> Option<&'static str> {
    match (&i.call, i.names.as_slice()) {
        (Call::Kernel(_), &[name]) if of_one_dtype(p, i) => Some(name),
        _ => None,
    }
}

/// Whether a call is a chain, or may be the first of one.
fn begins(p: &Program, i: &Instr) -> bool {
    let first = || single(p, i).is_some_and(|name| Link::of(name, true).is_some() && Chain::new(i.dtype).is_some());
    matches!(i.call, Call::Chain(_)) || first()
}

/// Names, operands and chain of a call that begins one, which is left without.
fn taken(i: &mut Instr) -> Option<(Names, Operands, Chain)> {
    let mut chain = Chain::new(i.dtype)?;
    match &mut i.call {
        Call::Chain(links) => std::mem::swap(&mut chain, links),
        _ => chain.push(Link::of(i.names[0], true)?, i.ins.len() - 1),
    }
    Some((std::mem::take(&mut i.names), std::mem::take(&mut i.ins), chain))
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

//! Calls that follow each other and that one kernel does: fewer registers written and read.

use hyperslab_base::DType;
use hyperslab_ops::{Kernel, Then, chain_kernel, choice_kernel};
use smallvec::SmallVec;

use crate::lower::program::{Arg, Call, Operands, Program};

/// Joins calls whose result one other call alone uses with that call. Registers are virtual still: number `r` is that of
/// call number `r`.
pub(super) fn join_pairs(p: &mut Program) {
    let mut uses = vec![0usize; p.instrs.len()];
    for a in p.instrs.iter().flat_map(|i| &i.ins).chain(&p.roots) {
        if let Arg::Reg(r) = a {
            uses[*r] += 1;
        }
    }
    let mut joined = vec![false; p.instrs.len()];
    for second in 0..p.instrs.len() {
        let Some(Joined { first, then, ins, kernel }) = partner(p, second, &uses) else { continue };
        let name = p.instrs[first].name;
        let i = &mut p.instrs[second];
        (i.name, i.then, i.call, i.ins) = (name, then, Call::Kernel(kernel), ins);
        joined[first] = true;
    }
    let mut joined = joined.into_iter();
    p.instrs.retain(|_| !joined.next().unwrap_or(false));
}

/// What one kernel does in the place of two calls.
struct Joined {
    /// Number of the call that comes first.
    first: usize,
    /// What is done after its first operation.
    then: SmallVec<[Then; 2]>,
    ins: Operands,
    kernel: Kernel,
}

/// A call to join with call number `second`.
fn partner(p: &Program, second: usize, uses: &[usize]) -> Option<Joined> {
    let i = &p.instrs[second];
    let candidates = if i.name == "where" { &i.ins[..1] } else { &i.ins[..] };
    candidates.iter().enumerate().find_map(|(at, a)| match *a {
        Arg::Reg(first) if uses[first] == 1 => {
            let before = &p.instrs[first];
            let mut then = before.then.clone();
            then.push(Then { name: i.name, left: at == 0 });
            let kernel = match i.name {
                "where" if before.then.is_empty() => choice_kernel(before.name, i.dtype)?,
                _ => chain_kernel(before.name, &then, i.dtype)?,
            };
            let mut ins = before.ins.clone();
            ins.extend(i.ins.iter().enumerate().filter(|other| other.0 != at).map(|other| *other.1));
            let same = ins.iter().all(|&a| dtype(p, a) == i.dtype);
            same.then_some(Joined { first, then, ins, kernel })
        }
        _ => None,
    })
}

fn dtype(p: &Program, a: Arg) -> DType {
    match a {
        Arg::Leaf(l) => p.leaf_dtypes[l],
        Arg::Reg(r) => p.instrs[r].dtype,
    }
}

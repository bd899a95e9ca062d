//! Pairs of calls that one kernel does: half the registers written and read.

use hyperslab_base::DType;
use hyperslab_ops::{Kernel, choice_kernel, pair_kernel};

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
        let Some(Pair { first, ins, kernel }) = partner(p, second, &uses) else { continue };
        let name = p.instrs[first].name;
        let i = &mut p.instrs[second];
        (i.name, i.then, i.call, i.ins) = (name, Some(i.name), Call::Kernel(kernel), ins);
        joined[first] = true;
    }
    let mut joined = joined.into_iter();
    p.instrs.retain(|_| !joined.next().unwrap_or(false));
}

/// What one kernel does in the place of two calls.
struct Pair {
    /// Number of the call that comes first.
    first: usize,
    ins: Operands,
    kernel: Kernel,
}

/// A call to join with call number `second`.
fn partner(p: &Program, second: usize, uses: &[usize]) -> Option<Pair> {
    let i = &p.instrs[second];
    let candidates = if i.name == "where" { &i.ins[..1] } else { &i.ins[..] };
    candidates.iter().enumerate().filter(|_| i.then.is_none()).find_map(|(at, a)| match *a {
        Arg::Reg(first) if uses[first] == 1 && p.instrs[first].then.is_none() => {
            let mut ins = p.instrs[first].ins.clone();
            let kernel = match i.name {
                "where" => choice_kernel(p.instrs[first].name, i.dtype)?,
                _ => pair_kernel(p.instrs[first].name, i.name, at == 0, i.dtype)?,
            };
            ins.extend(i.ins.iter().enumerate().filter(|other| other.0 != at).map(|other| *other.1));
            let same = ins.iter().all(|&a| dtype(p, a) == i.dtype);
            same.then_some(Pair { first, ins, kernel })
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

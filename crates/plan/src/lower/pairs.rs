//! Pairs of calls that one kernel does: half the registers written and read.

use hyperslab_ops::{Kernel, pair_kernel};

use crate::lower::program::{Arg, Call, Instr, Program};

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
        let Some((first, at, kernel)) = partner(&p.instrs, second, &uses) else { continue };
        let third = p.instrs[second].ins[1 - at];
        let (name, mut ins) = (p.instrs[first].name, p.instrs[first].ins.clone());
        ins.push(third);
        let i = &mut p.instrs[second];
        (i.name, i.then, i.call, i.ins) = (name, Some(i.name), Call::Kernel(kernel), ins);
        joined[first] = true;
    }
    let mut joined = joined.into_iter();
    p.instrs.retain(|_| !joined.next().unwrap_or(false));
}

/// A call to join with call number `second`: its number, which operand it is, and the kernel of both.
fn partner(instrs: &[Instr], second: usize, uses: &[usize]) -> Option<(usize, usize, Kernel)> {
    let i = &instrs[second];
    let single = |i: &Instr| i.then.is_none() && i.ins.len() == 2;
    i.ins.iter().enumerate().filter(|_| single(i)).find_map(|(at, a)| match *a {
        Arg::Reg(first) if uses[first] == 1 && single(&instrs[first]) && instrs[first].dtype == i.dtype => {
            let kernel = pair_kernel(instrs[first].name, i.name, at == 0, i.dtype)?;
            Some((first, at, kernel))
        }
        _ => None,
    })
}

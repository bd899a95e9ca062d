//! Calls that follow each other and that one kernel does: fewer registers written and read.

use hyperslab_base::DType;
use hyperslab_ops::{Chain, Link, OPERANDS, choice_kernel};
use rustc_hash::FxHashSet;
use smallvec::{SmallVec, smallvec};

use crate::lower::program::{Arg, Call, Instr, Leaf, Names, Operands, Program, Told, ToldLink};

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
        if let Some(first) = choose(p, at, &uses) {
            joined[first] = true;
        } else if let Some((first, product)) = link(p, at, &uses) {
            product.into_iter().chain([first]).for_each(|call| joined[call] = true);
        }
    }
    for at in (0..p.instrs.len()).filter(|&at| !joined[at]) {
        alone(p, at);
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
    let names = [test, "where"].into_iter().collect();
    let joined = Instr { names, call, ins, told: Told::default(), ..*i };
    let fits = of_one_dtype(p, &joined);
    fits.then(|| {
        p.instrs[at] = joined;
        first
    })
}

/// Makes a call the next of a chain; says which call it follows, and which one's product it computes as well.
fn link(p: &mut Program, at: usize, uses: &[usize]) -> Option<(usize, Option<usize>)> {
    // The longer chain, where both operands are the end of one.
    let ends = p.instrs[at].ins.iter().enumerate().rev().filter_map(|(place, a)| match *a {
        Arg::Reg(r) if uses[r] == 1 && begins(p, r) => Some((place, r)),
        _ => None,
    });
    let (place, first) = ends.max_by_key(|&(_, r)| p.instrs[r].names.len())?;
    let mut links = links(p, at, place)?;
    let before = &p.instrs[first].ins;
    let fits = |links: &Links| {
        let own = links.iter().filter_map(|(_, own)| *own).flatten();
        before.iter().copied().chain(own).collect::<FxHashSet<Arg>>().len() <= OPERANDS
    };
    let product = product(p, &links, uses).filter(|(_, links)| fits(links)).map(|(call, of_product)| {
        links = of_product;
        call
    });
    if !fits(&links) {
        return None;
    }
    // Nobody asks for the first call any more: what it had is taken over.
    let (mut names, ins, chain, told) = taken(p, first)?;
    names.extend(product.map(|call| p.instrs[call].names[0]));
    names.append(&mut p.instrs[at].names);
    let of_product = product.and_then(|call| p.instrs[call].told.name);
    let i = &mut p.instrs[at];
    let name = std::mem::replace(&mut i.told, told).name;
    (i.names, i.ins, i.call) = (names, ins, Call::Chain(chain));
    push(i, &links, [name, of_product]);
    Some((first, product))
}

/// Makes a call with a constant a chain of its own: chains keep constants in a register.
fn alone(p: &mut Program, at: usize) {
    let i = &p.instrs[at];
    let constant = |a: &Arg| matches!(a, Arg::Leaf(l) if matches!(p.leaves[*l], Leaf::Const(_)));
    if i.ins.iter().any(constant)
        && let Some(links) = links(p, at, 0)
    {
        begin(&mut p.instrs[at], &links);
    }
}

/// Operations of a chain, each with its own operands if it has any.
type Links = SmallVec<[(Link, Option<[Arg; 2]>); 2]>;

/// What a kernel on floats of one dtype does to its operand of that place, when it is something that chains do.
fn links(p: &Program, at: usize, place: usize) -> Option<Links> {
    let i = &p.instrs[at];
    if !matches!(i.call, Call::Kernel(_)) || !of_one_dtype(p, i) || Chain::new(i.dtype).is_none() {
        return None;
    }
    let own = |k: usize| Some([i.ins[k]; 2]);
    Some(match (i.names.as_slice(), place) {
        (["clip"], 0) => smallvec![(Link::Maximum, own(1)), (Link::Minimum, own(2))],
        (["isnan", "where"], 0) if i.ins[2] == i.ins[0] => smallvec![(Link::FillNan, own(1))],
        (&[name], _) if i.ins.len() == 1 => smallvec![(Link::of(name, true)?, None)],
        (&[name], _) if i.ins.len() == 2 => smallvec![(Link::of(name, place == 0)?, own(1 - place))],
        _ => return None,
    })
}

/// The links with the product that they add or subtract, where nobody else wants it, and the call that computes it.
fn product(p: &Program, links: &Links, uses: &[usize]) -> Option<(usize, Links)> {
    let &[(link, Some([Arg::Reg(r), _]))] = links.as_slice() else { return None };
    let i = &p.instrs[r];
    let single = matches!(i.call, Call::Kernel(_)) && of_one_dtype(p, i) && uses[r] == 1;
    let factors = match (i.names.as_slice(), i.ins.as_slice()) {
        (["multiply"], &[a, b]) if single => [a, b],
        (["square"], &[a]) if single => [a; 2],
        _ => return None,
    };
    Some((r, smallvec![(link.of_product()?, Some(factors))]))
}

/// Whether a call is a chain, or may be the first of one.
fn begins(p: &Program, at: usize) -> bool {
    matches!(p.instrs[at].call, Call::Chain(_)) || links(p, at, 0).is_some()
}

/// Makes a call a chain of those links, of its first operand.
fn begin(i: &mut Instr, links: &Links) {
    if let Some(chain) = Chain::new(i.dtype) {
        i.call = Call::Chain(chain);
        i.ins.truncate(1);
        let name = i.told.name.take();
        push(i, links, [name, None]);
    }
}

/// Names, operands and chain of a call that is one, or begins one, with what warnings look at; the call is left without.
fn taken(p: &mut Program, at: usize) -> Option<(Names, Operands, Chain, Told)> {
    if let Some(links) = links(p, at, 0) {
        begin(&mut p.instrs[at], &links);
    }
    let i = &mut p.instrs[at];
    let Call::Chain(chain) = &mut i.call else { return None };
    let chain = std::mem::replace(chain, Chain::new(i.dtype)?);
    Some((std::mem::take(&mut i.names), std::mem::take(&mut i.ins), chain, std::mem::take(&mut i.told)))
}

/// Adds links to a chain, and to its operands those that they have of their own; warnings call them `name`, and a product
/// `of_product`.
fn push(i: &mut Instr, links: &Links, [name, of_product]: [Option<&'static str>; 2]) {
    let Call::Chain(chain) = &mut i.call else { return };
    let mut number = |a: Arg| {
        i.ins.iter().position(|b| *b == a).unwrap_or_else(|| {
            i.ins.push(a);
            i.ins.len() - 1
        })
    };
    for (link, own) in links {
        let own = own.map_or([0; 2], |own| own.map(&mut number));
        chain.push(*link, own);
        i.told.links.push(ToldLink { link: *link, own, name, product: of_product });
    }
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

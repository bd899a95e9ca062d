//! Floating-point errors of a computation, as NumPy tells them: which operation met which, each once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use hyperslab_base::{AlignedBytes, DType};
use hyperslab_ops::{Chain, Link, Rows};
use hyperslab_plan::lower::program::{Call, Instr, Program, ToldLink};

use crate::elements::{Elements, operands};
use crate::judge;
use crate::looks::{Looks, looks};
use crate::status;

/// What a computation looks for, and what it met. Kinds are sums of 1 for division by zero, 2 for overflow, 4 for
/// underflow and 8 for what is invalid, as NumPy has them.
#[derive(Debug)]
pub struct FloatErrors {
    wanted: u8,
    met: Mutex<BTreeMap<&'static str, u8>>,
}

impl FloatErrors {
    /// Looks for those kinds.
    pub fn new(wanted: u8) -> Self {
        FloatErrors { wanted, met: Mutex::default() }
    }

    /// Operations by NumPy's names, in alphabetical order, and the kinds that each met.
    pub fn met(&self) -> Vec<(&'static str, u8)> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(name, kinds)| (*name, *kinds)).collect()
    }

    /// The kinds that are looked for and that an operation has not met yet.
    fn open(&self, name: &'static str) -> u8 {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        self.wanted & !met.get(name).copied().unwrap_or(0)
    }

    fn note(&self, name: &'static str, kinds: u8) {
        if kinds != 0 {
            *self.met.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() |= kinds;
        }
    }

    /// Notes what results of a reduction show, whose folding raised those flags.
    pub(crate) fn reduced(&self, out: Elements<'_>, raised: u8) {
        self.note("reduce", judge::reduced(out, raised & self.wanted));
    }

    /// Notes what results of a scan show that raised those flags.
    pub(crate) fn accumulated(&self, out: Elements<'_>, raised: u8) {
        self.note("accumulate", judge::accumulated(out, raised & self.open("accumulate")));
    }

    /// Notes what a tile shows whose logarithms are folded, where folding it raised those flags.
    pub(crate) fn logarithms(&self, name: &'static str, dtype: DType, tile: Rows<'_>, raised: u8) {
        let wanted = self.open(name) & judge::OF_LOG;
        if wanted & raised == 0 {
            return;
        }
        let rows = (0..tile.rows).map(|r| tile.row(r, dtype.itemsize()));
        let found = rows.fold(0, |found, row| found | judge::logarithms(Elements { dtype, bytes: row.bytes }));
        self.note(name, found & wanted);
    }

    /// The kinds that a call may still meet.
    fn open_of(&self, i: &Instr) -> u8 {
        let of =
            |name: Option<&'static str>, row| name.map_or(0, |name| self.open(name) & judge::possible(row, i.dtype));
        if let (Call::Foreign(_), Some(name)) = (&i.call, i.told.name) {
            return self.open(name);
        }
        let link = |l: &ToldLink| {
            let name = l.name.filter(|_| judge::raises(l.link));
            of(name, Some(judge::row_of(l.link).0)) | of(l.product, Some("multiply"))
        };
        i.told.links.iter().map(link).fold(of(i.told.name, i.told.row), |open, of_link| open | of_link)
    }
}

/// Looks at the calls of a program, tile by tile.
pub(crate) struct Watch<'a> {
    errors: &'a FloatErrors,
    /// How each call is looked at, and the kinds that it may still meet.
    calls: Vec<(Looks, u8)>,
}

impl<'a> Watch<'a> {
    /// For a program, where anything is looked for that its calls may meet.
    pub fn new(errors: &'a FloatErrors, program: &Program) -> Option<Self> {
        let of = |i: &Instr| match looks(i, errors.wanted) {
            Looks::Not => (Looks::Not, 0),
            looks => (looks, errors.open_of(i)),
        };
        let calls: Vec<(Looks, u8)> = program.instrs.iter().map(of).collect();
        calls.iter().any(|(_, open)| *open != 0).then_some(Watch { errors, calls })
    }

    /// Before call number `at`.
    pub fn before(&self, at: usize) {
        if let (Looks::Flags, 1..) = self.calls[at] {
            status::clear();
        }
    }

    /// Whether [`after`](Self::after) has anything to look at.
    pub fn asks(&self, at: usize) -> bool {
        match self.calls[at] {
            (_, 0) | (Looks::Not, _) => false,
            (Looks::Flags, open) => status::raised() & open != 0,
            (Looks::Values, _) => true,
        }
    }

    /// Looks at what call number `at` made of its operands.
    pub fn after(&mut self, at: usize, i: &Instr, ins: &[&[u8]], out: &[u8]) {
        let open = match (&i.call, i.told.name) {
            (Call::Chain(_), _) => {
                self.chain(i, ins, out);
                self.errors.open_of(i)
            }
            (Call::Foreign(_), Some(name)) => {
                self.errors.note(name, status::raised() & self.calls[at].1);
                self.errors.open(name)
            }
            (Call::Scan { .. }, _) => {
                self.errors.accumulated(Elements { dtype: i.dtype, bytes: out }, status::raised());
                self.errors.open_of(i)
            }
            (_, Some(name)) => {
                let ins = operands(&i.told.ins, ins);
                let found = judge::kinds(i.told.row, &ins, Elements { dtype: i.dtype, bytes: out }, self.calls[at].1);
                self.errors.note(name, found);
                self.calls[at].1 & !found
            }
            _ => 0,
        };
        self.calls[at].1 = open;
    }

    /// Computes a chain once more, one operation at a time. Without memory for that, nothing is found.
    #[cold]
    fn chain(&self, i: &Instr, ins: &[&[u8]], out: &[u8]) {
        let rooms = [(); 3].map(|()| AlignedBytes::zeroed(out.len()).ok());
        let [Some(mut now), Some(mut next), Some(mut product)] = rooms else { return };
        let first = ins[0];
        now.bytes_mut().chunks_mut(first.len().max(1)).for_each(|part| part.copy_from_slice(&first[..part.len()]));
        for told in &i.told.links {
            let [own, other] = told.own.map(|k| ins[k]);
            let (link, own) = match judge::of_sum(told.link) {
                Some(sum) => {
                    self.link(Link::Multiply, told.product, i, [own, other], product.bytes_mut());
                    (sum, product.bytes())
                }
                None => (told.link, own),
            };
            self.link(link, told.name, i, [now.bytes(), own], next.bytes_mut());
            std::mem::swap(&mut now, &mut next);
        }
    }

    /// Computes one operation of a chain, and looks at it.
    fn link(&self, link: Link, name: Option<&'static str>, i: &Instr, ins: [&[u8]; 2], out: &mut [u8]) {
        let Some(mut chain) = Chain::new(i.dtype) else { return };
        // A product of a constant: operand 0 has as many elements as the result, or one.
        chain.push(link, [1, 1]);
        status::clear();
        chain.run(&ins, out);
        let Some(name) = name.filter(|_| judge::raises(link)) else { return };
        let open = self.errors.open(name);
        if status::raised() & open == 0 {
            return;
        }
        let (row, turned, count) = judge::row_of(link);
        let [before, own] = ins.map(|bytes| Elements { dtype: i.dtype, bytes });
        let ins = if turned { [own, before] } else { [before, own] };
        self.errors.note(name, judge::kinds(Some(row), &ins[..count], Elements { dtype: i.dtype, bytes: out }, open));
    }
}

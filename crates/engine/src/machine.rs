//! The interpreter of tile programs: one kernel call per instruction and tile.

use hyperslab_base::{AlignedBytes, Result};
use hyperslab_ops::{Kernel, OPERANDS, Rows};
use hyperslab_plan::lower::program::{Arg, Call, Program};

use crate::loader::Loader;
use crate::walk::{LINE, Tile};

/// An input during a walk.
pub(crate) enum Source<'a> {
    /// A constant, repeated through a whole tile.
    Const(AlignedBytes, usize),
    /// Memory, as operand number `.1` of the walk.
    Memory(Box<Loader<'a>>, usize),
}

impl Source<'_> {
    /// Bytes of an element.
    fn item(&self) -> usize {
        match self {
            Source::Const(_, item) => *item,
            Source::Memory(loader, _) => loader.item,
        }
    }

    /// The tile loaded last, of `n` elements, unless its rows lie apart.
    fn tile(&self, n: usize) -> &[u8] {
        match self {
            Source::Const(tile, item) => &tile.bytes()[..n * item],
            Source::Memory(loader, _) => loader.tile(n),
        }
    }

    /// The tile loaded last, as it lies.
    fn rows(&self, rows: usize, cols: usize) -> Rows<'_> {
        match self {
            Source::Const(..) => Rows::contiguous(self.tile(rows * cols), rows, cols),
            Source::Memory(loader, _) => loader.rows(rows, cols),
        }
    }
}

/// Registers, and the interpreter of programs: one kernel call per instruction and tile.
pub(crate) struct Machine {
    /// The registers, one after the other.
    memory: AlignedBytes,
    registers: Vec<Register>,
}

/// Where a register lies.
#[derive(Clone, Copy)]
struct Register {
    start: usize,
    end: usize,
    item: usize,
}

impl Machine {
    /// For tiles of at most `room` elements.
    pub fn new(program: &Program, room: usize) -> Result<Self> {
        let mut end = 0;
        let place = |&item: &usize| {
            let start = end;
            end += (room * item).next_multiple_of(LINE);
            Register { start, end, item }
        };
        let registers = program.registers.iter().map(place).collect();
        Ok(Machine { memory: AlignedBytes::zeroed(end)?, registers })
    }

    /// Runs every instruction on a tile; `scan` does what the scan of that number has to do. The instruction of the
    /// number that `direct` gives writes to memory rather than to its register.
    pub fn run(
        &mut self,
        program: &Program,
        leaves: &[Source<'_>],
        tile: &Tile<'_>,
        mut direct: Option<(usize, &mut [u8])>,
        mut scan: impl FnMut(usize, Rows<'_>, &mut [u8]),
    ) {
        let n = tile.rows * tile.cols;
        let pieces = program.pieces();
        let (mut part, mut scans) = (0, 0);
        let mut prefetch = || {
            for leaf in leaves {
                if let Source::Memory(loader, _) = leaf {
                    loader.prefetch(part);
                }
            }
            part += 1;
        };
        for (at, i) in program.instrs.iter().enumerate() {
            let out = self.registers[i.out];
            let (below, rest) = self.memory.bytes_mut().split_at_mut(out.start);
            let (result, above) = rest.split_at_mut(out.end - out.start);
            let register = |r: usize| match self.registers[r] {
                r if r.start < out.start => &below[r.start..][..n * r.item],
                r => &above[r.start - out.end..][..n * r.item],
            };
            let mut ins: [&[u8]; OPERANDS] = [&[]; OPERANDS];
            for (slot, a) in ins.iter_mut().zip(&i.ins) {
                *slot = match *a {
                    Arg::Reg(r) => register(r),
                    Arg::Leaf(l) => leaves[l].tile(n),
                };
            }
            let ins = &mut ins[..i.ins.len()];
            let result = match &mut direct {
                Some((number, memory)) if *number == at => &mut **memory,
                _ => &mut result[..n * out.item],
            };
            match &i.call {
                Call::Kernel(kernel) if pieces == 1 => {
                    prefetch();
                    kernel(ins, result);
                }
                Call::Kernel(kernel) => {
                    let mut items = [0; OPERANDS];
                    for (item, a) in items.iter_mut().zip(&i.ins) {
                        *item = match *a {
                            Arg::Reg(r) => self.registers[r].item,
                            Arg::Leaf(l) => leaves[l].item(),
                        };
                    }
                    in_pieces(*kernel, (ins, items), (result, out.item), n.div_ceil(pieces), &mut prefetch);
                }
                Call::Scan { .. } => {
                    prefetch();
                    let data = match i.ins[0] {
                        Arg::Leaf(l) => leaves[l].rows(tile.rows, tile.cols),
                        Arg::Reg(_) => Rows::contiguous(ins[0], tile.rows, tile.cols),
                    };
                    scan(scans, data, result);
                    (1..pieces).for_each(|_| prefetch());
                    scans += 1;
                }
            }
        }
    }

    /// A root's tile.
    pub fn rows<'b>(&'b self, a: Arg, leaves: &'b [Source<'_>], tile: &Tile<'_>) -> Rows<'b> {
        match a {
            Arg::Leaf(l) => leaves[l].rows(tile.rows, tile.cols),
            Arg::Reg(r) => {
                let Register { start, item, .. } = self.registers[r];
                let bytes = &self.memory.bytes()[start..][..tile.rows * tile.cols * item];
                Rows::contiguous(bytes, tile.rows, tile.cols)
            }
        }
    }
}

/// Vectors of the longest kind, of whatever elements.
const WHOLE_VECTORS: usize = 64;

/// Computes a tile in calls of about `most` elements, each after one of `before`. Operands come with the bytes of an
/// element of each.
fn in_pieces(
    kernel: Kernel,
    (ins, items): (&mut [&[u8]], [usize; OPERANDS]),
    (mut out, item): (&mut [u8], usize),
    most: usize,
    mut before: impl FnMut(),
) {
    let most = most.next_multiple_of(WHOLE_VECTORS);
    while out.len() > most * item {
        before();
        let mut now: [&[u8]; OPERANDS] = [&[]; OPERANDS];
        for ((now, all), item) in now.iter_mut().zip(ins.iter_mut()).zip(items) {
            (*now, *all) = all.split_at(most * item);
        }
        let (first, rest) = out.split_at_mut(most * item);
        kernel(&now[..ins.len()], first);
        out = rest;
    }
    before();
    kernel(ins, out);
}

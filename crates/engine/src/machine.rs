//! The interpreter of tile programs: one kernel call per instruction and tile.

use hyperslab_base::{AlignedBytes, Result};
use hyperslab_ops::{BLOCK, OPERANDS, Rows};
use hyperslab_plan::lower::program::{Arg, Call, Program};
use smallvec::SmallVec;

use crate::float_errors::{FloatErrors, Watch};
use crate::loader::Loader;
use crate::walk::{LINE, Tile};

/// An input during a walk.
pub(crate) enum Source<'a> {
    /// A constant, repeated through a whole tile.
    Const(AlignedBytes, usize),
    /// Memory, as operand number `.1` of the walk.
    Memory(Box<Loader<'a>>, usize),
    /// Positions as uint64, made tile by tile: the first one, and operand number `.2` of the walk.
    Lines(AlignedBytes, i64, usize),
}

impl Source<'_> {
    /// Bytes of an element.
    fn item(&self) -> usize {
        match self {
            Source::Const(_, item) => *item,
            Source::Lines(..) => size_of::<u64>(),
            Source::Memory(loader, _) => loader.item,
        }
    }

    /// The tile loaded last, of `n` elements, unless its rows lie apart.
    fn tile(&self, n: usize) -> &[u8] {
        match self {
            Source::Const(tile, item) => &tile.bytes()[..n * item],
            Source::Lines(tile, ..) => &tile.bytes()[..n * size_of::<u64>()],
            Source::Memory(loader, _) => loader.tile(n),
        }
    }

    /// The tile loaded last, as it lies.
    fn rows(&self, rows: usize, cols: usize) -> Rows<'_> {
        match self {
            Source::Const(..) | Source::Lines(..) => Rows::contiguous(self.tile(rows * cols), rows, cols),
            Source::Memory(loader, _) => loader.rows(rows, cols),
        }
    }
}

/// Registers, and the interpreter of programs: one kernel call per instruction and tile.
pub(crate) struct Machine<'e> {
    /// The registers, one after the other.
    memory: AlignedBytes,
    registers: Vec<Register>,
    /// Looks for floating-point errors, where these are wanted.
    watch: Option<Watch<'e>>,
}

/// Where a register lies.
#[derive(Clone, Copy)]
struct Register {
    start: usize,
    end: usize,
    item: usize,
}

impl<'e> Machine<'e> {
    /// For tiles of at most `room` elements.
    pub fn new(program: &Program, room: usize, errors: Option<&'e FloatErrors>) -> Result<Self> {
        let mut end = 0;
        let place = |&item: &usize| {
            let start = end;
            end += (room * item).next_multiple_of(LINE);
            Register { start, end, item }
        };
        let registers = program.registers.iter().map(place).collect();
        let watch = errors.and_then(|errors| Watch::new(errors, program));
        Ok(Machine { memory: AlignedBytes::zeroed(end)?, registers, watch })
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
        let asks = |leaf: &Source<'_>| matches!(leaf, Source::Memory(loader, _) if loader.asks());
        let pieces = if leaves.iter().any(asks) { program.pieces() } else { 1 };
        let most = n.div_ceil(pieces);
        let (mut ahead, mut scans) = (Ahead { leaves, part: 0 }, 0);
        for (at, i) in program.instrs.iter().enumerate() {
            let out = self.registers[i.out];
            let (below, rest) = self.memory.bytes_mut().split_at_mut(out.start);
            let (result, above) = rest.split_at_mut(out.end - out.start);
            let register = |r: usize| match self.registers[r] {
                r if r.start < out.start => &below[r.start..][..n * r.item],
                r => &above[r.start - out.end..][..n * r.item],
            };
            let mut ins = [Operand::default(); OPERANDS];
            for (slot, a) in ins.iter_mut().zip(&i.ins) {
                *slot = match *a {
                    Arg::Reg(r) => Operand { bytes: register(r), item: self.registers[r].item },
                    // Chains take constants as one element.
                    Arg::Leaf(l) => match (&leaves[l], &i.call) {
                        (Source::Const(tile, item), Call::Chain(_)) => {
                            Operand { bytes: &tile.bytes()[..*item], item: 0 }
                        }
                        (leaf, _) => Operand { bytes: leaf.tile(n), item: leaf.item() },
                    },
                };
            }
            let ins = &ins[..i.ins.len()];
            let result = match &mut direct {
                Some((number, memory)) if *number == at => &mut **memory,
                _ => &mut result[..n * out.item],
            };
            if let Some(watch) = &self.watch {
                watch.before(at);
            }
            match &i.call {
                Call::Kernel(kernel) => {
                    in_pieces(ins, (result, out.item), (n, most.next_multiple_of(BLOCK)), kernel, || ahead.ask())
                }
                Call::Foreign(f) => {
                    let kernel = |ins: &[&[u8]], out: &mut [u8]| f.run(ins, out);
                    in_pieces(ins, (result, out.item), (n, most.next_multiple_of(BLOCK)), kernel, || ahead.ask());
                }
                Call::Chain(chain) => {
                    let kernel = |ins: &[&[u8]], out: &mut [u8]| chain.run(ins, out);
                    let most = most.next_multiple_of(chain.grain());
                    in_pieces(ins, (result, out.item), (n, most), kernel, || ahead.ask());
                }
                Call::Random(draw) => {
                    let kernel = |ins: &[&[u8]], out: &mut [u8]| draw.run(ins, out);
                    in_pieces(ins, (result, out.item), (n, most.next_multiple_of(BLOCK)), kernel, || ahead.ask());
                }
                Call::Scan { .. } => {
                    ahead.ask();
                    let data = match i.ins[0] {
                        Arg::Leaf(l) => leaves[l].rows(tile.rows, tile.cols),
                        Arg::Reg(_) => Rows::contiguous(ins[0].bytes, tile.rows, tile.cols),
                    };
                    scan(scans, data, result);
                    scans += 1;
                }
            }
            if let Some(watch) = self.watch.as_mut().filter(|watch| watch.asks(at)) {
                watch.after(at, i, &bytes_of(ins), result);
            }
            while ahead.part < (at + 1) * pieces {
                ahead.ask();
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

/// An operand of a call.
#[derive(Clone, Copy, Default)]
struct Operand<'a> {
    bytes: &'a [u8],
    /// Bytes of an element; 0 when all of `bytes` are for every piece.
    item: usize,
}

fn bytes_of<'a>(ins: &[Operand<'a>]) -> SmallVec<[&'a [u8]; OPERANDS]> {
    ins.iter().map(|operand| operand.bytes).collect()
}

/// The memory of a tile some way ahead, asked for in parts.
struct Ahead<'l, 'a> {
    leaves: &'l [Source<'a>],
    part: usize,
}

impl Ahead<'_, '_> {
    /// Asks for the next part.
    fn ask(&mut self) {
        for leaf in self.leaves {
            if let Source::Memory(loader, _) = leaf {
                loader.prefetch(self.part);
            }
        }
        self.part += 1;
    }
}

/// Computes `n` elements of `item` bytes in calls of at most `most`, but of at least [`BLOCK`] where there are as many:
/// each after one of `before`.
fn in_pieces(
    ins: &[Operand<'_>],
    (out, item): (&mut [u8], usize),
    (n, most): (usize, usize),
    kernel: impl Fn(&[&[u8]], &mut [u8]),
    mut before: impl FnMut(),
) {
    let mut from = 0;
    while from < n {
        before();
        let to = match n - from {
            left if left <= most || left < 2 * BLOCK => n,
            left => from + most.min(left - BLOCK),
        };
        let mut now: [&[u8]; OPERANDS] = [&[]; OPERANDS];
        for (now, &Operand { bytes, item }) in now.iter_mut().zip(ins) {
            *now = if item == 0 { bytes } else { &bytes[from * item..to * item] };
        }
        kernel(&now[..ins.len()], &mut out[from * item..to * item]);
        from = to;
    }
}

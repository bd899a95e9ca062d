//! Random small plans: a tape of numbers, read as instructions.

use hyperslab_base::{Block, Bool, ChunkGrid, Complex64, DType, DimChunks, Scalar};
use hyperslab_plan::build::{self, Index, Operand};
use hyperslab_plan::{Expr, Kind};

use crate::common::source;

const DTYPES: [DType; 7] =
    [DType::Float64, DType::Float32, DType::Int64, DType::Int32, DType::UInt8, DType::Bool, DType::Complex128];
const SPECIAL: [f64; 10] = [0.0, -0.0, 1.0, -1.0, 2.5, -3.25, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];
/// Elements that an array of a plan may have.
const MAX_COUNT: u64 = 600;

/// Numbers that decide; 0 when it has run out, so that shorter tapes make simpler plans.
pub struct Tape<'a> {
    words: &'a [u32],
    at: usize,
}

impl Tape<'_> {
    fn below(&mut self, n: usize) -> usize {
        let w = self.words.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        w as usize % n
    }

    fn pick<'p, T>(&mut self, from: &'p [T]) -> &'p T {
        let i = self.below(from.len());
        &from[i]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }
}

/// The plan that a tape describes: its last array, and sometimes one from the middle.
pub fn plan(words: &[u32]) -> Vec<Expr> {
    let mut t = Tape { words, at: 0 };
    let mut pool = vec![new_source(&mut t, None), new_source(&mut t, None)];
    while t.at < words.len() {
        // Mostly the newest array, so that plans grow deep.
        let e = if t.chance(3) { t.pick(&pool).clone() } else { pool[pool.len() - 1].clone() };
        let new = step(&mut t, &pool, &e);
        pool.extend(new.filter(|e| e.shape.iter().product::<u64>() <= MAX_COUNT && e.ndim() <= 5));
    }
    let mut roots = vec![pool[pool.len() - 1].clone()];
    if t.chance(2) || words.len().is_multiple_of(4) {
        roots.push(pool[pool.len() / 2].clone());
    }
    roots
}

fn step(t: &mut Tape<'_>, pool: &[Expr], e: &Expr) -> Option<Expr> {
    match t.below(17) {
        0 => unary(t, e),
        1 => binary(t, pool, e),
        2 => with_constant(t, e),
        3 => Some(choice(t, e)),
        4 | 5 => Some(indexed(t, e)),
        6 => Some(transposed(t, e)),
        7 => {
            let mut shape = e.shape.clone();
            shape.insert(0, 1 + t.below(3) as u64);
            build::broadcast_to(e, &shape, None).ok()
        }
        8 => reshaped(t, e),
        9 | 10 => gathered(t, e),
        11 => concatenated(t, pool, e),
        12 => reduced(t, e),
        13 => product(t, pool, e),
        14 => scanned(t, e),
        15 => build::cast(e, *t.pick(&DTYPES)).ok(),
        _ => leaf_or_rechunk(t, e),
    }
}

fn new_source(t: &mut Tape<'_>, shape: Option<&[u64]>) -> Expr {
    let dtype = *t.pick(&DTYPES);
    let random: Vec<u64> = (0..t.below(4)).map(|_| if t.chance(12) { 0 } else { 1 + t.below(4) as u64 }).collect();
    let shape = shape.unwrap_or(&random);
    let mut block = Block::zeroed(dtype, shape).unwrap();
    for slot in block.bytes_mut().chunks_exact_mut(dtype.itemsize()) {
        slot.copy_from_slice(scalar(t, dtype).bytes());
    }
    let resident = t.chance(2);
    source(block, resident)
}

fn scalar(t: &mut Tape<'_>, dtype: DType) -> Scalar {
    match dtype {
        DType::Bool => Scalar::new(Bool::from(t.chance(2))),
        DType::Complex128 => Scalar::new(Complex64::new(*t.pick(&SPECIAL), t.below(9) as f64 - 4.5)),
        d if d.is_integer() => Scalar::from_f64(d, t.below(200) as f64 - 50.0),
        d if t.chance(3) => Scalar::from_f64(d, *t.pick(&SPECIAL)),
        d => Scalar::from_f64(d, t.below(1000) as f64 / 7.0 - 60.0),
    }
}

fn array(e: &Expr) -> Operand {
    Operand::Array(e.clone())
}

/// An array of the pool that broadcasts with `e`, or a new one of its shape or with an axis of length 1.
fn partner(t: &mut Tape<'_>, pool: &[Expr], e: &Expr) -> Expr {
    let other = t.pick(pool).clone();
    if hyperslab_base::broadcast_shapes(&[&e.shape, &other.shape]).is_ok() {
        return other;
    }
    let mut shape = e.shape.clone();
    if !shape.is_empty() && t.chance(2) {
        let d = t.below(shape.len());
        shape[d] = 1;
    }
    new_source(t, Some(&shape))
}

fn unary(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let name = t.pick(&["negative", "square", "sqrt", "absolute", "isnan", "exp", "sign"]);
    build::ufunc(name, &[array(e)], None).ok()
}

fn binary(t: &mut Tape<'_>, pool: &[Expr], e: &Expr) -> Option<Expr> {
    let other = partner(t, pool, e);
    let name = t.pick(&["add", "subtract", "multiply", "maximum", "less", "divide", "logical_and"]);
    build::ufunc(name, &[array(e), array(&other)], None).ok()
}

fn with_constant(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let (name, values): (&str, &[f64]) = match t.below(3) {
        0 => ("power", &[2.0, 1.0, 0.0, -1.0, 0.5, 3.0]),
        1 => ("divide", &[2.0, -0.25, 3.0, 1024.0]),
        _ => ("multiply", &[2.0, 0.5, 0.0]),
    };
    let v = *t.pick(values);
    let constant = match e.dtype.is_integer() {
        true => Operand::Int(v as i128),
        false => Operand::Float(v),
    };
    build::ufunc(name, &[array(e), constant], None).ok()
}

fn choice(t: &mut Tape<'_>, e: &Expr) -> Expr {
    let truth = Scalar::new(Bool::from(t.chance(2)));
    let condition = build::fill(truth, &e.shape, ChunkGrid::single(&e.shape)).unwrap();
    let other = constant(t, e.dtype, &e.shape);
    build::ufunc("where", &[array(&condition), array(e), array(&other)], None).unwrap()
}

fn constant(t: &mut Tape<'_>, dtype: DType, shape: &[u64]) -> Expr {
    let value = scalar(t, dtype);
    build::fill(value, shape, ChunkGrid::single(shape)).unwrap()
}

fn indexed(t: &mut Tape<'_>, e: &Expr) -> Expr {
    let mut items = Vec::new();
    for &n in &e.shape {
        if t.chance(8) {
            items.push(Index::NewAxis);
        }
        items.push(match t.below(4) {
            0 if n > 0 => Index::Int(t.below(n as usize) as i64),
            1 => Index::Slice { start: None, stop: None, step: Some(-1) },
            2 => Index::Slice { start: None, stop: None, step: None },
            _ => {
                let bound = |t: &mut Tape<'_>| t.chance(2).then(|| t.below(7) as i64 - 3);
                Index::Slice { start: bound(t), stop: bound(t), step: Some(*t.pick(&[1, 2, -1, -2])) }
            }
        });
    }
    build::index(e, &items).unwrap()
}

fn transposed(t: &mut Tape<'_>, e: &Expr) -> Expr {
    let mut left: Vec<i64> = (0..e.ndim() as i64).collect();
    let perm: Vec<i64> = (0..e.ndim())
        .map(|_| {
            let i = t.below(left.len());
            left.remove(i)
        })
        .collect();
    build::transpose(e, &perm).unwrap()
}

fn reshaped(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let mut shape: Vec<i64> = e.shape.iter().map(|&n| n as i64).collect();
    match t.below(4) {
        0 => shape = vec![-1],
        1 => shape.insert(t.below(shape.len() + 1), 1),
        2 => shape.retain(|&n| n != 1),
        _ => shape.reverse(),
    }
    build::reshape(e, &shape).ok()
}

fn gathered(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let axis = t.below(e.ndim().max(1));
    let n = *e.shape.get(axis).filter(|&&n| n > 0)? as usize;
    let indices: Vec<i64> = (0..t.below(5)).map(|_| t.below(2 * n) as i64 - n as i64).collect();
    build::gather(e, axis, &indices).ok()
}

fn concatenated(t: &mut Tape<'_>, pool: &[Expr], e: &Expr) -> Option<Expr> {
    if e.ndim() == 0 {
        return None;
    }
    let axis = t.below(e.ndim());
    let piece = |t: &mut Tape<'_>| match t.below(3) {
        0 => t.pick(pool).clone(),
        1 => {
            let mut shape = e.shape.clone();
            shape[axis] = t.below(3) as u64;
            constant(t, e.dtype, &shape)
        }
        _ => e.clone(),
    };
    let mut pieces: Vec<Expr> = (0..1 + t.below(3)).map(|_| piece(t)).collect();
    pieces.insert(t.below(pieces.len() + 1), e.clone());
    build::concat(&pieces, axis as i64).ok()
}

fn reduced(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let name = t.pick(&["sum", "min", "max", "mean", "any", "argmax", "prod", "var", "count_nonzero"]);
    let axes: Option<Vec<i64>> = match t.below(4) {
        0 => None,
        1 if e.ndim() > 1 => Some(vec![0, -1]),
        _ => Some(vec![t.below(e.ndim().max(1)) as i64]),
    };
    let keepdims = t.chance(3);
    build::reduce(name, e, axes.as_deref(), keepdims, None, 0.0).ok()
}

fn scanned(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    let name = t.pick(&["cumsum", "cumprod", "nancumsum", "maximum.accumulate"]);
    let axis = if t.chance(4) { None } else { Some(t.below(e.ndim().max(1)) as i64) };
    let scan = build::scan(name, e, axis, None).ok()?;
    if t.chance(3) { gathered(t, &scan) } else { Some(scan) }
}

fn product(t: &mut Tape<'_>, pool: &[Expr], e: &Expr) -> Option<Expr> {
    let k = *e.shape.last()?;
    if t.chance(3) {
        return build::tensordot(e, &partner(t, pool, e), &[0], &[0]).ok();
    }
    let shape = [k, 1 + t.below(3) as u64];
    build::matmul(e, &new_source(t, Some(&shape))).ok()
}

fn leaf_or_rechunk(t: &mut Tape<'_>, e: &Expr) -> Option<Expr> {
    match t.below(3) {
        0 => {
            let grid = e.shape.iter().map(|&n| DimChunks::regular(n, 2)).collect();
            build::rechunk(e, ChunkGrid(grid)).ok()
        }
        1 => {
            let dtype = *t.pick(&[DType::Float64, DType::Int64]);
            let (start, step) = (Scalar::from_f64(dtype, 3.0), Scalar::from_f64(dtype, -2.0));
            let n = 1 + t.below(6) as u64;
            build::arange(start, step, n, ChunkGrid::single(&[n])).ok()
        }
        _ => {
            let shape = e.shape.clone();
            Some(constant(t, e.dtype, &shape))
        }
    }
}

/// Short names of the kinds of node in a plan.
pub fn kinds(roots: &[Expr]) -> Vec<&'static str> {
    hyperslab_plan::postorder(roots)
        .iter()
        .map(|e| match &e.kind {
            Kind::Map { .. } => "map",
            Kind::Reduce { .. } => "reduce",
            Kind::Scan { .. } => "scan",
            kind => kind.label(),
        })
        .collect()
}

//! Measures how accurate the elementary functions are, and prints the tables of `docs/accuracy.md`. `make accuracy`.
//!
//! Every instruction set computes in a process of its own, because a process settles on one; this one knows the same
//! arguments, computes the exact results and compares.

mod double2;
mod exact;
mod functions;

use std::error::Error;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use hyperslab_base::{Element, f16};
use hyperslab_ops::find;

use functions::{Answer, FUNCTIONS, Format, Function, error};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Points come in blocks, so that neither side holds all of them.
const BLOCK: usize = 1 << 16;
const BLOCKS: usize = 160;

/// A float that is measured.
trait Sample: Element + bytemuck::Pod + Send + Sync {
    const FORMAT: Format;
    fn of_bits(bits: u64) -> Self;
    fn of(x: f64) -> Self;
    fn wide(self) -> f64;
}

impl Sample for f64 {
    const FORMAT: Format = Format { precision: 53, smallest: -1022, largest: 1023 };
    fn of_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    fn of(x: f64) -> Self {
        x
    }
    fn wide(self) -> f64 {
        self
    }
}

impl Sample for f32 {
    const FORMAT: Format = Format { precision: 24, smallest: -126, largest: 127 };
    fn of_bits(bits: u64) -> Self {
        f32::from_bits((bits >> 32) as u32)
    }
    fn of(x: f64) -> Self {
        x as f32
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Sample for f16 {
    const FORMAT: Format = Format { precision: 11, smallest: -14, largest: 15 };
    fn of_bits(bits: u64) -> Self {
        f16::from_bits((bits >> 48) as u16)
    }
    fn of(x: f64) -> Self {
        f16::from_f64(x)
    }
    fn wide(self) -> f64 {
        self.to_f64()
    }
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, (a, b): (f64, f64)) -> f64 {
        a + (b - a) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Arguments at which functions end, turn or change their formula.
fn special_values() -> Vec<f64> {
    let mut x = vec![0.0, 0.5, 1.0, 2.0, 3.0, 10.0, 37.0, 88.8, 104.0, 709.78, 709.79, 745.1, 745.2, 1024.0, 1074.0];
    x.extend([1.0 + f64::EPSILON, 1.0 - f64::EPSILON / 2.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, 1e-300, 1e22]);
    x.extend([1e-5, 1e-8, 1e-16, 1e16, 1e150, 1e154, 1e300, 1048576.0, 1048577.0, f64::INFINITY, f64::NAN]);
    x.extend([std::f64::consts::PI, std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_4, std::f64::consts::LN_2]);
    x.extend(x.clone().iter().map(|v| -v));
    x
}

/// The arguments of a block: special values, all half floats, any bits, or numbers of a dense range.
fn arguments<T: Sample>(function: &Function, block: usize) -> [Vec<T>; 2] {
    let arity = function.arity();
    if block == 0 && arity == 2 {
        let values = special_values();
        let pairs = || values.iter().flat_map(|a| values.iter().map(move |b| [*a, *b]));
        return [0, 1].map(|i| pairs().map(|pair| T::of(pair[i])).collect());
    }
    if block == 0 {
        let bits = (0..BLOCK as u64).map(|i| T::of_bits(i << 48));
        let x = special_values().into_iter().map(T::of).chain(bits).collect();
        return [x, Vec::new()];
    }
    let mut random = Random((block as u64) << 32);
    let choice = block % (function.dense.len() + 2);
    let mut draw = |ranges: &[functions::Range]| match choice.checked_sub(2) {
        Some(i) => T::of(random.between(ranges[i])),
        None => T::of_bits(random.next()),
    };
    let x = (0..BLOCK).map(|_| draw(function.dense)).collect();
    let y = if arity == 2 { (0..BLOCK).map(|_| draw(function.second)).collect() } else { Vec::new() };
    [x, y]
}

/// Half floats of one argument are all in the first block.
fn blocks<T: Sample>(function: &Function) -> usize {
    if T::FORMAT.precision == 11 && function.arity() == 1 { 1 } else { BLOCKS }
}

/// Writes what this process's instruction set computes for every block.
fn write_values<T: Sample>(function: &Function) -> Outcome<()> {
    let kernel = find(function.name).ok_or("no such function")?.kernel(&vec![T::DTYPE; function.arity()])?;
    let mut out = std::io::stdout().lock();
    for block in 0..blocks::<T>(function) {
        let [x, y] = arguments::<T>(function, block);
        let mut result = vec![T::of(0.0); x.len()];
        let ins: [&[u8]; 2] = [bytemuck::cast_slice(&x), bytemuck::cast_slice(&y)];
        kernel(&ins[..function.arity()], bytemuck::cast_slice_mut(&mut result));
        out.write_all(bytemuck::cast_slice(&result))?;
    }
    Ok(())
}

/// The largest error and where it is.
#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    at: [f64; 2],
    result: f64,
}

impl Worst {
    const NONE: Self = Self { error: 0.0, at: [f64::NAN; 2], result: f64::NAN };

    fn see(&mut self, error: f64, at: [f64; 2], result: f64) {
        if error > self.error {
            *self = Self { error, at, result };
        }
    }
}

/// Errors of several columns of results, and of `pxfm` after them, over a part of a block.
fn compare<T: Sample>(function: &Function, x: &[T], y: &[T], results: &[&[T]]) -> Vec<Worst> {
    let mut worst = vec![Worst::NONE; results.len() + 1];
    for i in 0..x.len() {
        let at = [x[i].wide(), y.get(i).map_or(0.0, |y| y.wide())];
        let answer = function.answer(at[0], at[1]);
        for (worst, result) in worst.iter_mut().zip(results) {
            let result = result[i].wide();
            worst.see(error(result, &answer, T::FORMAT), at, result);
        }
        if let (Some(pxfm), 53, Answer::Value(_)) = (function.pxfm, T::FORMAT.precision, &answer) {
            let result = pxfm(at[0], at[1]);
            worst[results.len()].see(error(result, &answer, T::FORMAT), at, result);
        }
    }
    worst
}

fn child(level: &str, function: &Function, dtype: &str) -> Outcome<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([function.name, dtype]).env("HYPERSLAB_SIMD", level);
    Ok(command.stdout(Stdio::piped()).spawn()?)
}

/// The worst of every level, and of `pxfm`, over all blocks.
fn measure<T: Sample>(function: &Function, dtype: &str, levels: &[&str]) -> Outcome<(Vec<Worst>, usize)> {
    let mut children = levels.iter().map(|level| child(level, function, dtype)).collect::<Outcome<Vec<_>>>()?;
    let mut worst = vec![Worst::NONE; levels.len() + 1];
    let mut points = 0;
    for block in 0..blocks::<T>(function) {
        let [x, y] = arguments::<T>(function, block);
        points += x.len();
        let mut results = Vec::new();
        for child in &mut children {
            let mut result = vec![T::of(0.0); x.len()];
            let pipe = child.stdout.as_mut().ok_or("no pipe")?;
            pipe.read_exact(bytemuck::cast_slice_mut(&mut result))?;
            results.push(result);
        }
        let found = in_parts(function, &x, &y, &results)?;
        for worsts in found {
            for (worst, new) in worst.iter_mut().zip(worsts) {
                worst.see(new.error, new.at, new.result);
            }
        }
    }
    for mut child in children {
        if !child.wait()?.success() {
            return Err(format!("{} of {dtype} failed", function.name).into());
        }
    }
    Ok((worst, points))
}

/// A block, on all processors.
fn in_parts<T: Sample>(function: &Function, x: &[T], y: &[T], results: &[Vec<T>]) -> Outcome<Vec<Vec<Worst>>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let size = x.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let part = |start: usize| {
            let range = start..(start + size).min(x.len());
            let y = if y.is_empty() { y } else { &y[range.clone()] };
            let results: Vec<&[T]> = results.iter().map(|r| &r[range.clone()]).collect();
            let x = &x[range];
            scope.spawn(move || compare(function, x, y, &results))
        };
        let team: Vec<_> = (0..x.len()).step_by(size).map(part).collect();
        team.into_iter().map(|t| t.join().map_err(|_| "a thread panicked".into())).collect()
    })
}

/// Instruction sets of this machine, as `HYPERSLAB_SIMD` names them, the best first.
fn levels() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let (v4, v3) = (pulp::x86::V4::try_new().is_some(), pulp::x86::V3::try_new().is_some());
    #[cfg(not(target_arch = "x86_64"))]
    let (v4, v3) = (false, false);
    [("avx512", v4), ("avx2", v3), ("baseline", true)].into_iter().filter(|l| l.1).map(|l| l.0).collect()
}

fn show_error(error: f64) -> String {
    match error {
        e if e.is_infinite() => "**special value missed**".into(),
        e if e > 1e4 => format!("**{e:.1e}**"),
        e if e > 1.0 => format!("**{e:.3}**"),
        e => format!("{e:.3}"),
    }
}

fn show_place(function: &Function, worst: &Worst) -> String {
    match function.arity() {
        _ if worst.error == 0.0 => "–".into(),
        1 => format!("`{}({:e})` = `{:e}`", function.name, worst.at[0], worst.result),
        _ => format!("`{}({:e}, {:e})` = `{:e}`", function.name, worst.at[0], worst.at[1], worst.result),
    }
}

fn table<T: Sample>(dtype: &str, levels: &[&str], only: &str) -> Outcome<()> {
    let mut out = std::io::stdout();
    let pxfm = if T::FORMAT.precision == 53 { " pxfm |" } else { "" };
    writeln!(out, "\n## {}\n\n| function | {} |{pxfm} points | largest error of ours |", T::DTYPE, levels.join(" | "))?;
    let columns = levels.len() + 1 + usize::from(!pxfm.is_empty());
    writeln!(out, "| --- |{} --- |", " ---: |".repeat(columns))?;
    for function in FUNCTIONS.iter().filter(|f| f.name.contains(only)) {
        let (worst, points) = measure::<T>(function, dtype, levels)?;
        let (ours, peer) = worst.split_at(levels.len());
        let largest = ours.iter().fold(Worst::NONE, |a, b| if b.error > a.error { *b } else { a });
        let mut cells: Vec<String> = ours.iter().map(|w| show_error(w.error)).collect();
        if !pxfm.is_empty() {
            cells.push(function.pxfm.map_or("–".into(), |_| show_error(peer[0].error)));
        }
        let place = show_place(function, &largest);
        writeln!(out, "| {} | {} | {points} | {place} |", function.name, cells.join(" | "))?;
        out.flush()?;
    }
    Ok(())
}

const INTRODUCTION: &str = "# How accurate the elementary functions are

This page is the output of `make accuracy`; nothing on it is written by hand.

Errors are in units in the last place (ULP) of the exact result, the largest over all points; 0.5 is what rounding alone
costs. Exact results come from arithmetic of 106 bits. Columns are the instruction sets that `HYPERSLAB_SIMD` selects.
What is above 1 is in bold. Where the exact result is a NaN, an infinity or a zero, only that will do.

Points: special values (signed zeros, infinities, NaN, subnormals, the ends of domains), numbers of random bits over the
whole range of the format, and random numbers where a function does its work, 10 million for each function of single and
double floats; for half floats every number, and 10 million pairs for functions of two arguments. `pxfm` is an independent
library, measured the same way but for special results: a bug in the exact ones would show there. (Its `exp` is wrong where
results are subnormal.)

Half floats are computed as single ones, and these in double precision, and rounded. In `baseline`, on processors without
multiply-add, the C library and `pxfm` compute, one element after the other. Where `logaddexp` and `logaddexp2` cancel to far
less than their arguments, a unit of the result is that much smaller than a unit of these.";

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [name, dtype] = &args[..] {
        let function = FUNCTIONS.iter().find(|f| f.name == name).ok_or("no such function")?;
        return match dtype.as_str() {
            "f64" => write_values::<f64>(function),
            "f32" => write_values::<f32>(function),
            "f16" => write_values::<f16>(function),
            _ => Err("f64, f32 or f16".into()),
        };
    }
    let only = args.first().map_or("", String::as_str);
    let levels = levels();
    writeln!(std::io::stdout(), "{INTRODUCTION}")?;
    table::<f64>("f64", &levels, only)?;
    table::<f32>("f32", &levels, only)?;
    table::<f16>("f16", &levels, only)
}

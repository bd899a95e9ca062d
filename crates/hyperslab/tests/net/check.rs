//! Runs a plan in every way it asks for, compares, and makes what fails small.

use std::sync::Arc;

use hyperslab::ops::block::BlockOp;
use hyperslab::*;

use crate::plans::{Built, Case, ENOUGH, Family, Setup};
use crate::sources::TOO_OFTEN;
use crate::values::{difference, numbers};

/// What a sound plan did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub plans: u64,
    pub runs: u64,
    pub refused: u64,
    pub tasks: u64,
    pub spilled: u64,
}

/// What is wrong with a plan.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The kind, by which shrinking knows that it has the same fault.
    pub kind: String,
    pub words: String,
}

fn options(case: &Case, s: Setup, results: u64) -> Options {
    let tuning = case.tuning();
    Options { memory_limit: Some(s.beyond + results), num_threads: Some(s.threads), tuning, ..Options::default() }
}

/// Tasks and spilled slots of the plan, as it is printed.
fn tasks(roots: &[Array], o: &Options) -> Result<(u64, u64)> {
    let text = explain(roots, o)?;
    let count = |line: &str| line.split(" task(s)").next()?.rsplit(' ').next()?.parse::<u64>().ok();
    Ok((
        text.lines().filter(|l| l.contains(" task(s) of ")).filter_map(count).sum(),
        text.matches(" on disk").count() as u64,
    ))
}

/// Runs the plan in each way.
pub fn check(case: &Case, counts: &mut Counts) -> std::result::Result<(), Fault> {
    let built = case.build();
    let arrays: Vec<Array> = built.roots.iter().map(|r| r.array.clone()).collect();
    let results = arrays.iter().map(|a| a.shape().iter().product::<u64>() * a.dtype().itemsize() as u64).sum();
    travels(&arrays)?;
    let mut first: Option<Vec<Vec<u8>>> = None;
    for &s in &case.setups {
        let o = options(case, s, results);
        let Some(got) = run(case, &built, &arrays, &o, counts)? else { continue };
        match &first {
            None => {
                if case.exact {
                    against_reference(&built, &got)?;
                }
                first = Some(got);
            }
            Some(want) => same_bits(&built, &got, want, s)?,
        }
    }
    Ok(())
}

/// Sources by their places in a list.
#[derive(Default)]
struct Listed(Vec<Arc<dyn ArraySource>>);

impl Pack for Listed {
    fn source(&mut self, source: &Arc<dyn ArraySource>) -> Result<Vec<u8>> {
        self.0.push(Arc::clone(source));
        Ok((self.0.len() - 1).to_le_bytes().to_vec())
    }

    fn operation(&mut self, op: &Arc<dyn BlockOp>) -> Result<Vec<u8>> {
        Err(Error::internal(format!("{} is in no list", op.row())))
    }
}

impl Unpack for Listed {
    fn source(&mut self, packed: &[u8]) -> Result<Arc<dyn ArraySource>> {
        let number = packed.try_into().map(usize::from_le_bytes).map_err(|_| Error::internal("no number"))?;
        Ok(Arc::clone(&self.0[number]))
    }

    fn operation(&mut self, _: &[u8]) -> Result<Arc<dyn BlockOp>> {
        Err(Error::internal("an operation that is in no list"))
    }
}

/// Whether the arrays come back from bytes, node by node the same.
fn travels(arrays: &[Array]) -> std::result::Result<(), Fault> {
    let mut sources = Listed::default();
    let back = encode_with(arrays, &mut sources).and_then(|bytes| decode_with(&bytes, &mut sources));
    match back {
        Ok(back) if back == arrays => Ok(()),
        Ok(_) => Err(Fault { kind: "encoded".into(), words: "another plan came back from bytes".into() }),
        Err(e) => Err(Fault { kind: "encoded".into(), words: e.to_string() }),
    }
}

/// The results' bytes; none where the budget was refused and may be.
fn run(
    case: &Case,
    built: &Built,
    arrays: &[Array],
    o: &Options,
    counts: &mut Counts,
) -> std::result::Result<Option<Vec<Vec<u8>>>, Fault> {
    let memory = o.memory_limit.unwrap_or(0);
    let mut refused = |e: &Error| {
        let may = matches!(e.kind, ErrorKind::Budget { .. }) && memory < ENOUGH;
        counts.refused += u64::from(may);
        may
    };
    built.counters.iter().for_each(|c| c.allow(u64::MAX));
    let fault = |e: &Error| {
        let words = e.to_string();
        // Without numbers and names of arrays, which differ from plan to plan.
        let told = words.split(' ').filter(|w| !w.contains(|c: char| c.is_ascii_digit())).collect::<Vec<_>>().join(" ");
        Fault { kind: if words.contains(TOO_OFTEN) { "read too often".into() } else { told }, words }
    };
    let (tasks, spilled) = match tasks(arrays, o) {
        Ok(n) => n,
        Err(e) if refused(&e) => return Ok(None),
        Err(e) => return Err(fault(&e)),
    };
    // Each operation may read all of its sources, in each task.
    let most = 4 * (case.operations() + 2) * tasks.max(1);
    built.counters.iter().for_each(|c| c.allow(most));
    let out = match compute(arrays, o) {
        Ok(out) => out,
        Err(e) if refused(&e) => return Ok(None),
        Err(e) => {
            let f = fault(&e);
            let read = built.counters.iter().map(|c| c.readings()).max().unwrap_or(0);
            return Err(Fault { words: format!("{}; read {read} times, at most {most}", f.words), ..f });
        }
    };
    counts.runs += 1;
    counts.tasks += tasks;
    counts.spilled += u64::from(spilled > 0);
    Ok(Some(out.iter().map(|m| m.view().bytes().unwrap_or(&[]).to_vec()).collect()))
}

fn against_reference(built: &Built, got: &[Vec<u8>]) -> std::result::Result<(), Fault> {
    for (i, (value, got)) in built.roots.iter().zip(got).enumerate() {
        let want = reference(&value.array).map_err(|e| Fault { kind: "reference".into(), words: e.to_string() })?;
        if let Some(words) = difference(value, got, want.bytes()) {
            return Err(Fault { kind: "wrong value".into(), words: format!("result {i}: {words}") });
        }
    }
    Ok(())
}

/// NaNs have one value, everything else one pattern of bits.
fn same_bits(built: &Built, got: &[Vec<u8>], want: &[Vec<u8>], s: Setup) -> std::result::Result<(), Fault> {
    for (i, ((value, got), want)) in built.roots.iter().zip(got).zip(want).enumerate() {
        if got == want {
            continue;
        }
        let dtype = value.array.dtype();
        let (a, b) = (numbers(dtype, got), numbers(dtype, want));
        let differ = |k: &usize| a[*k].to_bits() != b[*k].to_bits() && !(a[*k].is_nan() && b[*k].is_nan());
        if let Some(k) = (0..a.len()).find(differ) {
            let words = format!("result {i}: number {k} is {:e} in the first run, {:e} under {s:?}", b[k], a[k]);
            return Err(Fault { kind: "other bits".into(), words });
        }
    }
    Ok(())
}

/// A smaller plan with a fault of the same kind.
pub fn shrink(mut case: Case, mut fault: Fault) -> (Case, Fault) {
    let mut left = 400;
    'smaller: while left > 0 {
        for c in case.smaller() {
            left -= 1;
            if left <= 0 {
                break;
            }
            match check(&c, &mut Counts::default()) {
                Err(f) if f.kind == fault.kind => {
                    (case, fault) = (c, f);
                    continue 'smaller;
                }
                _ => {}
            }
        }
        break;
    }
    (case, fault)
}

/// The plan and its fault, as they are told.
pub fn tell(family: &Family, case: &Case, fault: &Fault) -> String {
    format!(
        "{}: {}\n  again: HYPERSLAB_FUZZ_SEED={} HYPERSLAB_FUZZ_PLANS=1 cargo test --release -p hyperslab --test net -- --exact {}\n\
         {}\n  {} data, sizes {:?}, {:?}\n",
        fault.kind,
        fault.words,
        case.seed,
        family.name,
        case.build().text,
        if case.exact { "small whole" } else { "any" },
        case.small,
        case.setups
    )
}

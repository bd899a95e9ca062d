//! From arrays to results: optimise, lower, run.

use std::path::PathBuf;
use std::sync::Arc;

use hyperslab_base::{Block, Error, MemoryView, Region, Result, ResultExt, show_shape};
use hyperslab_engine::{FloatErrors, Observer, Profile, Quiet, Recorder, Records, Sorted, Target};
use hyperslab_plan::lower::tuning::Tuning;
use hyperslab_plan::lower::{Limits, TargetInfo};
use hyperslab_plan::{Expr, build, explain as printer};

use crate::array::{Array, exprs};
use crate::limits::{memory_limit, num_threads, spill_directory, spill_limit};
use crate::overlap::read_meanwhile;
use crate::prepared::{Prepared, target_info};

/// What a computation may use. `None` takes the environment's `HYPERSLAB_MEMORY_LIMIT` and
/// `HYPERSLAB_NUM_THREADS`, or a share of the machine.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bytes.
    pub memory_limit: Option<u64>,
    /// Threads.
    pub num_threads: Option<usize>,
    /// Where intermediate arrays go that do not fit into memory; `None` takes the environment's
    /// `HYPERSLAB_SPILL_DIRECTORY`, or the system's directory for temporary files.
    pub spill_directory: Option<PathBuf>,
    /// Bytes that they may take there; `None` takes `HYPERSLAB_SPILL_LIMIT`, or no limit but the disk's.
    pub spill_limit: Option<u64>,
    /// Where the computation is recorded.
    pub profiles: Vec<Arc<Profile>>,
    /// Where floating-point errors are noted; nobody looks for any without it.
    pub float_errors: Option<Arc<FloatErrors>>,
    /// What computations before this one have sorted on disk, and those that follow need not sort again.
    pub sorted: Option<Arc<Sorted>>,
    /// Sizes of tasks, tiles and blocks: for tests, which want many tasks of small arrays.
    #[doc(hidden)]
    pub tuning: Tuning,
}

impl Options {
    fn limits(&self) -> Result<Limits> {
        Ok(Limits {
            memory: memory_limit(self.memory_limit)?,
            spill: spill_limit(self.spill_limit)?,
            threads: num_threads(self.num_threads)?,
            tuning: self.tuning,
        })
    }
}

/// Computes arrays into their targets, all in one computation: sources that several need are read once. Targets in memory
/// that sources lie in too are written at the end, from results held until then.
///
/// # Errors
/// `Shape` when a target has another shape, `Budget` when the plan cannot fit, and the first error of a source,
/// a sink or the observer.
pub fn compute_into(pairs: Vec<(Array, Target)>, options: &Options, observer: &dyn Observer) -> Result<()> {
    let recorder = Recorder::begin(&options.profiles);
    let records = Records { recorder: recorder.clone(), errors: options.float_errors.clone() };
    let outcome = plan_and_run(pairs, options, &records, observer);
    if let Some(r) = recorder {
        r.finish(outcome.as_ref().err());
    }
    outcome
}

fn plan_and_run(
    pairs: Vec<(Array, Target)>,
    options: &Options,
    records: &Records,
    observer: &dyn Observer,
) -> Result<()> {
    let (arrays, targets): (Vec<Array>, Vec<Target>) = pairs.into_iter().unzip();
    let meanwhile = read_meanwhile(&exprs(&arrays), &targets);
    let (mut roots, mut places, mut infos, mut held) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for ((array, target), meanwhile) in arrays.iter().zip(targets).zip(meanwhile) {
        let (root, mut info) = prepare(&array.0, &target)?;
        if meanwhile {
            let (memory, out) = MemoryView::shared(root.dtype, &root.shape)?;
            info = result_in_memory(&root);
            held.push((memory, target));
            places.push(Target::Memory(out));
        } else {
            places.push(target);
        }
        roots.push(root);
        infos.push(info);
    }
    let spill = spill_directory(options.spill_directory.as_deref());
    Prepared::new(&roots, &infos, options.limits()?, options.sorted.as_ref())?
        .run(places, &spill, records, observer)?;
    held.iter().try_for_each(|(memory, target)| target.write(&Region::full(memory.view().shape()), &memory.view()))
}

/// Computes arrays into memory.
///
/// # Errors
/// As [`compute_into`].
pub fn compute(arrays: &[Array], options: &Options) -> Result<Vec<MemoryView>> {
    let (mut results, mut pairs) = (Vec::new(), Vec::new());
    for a in arrays {
        let (memory, out) = MemoryView::shared(a.dtype(), a.shape())?;
        results.push(memory);
        pairs.push((a.clone(), Target::Memory(out)));
    }
    compute_into(pairs, options, &Quiet)?;
    Ok(results)
}

/// The plan of a computation, printed: as written, optimised, and as stages with projected bytes.
///
/// # Errors
/// As [`compute_into`], but nothing runs.
pub fn explain(arrays: &[Array], options: &Options) -> Result<String> {
    let roots = exprs(arrays);
    let infos: Vec<TargetInfo> = roots.iter().map(result_in_memory).collect();
    let prepared = Prepared::new(&roots, &infos, options.limits()?, options.sorted.as_ref())?;
    Ok(format!(
        "logical\n{}\noptimised\n{}\nstages\n{}",
        printer::tree(&roots),
        printer::tree(prepared.optimised()),
        prepared.show()
    ))
}

/// The array by a naive evaluation of whole arrays in one thread, without rules or stages: what tests hold the engine
/// against.
///
/// # Errors
/// The first error of a source.
pub fn reference(array: &Array) -> Result<Block> {
    hyperslab_plan::reference::evaluate(&array.0)
}

fn result_in_memory(e: &Expr) -> TargetInfo {
    TargetInfo { held_bytes: e.nbytes(), in_place: true, ..TargetInfo::default() }
}

/// The root in the target's dtype, and what lowering must know of the target.
fn prepare(e: &Expr, target: &Target) -> Result<(Expr, TargetInfo)> {
    let mismatch = |what: String, shape: &[u64]| {
        Error::shape(format!(
            "could not broadcast input array from shape {} into shape {}: {what}",
            show_shape(&e.shape),
            show_shape(shape)
        ))
    };
    match target {
        Target::Memory(out) => {
            if out.shape() != e.shape.as_slice() || out.dtype() != e.dtype {
                return Err(mismatch(format!("a result of {} in memory of {}", e.dtype, out.dtype()), out.shape()));
            }
            Ok((e.clone(), target_info(e, target)))
        }
        Target::Sink { sink, region } => {
            check_region(region, sink.shape()).with_context(|| format!("store into {}", sink.describe()))?;
            if region.shape() != e.shape {
                return Err(mismatch(format!("store into {}", sink.describe()), &region.shape()));
            }
            Ok((build::cast(e, sink.dtype())?, target_info(e, target)))
        }
    }
}

fn check_region(region: &Region, shape: &[u64]) -> Result<()> {
    let inside = region.0.len() == shape.len()
        && region.0.iter().zip(shape).all(|(r, &n)| r.step == 1 && r.start >= 0 && r.end() <= n);
    if inside {
        return Ok(());
    }
    Err(Error::shape(format!("region {region:?} does not lie in shape {}, or has a step", show_shape(shape))))
}

impl From<Block> for Array {
    /// The block as an array of one chunk.
    fn from(block: Block) -> Self {
        let shape = block.shape().to_vec();
        let source = hyperslab_storage::formats::memory::MemorySource::new(MemoryView::from_block(block));
        let chunks = hyperslab_base::ChunkGrid::single(&shape);
        match build::source(std::sync::Arc::new(source), chunks) {
            Ok(e) => Array(e),
            Err(e) => unreachable!("a block has a valid shape: {e}"),
        }
    }
}

//! What every task of a computation shares.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab_base::{ArraySink, ArraySource, DType, Error, ErrorKind, MemoryView, Region, Result, View, ViewMut};
use hyperslab_plan::lower::{Dest, Plan};

use crate::float_errors::FloatErrors;
use crate::profile::{Direction, Recorder};
use crate::progress::Counters;
use crate::spill::SpillFile;
use crate::target::Target;

/// An intermediate result: written by one stage, read by later ones.
#[derive(Clone)]
struct SlotPlace {
    held: Held,
    target: Target,
}

/// Where it is read.
#[derive(Clone)]
enum Held {
    Memory(MemoryView),
    Disk(Arc<SpillFile>),
}

/// What is taken down of a computation; nothing by default.
#[derive(Clone, Default)]
pub struct Records {
    /// Takes down stages, tasks and transfers.
    pub recorder: Option<Arc<Recorder>>,
    /// Takes down floating-point errors.
    pub errors: Option<Arc<FloatErrors>>,
}

/// A computation under way.
pub(crate) struct Context {
    pub plan: Plan,
    pub targets: Vec<Target>,
    pub counters: Counters,
    pub recorder: Option<Arc<Recorder>>,
    pub errors: Option<Arc<FloatErrors>>,
    slots: Mutex<Vec<Option<SlotPlace>>>,
    /// The slots that each stage is the last to use.
    ends: Vec<Vec<usize>>,
    cancelled: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl Context {
    pub fn new(plan: Plan, targets: Vec<Target>, records: Records) -> Arc<Self> {
        let slots = Mutex::new(vec![None; plan.slots.len()]);
        let mut ends = vec![Vec::new(); plan.stages.len()];
        for (slot, info) in plan.slots.iter().enumerate() {
            if let Some(of_stage) = ends.get_mut(info.last_use) {
                of_stage.push(slot);
            }
        }
        Arc::new(Context {
            plan,
            ends,
            targets,
            counters: Counters::default(),
            recorder: records.recorder,
            errors: records.errors,
            slots,
            cancelled: AtomicBool::new(false),
            failure: Mutex::new(None),
        })
    }

    /// Stops the computation; the first error is the one reported.
    pub fn fail(&self, e: Error) {
        self.cancelled.store(true, Relaxed);
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Relaxed)
    }

    /// An error once the computation was stopped: for long tasks to end early.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(ErrorKind::Cancelled.into()) } else { Ok(()) }
    }

    pub fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Makes room for a slot that a stage is about to write, in memory or in `directory` as the plan says.
    pub fn open_slot(&self, slot: usize, directory: &Path) -> Result<()> {
        let info = &self.plan.slots[slot];
        let entry = match &info.disk {
            None => {
                let (memory, out) = MemoryView::shared(info.dtype, &info.shape)?;
                SlotPlace { held: Held::Memory(memory), target: Target::Memory(out) }
            }
            Some(block) => {
                let file = Arc::new(SpillFile::create(directory, info.dtype, &info.shape, block)?);
                let sink: Arc<dyn ArraySink> = Arc::clone(&file) as _;
                let region = Region::full(&info.shape);
                SlotPlace { held: Held::Disk(file), target: Target::Sink { sink, region } }
            }
        };
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)[slot] = Some(entry);
        Ok(())
    }

    /// Frees the slots that `stage` was the last to use.
    pub fn close_slots(&self, stage: usize) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        self.ends[stage].iter().for_each(|&slot| slots[slot] = None);
    }

    fn slot(&self, slot: usize) -> Result<SlotPlace> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots[slot].clone().ok_or_else(|| Error::internal(format!("slot {slot} is read before it is written")))
    }

    /// An intermediate result that is always in memory, whole.
    pub fn slot_memory(&self, slot: usize) -> Result<MemoryView> {
        match self.slot(slot)?.held {
            Held::Memory(m) => Ok(m),
            Held::Disk(_) => Err(Error::internal(format!("slot {slot} was spilled"))),
        }
    }

    /// The file of a slot that lies on disk.
    pub fn spilled(&self, slot: usize) -> Result<Arc<SpillFile>> {
        match self.slot(slot)?.held {
            Held::Disk(file) => Ok(file),
            Held::Memory(_) => Err(Error::internal(format!("slot {slot} was not spilled"))),
        }
    }

    /// A view to write a region of a destination in place, when that is memory.
    pub fn in_place(&self, dest: Dest, region: &Region) -> Result<Option<ViewMut<'static>>> {
        Ok(match dest {
            Dest::Target(t) => self.targets[t].in_place(region),
            Dest::Slot(s) => self.slot(s)?.target.in_place(region),
        })
    }

    /// Writes a block to every destination.
    pub fn write(&self, dests: &[Dest], region: &Region, data: &View<'_>) -> Result<()> {
        for d in dests {
            match d {
                Dest::Target(t) => self.put(&self.targets[*t], region, data)?,
                Dest::Slot(s) => self.put(&self.slot(*s)?.target, region, data)?,
            }
        }
        Ok(())
    }

    fn put(&self, target: &Target, region: &Region, data: &View<'_>) -> Result<()> {
        match (target, &self.recorder) {
            (Target::Sink { .. }, Some(r)) => {
                r.transfer(Direction::Write, bytes(data.dtype(), region), || target.write(region, data))
            }
            _ => target.write(region, data),
        }
    }

    /// Reads `region` of a source into `dest`.
    pub fn read(&self, source: &dyn ArraySource, region: &Region, dest: ViewMut<'_>) -> Result<()> {
        match &self.recorder {
            Some(r) => r.transfer(Direction::Read, bytes(source.dtype(), region), || source.read(region, dest)),
            None => source.read(region, dest),
        }
    }
}

fn bytes(dtype: DType, region: &Region) -> u64 {
    region.count().saturating_mul(dtype.itemsize() as u64)
}

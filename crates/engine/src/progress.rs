//! What a running computation tells its caller.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use hyperslab_base::Result;
use hyperslab_plan::lower::Plan;

/// Snapshot of a running computation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of the stage that runs, from 0.
    pub stage: usize,
    /// Number of stages.
    pub stages: usize,
    /// What the stage computes.
    pub label: String,
    /// Tasks done, over all stages.
    pub tasks_done: u64,
    /// Tasks, over all stages.
    pub tasks: u64,
    /// Bytes read and written by tasks done.
    pub bytes_done: u64,
    /// Bytes that all tasks read and write.
    pub bytes: u64,
}

/// Listens to a computation, in the thread that called it.
pub trait Observer: Sync {
    /// Called about every 50 ms and once at the end.
    ///
    /// # Errors
    /// An error cancels the computation and becomes its result.
    fn tick(&self, _progress: &Progress) -> Result<()> {
        Ok(())
    }
}

/// Listens to nothing.
pub struct Quiet;

impl Observer for Quiet {}

/// Counters that tasks bump.
#[derive(Default)]
pub(crate) struct Counters {
    stage: AtomicUsize,
    tasks_done: AtomicU64,
    bytes_done: AtomicU64,
}

impl Counters {
    pub fn enter(&self, stage: usize) {
        self.stage.store(stage, Relaxed);
    }

    /// One task of a stage is done.
    pub fn task_done(&self, traffic: u64) {
        self.tasks_done.fetch_add(1, Relaxed);
        self.bytes_done.fetch_add(traffic, Relaxed);
    }

    pub fn snapshot(&self, plan: &Plan) -> Progress {
        let stage = self.stage.load(Relaxed);
        Progress {
            stage,
            stages: plan.stages.len(),
            label: plan.stages.get(stage).map(|s| s.label.clone()).unwrap_or_default(),
            tasks_done: self.tasks_done.load(Relaxed),
            tasks: plan.stages.iter().map(|s| s.grid.tasks()).sum(),
            bytes_done: self.bytes_done.load(Relaxed),
            bytes: plan.stages.iter().map(|s| s.traffic / s.grid.tasks().max(1) * s.grid.tasks()).sum(),
        }
    }
}

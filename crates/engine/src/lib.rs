//! Runs plans: a pool of threads takes tasks from each stage's grid, evaluates regions, runs tile programs,
//! combines partial results in a fixed order and writes results.
//!
//! The path of a task: [`run`] → pool → stage task → blocks made ([`blocks`]) → tiles ([`tiles`]) → folds combined
//! ([`combine`]) or blocks written ([`target`]).

mod blocks;
mod combine;
mod context;
mod contract;
mod distinct;
mod elements;
mod float_errors;
mod jobs;
mod judge;
mod loader;
mod looks;
mod machine;
mod passes;
mod pool;
mod profile;
mod progress;
mod run;
mod scan;
mod spill;
mod status;
mod take;
mod target;
mod tiles;
mod walk;

pub use context::Records;
pub use distinct::DistinctSink;
pub use float_errors::FloatErrors;
pub use passes::{InPasses, Pass, Passes, Sorted, in_passes};
pub use profile::{ComputationRecord, Profile, Recorder, StageRecord, TaskSpan, Transfer};
pub use progress::{Observer, Progress, Quiet};
pub use run::run;
pub use target::Target;

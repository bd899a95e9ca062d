//! Runs stages: scheduler, memory budget, combine, write, progress, cancellation.

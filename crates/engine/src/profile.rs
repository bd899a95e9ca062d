//! What computations did, taken down while they run, for those who ask.
//!
//! A [`Recorder`] goes with one computation. Nobody asked: there is none, and each task pays for one branch.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use hyperslab_base::{Counting, Error, Gauge, Held, Result, count_blocks};
use hyperslab_plan::lower::show::projected;
use hyperslab_plan::lower::{Plan, Stage};

/// Spans kept of a stage. Where there are more tasks, neighbours of one thread share a span.
const SPANS: usize = 1 << 15;

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn clock() -> u64 {
    u64::try_from(BEGIN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Collects records of computations, from any number of threads.
#[derive(Debug, Default)]
pub struct Profile {
    computations: Mutex<Vec<Arc<ComputationRecord>>>,
}

impl Profile {
    /// Nanoseconds on the clock that all records share.
    pub fn clock() -> u64 {
        clock()
    }

    /// The computations that have ended, whatever their outcome.
    pub fn computations(&self) -> Vec<Arc<ComputationRecord>> {
        locked(&self.computations).clone()
    }
}

/// One computation. Times are those of [`Profile::clock`].
#[derive(Clone, Debug, Default)]
pub struct ComputationRecord {
    /// When it began to be planned.
    pub begun: u64,
    /// When the plan was ready; `None` when it was refused.
    pub planned: Option<u64>,
    /// When it ended.
    pub ended: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// The stages that were begun, in order.
    pub stages: Vec<StageRecord>,
    /// Names of the threads that ran tasks.
    pub threads: Vec<String>,
}

/// One stage.
#[derive(Clone, Debug, Default)]
pub struct StageRecord {
    /// What it computes.
    pub label: String,
    /// When it began.
    pub begun: u64,
    /// When its last task had ended.
    pub ended: u64,
    /// Tasks of its grid.
    pub tasks: u64,
    /// Tasks that ran, to their end or to an error.
    pub tasks_run: u64,
    /// Threads that it was given.
    pub workers: usize,
    /// Nanoseconds that its threads spent in tasks, all together.
    pub busy: u64,
    /// Bytes of inputs that the tasks that ran looked at, by the plan.
    pub bytes: u64,
    /// Bytes that the plan allowed it to hold.
    pub projected_bytes: u64,
    /// Most bytes that were held at once: results in memory, intermediate arrays and blocks of tasks.
    pub peak_bytes: u64,
    /// What came from sources, and from disk.
    pub read: Transfer,
    /// What went to sinks, and to disk.
    pub written: Transfer,
    /// When which thread ran tasks, in the order in which they ended.
    pub spans: Vec<TaskSpan>,
}

/// Elements that were moved by sources or sinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Bytes of elements, decoded.
    pub bytes: u64,
    /// How often.
    pub calls: u64,
    /// Nanoseconds, all threads together.
    pub busy: u64,
}

/// Consecutive tasks of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSpan {
    /// Which of the computation's threads.
    pub thread: usize,
    /// How many tasks.
    pub tasks: u64,
    /// When the first one began.
    pub begun: u64,
    /// When the last one ended.
    pub ended: u64,
    /// Nanoseconds in tasks.
    pub busy: u64,
    /// Most bytes that the computation held at once meanwhile.
    pub peak_bytes: u64,
}

impl TaskSpan {
    fn join(&mut self, next: &TaskSpan) {
        self.tasks += next.tasks;
        self.ended = next.ended;
        self.busy += next.busy;
        self.peak_bytes = self.peak_bytes.max(next.peak_bytes);
    }
}

/// Which way a transfer goes.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// Takes down one computation.
#[derive(Debug)]
pub struct Recorder {
    profiles: Vec<Arc<Profile>>,
    gauge: Arc<Gauge>,
    open: Mutex<Open>,
}

/// A record that is being written.
#[derive(Debug, Default)]
struct Open {
    record: ComputationRecord,
    threads: HashMap<ThreadId, usize>,
    spans: Spans,
    /// The results' memory.
    results: Option<Held>,
}

impl Recorder {
    /// Begins a record for those profiles; `None` when there are none.
    pub fn begin(profiles: &[Arc<Profile>]) -> Option<Arc<Recorder>> {
        if profiles.is_empty() {
            return None;
        }
        let open = Open { record: ComputationRecord { begun: clock(), ..Default::default() }, ..Default::default() };
        let recorder = Recorder { profiles: profiles.into(), gauge: Arc::default(), open: Mutex::new(open) };
        Some(Arc::new(recorder))
    }

    /// Ends the record and gives it to the profiles.
    pub fn finish(&self, error: Option<&Error>) {
        self.leave();
        let mut record = std::mem::take(&mut *locked(&self.open)).record;
        record.ended = clock();
        record.error = error.map(ToString::to_string);
        let record = Arc::new(record);
        for profile in &self.profiles {
            locked(&profile.computations).push(Arc::clone(&record));
        }
    }

    /// The plan is ready and runs from now on.
    pub(crate) fn planned(&self, plan: &Plan) {
        let mut open = locked(&self.open);
        open.record.planned = Some(clock());
        open.results = Some(self.gauge.hold(plan.held_bytes));
    }

    /// A stage begins.
    pub(crate) fn enter(&self, stage: &Stage) {
        let tasks = stage.grid.tasks();
        let record = StageRecord {
            label: stage.label.clone(),
            begun: clock(),
            tasks,
            workers: stage.workers.min(usize::try_from(tasks).unwrap_or(usize::MAX)).max(1),
            bytes: stage.traffic,
            projected_bytes: projected(stage),
            ..Default::default()
        };
        self.gauge.take_peak();
        let mut open = locked(&self.open);
        open.spans = Spans::default();
        open.record.stages.push(record);
    }

    /// The stage has ended.
    pub(crate) fn leave(&self) {
        let peak = self.gauge.take_peak();
        let mut open = locked(&self.open);
        let spans = std::mem::take(&mut open.spans).list;
        if let Some(stage) = open.record.stages.last_mut().filter(|s| s.ended == 0) {
            stage.peak_bytes = stage.peak_bytes.max(peak);
            stage.ended = clock();
            stage.bytes = share(stage.bytes, stage.tasks_run, stage.tasks);
            stage.spans = spans;
        }
    }

    /// Counts this thread's blocks until the guard is dropped.
    pub(crate) fn count(&self) -> Counting {
        count_blocks(&self.gauge)
    }

    /// A task of the stage, from now until the answer is dropped.
    pub(crate) fn task(&self) -> TaskTimer<'_> {
        TaskTimer { recorder: self, begun: clock(), _counting: self.count() }
    }

    /// Runs `f`, which moves `bytes` between memory and a source or sink.
    pub(crate) fn transfer<T>(&self, direction: Direction, bytes: u64, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let begun = clock();
        let outcome = f()?;
        let busy = clock() - begun;
        if let Some(stage) = locked(&self.open).record.stages.last_mut() {
            let t = match direction {
                Direction::Read => &mut stage.read,
                Direction::Write => &mut stage.written,
            };
            *t = Transfer { bytes: t.bytes + bytes, calls: t.calls + 1, busy: t.busy + busy };
        }
        Ok(outcome)
    }
}

/// A task under way.
pub(crate) struct TaskTimer<'a> {
    recorder: &'a Recorder,
    begun: u64,
    _counting: Counting,
}

impl Drop for TaskTimer<'_> {
    fn drop(&mut self) {
        let (ended, peak_bytes) = (clock(), self.recorder.gauge.take_peak());
        let Open { record, threads, spans, .. } = &mut *locked(&self.recorder.open);
        let here = thread::current();
        let thread = *threads.entry(here.id()).or_insert_with(|| {
            record.threads.push(here.name().unwrap_or("caller").to_string());
            record.threads.len() - 1
        });
        let busy = ended - self.begun;
        if let Some(stage) = record.stages.last_mut() {
            stage.tasks_run += 1;
            stage.busy += busy;
            stage.peak_bytes = stage.peak_bytes.max(peak_bytes);
        }
        spans.push(TaskSpan { thread, tasks: 1, begun: self.begun, ended, busy, peak_bytes });
    }
}

/// Spans of a stage in bounded memory: when there are too many, each holds twice as many tasks from then on.
#[derive(Debug)]
struct Spans {
    list: Vec<TaskSpan>,
    limit: usize,
    /// Tasks that a span may hold.
    tasks: u64,
    /// Where each thread's last span is.
    last: HashMap<usize, usize>,
}

impl Default for Spans {
    fn default() -> Self {
        Spans { list: Vec::new(), limit: SPANS, tasks: 1, last: HashMap::new() }
    }
}

impl Spans {
    fn push(&mut self, span: TaskSpan) {
        if let Some(&i) = self.last.get(&span.thread)
            && self.list[i].tasks + span.tasks <= self.tasks
        {
            self.list[i].join(&span);
            return;
        }
        if self.list.len() >= self.limit {
            self.tasks *= 2;
            self.last.clear();
            let all = std::mem::take(&mut self.list);
            // Fewer than before: only a thread's last span finds no partner, and there are few threads.
            all.into_iter().chain([span]).for_each(|s| self.push(s));
            return;
        }
        self.last.insert(span.thread, self.list.len());
        self.list.push(span);
    }
}

/// `part / whole` of `n`.
fn share(n: u64, part: u64, whole: u64) -> u64 {
    let exact = u128::from(n) * u128::from(part) / u128::from(whole.max(1));
    u64::try_from(exact).unwrap_or(n)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_bounded_and_lose_no_task() {
        let mut spans = Spans { limit: 16, ..Spans::default() };
        for i in 0..1000u64 {
            let thread = (i % 3) as usize;
            let (begun, ended) = (10 * i, 10 * i + 7);
            spans.push(TaskSpan { thread, tasks: 1, begun, ended, busy: 7, peak_bytes: i });
            assert!(spans.list.len() <= 16, "{} spans after {i} tasks", spans.list.len());
            let sum = |f: fn(&TaskSpan) -> u64| spans.list.iter().map(f).sum::<u64>();
            assert_eq!((sum(|s| s.tasks), sum(|s| s.busy)), (i + 1, 7 * (i + 1)));
            assert_eq!(spans.list.iter().map(|s| s.peak_bytes).max(), Some(i));
        }
        for thread in 0..3 {
            let own: Vec<_> = spans.list.iter().filter(|s| s.thread == thread).collect();
            assert!(own.windows(2).all(|w| w[0].ended <= w[1].begun));
        }
    }
}

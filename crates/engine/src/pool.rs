//! Threads that take tasks: each worker has a deque, idle ones steal.
//!
//! Threads live as long as the process and are shared by all computations. The calling thread takes tasks too, so that
//! what is short need not wait for threads to wake, and leaves its part to a thread when that takes longer. A
//! computation started from inside a task runs in that task's thread, so that it can never wait for itself.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use hyperslab_base::{Error, Result, Shelf};

use crate::jobs::{Job, Jobs};

/// How often the caller is told of progress and asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
/// How long the caller takes tasks itself.
const ALONG: Duration = Duration::from_millis(20);
/// How long the caller waits awake for the last tasks of others: about what it costs to be woken.
const AWAKE: Duration = Duration::from_micros(50);
/// How long a thread that is woken may take to come, before somebody sees to it.
const WAKING: Duration = Duration::from_micros(50);
/// Expressions nest; their evaluation recurses. Only pages that are touched are ever taken.
const STACK: usize = 256 << 20;

/// A stage's tasks: `run(i)` for `i` in `0..tasks`.
pub(crate) trait Work: Send + Sync + 'static {
    /// Runs one task.
    fn run(&self, task: u64) -> Result<()>;
    /// Whether the rest need not run.
    fn stopped(&self) -> bool;
    /// Takes an error; stops the rest.
    fn fail(&self, e: Error);
    /// Bytes of blocks that all tasks may hold together: that much memory is kept from one task to the next.
    fn bytes_at_once(&self) -> u64;
}

thread_local! {
    static IN_POOL: Cell<bool> = const { Cell::new(false) };
}

/// Consecutive tasks.
type Span = std::ops::Range<u64>;

/// One call of [`run_tasks`], shared by its workers.
struct Call {
    work: Arc<dyn Work>,
    shelf: Shelf,
    queue: Injector<Span>,
    stealers: Vec<Stealer<Span>>,
    /// Workers that may still run tasks; once there are none, all is done.
    running: Mutex<usize>,
    done: Condvar,
}

impl Call {
    /// Tasks for a worker: its own, then the queue's, in order, then another worker's.
    fn next(&self, own: &Worker<Span>) -> Option<Span> {
        own.pop().or_else(|| {
            loop {
                let stolen =
                    self.queue.steal().or_else(|| self.stealers.iter().map(Stealer::steal).collect::<Steal<Span>>());
                match stolen {
                    Steal::Success(s) => return Some(s),
                    Steal::Empty => return None,
                    Steal::Retry => {}
                }
            }
        })
    }

    /// Runs tasks until there are none, or until that time; says whether there are none.
    fn worker(&self, own: &Worker<Span>, until: Option<Instant>) -> bool {
        let _using = self.shelf.use_here();
        while let Some(mut span) = self.next(own) {
            while let Some(task) = span.next() {
                if self.work.stopped() {
                    return true;
                }
                if !span.is_empty() {
                    // What is left may be stolen meanwhile.
                    own.push(span.clone());
                    span = 0..0;
                }
                run_guarded(self.work.as_ref(), task);
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return false;
            }
        }
        true
    }

    fn running(&self) -> MutexGuard<'_, usize> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one more worker, unless all is done.
    fn join(&self) -> bool {
        let mut running = self.running();
        let join = *running > 0;
        *running += usize::from(join);
        join
    }

    fn leave(&self) {
        let mut running = self.running();
        *running -= 1;
        if *running == 0 {
            self.done.notify_all();
        }
    }

    /// Runs tasks in the calling thread for a while; says whether there are none left.
    fn along(&self, own: &Worker<Span>) -> bool {
        let begin = Instant::now();
        IN_POOL.set(true);
        let mut finished = self.worker(own, Some(begin + WAKING));
        if !finished {
            make_way();
            finished = self.worker(own, Some(begin + ALONG));
        }
        IN_POOL.set(false);
        finished
    }
}

/// A panic of a task becomes an error: the process lives.
fn run_guarded(work: &dyn Work, task: u64) {
    let outcome = catch_unwind(AssertUnwindSafe(|| work.run(task)));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(e)) => work.fail(e),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a worker panicked");
            work.fail(Error::internal(format!("task {task}: {text}")));
        }
    }
}

/// Threads that take jobs.
struct Pool {
    process: u32,
    threads: usize,
    jobs: Arc<Jobs>,
}

static POOL: Mutex<Option<Pool>> = Mutex::new(None);

impl Pool {
    fn new() -> Self {
        Pool { process: std::process::id(), threads: 0, jobs: Arc::default() }
    }

    fn grow(&mut self, threads: usize) -> Result<()> {
        while self.threads < threads {
            let jobs = Arc::clone(&self.jobs);
            let name = format!("hyperslab-{}", self.threads);
            std::thread::Builder::new()
                .name(name)
                .stack_size(STACK)
                .spawn(move || {
                    IN_POOL.set(true);
                    loop {
                        jobs.next()();
                    }
                })
                .map_err(|e| Error::internal(format!("the system refuses a thread: {e}")))?;
            self.threads += 1;
        }
        Ok(())
    }
}

/// Hands jobs to the pool, which then has that many threads at least. Threads do not survive a fork: the child gets a
/// pool of its own.
fn submit(new: impl Iterator<Item = Job>, threads: usize) -> Result<()> {
    let mut guard = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = match &mut *guard {
        Some(pool) if pool.process == std::process::id() => pool,
        other => other.insert(Pool::new()),
    };
    pool.grow(threads)?;
    for job in new {
        pool.jobs.push(job);
    }
    Ok(())
}

/// Threads that were woken for jobs and have not come are sent to other processors than this thread's.
fn make_way() {
    if let Some(pool) = POOL.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        pool.jobs.make_way();
    }
}

/// Runs tasks `0..tasks` of `work` on up to `workers` threads, of which this is one at first; `tick` is called in this
/// thread meanwhile.
///
/// Returns when every task has ended or was dropped after a failure; failures are `work`'s to report.
pub(crate) fn run_tasks(work: Arc<dyn Work>, tasks: u64, workers: usize, tick: &dyn Fn() -> Result<()>) -> Result<()> {
    if tasks <= 1 || IN_POOL.get() {
        run_here(work.as_ref(), tasks, tick);
        return Ok(());
    }
    let workers = workers.min(usize::try_from(tasks).unwrap_or(usize::MAX)).max(1);
    let others: Vec<Worker<Span>> = (1..workers).map(|_| Worker::new_fifo()).collect();
    let own = Worker::new_fifo();
    let call = Arc::new(Call {
        shelf: shelf_of(work.as_ref()),
        work,
        queue: Injector::new(),
        stealers: others.iter().chain([&own]).map(Worker::stealer).collect(),
        running: Mutex::new(1),
        done: Condvar::new(),
    });
    // Short spans in order: neighbours run at nearly the same time, so that few partial results wait.
    let span = (tasks / (workers as u64 * 64)).clamp(1, 16);
    let mut at = 0;
    while at < tasks {
        call.queue.push(at..(at + span).min(tasks));
        at += span;
    }
    let job = |own: Worker<Span>, joined: bool| -> Job {
        let call = Arc::clone(&call);
        Box::new(move || {
            if joined || call.join() {
                call.worker(&own, None);
                call.leave();
            }
        })
    };
    // Threads for all, this one's part too: there is no going back once tasks run.
    submit(others.into_iter().map(|own| job(own, false)), workers)?;
    if call.along(&own) {
        call.leave();
    } else {
        submit([job(own, true)].into_iter(), 0)?;
    }
    wait(&call, tick);
    Ok(())
}

/// The memory that tasks leave to each other.
fn shelf_of(work: &dyn Work) -> Shelf {
    Shelf::new(usize::try_from(work.bytes_at_once()).unwrap_or(usize::MAX))
}

fn wait(call: &Call, tick: &dyn Fn() -> Result<()>) {
    let begin = Instant::now();
    let mut running = call.running();
    while *running > 0 && begin.elapsed() < AWAKE {
        drop(running);
        std::hint::spin_loop();
        running = call.running();
    }
    while *running > 0 {
        let (guard, timeout) = call.done.wait_timeout(running, TICK).unwrap_or_else(PoisonError::into_inner);
        running = guard;
        if timeout.timed_out() && !call.work.stopped() {
            drop(running);
            if let Err(e) = tick() {
                call.work.fail(e);
            }
            running = call.running();
        }
    }
}

fn run_here(work: &dyn Work, tasks: u64, tick: &dyn Fn() -> Result<()>) {
    let shelf = shelf_of(work);
    let _using = shelf.use_here();
    let mut last = Instant::now();
    for task in 0..tasks {
        if work.stopped() {
            return;
        }
        run_guarded(work, task);
        if last.elapsed() >= TICK {
            last = Instant::now();
            if let Err(e) = tick() {
                work.fail(e);
            }
        }
    }
}

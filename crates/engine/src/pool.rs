//! Threads that take tasks: each worker has a deque, idle ones steal.
//!
//! Threads live as long as the process and are shared by all computations. The calling thread takes tasks too, so that
//! what is short need not wait for threads to wake, and leaves its part to a thread when that takes longer: an idle one,
//! or else a new one for this computation alone, as all threads of the pool may be blocked in sources that wait for this
//! very computation. A computation started from inside a task runs in that task's thread.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use hyperslab_base::{Error, ErrorKind, Permits, Result, Shelf};

use crate::jobs::{Job, Jobs};

/// How often the caller is told of progress and asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
/// How long the caller takes tasks itself.
const ALONG: Duration = Duration::from_millis(20);
/// How long the caller of an interrupted computation waits for tasks to end. Those that do not, as they are stuck in a
/// source, keep alive what they use, and write nothing that anybody waits for.
const GRACE: Duration = Duration::from_millis(30);
/// How long the caller waits awake for the last tasks of others: about what it costs to be woken.
const AWAKE: Duration = Duration::from_micros(50);
/// How long a thread that is woken may take to come, before somebody sees to it.
const WAKING: Duration = Duration::from_micros(50);
/// What a program's first thread has too: sources that call user code run here.
const STACK: usize = 8 << 20;

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
    /// The user wants no result any more.
    interrupted: AtomicBool,
    /// What tasks need to compute, where they wait for a network in between.
    permits: Option<Arc<Permits>>,
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
                let _permit = self.permits.as_ref().map(Permits::take);
                if run_guarded(self.work.as_ref(), task) {
                    self.interrupted.store(true, Relaxed);
                }
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

    /// Tells the caller of progress; says whether it goes on.
    fn tick(&self, tick: &dyn Fn() -> Result<()>) {
        if let Err(e) = tick() {
            self.interrupted.store(true, Relaxed);
            self.work.fail(e);
        }
    }

    /// Runs all that is left in the calling thread, where there is no other.
    fn alone(&self, tick: &dyn Fn() -> Result<()>) {
        IN_POOL.set(true);
        // What lies in the deques of others can be stolen.
        let own = Worker::new_fifo();
        while !self.worker(&own, Some(Instant::now() + TICK)) {
            self.tick(tick);
        }
        IN_POOL.set(false);
        self.leave();
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

/// A panic of a task becomes an error: the process lives. Says whether the user interrupted the task.
fn run_guarded(work: &dyn Work, task: u64) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| work.run(task)));
    match outcome {
        Ok(Ok(())) => false,
        Ok(Err(e)) => {
            // Tasks that a failure stops end with this error too.
            let interrupted = matches!(e.kind, ErrorKind::Cancelled) && !work.stopped();
            work.fail(e);
            interrupted
        }
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("a worker panicked");
            work.fail(Error::internal(format!("task {task}: {text}")));
            false
        }
    }
}

/// Starts a thread that counts as one of the pool's.
fn start(name: String, run: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let run = || {
        IN_POOL.set(true);
        run();
    };
    thread::Builder::new().name(name).stack_size(STACK).spawn(run).map(drop)
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

    /// That many threads at least, or as many as the system allows.
    fn grow(&mut self, threads: usize) {
        while self.threads < threads {
            let jobs = Arc::clone(&self.jobs);
            let run = move || {
                loop {
                    jobs.next()();
                }
            };
            if start(format!("hyperslab-{}", self.threads), run).is_err() {
                return;
            }
            self.threads += 1;
        }
    }
}

/// The pool, with that many threads where the system allows. Threads do not survive a fork: the child gets a pool of its
/// own.
fn with_pool<T>(threads: usize, f: impl FnOnce(&Pool) -> T) -> T {
    let mut guard = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let pool = match &mut *guard {
        Some(pool) if pool.process == std::process::id() => pool,
        other => other.insert(Pool::new()),
    };
    pool.grow(threads);
    f(pool)
}

/// Has a job run at once, whatever the pool's threads are at: by one that sleeps, or by a new one. Says whether it does.
fn run_at_once(job: Job) -> bool {
    match with_pool(0, |pool| pool.jobs.offer(job)) {
        None => true,
        Some(job) => start("hyperslab-own".into(), job).is_ok(),
    }
}

/// Threads that were woken for jobs and have not come are sent to other processors than this thread's.
fn make_way() {
    if let Some(pool) = POOL.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
        pool.jobs.make_way();
    }
}

/// How many tasks run at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AtOnce {
    /// Tasks under way.
    pub workers: usize,
    /// Tasks that compute, where others wait for a network meanwhile.
    pub computing: Option<usize>,
}

/// Runs tasks `0..tasks` of `work` on up to that many threads, of which this is one at first, unless it could have to wait
/// for a network; `tick` is called in this thread meanwhile.
///
/// Returns when every task has ended or was dropped after a failure; failures are `work`'s to report. After an
/// interrupt (an error of `tick`, or one of kind `Cancelled`) it does not wait for tasks that are stuck.
pub(crate) fn run_tasks(work: Arc<dyn Work>, tasks: u64, at_once: AtOnce, tick: &dyn Fn() -> Result<()>) {
    let AtOnce { workers, computing } = at_once;
    if (tasks <= 1 && computing.is_none()) || IN_POOL.get() {
        return run_here(work.as_ref(), tasks, tick);
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
        interrupted: AtomicBool::new(false),
        permits: computing.map(Permits::new),
    });
    // Short spans in order: neighbours run at nearly the same time, so that few partial results wait.
    let span = (tasks / (workers as u64 * 64)).clamp(1, 16);
    let mut at = 0;
    while at < tasks {
        call.queue.push(at..(at + span).min(tasks));
        at += span;
    }
    // Threads for all, this one's part too.
    with_pool(workers, |pool| {
        for own in others {
            // A job that no thread comes to does not keep the computation's memory.
            let call: Weak<Call> = Arc::downgrade(&call);
            let job = move || {
                if let Some(call) = call.upgrade().filter(|call| call.join()) {
                    call.worker(&own, None);
                    call.leave();
                }
            };
            if pool.threads > 0 {
                pool.jobs.push(Box::new(job));
            }
        }
    });
    if computing.is_none() && call.along(&own) {
        call.leave();
    } else {
        let part = Arc::clone(&call);
        let job = move || {
            part.worker(&own, None);
            part.leave();
        };
        if !run_at_once(Box::new(job)) {
            call.alone(tick);
        }
    }
    wait(&call, tick);
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
    let mut until = None;
    while *running > 0 {
        if until.is_none() && call.interrupted.load(Relaxed) {
            until = Some(Instant::now() + GRACE);
        }
        let pause = until.map_or(TICK, |until| until.saturating_duration_since(Instant::now()));
        if pause.is_zero() {
            return;
        }
        let (guard, timeout) = call.done.wait_timeout(running, pause).unwrap_or_else(PoisonError::into_inner);
        running = guard;
        if timeout.timed_out() && until.is_none() {
            drop(running);
            call.tick(tick);
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

//! Threads that take tasks: each worker has a deque, idle ones steal.
//!
//! Threads live as long as the process and are shared by all computations. A computation started from inside a
//! task runs in that task's thread, so that it can never wait for itself.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use hyperslab_base::{Error, Result, reuse_blocks};

/// How often the caller is told of progress and asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
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
    /// Bytes that a task may hold: a thread keeps that much memory from one task to the next.
    fn task_bytes(&self) -> u64;
}

thread_local! {
    static IN_POOL: Cell<bool> = const { Cell::new(false) };
}

/// Consecutive tasks.
type Span = std::ops::Range<u64>;

/// One call of [`run_tasks`], shared by its workers.
struct Call {
    work: Arc<dyn Work>,
    queue: Injector<Span>,
    stealers: Vec<Stealer<Span>>,
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

    fn worker(&self, own: &Worker<Span>) {
        let _reuse = reuse_blocks(usize::try_from(self.work.task_bytes()).unwrap_or(usize::MAX));
        while let Some(mut span) = self.next(own) {
            while let Some(task) = span.next() {
                if self.work.stopped() {
                    return;
                }
                if !span.is_empty() {
                    // What is left may be stolen meanwhile.
                    own.push(span.clone());
                    span = 0..0;
                }
                run_guarded(self.work.as_ref(), task);
            }
        }
    }

    fn leave(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running -= 1;
        if *running == 0 {
            self.done.notify_all();
        }
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

/// A job of the pool's threads.
type Job = Box<dyn FnOnce() + Send>;

/// Threads that wait for jobs.
struct Pool {
    process: u32,
    threads: usize,
    jobs: std::sync::mpsc::Sender<Job>,
    queue: Arc<Mutex<std::sync::mpsc::Receiver<Job>>>,
}

static POOL: Mutex<Option<Pool>> = Mutex::new(None);

impl Pool {
    fn new() -> Self {
        let (jobs, queue) = std::sync::mpsc::channel();
        Pool { process: std::process::id(), threads: 0, jobs, queue: Arc::new(Mutex::new(queue)) }
    }

    fn grow(&mut self, threads: usize) -> Result<()> {
        while self.threads < threads {
            let queue = Arc::clone(&self.queue);
            let name = format!("hyperslab-{}", self.threads);
            std::thread::Builder::new()
                .name(name)
                .stack_size(STACK)
                .spawn(move || {
                    IN_POOL.set(true);
                    loop {
                        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        match job {
                            Ok(job) => job(),
                            Err(_) => return,
                        }
                    }
                })
                .map_err(|e| Error::internal(format!("the system refuses a thread: {e}")))?;
            self.threads += 1;
        }
        Ok(())
    }
}

/// Hands `count` jobs to the pool. Threads do not survive a fork: the child gets a pool of its own.
fn submit(jobs: Vec<Job>) -> Result<()> {
    let mut guard = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if guard.as_ref().is_none_or(|p| p.process != std::process::id()) {
        *guard = Some(Pool::new());
    }
    if let Some(pool) = guard.as_mut() {
        pool.grow(jobs.len())?;
        for job in jobs {
            pool.jobs.send(job).map_err(|_| Error::internal("the pool of threads is gone"))?;
        }
    }
    Ok(())
}

/// Runs tasks `0..tasks` of `work` on up to `workers` threads; `tick` is called in this thread meanwhile.
///
/// Returns when every task has ended or was dropped after a failure; failures are `work`'s to report.
pub(crate) fn run_tasks(work: Arc<dyn Work>, tasks: u64, workers: usize, tick: &dyn Fn() -> Result<()>) -> Result<()> {
    if tasks <= 1 || IN_POOL.get() {
        run_here(work.as_ref(), tasks, tick);
        return Ok(());
    }
    let workers = workers.min(usize::try_from(tasks).unwrap_or(usize::MAX)).max(1);
    let own: Vec<Worker<Span>> = (0..workers).map(|_| Worker::new_fifo()).collect();
    let call = Arc::new(Call {
        work,
        queue: Injector::new(),
        stealers: own.iter().map(Worker::stealer).collect(),
        running: Mutex::new(workers),
        done: Condvar::new(),
    });
    // Short spans in order: neighbours run at nearly the same time, so that few partial results wait.
    let span = (tasks / (workers as u64 * 64)).clamp(1, 16);
    let mut at = 0;
    while at < tasks {
        call.queue.push(at..(at + span).min(tasks));
        at += span;
    }
    let job = |own: Worker<Span>| -> Job {
        let call = Arc::clone(&call);
        Box::new(move || {
            call.worker(&own);
            call.leave();
        })
    };
    submit(own.into_iter().map(job).collect())?;
    wait(&call, tick);
    Ok(())
}

fn wait(call: &Call, tick: &dyn Fn() -> Result<()>) {
    let mut running = call.running.lock().unwrap_or_else(PoisonError::into_inner);
    while *running > 0 {
        let (guard, timeout) = call.done.wait_timeout(running, TICK).unwrap_or_else(PoisonError::into_inner);
        running = guard;
        if timeout.timed_out() && !call.work.stopped() {
            drop(running);
            if let Err(e) = tick() {
                call.work.fail(e);
            }
            running = call.running.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn run_here(work: &dyn Work, tasks: u64, tick: &dyn Fn() -> Result<()>) {
    let _reuse = reuse_blocks(usize::try_from(work.task_bytes()).unwrap_or(usize::MAX));
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

//! Jobs of the pool, and its threads that wait for them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use sleeper::Sleeper;

/// A job of the pool's threads.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// Jobs that wait for threads, and threads that wait for jobs.
#[derive(Default)]
pub(crate) struct Jobs {
    waiting: Mutex<Waiting>,
    some: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    /// In the order in which they are woken.
    asleep: Vec<Sleeper>,
}

impl Jobs {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job and wakes a thread.
    pub(crate) fn push(&self, job: Job) {
        self.waiting().jobs.push_back(job);
        self.some.notify_one();
    }

    /// Adds a job if a thread sleeps that no other job has woken; gives it back otherwise.
    pub(crate) fn offer(&self, job: Job) -> Option<Job> {
        let mut waiting = self.waiting();
        if waiting.asleep.len() <= waiting.jobs.len() {
            return Some(job);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.some.notify_one();
        None
    }

    /// The next job, once there is one.
    pub(crate) fn next(&self) -> Job {
        let mut waiting = self.waiting();
        loop {
            if let Some(job) = waiting.jobs.pop_front() {
                return job;
            }
            let me = Sleeper::here();
            waiting.asleep.push(me);
            waiting = self.some.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.asleep.extract_if(.., |sleeper| sleeper.is(&me)).for_each(Sleeper::awake);
        }
    }

    /// Threads that were woken for jobs and have not come are sent to other processors than the one of this thread,
    /// which is at work: systems place a thread where it ran before, or beside who wakes it, and look only a few
    /// milliseconds later whether another processor has nothing to do.
    pub(crate) fn make_way(&self) {
        let mut waiting = self.waiting();
        let late = waiting.jobs.len();
        waiting.asleep.iter_mut().take(late).for_each(Sleeper::make_way);
    }
}

#[cfg(target_os = "linux")]
mod sleeper {
    use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

    /// A thread that waits.
    #[derive(Clone, Copy)]
    pub(crate) struct Sleeper {
        pub(super) thread: Pid,
        /// Where it may run, if it was sent away.
        allowed: Option<CpuSet>,
    }

    impl Sleeper {
        /// The calling thread.
        pub(crate) fn here() -> Self {
            Sleeper { thread: gettid(), allowed: None }
        }

        pub(crate) fn is(&self, other: &Sleeper) -> bool {
            self.thread == other.thread
        }

        /// Bars it from the calling thread's processor until it is awake. Where that is not allowed it stays.
        pub(crate) fn make_way(&mut self) {
            let Ok(allowed) = sched_getaffinity(Some(self.thread)) else { return };
            let mut others = allowed;
            others.unset(sched_getcpu());
            if self.allowed.is_none() && others.count() > 0 && sched_setaffinity(Some(self.thread), &others).is_ok() {
                self.allowed = Some(allowed);
            }
        }

        /// What it does first when it is awake.
        pub(crate) fn awake(self) {
            if let Some(allowed) = self.allowed {
                // It was allowed before; should it no longer be, the thread is where it may be.
                let _ = sched_setaffinity(None, &allowed);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod sleeper {
    use std::thread::{ThreadId, current};

    /// A thread that waits, where the system gives no say in its place.
    #[derive(Clone, Copy)]
    pub(crate) struct Sleeper(ThreadId);

    impl Sleeper {
        pub(crate) fn here() -> Self {
            Sleeper(current().id())
        }

        pub(crate) fn is(&self, other: &Sleeper) -> bool {
            self.0 == other.0
        }

        pub(crate) fn make_way(&mut self) {}

        pub(crate) fn awake(self) {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::mpsc::channel;

    use rustix::thread::{sched_getaffinity, sched_getcpu};

    use super::Sleeper;

    #[test]
    fn a_thread_makes_way_until_it_is_awake() -> Result<(), Box<dyn std::error::Error>> {
        let (to_sleeper, wake) = channel::<Sleeper>();
        let (to_us, asleep) = channel();
        let thread = std::thread::spawn(move || {
            to_us.send((Sleeper::here(), sched_getaffinity(None))).ok();
            wake.recv().map(Sleeper::awake).ok();
            sched_getaffinity(None)
        });
        let (mut sleeper, allowed) = asleep.recv()?;
        let allowed = allowed?;
        // This thread may move from one processor to another meanwhile: it is one of those that were its own.
        let mut barred = vec![sched_getcpu()];
        sleeper.make_way();
        barred.push(sched_getcpu());
        let now = sched_getaffinity(Some(sleeper.thread))?;
        assert!(barred.iter().any(|&cpu| !now.is_set(cpu)) || allowed.count() == 1);
        assert_eq!(now.count(), (allowed.count() - 1).max(1));
        sleeper.make_way();
        assert_eq!(sched_getaffinity(Some(sleeper.thread))?, now, "it is sent away once");
        to_sleeper.send(sleeper)?;
        assert_eq!(thread.join().map_err(|_| "the thread panicked")??, allowed);
        Ok(())
    }
}

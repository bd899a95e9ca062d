//! Permits to compute: more threads than processors may be at work where most of them wait for a network, but no more of
//! them compute than the computation may have threads.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Permits that threads hold while they compute.
#[derive(Debug)]
pub struct Permits {
    free: Mutex<usize>,
    returned: Condvar,
}

thread_local! {
    /// Whose permit this thread holds.
    static MINE: RefCell<Option<Arc<Permits>>> = const { RefCell::new(None) };
}

/// The permit of a thread, returned when it is dropped.
#[derive(Debug)]
pub struct Permit(Option<Arc<Permits>>);

impl Permits {
    /// That many.
    pub fn new(at_once: usize) -> Arc<Self> {
        Arc::new(Permits { free: Mutex::new(at_once.max(1)), returned: Condvar::new() })
    }

    /// Waits for a permit. A thread that has one, of a computation around this one, goes on with it.
    pub fn take(self: &Arc<Self>) -> Permit {
        if MINE.with_borrow(Option::is_some) {
            return Permit(None);
        }
        self.acquire();
        MINE.set(Some(Arc::clone(self)));
        Permit(Some(Arc::clone(self)))
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn acquire(&self) {
        let free = self.returned.wait_while(self.free(), |free| *free == 0);
        *free.unwrap_or_else(PoisonError::into_inner) -= 1;
    }

    fn release(&self) {
        *self.free() += 1;
        self.returned.notify_one();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(permits) = self.0.take() {
            MINE.set(None);
            permits.release();
        }
    }
}

/// A thread that lent its permit, and takes one again when this is dropped.
struct Lent(Option<Arc<Permits>>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(permits) = self.0.take() {
            permits.acquire();
            MINE.set(Some(permits));
        }
    }
}

/// Calls what waits for a network, without the thread's permit: others compute meanwhile.
pub fn waiting<T>(f: impl FnOnce() -> T) -> T {
    let mine = MINE.take();
    if let Some(permits) = &mine {
        permits.release();
    }
    let _lent = Lent(mine);
    f()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[test]
    fn all_wait_at_once_and_few_compute() {
        let (permits, barrier) = (Permits::new(2), Barrier::new(8));
        let (computing, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let compute = || {
            most.fetch_max(computing.fetch_add(1, SeqCst) + 1, SeqCst);
            std::thread::yield_now();
            computing.fetch_sub(1, SeqCst);
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _permit = permits.take();
                    compute();
                    // Passes only once all eight wait.
                    waiting(|| barrier.wait());
                    compute();
                    let _same = permits.take();
                    compute();
                });
            }
        });
        assert!(most.load(SeqCst) <= 2);
        assert_eq!(*permits.free(), 2);
    }

    #[test]
    fn who_has_no_permit_waits_without_one() {
        assert_eq!(waiting(|| 3), 3);
        assert!(MINE.with_borrow(Option::is_none));
    }
}

//! How many bytes of blocks are alive, for computations that want to know.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bytes alive, and the most there were.
#[derive(Debug, Default)]
pub struct Gauge {
    live: AtomicU64,
    peak: AtomicU64,
}

impl Gauge {
    /// Counts `bytes` until the answer is dropped.
    pub fn hold(self: &Arc<Self>, bytes: u64) -> Held {
        let live = self.live.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(live, Relaxed);
        Held { gauge: Arc::clone(self), bytes }
    }

    /// The most bytes that were alive at once since the last call.
    pub fn take_peak(&self) -> u64 {
        self.peak.swap(self.live.load(Relaxed), Relaxed)
    }
}

/// Bytes that count as alive.
#[derive(Debug)]
pub struct Held {
    gauge: Arc<Gauge>,
    bytes: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.live.fetch_sub(self.bytes, Relaxed);
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Gauge>>> = const { RefCell::new(None) };
}

/// Counts `bytes` where this thread's blocks are counted, if they are.
pub(crate) fn hold(bytes: usize) -> Option<Held> {
    // While a thread ends nobody counts.
    CURRENT.try_with(|current| current.borrow().as_ref().map(|g| g.hold(bytes as u64))).ok().flatten()
}

/// While it lives, blocks that this thread makes are counted. See [`count_blocks`].
#[derive(Debug)]
pub struct Counting(Option<Arc<Gauge>>);

/// Counts the blocks that this thread makes until the guard is dropped; each until it is dropped, wherever that is.
#[must_use]
pub fn count_blocks(gauge: &Arc<Gauge>) -> Counting {
    Counting(CURRENT.replace(Some(Arc::clone(gauge))))
}

impl Drop for Counting {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.0.take()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;
    use crate::AlignedBytes;

    #[test]
    fn blocks_count_from_their_making_to_their_drop() {
        let (outer, inner) = (Arc::new(Gauge::default()), Arc::new(Gauge::default()));
        let before = AlignedBytes::zeroed(1000).unwrap();
        let guard = count_blocks(&outer);
        let (small, large) = (AlignedBytes::zeroed(100).unwrap(), AlignedBytes::zeroed(1 << 20).unwrap());
        {
            let _guard = count_blocks(&inner);
            drop(AlignedBytes::scratch(300).unwrap());
        }
        drop(large);
        let after = AlignedBytes::zeroed(10).unwrap();
        drop(guard);
        drop((before, AlignedBytes::zeroed(5000).unwrap()));
        assert_eq!((outer.take_peak(), inner.take_peak()), ((1 << 20) + 128, 320));
        assert_eq!((outer.take_peak(), inner.take_peak()), (128 + 64, 0));
        drop((small, after));
        assert_eq!((outer.take_peak(), outer.take_peak()), (192, 0));
    }
}

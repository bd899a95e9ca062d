//! The memory of blocks, aligned to cache lines: small ones from the allocator, large ones straight from the system and
//! back to it, so that what is freed is free. Threads that run the tasks of a computation use theirs again: a [`Shelf`].

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;

use crate::error::{Error, Result};
use crate::gauge::{self, Held};

/// From this size on, memory comes from the system.
const LARGE: usize = 128 << 10;
/// From this size on, large pages are asked for: fewer faults, and less than an eighth lost at the end.
const HUGE: usize = 16 << 20;

/// One cache line; gives small blocks their alignment.
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

enum Memory {
    Heap { lines: Vec<Line>, _held: Option<Held> },
    Pages(Pages),
}

impl Memory {
    const NONE: Memory = Memory::Heap { lines: Vec::new(), _held: None };
}

/// Memory straight from the system. It counts as held until it goes back there.
struct Pages {
    map: MmapMut,
    _held: Option<Held>,
    /// Where it goes when nobody uses it.
    shelf: Option<Shelf>,
}

/// Bytes aligned to cache lines. Pages that nobody touches cost nothing, but where a [`Shelf`] is used: there all are
/// taken at once.
pub struct AlignedBytes {
    memory: Memory,
    len: usize,
}

impl Default for AlignedBytes {
    fn default() -> Self {
        AlignedBytes { memory: Memory::NONE, len: 0 }
    }
}

impl AlignedBytes {
    /// `len` zero bytes.
    ///
    /// # Errors
    /// `Internal` when the system refuses the memory.
    pub fn zeroed(len: usize) -> Result<Self> {
        if len < LARGE {
            let lines = bytemuck::allocation::try_zeroed_vec(len.div_ceil(64)).map_err(|()| refused(len))?;
            let held = gauge::hold(lines.len() * size_of::<Line>());
            return Ok(AlignedBytes { memory: Memory::Heap { lines, _held: held }, len });
        }
        let pages = match take(len) {
            Some(mut used) => {
                used.map[..len].fill(0);
                used
            }
            None => map(len)?,
        };
        Ok(AlignedBytes { memory: Memory::Pages(pages), len })
    }

    /// `len` bytes with whatever an earlier use left in them.
    ///
    /// # Errors
    /// As [`AlignedBytes::zeroed`].
    pub fn scratch(len: usize) -> Result<Self> {
        match if len < LARGE { None } else { take(len) } {
            Some(used) => Ok(AlignedBytes { memory: Memory::Pages(used), len }),
            None => Self::zeroed(len),
        }
    }

    /// Number of bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.memory {
            Memory::Heap { lines, .. } => &bytemuck::cast_slice(lines)[..self.len],
            Memory::Pages(pages) => &pages.map[..self.len],
        }
    }

    /// The bytes, to write.
    #[inline]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Memory::Heap { lines, .. } => &mut bytemuck::cast_slice_mut(lines)[..self.len],
            Memory::Pages(pages) => &mut pages.map[..self.len],
        }
    }
}

impl Drop for AlignedBytes {
    fn drop(&mut self) {
        if let Memory::Pages(pages) = std::mem::replace(&mut self.memory, Memory::NONE) {
            give(pages);
        }
    }
}

fn refused(len: usize) -> Error {
    Error::internal(format!("the system has no {len} bytes left for a block"))
}

fn map(len: usize) -> Result<Pages> {
    let map = MmapMut::map_anon(len).map_err(|_| refused(len))?;
    #[cfg(target_os = "linux")]
    if len >= HUGE {
        // A wish; systems without large pages go on without.
        let _ = map.advise(memmap2::Advice::HugePage);
    }
    let shelf = SHELF.with_borrow(Option::clone);
    if let Some(shelf) = &shelf {
        shelf.kept().live += map.len();
        // A task uses all of it: at once, rather than page by page. Where a page of zeros is read before it is written,
        // every processor would have to hear of it. Another wish.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::PopulateWrite);
    }
    Ok(Pages { _held: gauge::hold(map.len()), map, shelf })
}

/// Memory of blocks that is not used any more, for later blocks of the same computation. Handles share it.
#[derive(Clone)]
pub struct Shelf(Arc<Mutex<Kept>>);

struct Kept {
    /// Bytes that there may be, in use or not.
    limit: usize,
    /// Bytes in use.
    live: usize,
    /// Threads whose blocks use it.
    users: usize,
    /// Not in use, the oldest first.
    free: Vec<Pages>,
}

impl Kept {
    fn idle(&self) -> usize {
        self.free.iter().map(|p| p.map.len()).sum()
    }

    /// The memory that fits `len` bytes best, of that the one used last.
    fn best(&self, len: usize) -> Option<usize> {
        let fits = |p: &Pages| (len..=len.saturating_mul(2)).contains(&p.map.len());
        (0..self.free.len()).rev().filter(|&i| fits(&self.free[i])).min_by_key(|&i| self.free[i].map.len())
    }
}

thread_local! {
    static SHELF: RefCell<Option<Shelf>> = const { RefCell::new(None) };
}

impl Shelf {
    /// For blocks that hold at most `limit` bytes together, in use or not.
    pub fn new(limit: usize) -> Shelf {
        Shelf(Arc::new(Mutex::new(Kept { limit, live: 0, users: 0, free: Vec::new() })))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the blocks that this thread makes use it, until the guard is dropped; unless they use another already. Without
    /// a user it is empty.
    #[must_use]
    pub fn use_here(&self) -> Using {
        let outermost = SHELF.with_borrow_mut(|current| {
            let free = current.is_none();
            current.get_or_insert_with(|| self.clone());
            free
        });
        self.kept().users += usize::from(outermost);
        Using { outermost }
    }
}

/// While it lives, the blocks that a thread makes use a [`Shelf`].
pub struct Using {
    outermost: bool,
}

impl Drop for Using {
    fn drop(&mut self) {
        // While a thread ends there may be nothing left to take.
        let shelf = if self.outermost { SHELF.try_with(RefCell::take).ok().flatten() } else { None };
        if let Some(shelf) = shelf {
            let mut kept = shelf.kept();
            kept.users -= 1;
            let unused = if kept.users == 0 { std::mem::take(&mut kept.free) } else { Vec::new() };
            drop((kept, unused));
        }
    }
}

/// Memory for `len` bytes from this thread's shelf; room for new memory otherwise.
fn take(len: usize) -> Option<Pages> {
    let shelf = SHELF.with_borrow(Option::clone)?;
    let mut kept = shelf.kept();
    if let Some(i) = kept.best(len) {
        let mut pages = kept.free.remove(i);
        kept.live += pages.map.len();
        drop(kept);
        pages.shelf = Some(shelf);
        return Some(pages);
    }
    let mut oldest = 0;
    let mut idle = kept.idle();
    while oldest < kept.free.len() && kept.live + idle + len > kept.limit {
        idle -= kept.free[oldest].map.len();
        oldest += 1;
    }
    // The system takes its time: others need not wait.
    let unused: Vec<Pages> = kept.free.drain(..oldest).collect();
    drop((kept, unused));
    None
}

/// Puts memory that is no longer used where it came from.
fn give(mut pages: Pages) {
    let Some(shelf) = pages.shelf.take() else { return };
    let mut kept = shelf.kept();
    kept.live -= pages.map.len();
    let keep = kept.users > 0 && kept.live + kept.idle() + pages.map.len() <= kept.limit;
    if keep {
        kept.free.push(pages);
    } else {
        drop((kept, pages));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;

    fn idle_and_live(shelf: &Shelf) -> (usize, usize) {
        let kept = shelf.kept();
        (kept.idle(), kept.live)
    }

    #[test]
    fn memory_is_used_again_within_the_limit_only() {
        let shelf = Shelf::new(3 * LARGE);
        let guard = shelf.use_here();
        let mut a = AlignedBytes::scratch(LARGE).unwrap();
        a.bytes_mut().fill(7);
        let at = a.bytes().as_ptr();
        drop(a);
        let b = AlignedBytes::scratch(LARGE).unwrap();
        assert_eq!((b.bytes().as_ptr(), b.bytes()[9]), (at, 7));
        drop(b);
        let c = AlignedBytes::zeroed(LARGE).unwrap();
        assert_eq!((c.bytes().as_ptr(), c.bytes()[9]), (at, 0));
        drop(c);
        let large = AlignedBytes::scratch(3 * LARGE).unwrap();
        assert_eq!(idle_and_live(&shelf), (0, 3 * LARGE));
        drop(large);
        assert_eq!(idle_and_live(&shelf), (3 * LARGE, 0));
        drop(guard);
        assert_eq!(idle_and_live(&shelf), (0, 0));
    }

    #[test]
    fn threads_share_a_shelf() {
        let shelf = Shelf::new(4 * LARGE);
        let guard = shelf.use_here();
        let blocks = [LARGE, LARGE + 1].map(|len| AlignedBytes::scratch(len).unwrap());
        std::thread::scope(|s| {
            s.spawn(|| {
                let _guard = shelf.use_here();
                // Made in another thread, and counted once.
                drop(blocks);
                let again = AlignedBytes::scratch(LARGE).unwrap();
                assert_eq!(idle_and_live(&shelf), (LARGE + 1, LARGE));
                again
            });
        });
        assert_eq!(idle_and_live(&shelf), (2 * LARGE + 1, 0));
        let late = AlignedBytes::scratch(LARGE).unwrap();
        drop(guard);
        drop(late);
        assert_eq!(idle_and_live(&shelf), (0, 0));
    }

    #[test]
    fn any_length_is_aligned() {
        for len in [0, 1, 64, LARGE - 1, LARGE, LARGE + 1] {
            let b = AlignedBytes::zeroed(len).unwrap();
            assert_eq!((b.len(), b.bytes().len(), b.is_empty()), (len, len, len == 0));
            assert!(len == 0 || (b.bytes().as_ptr() as usize).is_multiple_of(64));
            assert!(b.bytes().iter().all(|&x| x == 0));
        }
    }
}

//! The memory of blocks, aligned to cache lines: small ones from the allocator, large ones straight from the system and
//! back to it, so that what is freed is free. Threads that run one task after the other use theirs again.

use std::cell::RefCell;

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

/// Memory straight from the system. It counts as held for as long as this thread keeps it.
struct Pages {
    map: MmapMut,
    _held: Option<Held>,
}

/// Bytes aligned to cache lines. Pages that nobody touches cost nothing.
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

    /// `len` bytes with whatever an earlier use on this thread left in them.
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
    KEPT.with_borrow_mut(|kept| {
        if let Some(kept) = kept {
            kept.live += map.len();
        }
    });
    Ok(Pages { _held: gauge::hold(map.len()), map })
}

/// Memory that a thread keeps for its next task.
struct Kept {
    /// Bytes that the thread may hold, in use or not.
    limit: usize,
    /// Bytes in use.
    live: usize,
    /// Not in use, the oldest first.
    free: Vec<Pages>,
}

impl Kept {
    fn idle(&self) -> usize {
        self.free.iter().map(|p| p.map.len()).sum()
    }
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// Memory for `len` bytes that this thread has kept; room for new memory otherwise.
fn take(len: usize) -> Option<Pages> {
    KEPT.with_borrow_mut(|kept| {
        let kept = kept.as_mut()?;
        let fits = |p: &Pages| (len..=len.saturating_mul(2)).contains(&p.map.len());
        let best = (0..kept.free.len()).filter(|&i| fits(&kept.free[i])).min_by_key(|&i| kept.free[i].map.len());
        if let Some(i) = best {
            let pages = kept.free.remove(i);
            kept.live += pages.map.len();
            return Some(pages);
        }
        while !kept.free.is_empty() && kept.live + kept.idle() + len > kept.limit {
            kept.free.remove(0);
        }
        None
    })
}

/// Keeps memory that is no longer used, or returns it to the system.
fn give(pages: Pages) {
    // While a thread ends there may be nothing to keep it in.
    let _ = KEPT.try_with(|kept| {
        if let Some(kept) = kept.borrow_mut().as_mut() {
            kept.live = kept.live.saturating_sub(pages.map.len());
            if kept.live + kept.idle() + pages.map.len() <= kept.limit {
                kept.free.push(pages);
            }
        }
    });
}

/// While it lives, this thread keeps memory of its blocks for later ones. See [`reuse_blocks`].
#[derive(Debug)]
pub struct Reuse {
    outermost: bool,
}

/// Lets this thread use the memory of its blocks again, holding at most `limit` bytes of it, until the guard is dropped.
#[must_use]
pub fn reuse_blocks(limit: usize) -> Reuse {
    KEPT.with_borrow_mut(|kept| {
        let outermost = kept.is_none();
        kept.get_or_insert(Kept { limit, live: 0, free: Vec::new() });
        Reuse { outermost }
    })
}

impl Drop for Reuse {
    fn drop(&mut self) {
        if self.outermost {
            let _ = KEPT.try_with(|kept| kept.borrow_mut().take());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

    use super::*;

    #[test]
    fn memory_is_used_again_within_the_limit_only() {
        let guard = reuse_blocks(3 * LARGE);
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
        KEPT.with_borrow(|k| assert_eq!((k.as_ref().unwrap().idle(), k.as_ref().unwrap().live), (0, 3 * LARGE)));
        drop((large, guard));
        KEPT.with_borrow(|k| assert!(k.is_none()));
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

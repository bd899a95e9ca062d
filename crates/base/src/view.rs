//! Elements in memory: the one place where raw pointers become views.
//!
//! A view is a pointer with a dtype, a shape and byte strides. Views of the same memory may be cut
//! ([`View::slice`], [`ViewMut::slice`]) but never leave it.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::Dims;
use crate::bytes::AlignedBytes;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::region::{Region, c_strides, checked_nbytes, element_count};

/// Shape, byte strides and dtype: the geometry both kinds of view share.
#[derive(Clone, Debug)]
struct Layout {
    dtype: DType,
    shape: Dims<u64>,
    strides: Dims<isize>,
}

impl Layout {
    fn contiguous(dtype: DType, shape: &[u64]) -> Self {
        Layout { dtype, shape: shape.into(), strides: c_strides(shape, dtype.itemsize()) }
    }

    fn is_contiguous(&self) -> bool {
        let mut expect = self.dtype.itemsize() as isize;
        self.shape.contains(&0)
            || self.shape.iter().zip(&self.strides).rev().all(|(&n, &s)| {
                let ok = n == 1 || s == expect;
                expect *= n as isize;
                ok
            })
    }

    /// Byte offset and layout of a region. Panics when the region leaves the shape.
    fn slice(&self, region: &Region) -> (isize, Layout) {
        assert_eq!(region.0.len(), self.shape.len(), "region of another dimension");
        let mut offset = 0;
        let mut out = Layout { dtype: self.dtype, shape: region.shape(), strides: Dims::new() };
        let empty = region.is_empty();
        for ((r, &n), &s) in region.0.iter().zip(&self.shape).zip(&self.strides) {
            assert!(r.end() <= n && (r.len == 0 || r.start >= 0), "region {region:?} leaves the view");
            if !empty {
                offset += r.start as isize * s;
            }
            out.strides.push(r.step as isize * s);
        }
        (offset, out)
    }

    /// Lowest and one past the highest byte offset that an element touches.
    fn extent(&self) -> (isize, isize) {
        if self.shape.contains(&0) {
            return (0, 0);
        }
        let (mut lo, mut hi) = (0, self.dtype.itemsize() as isize);
        for (&n, &s) in self.shape.iter().zip(&self.strides) {
            let reach = (n as isize - 1) * s;
            if reach < 0 { lo += reach } else { hi += reach }
        }
        (lo, hi)
    }
}

macro_rules! view_geometry {
    () => {
        /// Dtype of the elements.
        pub fn dtype(&self) -> DType {
            self.layout.dtype
        }
        /// Shape.
        pub fn shape(&self) -> &[u64] {
            &self.layout.shape
        }
        /// Byte strides.
        pub fn strides(&self) -> &[isize] {
            &self.layout.strides
        }
        /// Number of elements.
        pub fn count(&self) -> u64 {
            element_count(&self.layout.shape)
        }
        /// Lowest and one past the highest byte that an element touches, from the first element on.
        pub fn extent(&self) -> (isize, isize) {
            self.layout.extent()
        }
        /// Whether the elements lie in C order without gaps.
        pub fn is_contiguous(&self) -> bool {
            self.layout.is_contiguous()
        }
    };
}

macro_rules! addresses {
    () => {
        /// Addresses from the lowest to one past the highest byte that an element touches.
        pub fn addresses(&self) -> std::ops::Range<usize> {
            let (lo, hi) = self.layout.extent();
            let at = |offset: isize| (self.ptr as usize).wrapping_add_signed(offset);
            at(lo)..at(hi)
        }
    };
}

/// Elements that may be read.
#[derive(Clone, Debug)]
pub struct View<'a> {
    ptr: *const u8,
    layout: Layout,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: a View only reads memory that its lifetime keeps alive and unwritten.
unsafe impl Send for View<'_> {}
// SAFETY: as above; shared reads do not race.
unsafe impl Sync for View<'_> {}

impl<'a> View<'a> {
    view_geometry!();
    addresses!();

    /// C-contiguous view of bytes.
    ///
    /// # Errors
    /// `Internal` when the number of bytes is not the shape's.
    pub fn from_bytes(dtype: DType, shape: &[u64], bytes: &'a [u8]) -> Result<Self> {
        if checked_nbytes(shape, dtype)? != bytes.len() as u64 {
            return Err(Error::internal(format!("{} bytes for shape {shape:?} of {dtype}", bytes.len())));
        }
        Ok(View { ptr: bytes.as_ptr(), layout: Layout::contiguous(dtype, shape), life: PhantomData })
    }

    /// View of foreign memory.
    ///
    /// # Safety
    /// Every element that shape and strides reach from `ptr` must be readable, and not written, for `'a`; what lies
    /// between elements must be memory of the same allocation.
    pub unsafe fn from_raw(dtype: DType, ptr: *const u8, shape: &[u64], strides: &[isize]) -> Self {
        View { ptr, layout: Layout { dtype, shape: shape.into(), strides: strides.into() }, life: PhantomData }
    }

    /// Address of the first element; reading it is the caller's own unsafe business.
    pub fn as_ptr(&self) -> *const u8 {
        self.ptr
    }

    /// The part that `region` selects.
    ///
    /// # Panics
    /// When the region leaves the view.
    pub fn slice(&self, region: &Region) -> View<'a> {
        let (offset, layout) = self.layout.slice(region);
        View { ptr: self.ptr.wrapping_offset(offset), layout, life: PhantomData }
    }

    /// Same elements, dimensions in another order.
    ///
    /// # Panics
    /// When `perm` is not a permutation of the dimensions.
    pub fn transpose(&self, perm: &[usize]) -> View<'a> {
        assert_eq!(perm.len(), self.layout.shape.len(), "permutation of another dimension");
        let mut seen: Dims<bool> = perm.iter().map(|_| false).collect();
        perm.iter().for_each(|&p| seen[p] = true);
        assert!(seen.iter().all(|&s| s), "not a permutation: {perm:?}");
        let layout = Layout {
            dtype: self.layout.dtype,
            shape: perm.iter().map(|&p| self.layout.shape[p]).collect(),
            strides: perm.iter().map(|&p| self.layout.strides[p]).collect(),
        };
        View { ptr: self.ptr, layout, life: PhantomData }
    }

    /// The view with another first element (`offset` bytes on), shape and strides; strides of 0 repeat an element.
    ///
    /// # Panics
    /// When an element of the new layout lies outside the bytes that the old one spans.
    pub fn restride(&self, offset: isize, shape: &[u64], strides: &[isize]) -> View<'a> {
        let layout = Layout { dtype: self.layout.dtype, shape: shape.into(), strides: strides.into() };
        let ((lo, hi), (old_lo, old_hi)) = (layout.extent(), self.layout.extent());
        let empty = lo == hi;
        assert!(empty || (lo + offset >= old_lo && hi + offset <= old_hi), "new strides leave the view");
        View { ptr: self.ptr.wrapping_offset(offset), layout, life: PhantomData }
    }

    /// The bytes from the first element to the last, and what lies between them; none where a stride is negative.
    pub fn span(&self) -> Option<&'a [u8]> {
        let (lo, hi) = self.extent();
        if lo < 0 || self.count() == 0 {
            return None;
        }
        // SAFETY: `from_raw` promises all bytes between elements, and they start at `ptr`.
        Some(unsafe { std::slice::from_raw_parts(self.ptr, hi as usize) })
    }

    /// The bytes, when they are C-contiguous.
    pub fn bytes(&self) -> Option<&'a [u8]> {
        if !self.is_contiguous() {
            return None;
        }
        let n = self.count() as usize * self.layout.dtype.itemsize();
        if n == 0 {
            return Some(&[]);
        }
        // SAFETY: contiguous, so the n bytes from ptr on are exactly the elements the view may read.
        Some(unsafe { std::slice::from_raw_parts(self.ptr, n) })
    }
}

/// Elements that may be written, by this view alone.
#[derive(Debug)]
pub struct ViewMut<'a> {
    ptr: *mut u8,
    layout: Layout,
    life: PhantomData<&'a mut [u8]>,
}

// SAFETY: a ViewMut is the only access to its elements while it lives.
unsafe impl Send for ViewMut<'_> {}

impl<'a> ViewMut<'a> {
    view_geometry!();
    addresses!();

    /// C-contiguous view of bytes.
    ///
    /// # Errors
    /// `Internal` when the number of bytes is not the shape's.
    pub fn from_bytes(dtype: DType, shape: &[u64], bytes: &'a mut [u8]) -> Result<Self> {
        if checked_nbytes(shape, dtype)? != bytes.len() as u64 {
            return Err(Error::internal(format!("{} bytes for shape {shape:?} of {dtype}", bytes.len())));
        }
        Ok(ViewMut { ptr: bytes.as_mut_ptr(), layout: Layout::contiguous(dtype, shape), life: PhantomData })
    }

    /// View of foreign memory.
    ///
    /// # Safety
    /// Every element that shape and strides reach from `ptr` must be writable, distinct, and touched by nothing
    /// else, for `'a`.
    pub unsafe fn from_raw(dtype: DType, ptr: *mut u8, shape: &[u64], strides: &[isize]) -> Self {
        ViewMut { ptr, layout: Layout { dtype, shape: shape.into(), strides: strides.into() }, life: PhantomData }
    }

    /// Address of the first element; writing it is the caller's own unsafe business.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.ptr
    }

    /// The part that `region` selects, borrowed from this view.
    ///
    /// # Panics
    /// When the region leaves the view.
    pub fn slice(&mut self, region: &Region) -> ViewMut<'_> {
        let (offset, layout) = self.layout.slice(region);
        ViewMut { ptr: self.ptr.wrapping_offset(offset), layout, life: PhantomData }
    }

    /// The same view for a shorter time.
    pub fn reborrow(&mut self) -> ViewMut<'_> {
        ViewMut { ptr: self.ptr, layout: self.layout.clone(), life: PhantomData }
    }

    /// The view with its dimensions rearranged: each new dimension is an old one, or `None` for a new one of length 1.
    /// Old dimensions left out must have length 1 (or be sliced to it first).
    ///
    /// # Panics
    /// When a dimension is named twice, or one longer than 1 is left out.
    pub fn rearrange(self, dims: &[Option<usize>]) -> ViewMut<'a> {
        let old = &self.layout;
        let mut used: Dims<bool> = old.shape.iter().map(|&n| n == 1).collect();
        let mut named: Dims<bool> = old.shape.iter().map(|_| false).collect();
        let (mut shape, mut strides) = (Dims::new(), Dims::new());
        for d in dims {
            shape.push(d.map_or(1, |d| old.shape[d]));
            strides.push(d.map_or(0, |d| old.strides[d]));
            if let Some(d) = *d {
                assert!(!named[d], "dimension named twice");
                (named[d], used[d]) = (true, true);
            }
        }
        assert!(used.iter().all(|&u| u), "a dimension longer than 1 is left out");
        ViewMut { ptr: self.ptr, layout: Layout { dtype: old.dtype, shape, strides }, life: PhantomData }
    }

    /// Read-only view of the same elements.
    pub fn as_view(&self) -> View<'_> {
        View { ptr: self.ptr, layout: self.layout.clone(), life: PhantomData }
    }

    /// The bytes, when they are C-contiguous.
    pub fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        if !self.layout.is_contiguous() {
            return None;
        }
        let n = self.count() as usize * self.layout.dtype.itemsize();
        if n == 0 {
            return Some(&mut []);
        }
        // SAFETY: contiguous, so the n bytes from ptr on are exactly the elements this view alone may write.
        Some(unsafe { std::slice::from_raw_parts_mut(self.ptr, n) })
    }
}

/// C-contiguous elements of its own, aligned to cache lines.
pub struct Block {
    data: AlignedBytes,
    layout: Layout,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Block({:?} {})", self.layout.shape, self.layout.dtype)
    }
}

impl Block {
    view_geometry!();

    /// A block of zeros.
    ///
    /// # Errors
    /// `Value` when the size cannot be addressed; `Internal` when the system refuses the memory.
    pub fn zeroed(dtype: DType, shape: &[u64]) -> Result<Self> {
        let data = AlignedBytes::zeroed(checked_nbytes(shape, dtype)? as usize)?;
        Ok(Block { data, layout: Layout::contiguous(dtype, shape) })
    }

    /// A block of whatever an earlier use of its memory left, for those who write all of it.
    ///
    /// # Errors
    /// As [`Block::zeroed`].
    pub fn scratch(dtype: DType, shape: &[u64]) -> Result<Self> {
        let data = AlignedBytes::scratch(checked_nbytes(shape, dtype)? as usize)?;
        Ok(Block { data, layout: Layout::contiguous(dtype, shape) })
    }

    /// Bytes of the elements.
    pub fn nbytes(&self) -> usize {
        self.data.len()
    }

    /// The elements' bytes.
    pub fn bytes(&self) -> &[u8] {
        self.data.bytes()
    }

    /// The elements' bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.data.bytes_mut()
    }

    /// View of the whole.
    pub fn view(&self) -> View<'_> {
        View { ptr: self.data.bytes().as_ptr(), layout: self.layout.clone(), life: PhantomData }
    }

    /// View of the whole, to write.
    pub fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut { ptr: self.data.bytes_mut().as_mut_ptr(), layout: self.layout.clone(), life: PhantomData }
    }
}

/// Elements in memory with whoever keeps them alive: a NumPy array, a [`Block`], a memory map.
#[derive(Clone)]
pub struct MemoryView {
    view: View<'static>,
    owner: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for MemoryView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MemoryView({:?} {})", self.view.shape(), self.view.dtype())
    }
}

impl MemoryView {
    /// Memory that `owner` keeps alive.
    ///
    /// # Safety
    /// Every element that shape and strides reach from `ptr` must stay readable while `owner` lives, and what lies
    /// between elements be memory of the same allocation. If somebody writes elements meanwhile, values may be torn; the
    /// caller vouches that this is a user's own data race.
    pub unsafe fn from_raw(
        dtype: DType,
        ptr: *const u8,
        shape: &[u64],
        strides: &[isize],
        owner: Arc<dyn Any + Send + Sync>,
    ) -> Self {
        // SAFETY: the caller's promise, for as long as `owner` lives, which `view()` ties its result to.
        MemoryView { view: unsafe { View::from_raw(dtype, ptr, shape, strides) }, owner }
    }

    /// Memory of a block.
    pub fn from_block(block: Block) -> Self {
        Self::from_shared(Arc::new(block))
    }

    fn from_shared(block: Arc<Block>) -> Self {
        // SAFETY: the block's heap memory neither moves nor is freed while the Arc lives.
        let view = unsafe {
            let v = block.view();
            View::from_raw(v.dtype(), v.as_ptr(), v.shape(), v.strides())
        };
        MemoryView { view, owner: block }
    }

    /// Memory that is written through the buffer first, then read through the handle, which keeps it alive.
    ///
    /// # Errors
    /// As [`Block::zeroed`].
    pub fn shared(dtype: DType, shape: &[u64]) -> Result<(Self, OutputBuffer)> {
        let mut block = Block::zeroed(dtype, shape)?;
        let (ptr, layout) = (block.view_mut().as_mut_ptr(), block.layout.clone());
        let block = Arc::new(block);
        let out = OutputBuffer { ptr, layout, owner: Arc::clone(&block) as _, files: Vec::new() };
        Ok((Self::from_shared(block), out))
    }

    /// The elements, for as long as this handle is borrowed.
    pub fn view(&self) -> View<'_> {
        self.view.clone()
    }

    /// Who keeps the memory alive.
    pub fn owner(&self) -> &Arc<dyn Any + Send + Sync> {
        &self.owner
    }
}

/// Memory that several threads fill, each its own region: a result under construction.
#[derive(Clone, Debug)]
pub struct OutputBuffer {
    ptr: *mut u8,
    layout: Layout,
    /// Keeps the memory alive.
    #[allow(dead_code)]
    owner: Arc<dyn Any + Send + Sync>,
    files: Vec<String>,
}

// SAFETY: the pointer is only written through `region`, whose callers keep regions disjoint.
unsafe impl Send for OutputBuffer {}
// SAFETY: as above.
unsafe impl Sync for OutputBuffer {}

impl OutputBuffer {
    /// Output over foreign memory, which `owner` keeps alive.
    ///
    /// # Safety
    /// Every element that shape and strides reach from `ptr` must be writable and distinct for as long as `owner` lives,
    /// and nobody else may touch them while this handle or a clone of it is used.
    pub unsafe fn from_raw(
        dtype: DType,
        ptr: *mut u8,
        shape: &[u64],
        strides: &[isize],
        owner: Arc<dyn Any + Send + Sync>,
    ) -> Self {
        let layout = Layout { dtype, shape: shape.into(), strides: strides.into() };
        OutputBuffer { ptr, layout, owner, files: Vec::new() }
    }

    /// The same memory, where the files of these names are mapped.
    #[must_use]
    pub fn mapping(self, files: Vec<String>) -> Self {
        OutputBuffer { files, ..self }
    }

    /// Names of the files mapped there.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    view_geometry!();
    addresses!();

    /// The part that `region` selects, to write.
    ///
    /// # Safety
    /// No two live views of one buffer may overlap, and the memory must still be alive.
    ///
    /// # Panics
    /// When the region leaves the buffer.
    pub unsafe fn region<'a>(&self, region: &Region) -> ViewMut<'a> {
        let (offset, layout) = self.layout.slice(region);
        ViewMut { ptr: self.ptr.wrapping_offset(offset), layout, life: PhantomData }
    }
}

//! Where the elements of plans lie: memory in several layouts, storage in chunks, objects that only answer reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use hyperslab::storage::formats::memory::MemorySource;
use hyperslab::*;

use crate::random::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Memory in C order.
    Rows,
    /// Memory in Fortran order.
    Columns,
    /// Every second element of larger memory, some axes backwards.
    Strided,
    /// Storage in chunks.
    Chunks,
    /// An object without chunks.
    Object,
}

impl Layout {
    pub const ALL: [Layout; 5] = [Layout::Rows, Layout::Columns, Layout::Strided, Layout::Chunks, Layout::Object];
}

/// One source of a plan.
#[derive(Clone, Debug)]
pub struct SourceSpec {
    pub word: u64,
    pub dtype: DType,
    pub shape: Vec<u64>,
    pub layout: Layout,
}

/// A source that counts the elements read of it, and fails when they are too many.
#[derive(Debug)]
pub struct Counted {
    data: Block,
    chunks: Option<Vec<u64>>,
    read: AtomicU64,
    limit: AtomicU64,
}

/// Elements of sources whose readings count as those of one so large: what is small may be read for every part of a task.
const SMALL: u64 = 600;

/// What the error of a source says that was read too often.
pub const TOO_OFTEN: &str = "source read too often";

impl Counted {
    pub fn new(data: Block, chunks: Option<Vec<u64>>) -> Arc<Self> {
        Arc::new(Counted { data, chunks, read: AtomicU64::new(0), limit: AtomicU64::new(u64::MAX) })
    }

    /// Starts to count anew. From `times` readings of the whole on, reads fail.
    pub fn allow(&self, times: u64) {
        self.read.store(0, Relaxed);
        self.limit.store(times.saturating_mul(self.data.count().max(SMALL)), Relaxed);
    }

    /// How often the whole was read, rounded up.
    pub fn readings(&self) -> u64 {
        self.read.load(Relaxed).div_ceil(self.data.count().max(SMALL))
    }
}

impl ArraySource for Counted {
    fn shape(&self) -> &[u64] {
        self.data.shape()
    }
    fn dtype(&self) -> DType {
        self.data.dtype()
    }
    fn native_chunks(&self) -> Option<&[u64]> {
        self.chunks.as_deref()
    }
    fn describe(&self) -> String {
        if self.chunks.is_some() { "chunks".into() } else { "object".into() }
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        let before = self.read.fetch_add(region.count().max(1), Relaxed);
        if before > self.limit.load(Relaxed) {
            return Err(Error::io("counted", TOO_OFTEN));
        }
        copy(&self.data.view().slice(region), &mut out);
        Ok(())
    }
}

impl SourceSpec {
    /// The array, its counter where it is read, and how it reads in the text of a plan.
    pub fn build(&self, exact: bool) -> (Array, Option<Arc<Counted>>, String) {
        let mut r = Random::new(self.word);
        let mut data = Block::zeroed(self.dtype, &self.shape).unwrap();
        fill(&mut data, &mut r, exact);
        let mut chunk = |n: u64| match r.below(4) {
            0 => n.max(1),
            1 => n.div_ceil(8).max(1),
            _ => 1 + r.below(n.clamp(1, 9)),
        };
        let chunks: Vec<u64> = self.shape.iter().map(|&n| chunk(n)).collect();
        let declared = ChunkSpec::size(self.shape.len(), 1 + r.below(20));
        let text = format!("{:?} {} {:?}", self.layout, self.dtype, self.shape);
        let source: Arc<dyn ArraySource> = match self.layout {
            Layout::Chunks => {
                let source = Counted::new(data, Some(chunks.clone()));
                let array = Array::from_source(Arc::clone(&source) as _, &declared).unwrap();
                return (array, Some(source), format!("{text} in chunks {chunks:?}"));
            }
            Layout::Object => {
                let source = Counted::new(data, None);
                return (Array::from_source(Arc::clone(&source) as _, &declared).unwrap(), Some(source), text);
            }
            Layout::Rows => Arc::new(MemorySource::new(MemoryView::from_block(data))),
            Layout::Columns => Arc::new(MemorySource::new(laid_out(&data, 1, true, &mut r))),
            Layout::Strided => Arc::new(MemorySource::new(laid_out(&data, 2, false, &mut r))),
        };
        (Array::from_source(source, &declared).unwrap(), None, text)
    }
}

impl SourceSpec {
    /// Any numbers in storage of those chunks.
    pub fn in_chunks(&self, chunks: &[u64]) -> (Array, Arc<Counted>) {
        let mut data = Block::zeroed(self.dtype, &self.shape).unwrap();
        fill(&mut data, &mut Random::new(self.word), false);
        let source = Counted::new(data, Some(chunks.to_vec()));
        (Array::from_source(Arc::clone(&source) as _, &ChunkSpec::auto(chunks.len())).unwrap(), source)
    }
}

/// Small whole numbers, or any.
fn fill(data: &mut Block, r: &mut Random, exact: bool) {
    let dtype = data.dtype();
    for slot in data.bytes_mut().chunks_exact_mut(dtype.itemsize()) {
        let number = |r: &mut Random| match exact {
            true => r.within(-3, 3) as f64,
            false => (r.word() >> 11) as f64 / (1u64 << 53) as f64 * 2f64.powi(r.within(-4, 3) as i32) - 1.0,
        };
        let scalar = match dtype {
            DType::Complex64 => Scalar::new(Complex32::new(number(r) as f32, number(r) as f32)),
            DType::Complex128 => Scalar::new(Complex64::new(number(r), number(r))),
            d if d.is_integer() && d.kind() == Kind::UInt => Scalar::from_f64(d, r.below(7) as f64),
            d if d.is_integer() || d == DType::Bool => {
                Scalar::from_f64(d, r.within(-3, 3).max(i64::from(d != DType::Bool) * -3) as f64)
            }
            d => Scalar::from_f64(d, number(r)),
        };
        slot.copy_from_slice(scalar.bytes());
    }
}

/// The elements in other memory: every `step`-th of a larger block, in C or Fortran order; with a step above 1 some axes
/// run backwards.
fn laid_out(data: &Block, step: u64, columns: bool, r: &mut Random) -> MemoryView {
    let ndim = data.shape().len();
    let mut order: Vec<usize> = (0..ndim).collect();
    if columns {
        order.reverse();
    }
    let room: Vec<u64> = order.iter().map(|&d| data.shape()[d] * step).collect();
    let mut block = Block::zeroed(data.dtype(), &room).unwrap();
    block.bytes_mut().fill(1);
    let backwards: Vec<bool> = order.iter().map(|_| step > 1 && r.rarely(2)).collect();
    let places = order.iter().zip(&backwards).map(|(&d, &back)| {
        let n = data.shape()[d];
        if back {
            Range { start: (n * step) as i64 - 1, step: -(step as i64), len: n }
        } else {
            Range { start: 0, step: step as i64, len: n }
        }
    });
    let region = Region(places.collect());
    copy(&data.view().transpose(&order), &mut block.view_mut().slice(&region));
    let block = Arc::new(block);
    let view = block.view().slice(&region);
    let mut back = vec![0; ndim];
    order.iter().enumerate().for_each(|(i, &d)| back[d] = i);
    let view = view.transpose(&back);
    // SAFETY: the view reaches elements of the block only, which neither moves nor is written while its owner lives.
    unsafe { MemoryView::from_raw(view.dtype(), view.as_ptr(), view.shape(), view.strides(), Arc::clone(&block) as _) }
}

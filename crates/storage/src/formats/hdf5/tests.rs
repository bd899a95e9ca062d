#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use hyperslab_base::{Block, ErrorKind, Range, element_count};
use proptest::prelude::*;

use super::*;
use crate::codecs::encode;
use crate::dense::odometer;

/// A file that is gone when the test ends.
struct Scrap(PathBuf);

impl Scrap {
    fn new(bytes: &[u8]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("hyperslab-{}-{}.h5", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        File::create(&path).unwrap().write_all(bytes).unwrap();
        Scrap(path)
    }
}

impl Drop for Scrap {
    fn drop(&mut self) {
        // A test that fails has more to say than this.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Elements of the whole array: recognisable, and not of one byte only.
fn element(linear: u64) -> i32 {
    (linear as i32).wrapping_mul(1_000_003) ^ 7
}

fn whole(shape: &[u64], value: impl Fn(u64) -> i32) -> Block {
    let mut block = Block::zeroed(DType::Int32, shape).unwrap();
    for (i, e) in block.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *e = value(i as u64).to_ne_bytes();
    }
    block
}

/// How a file is made.
#[derive(Clone, Debug)]
struct Recipe {
    shape: Vec<u64>,
    chunk: Vec<u64>,
    filters: Vec<Filter>,
    big_endian: bool,
    /// Chunks left out, and the mask of those that are there, by position.
    missing: fn(u64) -> bool,
    mask: fn(u64) -> u32,
}

const FILL: i32 = -77;

impl Recipe {
    fn plain(shape: &[u64], chunk: &[u64]) -> Self {
        Recipe {
            shape: shape.to_vec(),
            chunk: chunk.to_vec(),
            filters: vec![Filter::Shuffle { elemsize: 4 }, Filter::Deflate { level: 4 }],
            big_endian: false,
            missing: |_| false,
            mask: |_| 0,
        }
    }

    fn grid(&self) -> Vec<u64> {
        self.shape.iter().zip(&self.chunk).map(|(n, c)| n.div_ceil(*c)).collect()
    }

    /// Bytes of the chunk at a place of the grid; beyond the array stands rubbish.
    fn chunk_bytes(&self, at: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        odometer(&self.chunk, |inside| {
            let place: Vec<u64> = (0..at.len()).map(|d| at[d] * self.chunk[d] + inside[d]).collect();
            let outside = place.iter().zip(&self.shape).any(|(p, n)| p >= n);
            let linear = place.iter().zip(&self.shape).fold(0, |l, (p, n)| l * n + p);
            let v = if outside { 0x5a5a_5a5a } else { element(linear) };
            bytes.extend(if self.big_endian { v.to_be_bytes() } else { v.to_le_bytes() });
            Ok(())
        })
        .unwrap();
        bytes
    }

    /// Writes the chunks at odd offsets, in reverse order, and describes them.
    fn write(&self) -> (Scrap, Hdf5Layout) {
        let mut file = b"not quite an HDF5 file".to_vec();
        let (mut positions, mut offsets, mut sizes, mut masks) = (vec![], vec![], vec![], vec![]);
        let mut places = Vec::new();
        odometer(&self.grid(), |at| {
            places.push(at.to_vec());
            Ok(())
        })
        .unwrap();
        for (linear, at) in places.iter().enumerate().rev().filter(|(l, _)| !(self.missing)(*l as u64)) {
            let mask = (self.mask)(linear as u64);
            let kept: Vec<Filter> =
                self.filters.iter().enumerate().filter(|(i, _)| mask & (1 << i) == 0).map(|(_, f)| *f).collect();
            let stored = encode(&kept, &self.chunk_bytes(at)).unwrap();
            file.extend([0xee; 3]);
            positions.push(linear as u64);
            offsets.push(file.len() as u64);
            sizes.push(stored.len() as u64);
            masks.push(mask);
            file.extend(stored);
        }
        let scrap = Scrap::new(&file);
        let total = element_count(&self.grid());
        let index = ChunkIndex::new(total, &positions, &offsets, &sizes, &masks).unwrap();
        let layout = Hdf5Layout {
            place: FilePlace::named(&scrap.0),
            object: None,
            dataset: "/x".into(),
            shape: self.shape.clone(),
            dtype: DType::Int32,
            big_endian: self.big_endian,
            storage: Hdf5Storage::Chunked { chunk_shape: self.chunk.clone(), index },
            filters: self.filters.clone(),
            fill: Scalar::new(FILL),
            stamp: FileStamp::of(&scrap.0).unwrap(),
        };
        (scrap, layout)
    }

    fn expected(&self) -> Block {
        let grid = self.grid();
        whole(&self.shape, |linear| {
            let (mut rest, mut place) = (linear, vec![0; self.shape.len()]);
            for d in (0..place.len()).rev() {
                (place[d], rest) = (rest % self.shape[d], rest / self.shape[d]);
            }
            let chunk = (0..place.len()).fold(0, |l, d| l * grid[d] + place[d] / self.chunk[d]);
            if (self.missing)(chunk) { FILL } else { element(linear) }
        })
    }

    fn check(&self, region: &Region) {
        let (_scrap, layout) = self.write();
        check_read(&Hdf5Source::new(layout).unwrap(), region, &self.expected());
    }
}

fn read(source: &Hdf5Source, region: &Region) -> Result<Block> {
    let mut got = Block::zeroed(DType::Int32, &region.shape())?;
    got.bytes_mut().fill(0xcd);
    source.read(region, got.view_mut())?;
    Ok(got)
}

fn check_read(source: &Hdf5Source, region: &Region, all: &Block) {
    let mut want = Block::zeroed(DType::Int32, &region.shape()).unwrap();
    copy(&all.view().slice(region), &mut want.view_mut());
    assert_eq!(read(source, region).unwrap().bytes(), want.bytes(), "{region:?}");
    // The same into every other column of something larger.
    let mut shape = region.shape();
    let Some(last) = shape.last_mut() else { return };
    *last = *last * 2 + 1;
    let mut wide = Block::zeroed(DType::Int32, &shape).unwrap();
    let mut place = Region::full(&region.shape());
    let d = place.0.len() - 1;
    place.0[d] = Range { start: 1, step: 2, len: region.0[d].len };
    source.read(region, wide.view_mut().slice(&place)).unwrap();
    let mut back = Block::zeroed(DType::Int32, &region.shape()).unwrap();
    copy(&wide.view().slice(&place), &mut back.view_mut());
    assert_eq!(back.bytes(), want.bytes(), "strided {region:?}");
}

fn range(n: u64) -> impl Strategy<Value = Range> {
    (0..n, 1i64..5, any::<bool>(), 0..=n).prop_map(move |(start, step, back, len)| {
        let room = if back { start } else { n - 1 - start } / step.unsigned_abs() + 1;
        Range { start: start as i64, step: if back { -step } else { step }, len: len.min(room) }
    })
}

fn recipe() -> impl Strategy<Value = (Recipe, Region)> {
    let filters = prop::sample::subsequence(
        vec![Filter::Shuffle { elemsize: 4 }, Filter::Deflate { level: 1 }, Filter::Fletcher32],
        0..=3,
    );
    let missing: [fn(u64) -> bool; 3] = [|_| false, |l| l % 3 == 1, |l| l % 7 != 2];
    let mask: [fn(u64) -> u32; 3] = [|_| 0, |l| (l % 2) as u32, |l| (l % 8) as u32];
    (prop::collection::vec((1u64..14, 1u64..7), 1..4), filters, any::<bool>(), 0usize..3, 0usize..3).prop_flat_map(
        move |(dims, filters, big_endian, a, b)| {
            let recipe = Recipe {
                shape: dims.iter().map(|d| d.0).collect(),
                chunk: dims.iter().map(|d| d.1).collect(),
                filters,
                big_endian,
                missing: missing[a],
                mask: mask[b],
            };
            let region = recipe.shape.iter().map(|n| range(*n)).collect::<Vec<_>>();
            (Just(recipe), region.prop_map(|r| Region(r.into_iter().collect())))
        },
    )
}

proptest! {
    #[test]
    fn any_region_of_any_file((recipe, region) in recipe()) {
        recipe.check(&region);
        recipe.check(&Region::full(&recipe.shape));
    }

    #[test]
    fn any_region_of_contiguous_storage((recipe, region) in recipe()) {
        let (scrap, layout) = contiguous(&recipe.shape, recipe.big_endian);
        check_read(&Hdf5Source::new(layout).unwrap(), &region, &whole(&recipe.shape, element));
        drop(scrap);
    }
}

/// Addresses, sizes and lengths as damaged files give them.
fn wild() -> impl Strategy<Value = u64> {
    prop_oneof![
        0u64..400,
        (0u64..64).prop_map(|back| u64::MAX - back),
        (0u32..64).prop_map(|bit| 1 << bit),
        any::<u64>()
    ]
}

proptest! {
    #![proptest_config(crate::codecs::fuzz::cases(3_000))]

    #[test]
    fn no_index_does_harm(
        (recipe, region) in recipe(),
        lists in prop::collection::vec((0u64..40, wild(), wild(), any::<u32>()), 0..12),
        total in prop_oneof![3 => Just(None), 1 => wild().prop_map(Some)],
        contiguous: bool,
        offset in wild(),
    ) {
        let (scrap, mut layout) = recipe.write();
        let total = total.unwrap_or_else(|| element_count(&recipe.grid()));
        let column = |f: fn(&(u64, u64, u64, u32)) -> u64| lists.iter().map(f).collect::<Vec<_>>();
        let masks: Vec<u32> = lists.iter().map(|l| l.3).collect();
        layout.storage = if contiguous {
            Hdf5Storage::Contiguous { offset }
        } else {
            match ChunkIndex::new(total, &column(|l| l.0), &column(|l| l.1), &column(|l| l.2), &masks) {
                Ok(index) => Hdf5Storage::Chunked { chunk_shape: recipe.chunk, index },
                Err(_) => return Ok(()),
            }
        };
        let Ok(source) = Hdf5Source::new(layout) else { return Ok(()) };
        // Memory is taken for what the file can hold, not for what it says.
        prop_assert!(source.scratch_bytes(&Region::full(&[])) < 3 * PIECE);
        if let Err(e) = read(&source, &region) {
            let m = e.to_string();
            prop_assert!(m.contains("dataset /x") && m.contains(&scrap.0.display().to_string()), "{}", m);
        }
    }

    #[test]
    fn no_shape_does_harm(shape in prop::collection::vec(wild(), 1..4), chunk in prop::collection::vec(wild(), 1..4)) {
        let (_scrap, mut layout) = Recipe::plain(&[1], &[1]).write();
        let index = ChunkIndex::new(1, &[], &[], &[], &[]).unwrap();
        layout.storage = Hdf5Storage::Chunked { chunk_shape: chunk, index };
        layout.shape = shape;
        let _ = Hdf5Source::new(layout).map(|s| s.scratch_bytes(&Region::full(&[])));
    }
}

fn contiguous(shape: &[u64], big_endian: bool) -> (Scrap, Hdf5Layout) {
    let (_, mut layout) = Recipe::plain(&[1], &[1]).write();
    let mut bytes = vec![9; 11];
    for i in 0..element_count(shape) {
        bytes.extend(if big_endian { element(i).to_be_bytes() } else { element(i).to_le_bytes() });
    }
    let scrap = Scrap::new(&bytes);
    layout = Hdf5Layout {
        place: FilePlace::named(&scrap.0),
        shape: shape.to_vec(),
        big_endian,
        storage: Hdf5Storage::Contiguous { offset: 11 },
        stamp: FileStamp::of(&scrap.0).unwrap(),
        ..layout
    };
    (scrap, layout)
}

/// Rows far apart, rows longer than a piece, pieces of several rows: what small shapes never meet.
#[test]
fn large_contiguous_storage_is_read_in_pieces() {
    for shape in [[3, 400_000], [2_000, 600]] {
        let (_scrap, layout) = contiguous(&shape, true);
        let source = Hdf5Source::new(layout).unwrap();
        let all = whole(&shape, element);
        check_read(&source, &Region::full(&shape), &all);
        let sparse =
            |d: usize, step: i64| Range { start: shape[d] as i64 - 1, step: -step, len: shape[d] / step as u64 };
        for (a, b) in [(1, 1), (1, 7), (3, 1), (1, 300), (2, 599)] {
            check_read(&source, &Region([sparse(0, a), sparse(1, b)].into_iter().collect()), &all);
        }
    }
}

#[test]
fn empty_storage_is_the_fill_value() {
    let (_scrap, mut layout) = Recipe::plain(&[4, 5], &[2, 2]).write();
    layout.storage = Hdf5Storage::Empty;
    let source = Hdf5Source::new(layout).unwrap();
    check_read(&source, &Region::full(&[4, 5]), &whole(&[4, 5], |_| FILL));
    assert_eq!((source.scratch_bytes(&Region::full(&[])), source.native_chunks()), (0, None));
}

#[test]
fn complex_numbers_are_swapped_by_parts() {
    let bytes: Vec<u8> = [1.5f64, -2.0, 0.25, 8.0].iter().flat_map(|v| v.to_be_bytes()).collect();
    let scrap = Scrap::new(&bytes);
    let (_, layout) = Recipe::plain(&[1], &[1]).write();
    let layout = Hdf5Layout {
        place: FilePlace::named(&scrap.0),
        shape: vec![2],
        dtype: DType::Complex128,
        big_endian: true,
        storage: Hdf5Storage::Contiguous { offset: 0 },
        fill: Scalar::zero(DType::Complex128),
        stamp: FileStamp::of(&scrap.0).unwrap(),
        ..layout
    };
    let mut out = Block::zeroed(DType::Complex128, &[2]).unwrap();
    Hdf5Source::new(layout).unwrap().read(&Region::full(&[2]), out.view_mut()).unwrap();
    let got: Vec<f64> = out.bytes().as_chunks::<8>().0.iter().map(|b| f64::from_ne_bytes(*b)).collect();
    assert_eq!(got, [1.5, -2.0, 0.25, 8.0]);
}

fn io_message(path: &Path, result: Result<Block>) -> String {
    let e = result.unwrap_err();
    assert!(matches!(&e.kind, ErrorKind::Io { path: p, .. } if p == path), "{e}");
    e.to_string()
}

#[test]
fn damage_is_named_by_file_dataset_and_chunk() {
    let mut recipe = Recipe::plain(&[6, 6], &[3, 3]);
    recipe.filters.push(Filter::Fletcher32);
    let (scrap, mut layout) = recipe.write();
    let Hdf5Storage::Chunked { index, .. } = &layout.storage else { unreachable!() };
    let place = index.get(2).unwrap();
    let mut bytes = std::fs::read(&scrap.0).unwrap();
    bytes[place.offset as usize + 2] ^= 1;
    std::fs::write(&scrap.0, &bytes).unwrap();
    layout.stamp = FileStamp::of(&scrap.0).unwrap();
    let source = Hdf5Source::new(layout).unwrap();
    let m = io_message(&scrap.0, read(&source, &Region::full(&[6, 6])));
    assert!(m.contains("dataset /x, chunk (1, 0)") && m.contains("checksum is"), "{m}");
    check_read(&source, &Region::boxed(&[0, 0], &[3, 6]), &whole(&[6, 6], element));
}

#[test]
fn a_file_cut_short_is_an_error() {
    let (scrap, mut layout) = Recipe::plain(&[6, 6], &[3, 3]).write();
    let size = layout.stamp.size;
    File::options().write(true).open(&scrap.0).unwrap().set_len(size - 1).unwrap();
    layout.stamp = FileStamp::of(&scrap.0).unwrap();
    let m = io_message(&scrap.0, read(&Hdf5Source::new(layout).unwrap(), &Region::full(&[6, 6])));
    // Chunks were written backwards: the first is the last in the file.
    assert!(m.contains("chunk (0, 0)") && m.contains(&format!("ends before byte {size}")), "{m}");
}

#[test]
fn a_changed_file_is_an_error_before_and_after_the_first_read() {
    let region = Region::full(&[6, 6]);
    let (scrap, layout) = Recipe::plain(&[6, 6], &[3, 3]).write();
    let source = Hdf5Source::new(layout.clone()).unwrap();
    read(&source, &region).unwrap();
    File::options().append(true).open(&scrap.0).unwrap().write_all(b"more").unwrap();
    for s in [source, Hdf5Source::new(layout).unwrap()] {
        let m = io_message(&scrap.0, read(&s, &region));
        assert!(m.contains("has changed since from_array"), "{m}");
    }
}

#[test]
fn many_threads_read_one_source() {
    let recipe = Recipe::plain(&[40, 50], &[7, 9]);
    let (_scrap, layout) = recipe.write();
    let (source, all) = (Hdf5Source::new(layout).unwrap(), recipe.expected());
    std::thread::scope(|s| {
        for t in 0..4 {
            let (source, all) = (&source, &all);
            s.spawn(move || (0..10).for_each(|i| check_read(source, &Region::boxed(&[t, i], &[30, 40]), all)));
        }
    });
}

#[test]
fn descriptions_that_contradict_themselves_are_refused() {
    let (_scrap, good) = Recipe::plain(&[6, 6], &[3, 3]).write();
    let refused = |change: fn(&mut Hdf5Layout)| {
        let mut layout = good.clone();
        change(&mut layout);
        Hdf5Source::new(layout).unwrap_err().to_string()
    };
    assert!(refused(|l| l.shape = vec![6, 7]).contains("an index of 4 chunks for 6"));
    assert!(refused(|l| l.shape = vec![6]).contains("chunks [3, 3]"));
    assert!(refused(|l| l.fill = Scalar::new(1.0f64)).contains("fill value"));
    assert!(refused(|l| l.filters = vec![Filter::Lzf; 2]).contains("more than one compressing"));
    assert!(ChunkIndex::new(4, &[0, 0], &[1, 2], &[1, 1], &[0, 0]).is_err());
    assert!(ChunkIndex::new(4, &[4], &[1], &[1], &[0]).is_err());
    assert!(ChunkIndex::new(4, &[1], &[1], &[1 << 32], &[0]).is_err());
    let source = Hdf5Source::new(good).unwrap();
    assert!(read(&source, &Region::full(&[6, 7])).is_err());
    assert!(read(&source, &Region::full(&[6])).is_err());
}

#[test]
fn scratch_counts_the_buffers_of_a_read() {
    let (_scrap, layout) = Recipe::plain(&[64, 64], &[32, 32]).write();
    let Hdf5Storage::Chunked { index, .. } = &layout.storage else { unreachable!() };
    let stored = index.largest();
    let source = Hdf5Source::new(layout.clone()).unwrap();
    assert_eq!(source.scratch_bytes(&Region::full(&[])), 2 * 4096 + stored.max(4096));
    assert_eq!((source.native_chunks(), source.describe().as_str()), (Some(&[32, 32][..]), "hdf5:/x"));
}

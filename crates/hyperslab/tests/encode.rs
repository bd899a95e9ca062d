//! Arrays as bytes: sources of every format, what is shared, long chains, what cannot travel.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use hyperslab::storage::formats::memory::MemorySource;
use hyperslab::storage::formats::npy::NpySource;
use hyperslab::*;

fn numbers(shape: &[u64]) -> Array {
    let mut block = Block::zeroed(DType::Float64, shape).unwrap();
    for (i, n) in block.bytes_mut().as_chunks_mut::<8>().0.iter_mut().enumerate() {
        *n = (i as f64).to_ne_bytes();
    }
    let source = MemorySource::new(MemoryView::from_block(block));
    Array::from_source(Arc::new(source), &ChunkSpec::size(shape.len(), 3)).unwrap()
}

fn add(a: &Array, b: &Array) -> Array {
    Array::ufunc("add", &[Operand::Array(a.clone()), Operand::Array(b.clone())], None).unwrap()
}

fn values(a: &Array) -> Vec<u8> {
    compute(std::slice::from_ref(a), &Options::default()).unwrap()[0].view().bytes().unwrap().to_vec()
}

#[test]
fn what_lies_in_memory_travels_with_its_elements() {
    let x = numbers(&[7, 5]);
    let y = add(&x.transpose(&[1, 0]).unwrap(), &x.transpose(&[1, 0]).unwrap()).index(&[Index::Int(2)]).unwrap();
    let back = decode(&encode(&[y.clone(), x.clone()]).unwrap()).unwrap();
    assert_eq!([back[0].name(), back[1].name()], [y.name(), x.name()]);
    assert_eq!([values(&back[0]), values(&back[1])], [values(&y), values(&x)]);
}

#[test]
fn files_travel_by_their_names_until_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let write = |n: u8| {
        let header = format!("{:<117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }");
        let bytes = [&b"\x93NUMPY\x01\x00\x76\x00"[..], header.as_bytes(), &[n; 6]].concat();
        std::fs::write(&path, bytes).unwrap();
    };
    write(1);
    let x = Array::from_source(Arc::new(NpySource::open(&path).unwrap()), &ChunkSpec::size(2, 2)).unwrap();
    let bytes = encode(std::slice::from_ref(&x)).unwrap();
    // A file is one source, whoever opens it.
    assert_eq!(decode(&bytes).unwrap(), [x]);
    std::thread::sleep(std::time::Duration::from_millis(10));
    write(2);
    let error = decode(&bytes).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Io { .. }) && error.to_string().contains("changed"), "{error}");
}

#[test]
fn what_is_shared_stays_shared_and_chains_may_be_long() {
    let mut x = numbers(&[4]);
    for _ in 0..60 {
        x = add(&x, &x);
    }
    let bytes = encode(std::slice::from_ref(&x)).unwrap();
    assert!(bytes.len() < 10_000, "{} bytes", bytes.len());
    assert_eq!(decode(&bytes).unwrap()[0].name(), x.name());
    let one = Array::ufunc("negative", &[Operand::Array(x.clone())], None).unwrap();
    for i in 0..100_000 {
        x = add(&x, if i % 2 == 0 { &one } else { &x });
    }
    assert_eq!(decode(&encode(std::slice::from_ref(&x)).unwrap()).unwrap()[0].name(), x.name());
}

#[derive(Debug)]
struct Nowhere;

impl ArraySource for Nowhere {
    fn shape(&self) -> &[u64] {
        &[3]
    }
    fn dtype(&self) -> DType {
        DType::Int8
    }
    fn describe(&self) -> String {
        "nowhere:1".into()
    }
    fn read(&self, _: &Region, _: ViewMut<'_>) -> Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_made_again_is_named() {
    let source: Arc<dyn ArraySource> = Arc::new(Nowhere);
    let x = Array::from_source(Arc::clone(&source), &ChunkSpec::size(1, 2)).unwrap();
    // The same source is the same array, another one of its kind is not.
    assert_eq!(x, Array::from_source(source, &ChunkSpec::size(1, 2)).unwrap());
    let other = Array::from_source(Arc::new(Nowhere), &ChunkSpec::size(1, 2)).unwrap();
    assert!(x != other && x.name() != other.name());
    let error = encode(&[x]).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unsupported(_)) && error.to_string().contains("nowhere:1"), "{error}");
}

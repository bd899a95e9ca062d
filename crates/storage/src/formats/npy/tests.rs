#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use hyperslab_base::{Block, ErrorKind, Range};

use super::*;

/// A file that is gone when the test ends.
struct Scrap(PathBuf);

impl Drop for Scrap {
    fn drop(&mut self) {
        // A test that fails has more to say than this.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn file(bytes: &[u8]) -> Scrap {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("hyperslab-{}-{}.npy", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, bytes).unwrap();
    Scrap(path)
}

fn npy(version: u8, header: &str, data: &[u8]) -> Scrap {
    let length = header.len() as u32 + 1;
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    bytes.extend(&length.to_le_bytes()[..if version == 1 { 2 } else { 4 }]);
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    file(&bytes)
}

#[test]
fn both_orders_of_elements_and_bytes_in_all_versions() {
    let shape = [3u64, 4, 5];
    let value = |i: u64, j: u64, k: u64| (i * 1000 + j * 100 + k) as i32;
    for (version, fortran, big) in [(1, false, false), (2, true, false), (3, false, true), (1, true, true)] {
        let mut data = Vec::new();
        for n in 0..60u64 {
            let v = if fortran { value(n % 3, n / 3 % 4, n / 12) } else { value(n / 20, n / 5 % 4, n % 5) };
            data.extend(if big { v.to_be_bytes() } else { v.to_le_bytes() });
        }
        let (order, bytes) = (if fortran { "True" } else { "False" }, if big { ">" } else { "<" });
        let header = format!("{{'descr': '{bytes}i4', 'fortran_order': {order}, 'shape': (3, 4, 5), }}");
        let scrap = npy(version, &header, &data);
        let source = NpySource::open(&scrap.0).unwrap();
        assert_eq!((source.shape(), source.dtype()), (&shape[..], DType::Int32));
        let back = Range { start: 2, step: -1, len: 2 };
        let every = Range { start: 0, step: 2, len: 3 };
        for region in [Region::full(&shape), Region([back, Range::new(1, 2), every].into_iter().collect())] {
            let mut out = Block::zeroed(DType::Int32, &region.shape()).unwrap();
            source.read(&region, out.view_mut()).unwrap();
            let mut got = out.bytes().as_chunks::<4>().0.iter();
            for i in 0..region.0[0].len {
                for j in 0..region.0[1].len {
                    for k in 0..region.0[2].len {
                        let at = |d: usize, n| region.0[d].at(n) as u64;
                        let want = value(at(0, i), at(1, j), at(2, k));
                        assert_eq!(i32::from_ne_bytes(*got.next().unwrap()), want, "{version} {fortran} {big}");
                    }
                }
            }
        }
    }
}

#[test]
fn headers_as_numpy_writes_them() {
    let parsed = |descr: &str, shape: &str| {
        parse(&format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}")).unwrap()
    };
    assert_eq!(parsed("'|b1'", "()").shape, [0u64; 0]);
    assert_eq!(parsed("'<f8'", "(3,)").shape, [3]);
    assert_eq!(parsed("'<c16'", "(3L, 4L)").shape, [3, 4]);
    assert_eq!(parsed("'<M8[25s]'", "(1,)").dtype.to_string(), "datetime64[25s]");
    assert!(parsed("'>m8[ns]'", "(1,)").swap && !parsed("'>i1'", "(1,)").swap);
    let codes: Vec<DType> = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
        .iter()
        .map(|c| parsed(&format!("'<{c}'"), "(1,)").dtype)
        .collect();
    assert_eq!(codes, DType::NUMERIC);
    assert_eq!(parsed("'<U3'", "(1,)").dtype.itemsize(), 12);
    assert!(!parsed("'|S3'", "(1,)").swap);
}

#[test]
fn what_cannot_be_read_is_named() {
    let opened = |scrap: &Scrap| NpySource::open(&scrap.0).unwrap_err();
    let header = |descr: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}");
    for descr in ["'>U3'", "'|O'", "[('a', '<f8')]", "'<f16'"] {
        let e = opened(&npy(1, &header(descr), &[0; 99]));
        assert!(matches!(e.kind, ErrorKind::Unsupported(_)), "{e}");
    }
    let cases = [
        (npy(1, &header("'<f8'"), &[0; 23]), "shape (3,) of float64 needs"),
        (npy(9, &header("'<f8'"), &[0; 24]), "version 9"),
        (npy(1, "{'descr': '<f8', 'fortran_order': False}", &[]), "no shape"),
        (npy(1, "{'descr': '<f8', 'shape': (3,)}", &[]), "no fortran_order"),
        (npy(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}", &[]), "no shape"),
        (npy(2, "", &[]), "no descr"),
        (file(b"PK\x03\x04 and more"), "NumPy's mark"),
        (file(b"\x93NUM"), "no .npy header"),
        (file(b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), "too long"),
    ];
    for (scrap, message) in cases {
        let e = opened(&scrap);
        assert!(matches!(e.kind, ErrorKind::Io { .. }) && e.to_string().contains(message), "{e}");
    }
}

#[test]
fn a_changed_file_is_an_error() {
    let scrap = npy(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", &[1, 0, 0, 0, 2, 0, 0, 0]);
    let source = NpySource::open(&scrap.0).unwrap();
    let mut out = Block::zeroed(DType::Int32, &[2]).unwrap();
    source.read(&Region::full(&[2]), out.view_mut()).unwrap();
    assert_eq!(out.bytes(), [1i32, 2].map(i32::to_ne_bytes).as_flattened());
    std::fs::write(&scrap.0, b"shorter").unwrap();
    let e = source.read(&Region::full(&[2]), out.view_mut()).unwrap_err();
    assert!(e.to_string().contains("has changed since from_array"), "{e}");
}

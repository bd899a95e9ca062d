//! Promotion against NumPy, chunk grids, regions, views and copies.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

use hyperslab_base::*;

fn dtype(name: &str) -> DType {
    DType::from_name(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn promotion_and_casting_are_numpys() {
    let mut wrong = Vec::new();
    for line in include_str!("promotions.txt").lines() {
        let f: Vec<&str> = line.split(' ').collect();
        let (a, b) = (dtype(f[0]), dtype(f[1]));
        let got = result_type(a, b).map_or("-".to_string(), |d| d.to_string());
        let casts = [can_cast(a, b, "safe"), can_cast(a, b, "same_kind")].map(|c| u8::from(c).to_string());
        let got = format!("{} {} {got} {} {}", f[0], f[1], casts[0], casts[1]);
        if got != line {
            wrong.push(format!("numpy {line}, here {got}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn chunk_sizes_are_checked_against_the_shape() {
    let spec = ChunkSpec { dims: vec![DimSpec::Sizes(vec![2, 2]), DimSpec::Full], ..ChunkSpec::auto(2) };
    let e = normalize_chunks(&spec, &[5, 3], DType::Float64).unwrap_err();
    assert_eq!(
        e.to_string(),
        "Chunks do not add up to shape. Got chunks=(2, 2), which add up to 4, for a dimension of 5 in shape=(5, 3)"
    );
    assert!(normalize_chunks(&ChunkSpec::size(1, 0), &[5], DType::Int8).is_err());
    assert!(normalize_chunks(&ChunkSpec::size(2, 3), &[5], DType::Int8).is_err());
}

#[test]
fn automatic_chunks_keep_their_target_and_the_storage_alignment() {
    let spec = ChunkSpec { target: 8 << 20, align: Some(vec![30, 40]), ..ChunkSpec::auto(2) };
    let grid = normalize_chunks(&spec, &[10_000, 10_000], DType::Float64).unwrap();
    let (rows, cols) = (grid.0[0].largest(), grid.0[1].largest());
    assert!(rows % 30 == 0 && cols % 40 == 0 && rows * cols * 8 <= 8 << 20, "{rows} x {cols}");
    assert!(rows * cols * 8 > 6 << 20, "{rows} x {cols}");
}

#[test]
fn bytes_are_parsed() {
    for (text, want) in
        [("64 MiB", 64 << 20), ("1e9", 1_000_000_000), ("1.5GB", 1_500_000_000), ("100", 100), ("2KiB", 2048)]
    {
        assert_eq!(parse_bytes(text).unwrap(), want, "{text}");
    }
    for bad in ["", "many", "12 parsecs", "1..2 MB"] {
        assert!(parse_bytes(bad).is_err(), "{bad}");
    }
}

fn counting(shape: &[u64]) -> Block {
    let mut b = Block::zeroed(DType::Int32, shape).unwrap();
    for (i, e) in b.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *e = (i as i32).to_ne_bytes();
    }
    b
}

fn values(v: &View<'_>) -> Vec<i32> {
    let mut out = Block::zeroed(v.dtype(), v.shape()).unwrap();
    copy(v, &mut out.view_mut());
    out.bytes().as_chunks::<4>().0.iter().map(|b| i32::from_ne_bytes(*b)).collect()
}

#[test]
fn views_slice_with_any_step_and_copy_in_any_order() {
    let b = counting(&[3, 4]);
    let r = |start, step, len| Range { start, step, len };
    let v = b.view().slice(&Region([r(2, -2, 2), r(3, -1, 4)].into_iter().collect()));
    assert_eq!(values(&v), [11, 10, 9, 8, 3, 2, 1, 0]);
    assert_eq!(values(&b.view().transpose(&[1, 0])), [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    let big = counting(&[70, 90]);
    let t = values(&big.view().transpose(&[1, 0]));
    assert!((0..90).all(|i| (0..70).all(|j| t[i * 70 + j] == (j * 90 + i) as i32)));
}

#[test]
fn a_broadcast_copy_repeats_the_first_position() {
    let mut b = counting(&[3, 4]);
    broadcast_copy(&mut b.view_mut(), &[0]);
    assert_eq!(values(&b.view()), [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]);
}

#[test]
#[should_panic(expected = "leaves the view")]
fn a_region_outside_a_view_is_refused() {
    counting(&[3]).view().slice(&Region::boxed(&[2], &[2]));
}

#[test]
fn errors_read_from_the_outside_in() {
    let e = Error::value("no such value").context("inner").context("outer").hint("try another");
    assert_eq!(e.to_string(), "outer: inner: no such value (try another)");
    let e: Error = ErrorKind::Budget { need: 3 << 30, limit: 1 << 30, op: "sum".into() }.into();
    assert_eq!(e.to_string(), "sum needs 3.0 GiB, budget 1.0 GiB");
}

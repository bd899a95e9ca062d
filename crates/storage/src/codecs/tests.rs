#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn filter() -> impl Strategy<Value = Vec<Filter>> {
    let shuffle = prop_oneof![Just(1usize), Just(2), Just(3), Just(4), Just(5), Just(8), Just(16)]
        .prop_map(|elemsize| Filter::Shuffle { elemsize });
    let moved = prop::collection::vec(prop_oneof![shuffle, Just(Filter::Fletcher32)], 0..4);
    (moved, prop::option::of(0u8..=9), 0usize..4).prop_map(|(mut filters, level, at)| {
        if let Some(level) = level {
            filters.insert(at.min(filters.len()), Filter::Deflate { level });
        }
        filters
    })
}

/// Bytes that compress somewhat.
fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![prop::collection::vec(any::<u8>(), 0..2000), prop::collection::vec(0u8..4, 0..2000)]
}

/// Compressors of Zarr, with a checksum behind them or not.
fn compressed() -> impl Strategy<Value = Vec<Filter>> {
    let codec = prop_oneof![Just(BloscCodec::Lz4), Just(BloscCodec::Zlib), Just(BloscCodec::Zstd)];
    let blosc = (codec, 0u8..10, 0u8..3, prop_oneof![1usize..20, Just(255)]);
    let blosc = blosc.prop_map(|(codec, level, shuffle, elemsize)| {
        Filter::Blosc(Blosc {
            codec,
            level: level.min(6),
            shuffles: shuffle == 1,
            shuffles_bits: shuffle == 2,
            elemsize,
        })
    });
    let plain = prop_oneof![
        (0u8..=9).prop_map(|level| Filter::Gzip { level }),
        (-5i32..10, any::<bool>()).prop_map(|(level, checksum)| Filter::Zstd { level, checksum }),
        Just(Filter::Lz4Block),
        prop_oneof![Just(0usize), 1usize..5000].prop_map(|block| Filter::Lz4 { block }),
    ];
    let sum = prop_oneof![Just(vec![]), Just(vec![Filter::Crc32c])];
    (prop_oneof![blosc, plain], sum).prop_map(|(first, sum)| [vec![first], sum].concat())
}

proptest! {
    #[test]
    fn decode_undoes_the_compressors_of_zarr(filters in compressed(), bytes in data(), times in 1usize..300) {
        let bytes = bytes.repeat(times);
        let stored = encode(&filters, &bytes).unwrap();
        let mut out = vec![0xaa; bytes.len()];
        Decoder::default().decode(&filters, 0, &stored, &mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn decode_undoes_encode(filters in filter(), bytes in data()) {
        let stored = encode(&filters, &bytes).unwrap();
        let mut out = vec![0xaa; bytes.len()];
        Decoder::default().decode(&filters, 0, &stored, &mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn masked_filters_are_not_undone(filters in filter(), mask in any::<u32>(), bytes in data()) {
        let kept: Vec<Filter> =
            filters.iter().enumerate().filter(|(i, _)| mask & (1 << i) == 0).map(|(_, f)| *f).collect();
        let stored = encode(&kept, &bytes).unwrap();
        let mut out = vec![0xaa; bytes.len()];
        Decoder::default().decode(&filters, mask, &stored, &mut out).unwrap();
        prop_assert_eq!(out, bytes);
    }

    #[test]
    fn shuffle_puts_every_byte_where_its_definition_says(elemsize in 1usize..20, bytes in data()) {
        let n = bytes.len() / elemsize;
        let mut out = vec![0; bytes.len()];
        shuffle(elemsize, &bytes, &mut out);
        for i in 0..n * elemsize {
            prop_assert_eq!(out[(i % elemsize) * n + i / elemsize], bytes[i]);
        }
        prop_assert_eq!(&out[n * elemsize..], &bytes[n * elemsize..]);
        let mut back = vec![0; bytes.len()];
        unshuffle(elemsize, &out, &mut back);
        prop_assert_eq!(back, bytes);
    }

    #[test]
    fn damaged_bytes_never_panic(filters in filter(), stored in data(), n in 0usize..3000) {
        let _ = Decoder::default().decode(&filters, 0, &stored, &mut vec![0; n]);
        let _ = Decoder::default().decode(&[Filter::Lzf], 0, &stored, &mut vec![0; n]);
    }

    #[test]
    fn a_flipped_bit_does_not_pass_the_checksum(bytes in prop::collection::vec(any::<u8>(), 1..500), at in any::<prop::sample::Index>(), bit in 0u32..8) {
        let mut stored = encode(&[Filter::Fletcher32], &bytes).unwrap();
        stored[at.index(bytes.len())] ^= 1 << bit;
        let e = Decoder::default().decode(&[Filter::Fletcher32], 0, &stored, &mut vec![0; bytes.len()]).unwrap_err();
        prop_assert!(e.0.starts_with("checksum is"), "{}", e);
    }

    #[test]
    fn swapping_twice_gives_the_bytes_back(size in prop_oneof![Just(2usize), Just(4), Just(8), Just(3)], mut bytes in data()) {
        bytes.truncate(bytes.len() / size * size);
        let mut out = bytes.clone();
        swap_bytes(size, &mut out);
        for (a, b) in bytes.chunks(size).zip(out.chunks(size)) {
            prop_assert!(a.iter().eq(b.iter().rev()));
        }
        swap_bytes(size, &mut out);
        prop_assert_eq!(out, bytes);
    }
}

/// Sums that HDF5 wrote; see `ramp` for the data.
#[test]
fn fletcher32_is_that_of_hdf5() {
    for (n, sum) in FLETCHER {
        assert_eq!(fletcher32(&ramp(n)), sum, "{n} bytes");
    }
    assert_eq!(fletcher32(&vec![0xff; 100_000]), 0xffff_ffff);
}

/// `(7 * i * i + 3) % 251`.
fn ramp(n: usize) -> Vec<u8> {
    (0..n).map(|i| ((7 * i * i + 3) % 251) as u8).collect()
}

const FLETCHER: [(usize, u32); 5] =
    [(1, 0x03000300), (2, 0x030a030a), (721, 0x7cb474b6), (4096, 0x06a99fad), (100001, 0x716369d8)];

#[test]
fn checksums_of_old_files_are_accepted() {
    let mut stored = encode(&[Filter::Fletcher32], &ramp(64)).unwrap();
    let n = stored.len();
    stored[n - 4..].as_chunks_mut::<2>().0.iter_mut().for_each(|half| half.reverse());
    let mut out = vec![0; 64];
    Decoder::default().decode(&[Filter::Fletcher32], 0, &stored, &mut out).unwrap();
    assert_eq!(out, ramp(64));
}

#[test]
fn lzf_decodes_what_h5py_wrote() {
    // 300 bytes counting 0, 1, 2, 0, 1, 2, …, and 40 of them between 40 different ones.
    let triples: Vec<u8> = (0..300).map(|i| (i % 3) as u8).collect();
    let mixed: Vec<u8> = (0..40).chain((0..40).map(|i| i % 3)).chain(40..80).collect();
    for (stored, want) in [(LZF_TRIPLES, triples), (LZF_MIXED, mixed)] {
        let mut out = vec![0xaa; want.len()];
        Decoder::default().decode(&[Filter::Lzf], 0, stored, &mut out).unwrap();
        assert_eq!(out, want);
    }
}

#[test]
fn lengths_that_differ_are_errors() {
    let filters = [Filter::Shuffle { elemsize: 4 }, Filter::Deflate { level: 4 }];
    let stored = encode(&filters, &ramp(400)).unwrap();
    for n in [399, 401] {
        assert!(Decoder::default().decode(&filters, 0, &stored, &mut vec![0; n]).is_err(), "{n} bytes");
    }
    assert!(Decoder::default().decode(&filters, 0, &stored[..stored.len() / 2], &mut [0; 400]).is_err());
    assert!(Decoder::default().decode(&filters[..1], 0, &ramp(400), &mut [0; 404]).is_err());
}

#[test]
fn unknown_filters_are_refused_by_name() {
    let e = Filter::from_name("szip", &[1, 2]).unwrap_err();
    assert!(e.to_string().contains("szip"), "{e}");
    assert!(Filter::from_name("deflate", &[10]).is_err());
    assert!(Filter::from_name("shuffle", &[0]).is_err());
    assert_eq!(Filter::from_name("shuffle", &[8]).unwrap(), Filter::Shuffle { elemsize: 8 });
    assert!(encode(&[Filter::Lzf], &[1, 2, 3]).is_err());
}

const LZF_TRIPLES: &[u8] = &[3, 0, 1, 2, 0, 224, 255, 2, 225, 21, 7, 1, 1, 2];
const LZF_MIXED: &[u8] = &[
    31, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
    30, 31, 10, 32, 33, 34, 35, 36, 37, 38, 39, 0, 1, 2, 224, 28, 2, 31, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
    51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 7, 72, 73, 74, 75, 76, 77, 78,
    79,
];

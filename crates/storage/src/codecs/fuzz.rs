//! Damaged and made-up chunks: every decoder ends, within its output, with an error or with all of it.

use proptest::prelude::*;

use super::*;

/// Inputs of each property; many more with `HYPERSLAB_FUZZ_CASES`.
pub(crate) fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("HYPERSLAB_FUZZ_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(few), failure_persistence: None, ..ProptestConfig::default() }
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let inner = prop_oneof![Just(Inner::Plain), Just(Inner::Lz4), Just(Inner::Zstd)];
    let size = prop_oneof![1usize..20, Just(u32::MAX as usize)];
    prop_oneof![
        size.clone().prop_map(|elemsize| Filter::Shuffle { elemsize }),
        Just(Filter::Deflate { level: 4 }),
        Just(Filter::Fletcher32),
        Just(Filter::Lzf),
        Just(Filter::Lz4 { block: 0 }),
        Just(Filter::Gzip { level: 4 }),
        Just(Filter::Crc32c),
        Just(Filter::Lz4Block),
        Just(Filter::Zstd { level: 0, checksum: true }),
        Just(Filter::Blosc(Blosc::UNKNOWN)),
        (size.clone(), prop_oneof![Just(0usize), Just(8), size], inner)
            .prop_map(|(elemsize, block, inner)| Filter::Bitshuffle { elemsize, block, inner }),
    ]
}

/// Bytes of no meaning, few different ones, or such as begin like a container of `n` bytes.
fn stream() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(32), Just(255)], 0..200),
    ];
    (0usize..300, 0usize..5, any::<u8>(), 1u8..20, 0u32..400, bytes).prop_map(|(n, kind, flags, elem, block, bytes)| {
        let head: Vec<u8> = match kind {
            0 => [&(n as u64).to_be_bytes()[..], &block.to_be_bytes()].concat(),
            1 => {
                let lengths = [n as u32, block, 16 + bytes.len() as u32].map(u32::to_le_bytes).concat();
                [&[2, 1, flags, elem][..], &lengths, &20u32.to_le_bytes()].concat()
            }
            2 => vec![0x28, 0xb5, 0x2f, 0xfd, 0x20, n as u8],
            3 => vec![0x78, 0x9c],
            _ => Vec::new(),
        };
        (n, [head, bytes].concat())
    })
}

/// Pipelines that can be written, whose chunks are then damaged.
fn written() -> impl Strategy<Value = Vec<Filter>> {
    let codec = prop_oneof![Just(BloscCodec::Lz4), Just(BloscCodec::Zlib), Just(BloscCodec::Zstd)];
    let blosc = (codec, 0u8..3, 1usize..9).prop_map(|(codec, shuffle, elemsize)| {
        Filter::Blosc(Blosc { codec, level: 5, shuffles: shuffle == 1, shuffles_bits: shuffle == 2, elemsize })
    });
    let compressor = prop_oneof![
        Just(vec![]),
        Just(vec![Filter::Gzip { level: 4 }]),
        any::<bool>().prop_map(|checksum| vec![Filter::Zstd { level: 0, checksum }]),
        Just(vec![Filter::Lz4Block]),
        Just(vec![Filter::Lz4 { block: 64 }]),
        blosc.prop_map(|b| vec![b]),
    ];
    let before = prop_oneof![Just(vec![]), (1usize..9).prop_map(|elemsize| vec![Filter::Shuffle { elemsize }])];
    let after = prop_oneof![2 => Just(vec![]), 1 => Just(vec![Filter::Crc32c])];
    (before, compressor, after).prop_map(|(before, compressor, after)| [before, compressor, after].concat())
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn no_stream_does_harm(filters in prop::collection::vec(any_filter(), 0..4), mask: u32, (n, data) in stream()) {
        let mut out = vec![0; n];
        // What comes back is checked by the decoder itself: it is all of the output, or an error.
        let _ = Decoder::default().decode(&filters, mask & 5, &data, &mut out);
        prop_assert_eq!(out.len(), n);
    }

    #[test]
    fn damaged_streams_do_no_harm(
        filters in written(),
        data in prop::collection::vec(prop_oneof![3 => 0u8..4, 1 => any::<u8>()], 0..400),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
        more in prop::collection::vec(any::<u8>(), 0..3),
        other in 0usize..500,
    ) {
        let mut stored = encode(&filters, &data).map_err(|e| TestCaseError::fail(e.to_string()))?;
        for (at, byte) in damage.iter().filter(|_| !stored.is_empty()).collect::<Vec<_>>() {
            let at = at.index(stored.len());
            stored[at] = *byte;
        }
        if let Some(cut) = cut {
            stored.truncate(cut.index(stored.len() + 1));
        }
        stored.extend(more);
        for n in [data.len(), other] {
            let mut out = vec![0; n];
            let _ = Decoder::default().decode(&filters, 0, &stored, &mut out);
            prop_assert_eq!(out.len(), n);
        }
    }

    #[test]
    fn flipped_bytes_do_no_harm(level in 0u8..9, at: prop::sample::Index, flip in 1u8.., checksum: bool, data in prop::collection::vec(0u8..4, 1..300)) {
        let mut filters = vec![Filter::Shuffle { elemsize: 4 }, Filter::Deflate { level }];
        if checksum {
            filters.push(Filter::Fletcher32);
        }
        let mut stored = encode(&filters, &data).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let at = at.index(stored.len());
        stored[at] ^= flip;
        let mut out = vec![0; data.len()];
        let done = Decoder::default().decode(&filters, 0, &stored, &mut out);
        prop_assert!(!checksum || done.is_err());
    }
}

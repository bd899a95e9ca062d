//! Random arrays written and read back; damaged metadata, chunks and shards: an error, or elements of the right number.

#![allow(clippy::unwrap_used)]

use std::fs;

use hyperslab_base::{ArraySink, Block, Range, View, copy};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::codecs::fuzz::cases;

/// Codecs of bytes of version 3.
fn compressors() -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![
        Just(vec![]),
        Just(vec![json!({"name": "gzip", "configuration": {"level": 1}})]),
        Just(vec![json!({"name": "zstd", "configuration": {"level": 0, "checksum": true}})]),
        Just(vec![json!({"name": "blosc", "configuration":
            {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 4, "blocksize": 0}})]),
        Just(vec![json!({"name": "blosc", "configuration":
            {"cname": "zstd", "clevel": 1, "shuffle": "bitshuffle", "typesize": 4, "blocksize": 0}})]),
    ];
    (one, any::<bool>()).prop_map(|(mut codecs, checked)| {
        if checked {
            codecs.push(json!({"name": "crc32c"}));
        }
        codecs
    })
}

/// Metadata of version 3 of an array of int32.
fn metadata() -> impl Strategy<Value = Value> {
    let dims = prop::collection::vec((1u64..12, 1u64..5, 1u64..4), 1..4);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (dims, compressors(), flags).prop_map(|(dims, compressors, (sharded, first, checked, turned, big))| {
        let list = |f: fn(&(u64, u64, u64)) -> u64| dims.iter().map(f).collect::<Vec<u64>>();
        let (shape, chunk, shard) = (list(|d| d.0), list(|d| d.1), list(|d| d.1 * d.2));
        let mut codecs =
            vec![json!({"name": "bytes", "configuration": {"endian": if big { "big" } else { "little" }}})];
        if turned {
            let order: Vec<usize> = (0..dims.len()).rev().collect();
            codecs.insert(0, json!({"name": "transpose", "configuration": {"order": order}}));
        }
        codecs.extend(compressors);
        let mut index = vec![json!({"name": "bytes", "configuration": {"endian": "little"}})];
        if checked {
            index.push(json!({"name": "crc32c"}));
        }
        if sharded {
            codecs = vec![json!({"name": "sharding_indexed", "configuration": {"chunk_shape": chunk, "codecs": codecs,
                "index_codecs": index, "index_location": if first { "start" } else { "end" }}})];
        }
        let per_file = if sharded { &shard } else { &chunk };
        json!({"zarr_format": 3, "node_type": "array", "shape": shape, "data_type": "int32", "fill_value": -7,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": per_file}},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}}, "codecs": codecs,
            "attributes": {"quoted": "a \\\" NaN"}})
    })
}

/// An array of nothing but the fill value in a folder of its own.
struct Opened {
    folder: tempfile::TempDir,
    layout: ZarrLayout,
}

impl Opened {
    fn new(metadata: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = metadata.to_string();
        fs::write(folder.path().join("zarr.json"), &text).unwrap();
        Opened { layout: ZarrLayout::parse(text.as_bytes()).unwrap(), folder }
    }

    fn place(&self) -> ZarrPlace {
        let (folder, location) = (self.folder.path().into(), Location::Stored(vec!["here".into()]));
        ZarrPlace { folder, name: "zarr:x".into(), location }
    }

    fn source(&self) -> ZarrSource {
        ZarrSource::new(self.place(), self.layout.clone()).unwrap()
    }

    fn write(&self, region: &Region, data: View<'_>) {
        ZarrSink::new(self.place(), self.layout.clone(), false).unwrap().write(region, data).unwrap();
    }

    /// Files of chunks.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join("c")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}

fn read(source: &ZarrSource, region: &Region) -> Result<Block> {
    let mut block = Block::zeroed(DType::Int32, &region.shape())?;
    source.read(region, block.view_mut())?;
    Ok(block)
}

fn counting(shape: &[u64], start: i32) -> Block {
    let mut block = Block::zeroed(DType::Int32, shape).unwrap();
    for (i, e) in block.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *e = (start + i as i32).to_ne_bytes();
    }
    block
}

/// A part of a shape, by two numbers for each dimension.
fn part(shape: &[u64], at: &[(u64, u64)]) -> Region {
    let one = |(n, (a, b)): (&u64, &(u64, u64))| Range::new(a % n, b % (n - a % n) + 1);
    Region(shape.iter().zip(at).map(one).collect())
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn what_is_written_is_read(
        metadata in metadata(),
        parts in prop::collection::vec(prop::collection::vec((0u64..100, 0u64..100), 3), 1..5),
        wanted in prop::collection::vec((0u64..100, 0u64..100), 3),
        backwards: bool,
    ) {
        let array = Opened::new(&metadata);
        let shape = array.layout.shape.clone();
        let mut model = Block::zeroed(DType::Int32, &shape).unwrap();
        fill(&mut model.view_mut(), &array.layout.fill).unwrap();
        for (i, at) in parts.iter().enumerate() {
            let region = part(&shape, at);
            let data = counting(&region.shape(), i as i32 * 10_000);
            array.write(&region, data.view());
            copy(&data.view(), &mut model.view_mut().slice(&region));
        }
        let found = read(&array.source(), &Region::full(&shape)).unwrap();
        prop_assert_eq!(found.bytes(), model.bytes());
        let mut region = part(&shape, &wanted);
        if backwards {
            for r in &mut region.0 {
                *r = Range { start: r.end() as i64 - 1, step: -1, len: r.len };
            }
        }
        let mut expected = Block::zeroed(DType::Int32, &region.shape()).unwrap();
        copy(&model.view().slice(&region), &mut expected.view_mut());
        let found = read(&array.source(), &region).unwrap();
        prop_assert_eq!(found.bytes(), expected.bytes());
    }

    #[test]
    fn damaged_files_do_no_harm(
        metadata in metadata(),
        which: prop::sample::Index,
        at: prop::sample::Index,
        damage in prop_oneof![
            (1u8..).prop_map(Damage::Flip),
            Just(Damage::Cut),
            any::<[u8; 8]>().prop_map(Damage::Number),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Damage::Other),
        ],
    ) {
        let array = Opened::new(&metadata);
        let shape = array.layout.shape.clone();
        let whole = counting(&shape, 1);
        array.write(&Region::full(&shape), whole.view());
        let files = array.files();
        let path = &files[which.index(files.len())];
        let mut bytes = fs::read(path).unwrap();
        let place = at.index(bytes.len());
        match damage {
            Damage::Flip(bits) => bytes[place] ^= bits,
            Damage::Cut => bytes.truncate(place),
            Damage::Other(other) => bytes = other,
            Damage::Number(number) => {
                let n = bytes.len().min(8);
                let start = place.min(bytes.len() - n);
                bytes[start..start + n].copy_from_slice(&number[..n]);
            }
        }
        fs::write(path, &bytes).unwrap();
        let done = read(&array.source(), &Region::full(&shape));
        if let Ok(block) = &done {
            prop_assert_eq!(block.bytes().len(), whole.bytes().len());
            let uncompressed = array.layout.codec.filters.is_empty() && array.layout.shards.is_none();
            prop_assert!(!uncompressed || bytes.len() as u64 == array.layout.chunk_bytes());
        }
        if let Err(e) = &done {
            prop_assert!(matches!(e.kind, hyperslab_base::ErrorKind::Io { .. }), "{}", e);
        }
        // Parts of a damaged shard are written anew only when it can be read.
        let sink = ZarrSink::new(array.place(), array.layout.clone(), false).unwrap();
        let _ = sink.write(&Region::boxed(&vec![0; shape.len()], &vec![1; shape.len()]), counting(&vec![1; shape.len()], 0).view());
    }

    #[test]
    fn damaged_metadata_do_no_harm(
        metadata in metadata(),
        field: prop::sample::Index,
        value in prop_oneof![
            Just(Value::Null), Just(json!([])), Just(json!({})), Just(json!("zarr")), Just(json!([-1])),
            Just(json!(u64::MAX)), Just(json!([u64::MAX, 2, 3])), Just(json!([0, 0])), Just(json!("NaN")),
            Just(json!({"name": "regular", "configuration": {"chunk_shape": [0]}})), Just(json!([[1]])),
        ],
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        version: bool,
    ) {
        let mut changed = if version { metadata } else { version_2(&metadata) };
        let fields = changed.as_object_mut().unwrap();
        let name = fields.keys().nth(field.index(fields.len())).unwrap().clone();
        fields.insert(name, value);
        let mut text = changed.to_string().into_bytes();
        let _ = ZarrLayout::parse(&text).map(|l| (l.chunk_bytes(), l.file_bytes(), l.most_stored()));
        for (at, byte) in flips {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let _ = ZarrLayout::parse(&text).map(|l| (l.chunk_bytes(), l.file_bytes(), l.most_stored()));
        let _ = ZarrLayout::parse(&text[..text.len() / 2]);
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(u8),
    Cut,
    Number([u8; 8]),
    Other(Vec<u8>),
}

fn version_2(of: &Value) -> Value {
    json!({"zarr_format": 2, "shape": of["shape"], "chunks": of["shape"], "dtype": "<i4", "fill_value": 0, "order": "F",
        "filters": null, "dimension_separator": ".", "compressor": {"id": "zstd", "level": 0}})
}

#[test]
fn bare_floats_in_attributes_are_no_fault() {
    let metadata = version_2(&json!({"shape": [3, 2]}));
    let text =
        metadata.to_string().replacen('{', "{\"attributes\": {\"a\": [NaN, -Infinity, \"NaN \\\" Infinity\"]}, ", 1);
    let layout = ZarrLayout::parse(text.as_bytes()).unwrap();
    assert_eq!((layout.codec.order, layout.shape), (Some(vec![1, 0]), vec![3, 2]));
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    for (field, value, word) in [
        ("codecs", json!([{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "lzma"}]), "lzma"),
        ("data_type", json!("string"), "string"),
        ("chunk_grid", json!({"name": "rectilinear"}), "rectilinear"),
        ("storage_transformers", json!([{"name": "x"}]), "storage transformer"),
        ("unheard", json!({"name": "of"}), "unheard"),
    ] {
        let mut metadata = json!({"zarr_format": 3, "node_type": "array", "shape": [4], "data_type": "int32",
            "fill_value": 0, "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [2]}},
            "chunk_key_encoding": {"name": "default"},
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}]});
        assert!(ZarrLayout::parse(metadata.to_string().as_bytes()).is_ok());
        metadata[field] = value;
        let refused = ZarrLayout::parse(metadata.to_string().as_bytes()).unwrap_err();
        assert!(refused.to_string().contains(word), "{refused}");
        assert!(matches!(refused.kind, hyperslab_base::ErrorKind::Unsupported(_)), "{refused}");
    }
}

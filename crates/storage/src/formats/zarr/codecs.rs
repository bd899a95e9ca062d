//! Codecs by the names that Zarr's metadata give them.

use hyperslab_base::{DType, Error, Result};
use serde_json::{Map, Value};

use super::metadata::{ChunkCodec, Named, Shards, unsupported};
use crate::codecs::{Blosc, BloscCodec, Filter};

fn number<T: TryFrom<i64>>(fields: &Map<String, Value>, name: &str, usual: i64) -> Result<T> {
    let value = fields.get(name).filter(|v| !v.is_null());
    let number = value.map_or(Some(usual), Value::as_i64).and_then(|n| T::try_from(n).ok());
    number.ok_or_else(|| Error::value(format!("{name} of a codec is {value:?}")))
}

/// Filter of a codec of numcodecs, for arrays of elements of `itemsize` bytes.
pub fn compressor_v2(id: &str, fields: &Map<String, Value>, itemsize: usize) -> Result<Filter> {
    Ok(match id {
        "zlib" => Filter::Deflate { level: effort(number(fields, "level", 1)?) },
        "gzip" => Filter::Gzip { level: effort(number(fields, "level", 1)?) },
        "zstd" => Filter::Zstd {
            level: number(fields, "level", 0)?,
            checksum: fields.get("checksum").and_then(Value::as_bool).unwrap_or(false),
        },
        "lz4" => Filter::Lz4Block,
        "shuffle" => Filter::Shuffle { elemsize: number::<u32>(fields, "elementsize", 4)? as usize },
        "blosc" => {
            let shuffle = match number::<i64>(fields, "shuffle", 1)? {
                -1 if itemsize == 1 => "bitshuffle",
                0 => "noshuffle",
                2 => "bitshuffle",
                _ => "shuffle",
            };
            blosc(fields, shuffle, itemsize)?
        }
        _ => return Err(unsupported(format!("codec {id:?}"))),
    })
}

/// A level of zlib, whose default is written as -1.
fn effort(level: i64) -> u8 {
    u8::try_from(level).map_or(6, |l| l.min(9))
}

fn blosc(fields: &Map<String, Value>, shuffle: &str, itemsize: usize) -> Result<Filter> {
    let codec = match fields.get("cname").and_then(Value::as_str) {
        Some("lz4") => BloscCodec::Lz4,
        Some("zlib") => BloscCodec::Zlib,
        Some("zstd") => BloscCodec::Zstd,
        Some("lz4hc" | "blosclz") => BloscCodec::Other,
        other => return Err(unsupported(format!("Blosc's codec {other:?}"))),
    };
    Ok(Filter::Blosc(Blosc {
        codec,
        level: effort(number(fields, "clevel", 5)?),
        shuffles: shuffle == "shuffle",
        shuffles_bits: shuffle == "bitshuffle",
        elemsize: number::<u32>(fields, "typesize", itemsize as i64)? as usize,
    }))
}

/// Filter of a codec of bytes of version 3.
fn filter(named: &Named<'_>, itemsize: usize) -> Result<Filter> {
    let fields = named.fields();
    match named.name {
        "crc32c" => Ok(Filter::Crc32c),
        "gzip" | "zstd" => compressor_v2(named.name, &fields, itemsize),
        "blosc" => match fields.get("shuffle").and_then(Value::as_str) {
            Some(shuffle @ ("shuffle" | "noshuffle" | "bitshuffle")) => blosc(&fields, shuffle, itemsize),
            other => Err(unsupported(format!("Blosc's shuffle {other:?}"))),
        },
        "numcodecs.zlib" | "numcodecs.gzip" | "numcodecs.zstd" | "numcodecs.lz4" | "numcodecs.shuffle"
        | "numcodecs.blosc" => compressor_v2(named.name.trim_start_matches("numcodecs."), &fields, itemsize),
        name => Err(unsupported(format!("codec {name:?}"))),
    }
}

/// The chain of codecs of an array of version 3: shape of the chunks that are compressed, their codec, and the shards.
pub fn parse_codecs(
    codecs: &[Value],
    file_shape: Vec<u64>,
    dtype: DType,
) -> Result<(Vec<u64>, ChunkCodec, Option<Shards>)> {
    let named = codecs.iter().map(Named::new).collect::<Result<Vec<_>>>()?;
    let Some(sharding) = named.iter().find(|c| c.name == "sharding_indexed") else {
        let codec = chain(&named, file_shape.len(), dtype)?;
        return Ok((file_shape, codec, None));
    };
    if named.len() > 1 {
        return Err(unsupported("a codec before or after sharding".into()));
    }
    let inner = list(sharding, "codecs")?;
    let inner = inner.iter().map(Named::new).collect::<Result<Vec<_>>>()?;
    let chunk_shape = sharding.lengths("chunk_shape")?;
    let codec = chain(&inner, file_shape.len(), dtype)?;
    let index = list(sharding, "index_codecs")?;
    let index = index.iter().map(Named::new).collect::<Result<Vec<_>>>()?;
    let checksum = match index.iter().map(|c| c.name).collect::<Vec<_>>()[..] {
        ["bytes"] => false,
        ["bytes", "crc32c"] => true,
        _ => return Err(unsupported("such codecs of a shard's index".into())),
    };
    if index[0].get("endian").and_then(Value::as_str) != Some("little") {
        return Err(unsupported("an index of a shard that has the highest byte first".into()));
    }
    let index_first = match sharding.get("index_location").map_or(Some("end"), Value::as_str) {
        Some("end") => false,
        Some("start") => true,
        other => return Err(unsupported(format!("an index of a shard at {other:?}"))),
    };
    Ok((chunk_shape, codec, Some(Shards { shape: file_shape, index_first, checksum })))
}

fn list<'a>(named: &Named<'a>, name: &str) -> Result<&'a Vec<Value>> {
    let value = named.get(name).and_then(Value::as_array);
    value.ok_or_else(|| Error::value(format!("{} without {name}", named.name)))
}

/// Transpositions, then `bytes`, then what is done to these.
fn chain(codecs: &[Named<'_>], ndim: usize, dtype: DType) -> Result<ChunkCodec> {
    let at = codecs.iter().position(|c| c.name == "bytes");
    let first = || codecs.first().map_or("nothing", |c| c.name);
    let at = at.ok_or_else(|| unsupported(format!("a chain of codecs that begins with {:?}", first())))?;
    let mut order: Vec<usize> = (0..ndim).collect();
    for codec in &codecs[..at] {
        if codec.name != "transpose" {
            return Err(unsupported(format!("codec {:?}", codec.name)));
        }
        let next = codec.lengths("order")?;
        let mut sorted = next.clone();
        sorted.sort_unstable();
        if sorted.iter().ne((0..ndim as u64).collect::<Vec<_>>().iter()) {
            return Err(Error::value(format!("transpose by {next:?} of {ndim} dimensions")));
        }
        order = next.iter().map(|d| order[*d as usize]).collect();
    }
    let big_endian = match codecs[at].get("endian").map(Value::as_str) {
        Some(Some("big")) => true,
        Some(Some("little")) => false,
        None if dtype.itemsize() == 1 => false,
        other => return Err(Error::value(format!("bytes in the order {other:?}"))),
    };
    let filters = codecs[at + 1..].iter().map(|c| filter(c, dtype.itemsize())).collect::<Result<_>>()?;
    let moved = order.iter().enumerate().any(|(i, d)| i != *d);
    Ok(ChunkCodec { order: moved.then_some(order), big_endian, filters })
}

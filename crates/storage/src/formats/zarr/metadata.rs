//! What the metadata of a Zarr array say, of version 2 or 3 of the format.
//!
//! Only what is read and written here is accepted. Everything else is `Unsupported`, in words that name it: such an array
//! goes through zarr-python.

use hyperslab_base::{DType, Error, Result, Scalar, checked_nbytes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::codecs::{compressor_v2, parse_codecs};
use super::fill;
use crate::codecs::Filter;

/// A Zarr array as its metadata describe it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZarrLayout {
    /// Shape.
    pub shape: Vec<u64>,
    /// Shape of the chunks that are compressed each; within a shard, where there are shards.
    pub chunk_shape: Vec<u64>,
    /// Dtype, in native byte order.
    pub dtype: DType,
    /// Value of elements of chunks that are not there.
    pub fill: Scalar,
    /// How files are named.
    pub keys: Keys,
    /// How a chunk becomes bytes.
    pub codec: ChunkCodec,
    /// How chunks are joined in files.
    pub shards: Option<Shards>,
}

/// How a chunk becomes bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkCodec {
    /// Dimensions of the chunk in the order in which they are stored; nothing for C order.
    pub order: Option<Vec<usize>>,
    /// Whether the elements have their highest byte first.
    pub big_endian: bool,
    /// What is done to the bytes.
    pub filters: Vec<Filter>,
}

/// How chunks are joined in shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shards {
    /// Shape of a shard, a multiple of that of a chunk.
    pub shape: Vec<u64>,
    /// Whether the index stands before the chunks.
    pub index_first: bool,
    /// Whether a checksum ends it.
    pub checksum: bool,
}

/// How the files of chunks are named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Whether names begin with a `c`.
    pub prefixed: bool,
    /// What stands between numbers.
    pub separator: char,
}

impl Keys {
    /// Name of the file of the chunk or shard at a place of the grid.
    pub fn name(&self, place: &[u64]) -> String {
        let mut name = String::from(if self.prefixed { "c" } else { "" });
        for (i, k) in place.iter().enumerate() {
            if self.prefixed || i > 0 {
                name.push(self.separator);
            }
            name.push_str(&k.to_string());
        }
        if name.is_empty() { "0".into() } else { name }
    }
}

impl ZarrLayout {
    /// Shape of what one file holds.
    pub fn file_shape(&self) -> &[u64] {
        self.shards.as_ref().map_or(&self.chunk_shape, |s| &s.shape)
    }

    /// Bytes of one decoded chunk.
    pub fn chunk_bytes(&self) -> u64 {
        self.chunk_shape.iter().product::<u64>() * self.dtype.itemsize() as u64
    }

    /// Bytes of all elements of one file.
    pub fn file_bytes(&self) -> u64 {
        self.file_shape().iter().product::<u64>() * self.dtype.itemsize() as u64
    }

    /// Chunks in a shard, per dimension.
    pub fn chunks_per_shard(&self) -> Vec<u64> {
        self.file_shape().iter().zip(&self.chunk_shape).map(|(s, c)| s / c).collect()
    }

    /// Whether what is selected from the other array is in this one, too: they differ at most in that this one grew.
    pub fn continues(&self, other: &Self) -> bool {
        let grown = self.shape.iter().zip(&other.shape).all(|(now, then)| now >= then);
        grown && ZarrLayout { shape: other.shape.clone(), ..self.clone() } == *other
    }

    /// The array that the text of a `zarr.json` or `.zarray` describes.
    ///
    /// # Errors
    /// `Value` for what are no metadata of an array, `Unsupported` for what is not read here.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(&without_bare_floats(text))
            .map_err(|e| Error::value(format!("no metadata: {e}")))?;
        let fields = object(&value, "metadata")?;
        let layout = match fields.get("zarr_format").and_then(Value::as_u64) {
            Some(2) => parse_v2(fields),
            Some(3) => parse_v3(fields),
            other => Err(unsupported(format!("format {other:?}"))),
        }?;
        layout.check()?;
        Ok(layout)
    }

    fn check(&self) -> Result<()> {
        let n = self.shape.len();
        let per_file = self.file_shape();
        if self.chunk_shape.len() != n || per_file.len() != n || self.chunk_shape.contains(&0) || n > 32 {
            return Err(Error::value(format!("chunks of shape {:?} for an array of shape {:?}", per_file, self.shape)));
        }
        if per_file.iter().zip(&self.chunk_shape).any(|(s, c)| *s == 0 || s % c != 0) {
            return Err(Error::value(format!(
                "shards of shape {per_file:?} of chunks of shape {:?}",
                self.chunk_shape
            )));
        }
        checked_nbytes(&self.shape, self.dtype)?;
        if checked_nbytes(per_file, self.dtype)? > MOST_BYTES {
            return Err(unsupported(format!("chunks of shape {per_file:?}, which have 2 GiB or more")));
        }
        let filters = &self.codec.filters;
        if filters.iter().filter(|f| f.compresses()).count() > 1 || filters.len() > 32 {
            return Err(unsupported("more than one compressor".into()));
        }
        Ok(())
    }
}

/// Bytes of a chunk or shard, at most.
const MOST_BYTES: u64 = (1 << 31) - 1;

/// Python writes what JSON has no numbers for as bare words; attributes may hold them. They become `null`.
fn without_bare_floats(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest, mut quoted) = (Vec::with_capacity(text.len()), text, false);
    while let Some((&byte, tail)) = rest.split_first() {
        if quoted && byte == b'\\' {
            let n = rest.len().min(2);
            out.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
            continue;
        }
        quoted ^= byte == b'"';
        let word = [&b"NaN"[..], b"Infinity", b"-Infinity"].into_iter().find(|w| !quoted && rest.starts_with(w));
        match word {
            Some(word) => {
                out.extend_from_slice(b"null");
                rest = &rest[word.len()..];
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    out
}

/// An array that is not read here; says why.
pub fn unsupported(what: String) -> Error {
    Error::unsupported(format!("Zarr: {what} has no native reader")).hint("read the array through zarr-python")
}

/// The fields of a JSON object.
pub fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| Error::value(format!("{what}: {value} is no object")))
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a Value> {
    fields.get(name).ok_or_else(|| Error::value(format!("no field {name:?}")))
}

fn lengths(fields: &Map<String, Value>, name: &str) -> Result<Vec<u64>> {
    let value = field(fields, name)?;
    let items = value.as_array().and_then(|a| a.iter().map(Value::as_u64).collect());
    items.ok_or_else(|| Error::value(format!("{name} is {value}, not a list of lengths")))
}

/// A name with its configuration, as version 3 writes extensions: an object, or the name alone.
pub struct Named<'a> {
    /// Name.
    pub name: &'a str,
    configuration: Option<&'a Map<String, Value>>,
}

impl<'a> Named<'a> {
    /// The extension that `value` is.
    pub fn new(value: &'a Value) -> Result<Self> {
        if let Some(name) = value.as_str() {
            return Ok(Named { name, configuration: None });
        }
        let fields = object(value, "an extension")?;
        let name = field(fields, "name")?.as_str().ok_or_else(|| Error::value(format!("a name: {value}")))?;
        Ok(Named { name, configuration: fields.get("configuration").and_then(Value::as_object) })
    }

    /// A field of its configuration.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.configuration.and_then(|c| c.get(name)).filter(|v| !v.is_null())
    }

    /// Its configuration.
    pub fn fields(&self) -> Map<String, Value> {
        self.configuration.cloned().unwrap_or_default()
    }

    /// Lengths of its configuration.
    pub fn lengths(&self, name: &str) -> Result<Vec<u64>> {
        let none = || Error::value(format!("{} without {name}", self.name));
        lengths(self.configuration.ok_or_else(none)?, name)
    }
}

fn parse_v2(fields: &Map<String, Value>) -> Result<ZarrLayout> {
    let text = field(fields, "dtype")?;
    let (dtype, big_endian) = text.as_str().and_then(dtype_v2).ok_or_else(|| unsupported(format!("dtype {text}")))?;
    let shape = lengths(fields, "shape")?;
    let order = match field(fields, "order")?.as_str() {
        Some("C") => None,
        Some("F") => Some((0..shape.len()).rev().collect()).filter(|_| shape.len() > 1),
        other => return Err(Error::value(format!("order {other:?}"))),
    };
    let separator = match fields.get("dimension_separator").map(Value::as_str) {
        None | Some(Some(".")) => '.',
        Some(Some("/")) => '/',
        other => return Err(unsupported(format!("separator {other:?}"))),
    };
    let mut filters = Vec::new();
    let listed = fields.get("filters").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for item in listed.iter().chain(fields.get("compressor").filter(|c| !c.is_null())) {
        let item = object(item, "a filter")?;
        let id = field(item, "id")?.as_str().unwrap_or_default();
        filters.push(compressor_v2(id, item, dtype.itemsize())?);
    }
    Ok(ZarrLayout {
        chunk_shape: lengths(fields, "chunks")?,
        shape,
        dtype,
        fill: fill::parse(dtype, field(fields, "fill_value")?)?,
        keys: Keys { prefixed: false, separator },
        codec: ChunkCodec { order, big_endian, filters },
        shards: None,
    })
}

/// Dtype and byte order that NumPy's description names.
fn dtype_v2(text: &str) -> Option<(DType, bool)> {
    let (order, rest) = (text.get(..1)?, text.get(1..)?);
    let (kind, size) = (rest.get(..1)?, rest.get(1..)?);
    let (digits, unit) = size.split_at(size.find('[').unwrap_or(size.len()));
    let bytes: usize = digits.parse().ok()?;
    let bits = bytes.checked_mul(8)?;
    let name = match kind {
        "b" => "bool".into(),
        "i" => format!("int{bits}"),
        "u" => format!("uint{bits}"),
        "f" => format!("float{bits}"),
        "c" => format!("complex{bits}"),
        "M" => format!("datetime64{unit}"),
        "m" => format!("timedelta64{unit}"),
        _ => return None,
    };
    let dtype = DType::from_name(&name).ok().filter(|d| d.itemsize() == bytes)?;
    let big = match order {
        "<" => false,
        ">" => true,
        "|" if bytes == 1 => false,
        _ => return None,
    };
    (!dtype.unit().is_some_and(|u| u.is_generic())).then_some((dtype, big))
}

fn parse_v3(fields: &Map<String, Value>) -> Result<ZarrLayout> {
    if field(fields, "node_type")?.as_str() != Some("array") {
        return Err(Error::value("a group is no array"));
    }
    if fields.get("storage_transformers").and_then(Value::as_array).is_some_and(|t| !t.is_empty()) {
        return Err(unsupported("a storage transformer".into()));
    }
    for (name, value) in fields.iter().filter(|(name, _)| !KNOWN_V3.contains(&name.as_str())) {
        if value.get("must_understand").and_then(Value::as_bool) != Some(false) {
            return Err(unsupported(format!("the field {name:?}")));
        }
    }
    let dtype = dtype_v3(field(fields, "data_type")?)?;
    let grid = Named::new(field(fields, "chunk_grid")?)?;
    if grid.name != "regular" {
        return Err(unsupported(format!("a chunk grid {:?}", grid.name)));
    }
    let codecs = field(fields, "codecs")?.as_array().ok_or_else(|| Error::value("codecs are no list"))?;
    let file_shape = grid.lengths("chunk_shape")?;
    let (chunk_shape, codec, shards) = parse_codecs(codecs, file_shape, dtype)?;
    Ok(ZarrLayout {
        shape: lengths(fields, "shape")?,
        chunk_shape,
        dtype,
        fill: fill::parse(dtype, field(fields, "fill_value")?)?,
        keys: keys_v3(&Named::new(field(fields, "chunk_key_encoding")?)?)?,
        codec,
        shards,
    })
}

/// Fields of an array's metadata that mean what the specification says, or nothing to its elements.
const KNOWN_V3: [&str; 13] = [
    "zarr_format",
    "node_type",
    "shape",
    "data_type",
    "chunk_grid",
    "chunk_key_encoding",
    "fill_value",
    "codecs",
    "attributes",
    "dimension_names",
    "storage_transformers",
    "consolidated_metadata",
    "must_understand",
];

fn dtype_v3(value: &Value) -> Result<DType> {
    let named = Named::new(value)?;
    let refused = || unsupported(format!("data type {value}"));
    let name = match named.name {
        "numpy.datetime64" | "numpy.timedelta64" => {
            let unit = named.get("unit").and_then(Value::as_str).filter(|u| *u != "generic").ok_or_else(refused)?;
            let scale = named.get("scale_factor").and_then(Value::as_u64).filter(|s| *s > 0).ok_or_else(refused)?;
            format!("{}[{scale}{unit}]", named.name.trim_start_matches("numpy."))
        }
        // Another name of NumPy's would be another type here.
        name if name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains('[') => name.into(),
        _ => return Err(refused()),
    };
    DType::from_name(&name).map_err(|_| refused())
}

fn keys_v3(keys: &Named<'_>) -> Result<Keys> {
    let (prefixed, usual) = match keys.name {
        "default" => (true, "/"),
        "v2" => (false, "."),
        other => return Err(unsupported(format!("chunk key encoding {other:?}"))),
    };
    let separator = match keys.get("separator").map_or(Some(usual), Value::as_str) {
        Some("/") => '/',
        Some(".") => '.',
        other => return Err(unsupported(format!("separator {other:?}"))),
    };
    Ok(Keys { prefixed, separator })
}

//! Declared chunk grids: a contract with the user, not the unit of execution.

use serde::{Deserialize, Serialize};

use crate::dim_chunks::DimChunks;
use crate::dtype::DType;
use crate::error::{Error, Result};
use crate::region::show_shape;

/// How an array is cut into chunks: one [`DimChunks`] per dimension.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChunkGrid(pub Vec<DimChunks>);

impl ChunkGrid {
    /// One chunk.
    pub fn single(shape: &[u64]) -> Self {
        ChunkGrid(shape.iter().map(|&n| DimChunks::regular(n, n)).collect())
    }

    /// Chunks per dimension.
    pub fn numblocks(&self) -> Vec<u64> {
        self.0.iter().map(DimChunks::count).collect()
    }

    /// Shape of the array.
    pub fn shape(&self) -> Vec<u64> {
        self.0.iter().map(DimChunks::total).collect()
    }

    /// The finer of the grids of operands that broadcast to `shape`: boundaries of all where they differ.
    pub fn unify(shape: &[u64], operands: &[&ChunkGrid]) -> Self {
        let ndim = shape.len();
        let dim = |d: usize| {
            let candidates = operands.iter().filter_map(|g| {
                let at = (d + g.0.len()).checked_sub(ndim)?;
                (g.0[at].total() == shape[d]).then(|| &g.0[at])
            });
            candidates.fold(None, |acc: Option<DimChunks>, c| match acc {
                None => Some(c.clone()),
                Some(a) => Some(a.meet(c)),
            })
        };
        ChunkGrid((0..ndim).map(|d| dim(d).unwrap_or_else(|| DimChunks::regular(shape[d], shape[d]))).collect())
    }
}

/// What a user asks of one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DimSpec {
    /// Chunks of this many positions.
    Size(u64),
    /// The whole dimension in one chunk (`-1`, `None`).
    Full,
    /// As the byte target asks.
    Auto,
    /// These sizes.
    Sizes(Vec<u64>),
}

/// What a user asks of all dimensions.
#[derive(Clone, Debug)]
pub struct ChunkSpec {
    /// One per dimension.
    pub dims: Vec<DimSpec>,
    /// Bytes of a chunk whose dimensions are `Auto`.
    pub target: u64,
    /// Chunks of the storage below: automatic sizes are multiples of these.
    pub align: Option<Vec<u64>>,
}

impl ChunkSpec {
    /// Bytes of an automatic chunk when the user names none.
    pub const DEFAULT_TARGET: u64 = 128 << 20;

    /// Every dimension automatic.
    pub fn auto(ndim: usize) -> Self {
        ChunkSpec { dims: vec![DimSpec::Auto; ndim], target: Self::DEFAULT_TARGET, align: None }
    }

    /// The same size in every dimension.
    pub fn size(ndim: usize, n: u64) -> Self {
        ChunkSpec { dims: vec![DimSpec::Size(n); ndim], ..Self::auto(0) }
    }
}

/// The grid a spec asks for.
///
/// # Errors
/// `Value` when the sizes do not add up to the shape, with both named.
pub fn normalize_chunks(spec: &ChunkSpec, shape: &[u64], dtype: DType) -> Result<ChunkGrid> {
    if spec.dims.len() != shape.len() {
        return Err(Error::value(format!(
            "chunks name {} dimensions, the shape {} has {}",
            spec.dims.len(),
            show_shape(shape),
            shape.len()
        )));
    }
    let fixed: Vec<Option<DimChunks>> = spec
        .dims
        .iter()
        .zip(shape)
        .map(|(s, &n)| match s {
            DimSpec::Auto => Ok(None),
            DimSpec::Full => Ok(Some(DimChunks::regular(n, n))),
            DimSpec::Size(0) if n > 0 => {
                Err(Error::value("chunks of size 0 cannot cover a dimension that is not empty"))
            }
            DimSpec::Size(k) => Ok(Some(DimChunks::regular(n, *k))),
            DimSpec::Sizes(v) if v.iter().sum::<u64>() == n => Ok(Some(DimChunks::from_sizes(v))),
            DimSpec::Sizes(v) => Err(Error::value(format!(
                "Chunks do not add up to shape. Got chunks={}, which add up to {}, for a dimension of {n} in shape={}",
                show_shape(v),
                v.iter().sum::<u64>(),
                show_shape(shape)
            ))),
        })
        .collect::<Result<_>>()?;
    let taken: u64 = fixed.iter().flatten().map(|c| c.largest().max(1)).product();
    let room = (spec.target / (dtype.itemsize() as u64 * taken).max(1)).max(1);
    let auto = auto_sizes(&fixed, shape, room, spec.align.as_deref());
    Ok(ChunkGrid(
        fixed
            .into_iter()
            .enumerate()
            .map(|(d, c)| c.unwrap_or_else(|| DimChunks::regular(shape[d], auto[d])))
            .collect(),
    ))
}

/// Near-cubic sizes for the dimensions that are not fixed, `room` elements together.
fn auto_sizes(fixed: &[Option<DimChunks>], shape: &[u64], room: u64, align: Option<&[u64]>) -> Vec<u64> {
    let mut size = shape.to_vec();
    let mut open: Vec<usize> = (0..shape.len()).filter(|&d| fixed[d].is_none()).collect();
    open.sort_by_key(|&d| shape[d]);
    let mut left = room as f64;
    for (i, &d) in open.iter().enumerate() {
        let ideal = left.powf(1.0 / (open.len() - i) as f64).floor().max(1.0);
        let unit = align.map_or(1, |a| a[d].max(1));
        let n = if ideal >= shape[d] as f64 { shape[d] } else { (ideal as u64 / unit).max(1) * unit };
        size[d] = n.min(shape[d]).max(1);
        left = (left / size[d] as f64).max(1.0);
    }
    size
}

/// Bytes named by a string such as `"64 MiB"`, `"1.5GB"` or `"1000"`.
///
/// # Errors
/// `Value` when the string names no number of bytes.
pub fn parse_bytes(text: &str) -> Result<u64> {
    let bad =
        || Error::value(format!("{text:?} names no number of bytes").to_string()).hint("write \"64 MiB\" or \"1e9\"");
    let t = text.trim();
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let split = match t.find(|c| !digits(c)) {
        // An exponent belongs to the number: 1e9, 2E+6 MB.
        Some(e)
            if t[e..].starts_with(['e', 'E']) && t[e + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '+') =>
        {
            t[e + 2..].find(|c: char| !c.is_ascii_digit()).map_or(t.len(), |i| e + 2 + i)
        }
        Some(i) => i,
        None => t.len(),
    };
    let number: f64 = t[..split].parse().or_else(|e| if split == 0 { Ok(1.0) } else { Err(e) }).map_err(|_| bad())?;
    let unit = match t[split..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1u64,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "tb" | "t" => 1_000_000_000_000,
        "kib" | "ki" => 1 << 10,
        "mib" | "mi" => 1 << 20,
        "gib" | "gi" => 1 << 30,
        "tib" | "ti" => 1 << 40,
        _ => return Err(bad()),
    };
    if t.is_empty() {
        return Err(bad());
    }
    Ok((number * unit as f64) as u64)
}

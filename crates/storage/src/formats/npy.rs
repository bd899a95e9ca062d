//! NumPy's `.npy` files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use hyperslab_base::{
    ArraySource, DType, Descriptor, Dims, Error, Region, Result, ResultExt, Token, ViewMut, checked_nbytes, show_shape,
};

use crate::dense::{Dense, PIECE, check_region};
use crate::file::{FilePlace, FileRecord, FileStamp, StampedFile};
use crate::scratch::with_scratch;

use super::{descriptor, params};

/// Name of the format.
pub(super) const FORMAT: &str = "npy";

/// The file that [`ArraySource::descriptor`] names.
pub(super) fn open(bytes: &[u8]) -> Result<Arc<dyn ArraySource>> {
    let record: FileRecord = params(bytes)?;
    record.find()?;
    Ok(Arc::new(NpySource::open(record.path())?))
}

/// Source over a `.npy` file, in C or Fortran order, of either byte order.
#[derive(Debug)]
pub struct NpySource {
    file: Arc<StampedFile>,
    header: Header,
    /// Byte of the first element.
    offset: u64,
    /// Shape as the file lies in C order: for Fortran order, with the dimensions reversed.
    stored: Vec<u64>,
}

/// What a header says.
#[derive(Debug, PartialEq)]
struct Header {
    shape: Vec<u64>,
    dtype: DType,
    swap: bool,
    fortran: bool,
}

/// Longest header that is believed: NumPy's own limit is a tenth of it.
const LONGEST_HEADER: u32 = 100_000;

impl NpySource {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// `Io` when the file cannot be read, is no `.npy` file or is too short; `Unsupported` for dtypes that are not native.
    pub fn open(path: &Path) -> Result<Self> {
        let stamp = FileStamp::of(path)?;
        let file = StampedFile::open(FilePlace::named(path), stamp)?;
        let (text, offset) = read_header(path)?;
        let header = parse(&text).map_err(|e| match e {
            Fault::Broken(what) => Error::io(path, format!("the header has no {what}: {text:?}")),
            Fault::Other(e) => e.context(path.display().to_string()),
        })?;
        let mut stored = header.shape.clone();
        if header.fortran {
            stored.reverse();
        }
        let need = checked_nbytes(&stored, header.dtype)?.saturating_add(offset);
        if need > stamp.size {
            let shape = show_shape(&header.shape);
            let message = format!("{} bytes, where shape {shape} of {} needs {need}", stamp.size, header.dtype);
            return Err(Error::io(path, message));
        }
        Ok(NpySource { file, header, offset, stored })
    }
}

impl ArraySource for NpySource {
    fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    fn dtype(&self) -> DType {
        self.header.dtype
    }

    fn scratch_bytes(&self, _: &Region) -> u64 {
        PIECE
    }

    fn token(&self) -> Option<Token> {
        Some(Token::of(&(FORMAT, self.file.path(), self.file.stamp())))
    }

    fn descriptor(&self) -> Result<Option<Descriptor>> {
        descriptor(FORMAT, &FileRecord::of(self.file.path(), self.file.stamp()))
    }

    fn describe(&self) -> String {
        format!("npy:{}", self.file.path().display())
    }

    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        check_region(&self.header.shape, self.header.dtype, region, &out)?;
        let file = self.file.reader()?;
        let dense = Dense {
            file: &file,
            offset: self.offset,
            shape: &self.stored,
            dtype: self.header.dtype,
            swap: self.header.swap,
        };
        let done = with_scratch(|scratch| {
            if !self.header.fortran {
                return dense.read(region, &mut out, &mut scratch.stored);
            }
            let reversed: Dims<Option<usize>> = (0..region.0.len()).rev().map(Some).collect();
            let region = Region(region.0.iter().rev().copied().collect());
            dense.read(&region, &mut out.reborrow().rearrange(&reversed), &mut scratch.stored)
        });
        // Afterwards, so that a change during the read is seen too; it explains whatever else went wrong.
        file.check()?;
        done
    }
}

/// Text of the header, and the byte behind it.
fn read_header(path: &Path) -> Result<(String, u64)> {
    let failed = |e: std::io::Error| Error::io(path, format!("no .npy header: {e}"));
    let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
    let mut start = [0; 8];
    file.read_exact(&mut start).map_err(failed)?;
    if start[..6] != *b"\x93NUMPY" {
        return Err(Error::io(path, "no .npy file: it does not begin with NumPy's mark"));
    }
    let mut length = [0; 4];
    let digits = match start[6] {
        1 => 2,
        2 | 3 => 4,
        v => return Err(Error::io(path, format!(".npy version {v} is not known"))),
    };
    file.read_exact(&mut length[..digits]).map_err(failed)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(Error::io(path, format!("a .npy header of {length} bytes is too long to be one")));
    }
    let mut text = vec![0; length as usize];
    file.read_exact(&mut text).map_err(failed)?;
    Ok((String::from_utf8_lossy(&text).trim().to_owned(), 8 + digits as u64 + u64::from(length)))
}

/// What is wrong with a header.
#[derive(Debug)]
enum Fault {
    /// A part is missing or malformed.
    Broken(&'static str),
    /// It is well formed and asks for something else.
    Other(Error),
}

/// Reads the Python dict that a header is: `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
fn parse(text: &str) -> Result<Header, Fault> {
    let value = |key: &'static str| {
        let (_, rest) = text.split_once(&format!("'{key}'")).ok_or(Fault::Broken(key))?;
        rest.trim_start().strip_prefix(':').map(str::trim_start).ok_or(Fault::Broken(key))
    };
    let descr = value("descr")?;
    if descr.starts_with('[') {
        let e = Error::unsupported("structured dtypes are not native to hyperslab");
        return Err(Fault::Other(e.hint("load the file with numpy.load and take one field")));
    }
    let (descr, _) = descr.strip_prefix('\'').and_then(|d| d.split_once('\'')).ok_or(Fault::Broken("descr"))?;
    let (dtype, swap) = parse_dtype(descr)?;
    let order = value("fortran_order")?;
    let fortran = order.starts_with("True");
    if !fortran && !order.starts_with("False") {
        return Err(Fault::Broken("fortran_order"));
    }
    let items = value("shape")?.strip_prefix('(').and_then(|s| s.split_once(')')).ok_or(Fault::Broken("shape"))?.0;
    // Python 2 wrote `3L`.
    let lengths = items.split(',').map(|n| n.trim().trim_end_matches('L')).filter(|n| !n.is_empty());
    let shape: Result<Vec<u64>, _> = lengths.map(str::parse).collect();
    Ok(Header { shape: shape.map_err(|_| Fault::Broken("shape"))?, dtype, swap, fortran })
}

/// Dtype of a type string such as `<f8` or `>M8[ns]`, and whether its bytes stand in the other order.
fn parse_dtype(descr: &str) -> Result<(DType, bool), Fault> {
    let (order, code) = match descr.split_at_checked(1) {
        Some((order @ ("<" | ">" | "|" | "="), code)) => (order, code),
        _ => ("=", descr),
    };
    let (code, unit) = code.find('[').map_or((code, ""), |at| code.split_at(at));
    let coded = |d: &DType| format!("{}{}", char::from(d.kind().letter()), d.itemsize()) == code;
    let name = match code {
        "M8" => "datetime64",
        "m8" => "timedelta64",
        _ => DType::NUMERIC.iter().find(|d| coded(d)).map_or(descr, |d| d.base_name()),
    };
    let dtype =
        DType::from_name(&format!("{name}{unit}")).with_context(|| format!("dtype {descr}")).map_err(Fault::Other)?;
    let big = cfg!(target_endian = "big");
    Ok((dtype, dtype.itemsize() > 1 && ((order == ">" && !big) || (order == "<" && big))))
}

#[cfg(test)]
mod tests;

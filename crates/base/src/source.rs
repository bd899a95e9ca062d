//! Where elements come from and go.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dtype::DType;
use crate::error::Result;
use crate::region::Region;
use crate::token::Token;
use crate::view::{MemoryView, View, ViewMut};

/// Where the elements of a source or a sink lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// At these addresses of this process; when files are mapped there, under their names too.
    Memory(Range<usize>, Vec<String>),
    /// Elsewhere, under these names. A name is a path: what lies within another place is named below it.
    Stored(Vec<String>),
}

impl Location {
    /// Whether they may share elements.
    pub fn meets(&self, other: &Location) -> bool {
        if let (Location::Memory(a, _), Location::Memory(b, _)) = (self, other)
            && a.start < b.end
            && b.start < a.end
        {
            return true;
        }
        self.names().iter().any(|a| other.names().iter().any(|b| within(a, b) || within(b, a)))
    }

    fn names(&self) -> &[String] {
        match self {
            Location::Memory(_, names) | Location::Stored(names) => names,
        }
    }
}

/// Whether `name` is `place`, or lies below it.
fn within(name: &str, place: &str) -> bool {
    name.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// How a source is made again elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Name of the format.
    pub format: Cow<'static, str>,
    /// What the format makes it from.
    pub params: Vec<u8>,
}

/// A place that elements are read from. Reads may come from several threads at once.
pub trait ArraySource: Any + Send + Sync + Debug {
    /// Shape of the whole.
    fn shape(&self) -> &[u64];

    /// Dtype of what `read` writes.
    fn dtype(&self) -> DType;

    /// Chunks of the storage, as advice: reads aligned to them decode each chunk once.
    fn native_chunks(&self) -> Option<&[u64]> {
        None
    }

    /// The whole in memory, when it is there: then nothing is copied.
    fn memory(&self) -> Option<MemoryView> {
        None
    }

    /// Where the elements lie, when a sink could lie there too.
    fn location(&self) -> Option<Location> {
        self.memory().map(|m| Location::Memory(m.view().addresses(), Vec::new()))
    }

    /// Bytes that one `read` of `region` holds besides its output (decoded chunks, say).
    fn scratch_bytes(&self, region: &Region) -> u64 {
        let _ = region;
        0
    }

    /// Reads worth having under way at once: many where each waits for a network, whatever the number of processors.
    fn at_once(&self) -> usize {
        1
    }

    /// Token of the elements, where two sources of the same token hold the same ones: that of a file with its stamp. The
    /// elements of others, in memory say, are their own.
    fn token(&self) -> Option<Token> {
        None
    }

    /// How it is made again elsewhere, where that can be said.
    ///
    /// # Errors
    /// What reading it fails with, when its elements are what describes it.
    fn descriptor(&self) -> Result<Option<Descriptor>> {
        Ok(None)
    }

    /// Short name for plans: `hdf5:/x`.
    fn describe(&self) -> String;

    /// Reads `region` (steps positive or negative) into `out`, whose shape is the region's.
    ///
    /// # Errors
    /// `Io` when the storage fails, `Callback` when user code does.
    fn read(&self, region: &Region, out: ViewMut<'_>) -> Result<()>;
}

/// A place that elements are written to. Writes may come from several threads at once, to disjoint regions.
pub trait ArraySink: Send + Sync + Debug {
    /// Shape of the whole.
    fn shape(&self) -> &[u64];

    /// Dtype that `write` takes; the engine casts to it.
    fn dtype(&self) -> DType;

    /// Chunks of the storage: writes are aligned to them where the region allows.
    fn native_chunks(&self) -> Option<&[u64]> {
        None
    }

    /// Bytes that one `write` of `bytes` holds besides its input.
    fn scratch_bytes(&self, bytes: u64) -> u64 {
        let _ = bytes;
        0
    }

    /// Writes worth having under way at once, as [`ArraySource::at_once`].
    fn at_once(&self) -> usize {
        1
    }

    /// Where the elements lie, when a source could lie there too.
    fn location(&self) -> Option<Location> {
        None
    }

    /// Short name for plans.
    fn describe(&self) -> String;

    /// Whether `region` holds already what would be written there, so that it need not be computed.
    fn is_written(&self, region: &Region) -> bool {
        let _ = region;
        false
    }

    /// Writes `data` to `region` (step 1), whose shape is the data's.
    ///
    /// # Errors
    /// `Io` when the storage fails, `Callback` when user code does.
    fn write(&self, region: &Region, data: View<'_>) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use super::Location;

    #[test]
    fn places_meet_by_addresses_and_by_names() {
        let named = |names: &[&str]| Location::Stored(names.iter().map(|n| (*n).to_string()).collect());
        let mapped = |from, to, name: &str| Location::Memory(from..to, vec![name.to_string()]);
        for (a, b, meet) in [
            (Location::Memory(0..8, vec![]), Location::Memory(8..9, vec![]), false),
            (Location::Memory(0..9, vec![]), Location::Memory(8..9, vec![]), true),
            (mapped(0, 8, "file:1"), mapped(8, 16, "file:1"), true),
            (mapped(0, 8, "file:1"), mapped(8, 16, "file:12"), false),
            (mapped(0, 8, "file:1"), named(&["file:1/400"]), true),
            (named(&["a", "b/x"]), named(&["c", "b"]), true),
            (named(&["b/x"]), named(&["b/y"]), false),
            (named(&["b/x"]), named(&["b/xy"]), false),
            (named(&[]), named(&[]), false),
        ] {
            assert_eq!((a.meets(&b), b.meets(&a)), (meet, meet), "{a:?} {b:?}");
        }
    }
}

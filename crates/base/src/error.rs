//! One error type for the whole engine, by kind of fault.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of fault; each maps to one Python exception type.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ErrorKind {
    /// Shapes that do not fit each other (`ValueError`).
    #[error("{0}")]
    Shape(String),
    /// A dtype for which an operation has no meaning (`TypeError`).
    #[error("{0}")]
    DType(String),
    /// An index or axis out of bounds (`IndexError`).
    #[error("{0}")]
    Index(String),
    /// An axis out of bounds (`numpy.exceptions.AxisError`).
    #[error("axis {axis} is out of bounds for array of dimension {ndim}")]
    Axis {
        /// The axis asked for.
        axis: i64,
        /// Dimensions there are.
        ndim: usize,
    },
    /// A value out of its domain (`ValueError`).
    #[error("{0}")]
    Value(String),
    /// An integer that does not fit its dtype (`OverflowError`).
    #[error("{0}")]
    Overflow(String),
    /// A matrix that has no such factors (`numpy.linalg.LinAlgError`).
    #[error("{0}")]
    LinAlg(String),
    /// Something that is not supported; the message names the way out (`NotImplementedError`).
    #[error("{0}")]
    Unsupported(String),
    /// Storage failed (`OSError`).
    #[error("{}: {message}", path.display())]
    Io {
        /// File concerned.
        path: PathBuf,
        /// What went wrong.
        message: String,
    },
    /// A plan that cannot run within the memory budget (`MemoryError`).
    #[error("{op} needs {}, budget {}", show_bytes(*need), show_bytes(*limit))]
    Budget {
        /// Bytes needed.
        need: u64,
        /// Bytes allowed.
        limit: u64,
        /// The operation that needs them.
        op: String,
    },
    /// User code failed; carries the original exception.
    #[error("{message}")]
    Callback {
        /// Text of the original exception.
        message: String,
        /// The original exception, for the glue to raise again.
        payload: Arc<dyn Any + Send + Sync>,
    },
    /// The computation was cancelled by its caller.
    #[error("the computation was cancelled")]
    Cancelled,
    /// A defect of the engine (`RuntimeError`).
    #[error("internal error: {0}")]
    Internal(String),
}

/// An [`ErrorKind`] with the operation it happened in and a hint at the way out.
#[derive(Clone, Debug)]
pub struct Error {
    /// Kind of fault.
    pub kind: ErrorKind,
    /// Which operation, block or file, innermost first.
    pub context: Vec<String>,
    /// What the user may do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.context.iter().rev() {
            write!(f, "{c}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if let Some(hint) = &self.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error { kind, context: Vec::new(), hint: None }
    }
}

impl Error {
    /// Shapes that do not fit.
    pub fn shape(m: impl Into<String>) -> Self {
        ErrorKind::Shape(m.into()).into()
    }
    /// A dtype without meaning here.
    pub fn dtype(m: impl Into<String>) -> Self {
        ErrorKind::DType(m.into()).into()
    }
    /// Index out of bounds.
    pub fn index(m: impl Into<String>) -> Self {
        ErrorKind::Index(m.into()).into()
    }
    /// Value out of its domain.
    pub fn value(m: impl Into<String>) -> Self {
        ErrorKind::Value(m.into()).into()
    }
    /// Integer that does not fit.
    pub fn overflow(m: impl Into<String>) -> Self {
        ErrorKind::Overflow(m.into()).into()
    }
    /// A matrix without such factors.
    pub fn linalg(m: impl Into<String>) -> Self {
        ErrorKind::LinAlg(m.into()).into()
    }
    /// Not supported; say the way out.
    pub fn unsupported(m: impl Into<String>) -> Self {
        ErrorKind::Unsupported(m.into()).into()
    }
    /// A defect of the engine.
    pub fn internal(m: impl Into<String>) -> Self {
        ErrorKind::Internal(m.into()).into()
    }
    /// Storage fault at `path`.
    pub fn io(path: impl Into<PathBuf>, e: impl fmt::Display) -> Self {
        ErrorKind::Io { path: path.into(), message: e.to_string() }.into()
    }
    /// Adds where it happened.
    #[must_use]
    pub fn context(mut self, c: impl Into<String>) -> Self {
        self.context.push(c.into());
        self
    }
    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, h: impl Into<String>) -> Self {
        self.hint = Some(h.into());
        self
    }
}

/// Adds context to the error of a result, lazily.
pub trait ResultExt<T> {
    /// Adds where it happened.
    ///
    /// # Errors
    /// The error it was called on, with the context added.
    fn with_context<S: Into<String>>(self, c: impl FnOnce() -> S) -> Result<T>;
}

impl<T> ResultExt<T> for Result<T> {
    fn with_context<S: Into<String>>(self, c: impl FnOnce() -> S) -> Result<T> {
        self.map_err(|e| e.context(c()))
    }
}

/// Bytes in a unit a person reads: `1.5 GiB`.
pub fn show_bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut v = n as f64;
    let mut u = 0;
    while v >= 1024.0 && u + 1 < UNITS.len() {
        v /= 1024.0;
        u += 1;
    }
    if u == 0 { format!("{n} B") } else { format!("{v:.1} {}", UNITS[u]) }
}

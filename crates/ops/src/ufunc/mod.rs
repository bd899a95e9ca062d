//! The ufunc table: what each elementwise operation is called, which loops it has, which one operands choose.

mod foreign;
mod resolve;
mod table;
mod times;

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use hyperslab_base::{Bool, DType, Element, Error, Result, TimeUnit};
use smallvec::SmallVec;

pub use foreign::Foreign;

/// Computes one register: contiguous, aligned inputs of equal element counts into an output that overlaps none of them.
/// The number of elements is that of the output.
pub type Kernel = fn(ins: &[&[u8]], out: &mut [u8]);

/// What a ufunc is applied to, as far as dtypes go. A Python `bool` counts as an array of bool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// An array of that dtype.
    Array(DType),
    /// Python `int`: takes the dtype of the arrays beside it (NEP 50).
    PyInt,
    /// Python `float`, weak likewise.
    PyFloat,
    /// Python `complex`, weak likewise.
    PyComplex,
}

/// Dtypes of the loop chosen: operands are cast to `inputs`, the result is `output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Dtype of each operand.
    pub inputs: SmallVec<[DType; 3]>,
    /// Dtype of the result.
    pub output: DType,
}

/// One row of the table.
pub struct Ufunc {
    /// NumPy's name.
    pub name: &'static str,
    /// One sentence, as the summary line of a docstring.
    pub doc: &'static str,
    /// Number of operands.
    pub nin: usize,
    /// Further names of the same function.
    pub aliases: &'static [&'static str],
    /// Stem of the Python operator: `add` for `__add__`.
    pub operator: Option<&'static str>,
    /// Whether the operator has a reflected form (`__radd__`).
    pub reflected: bool,
    /// Whether `numpy.ndarray` has it as a method.
    pub method: bool,
    rule: Rule,
    times: Option<times::TimeRule>,
    refuses: Option<Refusal>,
    loops: Vec<Loop>,
}

/// Dtypes that NumPy turns away with words of their own, and the words.
type Refusal = (fn(DType) -> bool, &'static str);

/// How operands choose a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// The first loop that all operands cast to safely.
    Search,
    /// As `Search`, but integers divide as float64.
    Divide,
    /// The loop of the dtype that all operands promote to.
    Promote,
    /// As `Promote`, but signed and unsigned integers are compared exactly.
    Compare,
    /// The loop of the dtype when all have the same, else that of bool.
    Truth,
    /// A condition, and two values that promote.
    Choose,
    /// As `Search`, but a Python number is what NumPy makes of it alone.
    Apart,
}

/// One typed loop of a ufunc. Times stand in it with the generic unit.
struct Loop {
    inputs: [DType; 3],
    output: DType,
    kernel: Kernel,
}

const GENERIC: TimeUnit = TimeUnit { name: "", multiple: 1 };
/// Any datetime64.
const DATE: DType = DType::DateTime64(GENERIC);
/// Any timedelta64.
const DELTA: DType = DType::TimeDelta64(GENERIC);

impl Loop {
    const fn of(inputs: [DType; 3], output: DType, kernel: Kernel) -> Loop {
        Loop { inputs, output, kernel }
    }
    /// `T` in (one, two or three of them), `T` out.
    const fn same<T: Element>(kernel: Kernel) -> Loop {
        Loop::of([T::DTYPE; 3], T::DTYPE, kernel)
    }
    /// `T` in, bool out.
    const fn test<T: Element>(kernel: Kernel) -> Loop {
        Loop::of([T::DTYPE; 3], Bool::DTYPE, kernel)
    }
    /// `T` in, a count of its bits out.
    const fn count<T: Element>(kernel: Kernel) -> Loop {
        Loop::of([T::DTYPE; 3], DType::UInt8, kernel)
    }
    /// `T` in, the dtype of its parts out.
    const fn part<T: Element>(kernel: Kernel) -> Loop {
        Loop::of([T::DTYPE; 3], T::DTYPE.real(), kernel)
    }
}

/// The dtype a loop would be listed with: times without their unit.
fn class(d: DType) -> DType {
    match d {
        DType::DateTime64(_) => DATE,
        DType::TimeDelta64(_) => DELTA,
        d => d,
    }
}

/// The table, in the order of NumPy's documentation.
pub fn ufuncs() -> &'static [Ufunc] {
    static ALL: OnceLock<Vec<Ufunc>> = OnceLock::new();
    ALL.get_or_init(table::rows)
}

/// The row of that name or alias.
pub fn find(name: &str) -> Option<&'static Ufunc> {
    static INDEX: OnceLock<HashMap<&'static str, &'static Ufunc>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let names = |u: &'static Ufunc| std::iter::once(u.name).chain(u.aliases.iter().copied()).map(move |n| (n, u));
        ufuncs().iter().flat_map(names).collect()
    });
    index.get(name).copied()
}

impl Ufunc {
    /// The loop that NumPy chooses for these operands.
    ///
    /// # Errors
    /// `DType`, in NumPy's words, when there is none.
    pub fn resolve(&self, operands: &[Operand]) -> Result<Signature> {
        if operands.len() != self.nin {
            return Err(Error::dtype(format!(
                "{}() takes {} operands but {} were given",
                self.name,
                self.nin,
                operands.len()
            )));
        }
        resolve::resolve(self, operands)
    }

    /// The kernel for inputs of exactly these dtypes, as [`resolve`](Self::resolve) gives them.
    ///
    /// # Errors
    /// `DType` when there is no such loop.
    pub fn kernel(&self, inputs: &[DType]) -> Result<Kernel> {
        let found = self.find_loop(inputs).filter(|_| inputs.len() == self.nin);
        found.map(|l| l.kernel).ok_or_else(|| resolve::unsupported(self.name))
    }

    fn find_loop(&self, inputs: &[DType]) -> Option<&Loop> {
        self.loops.iter().find(|l| inputs.iter().zip(l.inputs).all(|(d, want)| class(*d) == want))
    }
}

impl PartialEq for Ufunc {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Ufunc {}

impl Hash for Ufunc {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl fmt::Debug for Ufunc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<ufunc {}>", self.name)
    }
}

//! The rows. A new ufunc is one row here; its kernels are in `kernels/`.

mod arithmetic;
mod compare;
mod elementary;

use super::{Kernel, Loop, Rule, Ufunc, times};

/// All rows, in order.
pub(super) fn rows() -> Vec<Ufunc> {
    let mut rows = arithmetic::rows();
    rows.extend(elementary::rows());
    rows.extend(compare::rows());
    rows
}

/// One loop per dtype of a class: `ints!(same k::int_add)`.
macro_rules! loops {
    ($make:ident $f:path; $($t:ty)*) => {{
        use $f as kernel;
        [$(Loop::$make::<$t>(kernel::<$t> as Kernel)),*]
    }};
}
macro_rules! ints {
    ($make:ident $f:path) => { loops!($make $f; i8 u8 i16 u16 i32 u32 i64 u64) };
}
/// Half floats pass through single ones, unless they have a loop of their own.
macro_rules! reals {
    ($make:ident $f:path) => {{
        use $f as kernel;
        reals!($make $f, |i, o| crate::kernels::half::through(i, o, kernel::<f32>))
    }};
    ($make:ident $f:path, $half:expr) => {
        [Loop::$make::<hyperslab_base::f16>($half)].into_iter().chain(loops!($make $f; f32 f64))
    };
}
macro_rules! complexes {
    ($make:ident $f:path) => { loops!($make $f; hyperslab_base::Complex32 hyperslab_base::Complex64) };
}
use {complexes, ints, loops, reals};

/// A row without loops; the functions below add them, and what else NumPy's has.
fn row(nin: usize, name: &'static str, doc: &'static str) -> Ufunc {
    Ufunc {
        name,
        doc,
        nin,
        aliases: &[],
        operator: None,
        reflected: false,
        method: false,
        rule: Rule::Search,
        times: None,
        refuses: None,
        loops: Vec::new(),
    }
}

impl Ufunc {
    fn alias(mut self, names: &'static [&'static str]) -> Self {
        self.aliases = names;
        self
    }
    /// Python's operator; a binary one that is not a comparison has a reflected form.
    fn operator(mut self, stem: &'static str) -> Self {
        self.operator = Some(stem);
        self.reflected = self.nin == 2 && !matches!(stem, "eq" | "ne" | "lt" | "le" | "gt" | "ge");
        self
    }
    fn method(mut self) -> Self {
        self.method = true;
        self
    }
    fn rule(mut self, rule: Rule) -> Self {
        self.rule = rule;
        self
    }
    fn times(mut self, rule: times::TimeRule) -> Self {
        self.times = Some(rule);
        self
    }
    fn refuses(mut self, which: fn(hyperslab_base::DType) -> bool, words: &'static str) -> Self {
        self.refuses = Some((which, words));
        self
    }
    fn loops(mut self, loops: impl IntoIterator<Item = Loop>) -> Self {
        self.loops.extend(loops);
        self
    }
    /// One loop of its own dtypes.
    fn one(self, inputs: &[hyperslab_base::DType], output: hyperslab_base::DType, kernel: Kernel) -> Self {
        let at = |k: usize| inputs[k.min(inputs.len() - 1)];
        self.loops([Loop::of([at(0), at(1), at(2)], output, kernel)])
    }
    /// One loop of bools.
    fn bools(self, kernel: Kernel) -> Self {
        self.loops([Loop::same::<hyperslab_base::Bool>(kernel)])
    }
}

//! Expression nodes, inference, rewrite rules, `explain` and lowering to stages. Pure: nothing here reads data.
//!
//! * [`node`]: immutable hash-consed nodes; [`build`]: their constructors, where shapes, dtypes and chunks are
//!   inferred and NumPy's exceptions raised;
//! * [`rules`]: the ordered list of rewrites and its fixpoint driver;
//! * [`lower`]: from an expression to stages: grids of tasks with tile programs and projected bytes;
//! * [`layout`]: how results are laid out in memory;
//! * [`encode`]: expressions as bytes, for other processes;
//! * [`explain`]: expressions, rules and stages, printed.

pub mod access;
pub mod blocks;
pub mod build;
pub mod encode;
pub mod explain;
pub mod layout;
pub mod lower;
pub mod node;
pub mod reference;
pub mod rules;
mod source;
pub mod viewmap;

pub use node::{Expr, Kind, MapOp, Node, postorder};
pub use source::SourceRef;
pub use viewmap::{ViewAxis, ViewMap};

//! Expression nodes, inference, rewrite rules, `explain` and lowering to stages. Pure: nothing here reads data.
//!
//! * [`node`]: immutable hash-consed nodes; [`build`]: their constructors, where shapes, dtypes and chunks are
//!   inferred and NumPy's exceptions raised;
//! * [`rules`]: the ordered list of rewrites and its fixpoint driver;
//! * [`lower`]: from an expression to stages: grids of tasks with tile programs and projected bytes;
//! * [`layout`]: how results are laid out in memory;
//! * [`explain`]: all three, printed.

pub mod access;
pub mod build;
pub mod explain;
pub mod layout;
pub mod lower;
pub mod node;
pub mod reference;
pub mod rules;
pub mod viewmap;

pub use node::{Expr, Kind, MapOp, Node, postorder};
pub use viewmap::{ViewAxis, ViewMap};

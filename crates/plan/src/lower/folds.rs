//! What a job walks, and how it reduces that.

use hyperslab_base::Result;
use hyperslab_ops::fold::{FoldParams, Reducer};

use crate::lower::program::Scope;
use crate::lower::stages::Job;
use crate::lower::{Dest, FoldRoot, Totals};
use crate::node::{Expr, Kind, MapOp};

/// The array a stage walks for a job: what a reduction folds, the input of a scan whose totals are computed, or the
/// written array itself.
pub(super) fn walked(job: &Job, scope: &Scope) -> Expr {
    match job.expr.parts() {
        (Kind::Reduce { reducer, .. }, [input]) => folded(reducer.0, input, scope).0.clone(),
        (Kind::Scan { .. }, [input]) if job.totals => input.clone(),
        _ => job.expr.clone(),
    }
}

/// What a reduction folds, and how: of logarithms that nobody keeps, what they are taken of.
fn folded<'e>(reducer: &'static Reducer, input: &'e Expr, scope: &Scope) -> (&'e Expr, &'static Reducer) {
    match input.parts() {
        (Kind::Map { op: MapOp::Ufunc(u) }, inputs) if u.0.name == "log" && !scope.materialised.contains(input) => {
            let below = inputs.first().filter(|below| below.dtype == input.dtype);
            below.zip(reducer.of_logs(input.dtype)).unwrap_or((input, reducer))
        }
        _ => (input, reducer),
    }
}

/// How a job reduces what it walks, if it does.
pub(super) fn fold_root(job: &Job, walked: &Expr, scope: &Scope) -> Result<Option<FoldRoot>> {
    let (reducer, axes, params, totals) = match (&job.expr.kind, job.dests.first()) {
        (Kind::Reduce { reducer, axes, params }, _) => {
            (folded(reducer.0, job.expr.input(0), scope).1, axes.clone(), *params, None)
        }
        (Kind::Scan { scanner, axis, .. }, Some(&Dest::Slot(slot))) if job.totals => {
            let totals = Totals { axis: *axis, scan: scanner.0.scan(walked.dtype)?, slot };
            (scanner.0.total()?, smallvec::smallvec![*axis], FoldParams::default(), Some(totals))
        }
        _ => return Ok(None),
    };
    Ok(Some(FoldRoot {
        fold: reducer.fold(walked.dtype, job.expr.dtype, params)?.into(),
        axes,
        output: job.expr.dtype,
        is_arg: reducer.is_arg,
        name: if totals.is_some() { job.expr.kind.label() } else { reducer.name },
        totals,
        all_nan_raises: reducer.is_arg && reducer.name.starts_with("nan"),
    }))
}

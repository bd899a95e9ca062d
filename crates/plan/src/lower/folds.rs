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
    match &job.expr.kind {
        Kind::Reduce { input, reducer, .. } => match of_logs(reducer.0, input) {
            Some((below, _)) if !scope.materialised.contains(input) => below.clone(),
            _ => input.clone(),
        },
        Kind::Scan { input, .. } if job.totals => input.clone(),
        _ => job.expr.clone(),
    }
}

/// For a reduction of logarithms: what they are taken of, and the reduction of that which gives the same.
fn of_logs<'e>(reducer: &Reducer, input: &'e Expr) -> Option<(&'e Expr, &'static Reducer)> {
    let below = match &input.kind {
        Kind::Map { op: MapOp::Ufunc(u), inputs } if u.0.name == "log" => inputs.first()?,
        _ => return None,
    };
    let found = reducer.of_logs(input.dtype)?;
    (below.dtype == input.dtype).then_some((below, found))
}

/// How a job reduces what it walks, if it does.
pub(super) fn fold_root(job: &Job, walked: &Expr) -> Result<Option<FoldRoot>> {
    let (reducer, axes, params, totals) = match (&job.expr.kind, job.dests.first()) {
        (Kind::Reduce { input, reducer, axes, params, .. }, _) => {
            let of_logs = of_logs(reducer.0, input).filter(|_| walked != input);
            (of_logs.map_or(reducer.0, |(_, r)| r), axes.clone(), *params, None)
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

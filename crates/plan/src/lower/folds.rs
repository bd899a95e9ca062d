//! What a job walks, and how it reduces that.

use hyperslab_base::Result;
use hyperslab_ops::fold::{FoldParams, Reducer};

use crate::lower::program::Scope;
use crate::lower::stages::Job;
use crate::lower::{Dest, FoldRoot, ToldFold, Totals};
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

/// What a reduction folds, how, and what warnings look at: of logarithms that nobody keeps, what they are taken of.
fn folded<'e>(reducer: &'static Reducer, input: &'e Expr, scope: &Scope) -> (&'e Expr, &'static Reducer, ToldFold) {
    match input.parts() {
        (Kind::Map { op: MapOp::Ufunc(u) }, [below]) if u.0.name == "log" && !scope.materialised.contains(input) => {
            let of_logs = reducer.of_logs(input.dtype).filter(|_| below.dtype == input.dtype);
            let told = u.1.map_or(ToldFold::Nothing, |name| ToldFold::Logarithms(name, below.dtype));
            of_logs.map_or((input, reducer, ToldFold::Results), |of_logs| (below, of_logs, told))
        }
        _ => (input, reducer, ToldFold::Results),
    }
}

/// How a job reduces what it walks, if it does.
pub(super) fn fold_root(job: &Job, walked: &Expr, scope: &Scope) -> Result<Option<FoldRoot>> {
    let (reducer, axes, params, totals, told) = match (&job.expr.kind, job.dests.first()) {
        (Kind::Reduce { reducer, axes, params }, _) => {
            let (_, reducer, told) = folded(reducer.0, job.expr.input(0), scope);
            (reducer, axes.clone(), *params, None, told)
        }
        (Kind::Scan { scanner, axis, .. }, Some(&Dest::Slot(slot))) if job.totals => {
            let totals = Totals { axis: *axis, scan: scanner.0.scan(walked.dtype)?, slot };
            (scanner.0.total()?, smallvec::smallvec![*axis], FoldParams::default(), Some(totals), ToldFold::Nothing)
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
        told,
    }))
}

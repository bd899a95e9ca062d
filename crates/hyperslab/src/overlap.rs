//! Targets that lie where the computation reads.

use hyperslab_engine::Target;
use hyperslab_plan::node::{Expr, Kind, postorder};

/// For each target, whether elements may be read there after others have been written: its result must be whole before
/// any of it is stored.
pub(crate) fn read_meanwhile(roots: &[Expr], targets: &[Target]) -> Vec<bool> {
    let nodes = postorder(roots);
    let read: Vec<_> = nodes.iter().filter_map(|e| memory_of(e).map(|m| m.view().addresses())).collect();
    let elementwise = roots.len() == 1 && nodes.iter().all(pointwise);
    let meanwhile = |target: &Target| {
        let Some(written) = target.addresses() else { return false };
        let meets = read.iter().any(|r| r.start < written.end && written.start < r.end);
        meets && !(elementwise && nodes.iter().all(|e| apart_or_same(e, target)))
    };
    targets.iter().map(meanwhile).collect()
}

fn memory_of(e: &Expr) -> Option<hyperslab_base::MemoryView> {
    match &e.kind {
        Kind::Source(s) => s.0.memory(),
        _ => None,
    }
}

/// Whether each element depends on those at its own position alone.
fn pointwise(e: &Expr) -> bool {
    matches!(e.kind, Kind::Source(_) | Kind::Fill(_) | Kind::Arange { .. } | Kind::Map { .. } | Kind::Rechunk { .. })
}

/// Whether a source lies apart from the target, or element by element in the same place.
fn apart_or_same(e: &Expr, target: &Target) -> bool {
    let (Some(memory), Some(written)) = (memory_of(e), target.addresses()) else { return true };
    let (view, read) = (memory.view(), memory.view().addresses());
    let apart = read.end <= written.start || written.end <= read.start;
    let Target::Memory(out) = target else { return apart };
    let same = read == written && view.is_contiguous() && out.is_contiguous() && view.shape() == out.shape();
    apart || same
}

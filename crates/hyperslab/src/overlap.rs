//! Targets that lie where the computation reads.

use hyperslab_base::{Location, Region};
use hyperslab_engine::Target;
use hyperslab_plan::{Expr, Kind, SourceRef, postorder};

use crate::array::{Array, exprs};

/// For each target, whether elements may be read there after others have been written: its result must be whole before
/// any of it is stored.
pub(crate) fn read_meanwhile(roots: &[Expr], targets: &[Target]) -> Vec<bool> {
    let places: Vec<Option<Location>> = targets.iter().map(Target::location).collect();
    if places.iter().all(Option::is_none) {
        return vec![false; targets.len()];
    }
    let nodes = postorder(roots);
    let sources: Vec<(&SourceRef, Location)> =
        nodes.iter().filter_map(source_of).filter_map(|s| Some((s, s.source().location()?))).collect();
    let elementwise = roots.len() == 1 && nodes.iter().all(pointwise);
    let meanwhile = |(target, place): (&Target, &Option<Location>)| {
        let Some(place) = place else { return false };
        let mut met = sources.iter().filter(|(_, from)| from.meets(place));
        met.any(|(source, from)| !(elementwise && from == place && same_layout(source, target)))
    };
    targets.iter().zip(&places).map(meanwhile).collect()
}

/// Whether an array is computed from elements that lie there.
pub fn reads_from(array: &Array, place: &Location) -> bool {
    let nodes = postorder(&exprs(std::slice::from_ref(array)));
    nodes.iter().filter_map(source_of).filter_map(|s| s.source().location()).any(|from| from.meets(place))
}

fn source_of(e: &Expr) -> Option<&SourceRef> {
    match &e.kind {
        Kind::Source(s) => Some(s),
        _ => None,
    }
}

/// Whether each element depends on those at its own position alone.
fn pointwise(e: &Expr) -> bool {
    matches!(e.kind, Kind::Source(_) | Kind::Fill(_) | Kind::Arange { .. } | Kind::Map { .. } | Kind::Rechunk)
}

/// Whether every element of the source lies where the target has that of the same position, when both lie in one place.
fn same_layout(source: &SourceRef, target: &Target) -> bool {
    match (target, source.source().memory()) {
        (Target::Memory(out), Some(memory)) => {
            let view = memory.view();
            view.is_contiguous() && out.is_contiguous() && view.shape() == out.shape()
        }
        (Target::Sink { sink, region }, None) => {
            source.source().shape() == sink.shape() && *region == Region::full(sink.shape())
        }
        _ => false,
    }
}

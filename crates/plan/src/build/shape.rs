//! Nodes that move elements and compute nothing.

use std::sync::Arc;

use hyperslab_base::{ChunkGrid, DimChunks, Dims, Error, Result, element_count, result_type, show_shape};

use crate::build::{cast, check_chunks, normalize_axis};
use crate::node::{Expr, Kind};
use crate::viewmap::{ViewAxis, ViewMap};

/// An affine view of `input`, of shape `shape`. Chunks follow the input's, axes that repeat it have one chunk. A view of
/// a view looks at the array below.
///
/// # Errors
/// `Internal` when the map leaves the input.
pub fn view(input: &Expr, map: ViewMap, shape: &[u64], chunks: Option<ChunkGrid>) -> Result<Expr> {
    if map.is_identity(&input.shape, shape) && chunks.as_ref().is_none_or(|c| *c == input.chunks) {
        return Ok(input.clone());
    }
    check_view(input, &map, shape)?;
    let chunks = match chunks {
        Some(c) => c,
        None => view_chunks(input, &map, shape),
    };
    check_chunks(shape, &chunks)?;
    let elements = undeclared(input);
    if let Some(pieces) = slice_of_pieces(elements, &map, shape)? {
        return rechunk(&pieces, chunks);
    }
    let (below, map) = match elements.parts() {
        (Kind::View { map: inner }, [below]) => (below, inner.compose(&map)),
        _ => (elements, map),
    };
    if map.is_identity(&below.shape, shape) {
        return rechunk(below, chunks);
    }
    Ok(Expr::intern(Kind::View { map }, smallvec::smallvec![below.clone()], shape.into(), input.dtype, chunks))
}

/// A slice of a concatenation along its axis: what is selected of the pieces. An array that is assigned to again and again
/// stays one concatenation.
fn slice_of_pieces(e: &Expr, map: &ViewMap, shape: &[u64]) -> Result<Option<Expr>> {
    let (Kind::Concat { axis }, inputs) = e.parts() else { return Ok(None) };
    let whole = |(d, a): (usize, &ViewAxis)| d == *axis || (*a == ViewAxis::whole(d) && shape[d] == e.shape[d]);
    let along = map.0[*axis];
    let slice = shape.len() == e.ndim() && along.out == Some(*axis) && along.step == 1 && shape[*axis] > 0;
    if !slice || !map.0.iter().enumerate().all(whole) {
        return Ok(None);
    }
    let (start, end) = (along.start as u64, along.start as u64 + shape[*axis]);
    let (mut low, mut pieces) = (0, Vec::new());
    for piece in inputs {
        let n = piece.shape[*axis];
        let (from, to) = (start.clamp(low, low + n), end.clamp(low, low + n));
        if from < to {
            let mut lens = shape.to_vec();
            lens[*axis] = to - from;
            let mut part = ViewMap((0..e.ndim()).map(ViewAxis::whole).collect());
            part.0[*axis].start = (from - low) as i64;
            pieces.push(view(piece, part, &lens, None)?);
        }
        low += n;
    }
    concat(&pieces, *axis as i64).map(Some)
}

/// The array whose elements are those of `e`, where `e` only declares other chunks: nodes that declare their own look at
/// it.
fn undeclared(e: &Expr) -> &Expr {
    match e.parts() {
        (Kind::Rechunk, [input]) => input,
        _ => e,
    }
}

/// Whether a map of an array to `shape` leaves it.
pub(crate) fn check_view(input: &Expr, map: &ViewMap, shape: &[u64]) -> Result<()> {
    let inside = |a: &ViewAxis, n: u64| {
        let Some(&len) = a.out.map_or(Some(&1), |d| shape.get(d)) else { return false };
        let last = i128::from(a.start) + i128::from(a.step) * (i128::from(len) - 1);
        len == 0 || (a.start >= 0 && last >= 0 && i128::from(a.start).max(last) < i128::from(n))
    };
    let known = map.0.iter().all(|a| a.out.is_none_or(|d| d < shape.len()));
    let within = || shape.contains(&0) || map.0.iter().zip(&input.shape).all(|(a, &n)| inside(a, n));
    if map.0.len() != input.ndim() || !known || !within() {
        return Err(Error::internal(format!("view {map:?} leaves shape {}", show_shape(&input.shape))));
    }
    Ok(())
}

fn view_chunks(input: &Expr, map: &ViewMap, shape: &[u64]) -> ChunkGrid {
    let mut dims: Vec<DimChunks> = shape.iter().map(|&n| DimChunks::regular(n, n)).collect();
    for (a, c) in map.0.iter().zip(&input.chunks.0) {
        if let Some(d) = a.out {
            dims[d] = if a.start == 0 && a.step == 1 && shape[d] == c.total() {
                c.clone()
            } else {
                c.select(a.start, a.step, shape[d])
            };
        }
    }
    ChunkGrid(dims)
}

/// Dimensions in another order: `perm[i]` is the input's axis that becomes axis `i`.
///
/// # Errors
/// `Value`, with NumPy's words, when `perm` is no permutation.
pub fn transpose(e: &Expr, perm: &[i64]) -> Result<Expr> {
    if perm.len() != e.ndim() {
        return Err(Error::value(format!("axes don't match array: {perm:?} for shape {}", show_shape(&e.shape))));
    }
    let mut axes: Dims<Option<ViewAxis>> = smallvec::smallvec![None; perm.len()];
    let mut shape: Dims<u64> = Dims::new();
    for (out, &p) in perm.iter().enumerate() {
        let p = normalize_axis(p, e.ndim())?;
        if axes[p].replace(ViewAxis::whole(out)).is_some() {
            return Err(Error::value(format!("repeated axis in transpose: {perm:?}")));
        }
        shape.push(e.shape[p]);
    }
    view(e, ViewMap(axes.into_iter().flatten().collect()), &shape, None)
}

/// The array repeated to `shape`, by NumPy's rules; `chunks` cut the repeated axes.
///
/// # Errors
/// `Shape`, with NumPy's words, when it does not broadcast.
pub fn broadcast_to(e: &Expr, shape: &[u64], chunks: Option<ChunkGrid>) -> Result<Expr> {
    let lead = shape.len().checked_sub(e.ndim());
    let fits = |lead: usize| e.shape.iter().zip(&shape[lead..]).all(|(&n, &m)| n == m || n == 1);
    let Some(lead) = lead.filter(|&l| fits(l)) else {
        return Err(Error::shape(format!(
            "operands could not be broadcast together with remapped shapes [original->remapped]: {} and requested shape {}",
            show_shape(&e.shape).replace(", ", ","),
            show_shape(shape).replace(", ", ",")
        )));
    };
    if let Kind::Fill(v) = &e.kind {
        let grid = match chunks {
            Some(c) => c,
            None => ChunkGrid::unify(shape, &[&e.chunks]),
        };
        return crate::build::fill(*v, shape, grid);
    }
    let axis = |(d, &n): (usize, &u64)| {
        if n == 1 && shape[lead + d] != 1 { ViewAxis::fixed(0) } else { ViewAxis::whole(lead + d) }
    };
    let map = ViewMap(e.shape.iter().enumerate().map(axis).collect());
    view(e, map, shape, chunks)
}

/// Same elements in C order, another shape; one `-1` stands for what is left. Of reshapes one after the other the last
/// counts.
///
/// # Errors
/// `Value`, with NumPy's words, when the sizes differ.
pub fn reshape(e: &Expr, shape: &[i64]) -> Result<Expr> {
    let shape = resolve_reshape(&e.shape, shape)?;
    if shape == e.shape {
        return Ok(e.clone());
    }
    let chunks = reshape_chunks(e, &shape);
    let elements = undeclared(e);
    let below = match elements.parts() {
        (Kind::Reshape, [input]) => input,
        _ => elements,
    };
    if shape == below.shape {
        return rechunk(below, chunks);
    }
    Ok(Expr::intern(Kind::Reshape, smallvec::smallvec![below.clone()], shape, e.dtype, chunks))
}

fn resolve_reshape(old: &[u64], new: &[i64]) -> Result<Dims<u64>> {
    let total = element_count(old);
    let fail = || Error::value(format!("cannot reshape array of size {total} into shape {}", show_request(new)));
    if new.iter().filter(|&&n| n < 0).count() > 1 {
        return Err(Error::value("can only specify one unknown dimension"));
    }
    let known: u64 = new.iter().filter(|&&n| n >= 0).map(|&n| n as u64).product();
    let unknown = new.iter().any(|&n| n < 0);
    if unknown && (known == 0 || !total.is_multiple_of(known)) {
        return Err(fail());
    }
    let out: Dims<u64> = new.iter().map(|&n| if n < 0 { total / known } else { n as u64 }).collect();
    if element_count(&out) == total { Ok(out) } else { Err(fail()) }
}

/// A requested shape as NumPy's message has it: a leading -1 is left out, another is `newaxis`.
fn show_request(shape: &[i64]) -> String {
    let items: Vec<String> = shape
        .iter()
        .skip_while(|&&n| n < 0)
        .map(|&n| if n < 0 { "newaxis".to_string() } else { n.to_string() })
        .collect();
    format!("({}{})", items.join(","), if shape.len() == 1 { "," } else { "" })
}

/// Chunks of a reshape: leading axes that are unchanged keep theirs; the others get one chunk per run of
/// C order that is about as long as the input's chunks are large.
fn reshape_chunks(e: &Expr, shape: &[u64]) -> ChunkGrid {
    let same = e.shape.iter().zip(shape).take_while(|(a, b)| a == b).count();
    let mut dims: Vec<DimChunks> = e.chunks.0[..same].to_vec();
    let per_chunk: u64 = e.chunks.0[same..].iter().map(|c| c.largest().max(1)).product();
    let mut room = per_chunk.max(1);
    let mut tail: Vec<DimChunks> = shape[same..]
        .iter()
        .rev()
        .map(|&n| {
            let size = n.min(room).max(1);
            room = (room / n.max(1)).max(1);
            DimChunks::regular(n, size)
        })
        .collect();
    tail.reverse();
    dims.extend(tail);
    ChunkGrid(dims)
}

/// Listed positions along one axis; negative ones count from the end. Those among listed positions of the same axis are
/// positions of the array below.
///
/// # Errors
/// `Index`, with NumPy's words, for a position out of bounds.
pub fn gather(e: &Expr, axis: usize, indices: &[i64]) -> Result<Expr> {
    let n = e.shape[axis] as i64;
    let positions: Arc<[u64]> = indices
        .iter()
        .map(|&i| {
            let at = if i < 0 { i + n } else { i };
            (0..n)
                .contains(&at)
                .then_some(at as u64)
                .ok_or_else(|| Error::index(format!("index {i} is out of bounds for axis {axis} with size {n}")))
        })
        .collect::<Result<_>>()?;
    if let Some((start, step)) = as_progression(&positions) {
        let mut map = ViewMap::identity(e.ndim());
        map.0[axis] = ViewAxis { out: Some(axis), start, step };
        let mut shape = e.shape.clone();
        shape[axis] = positions.len() as u64;
        return view(e, map, &shape, None);
    }
    let mut chunks = e.chunks.clone();
    chunks.0[axis] = DimChunks::regular(positions.len() as u64, e.chunks.0[axis].largest());
    listed(undeclared(e), axis, positions, chunks)
}

/// Positions of one axis, none that a slice can name. An axis is listed once: positions among those listed before, maybe
/// below lists of other axes, are positions of the array below.
fn listed(e: &Expr, axis: usize, positions: Arc<[u64]>, chunks: ChunkGrid) -> Result<Expr> {
    let Some((below, lists)) = merged_lists(e, axis, &positions) else {
        return gathered(e, axis, positions, chunks);
    };
    let (mut out, last) = (below.clone(), lists.len() - 1);
    for (i, (axis, indices)) in lists.into_iter().enumerate() {
        let mut own = out.chunks.clone();
        own.0[axis] = DimChunks::regular(indices.len() as u64, out.chunks.0[axis].largest());
        out = gathered(&out, axis, indices, if i == last { chunks.clone() } else { own })?;
    }
    Ok(out)
}

/// What listed positions along `axis` of `e` are when they are positions among listed ones: the array below all lists
/// down to those, and the lists from there, with both in one.
pub(crate) fn merged_lists<'a>(e: &'a Expr, axis: usize, positions: &[u64]) -> Option<(&'a Expr, Vec<List>)> {
    let mut others = Vec::new();
    let mut at = e;
    while let (Kind::Gather { axis: known, indices }, [input]) = at.parts() {
        if *known == axis {
            others.push((axis, positions.iter().map(|&i| indices[i as usize]).collect()));
            others.reverse();
            return Some((input, others));
        }
        others.push((*known, indices.clone()));
        at = input;
    }
    None
}

/// An axis and positions along it.
pub(crate) type List = (usize, Arc<[u64]>);

/// A gather as it is, or the view that does the same.
fn gathered(e: &Expr, axis: usize, indices: Arc<[u64]>, chunks: ChunkGrid) -> Result<Expr> {
    let shape = chunks.shape();
    if let Some((start, step)) = as_progression(&indices) {
        let mut map = ViewMap::identity(e.ndim());
        map.0[axis] = ViewAxis { out: Some(axis), start, step };
        return view(e, map, &shape, Some(chunks));
    }
    let inputs = smallvec::smallvec![e.clone()];
    Ok(Expr::intern(Kind::Gather { axis, indices }, inputs, shape.as_slice().into(), e.dtype, chunks))
}

/// Start and step of positions that a slice can name.
pub(crate) fn as_progression(p: &[u64]) -> Option<(i64, i64)> {
    match p {
        [] => Some((0, 1)),
        [a] => Some((*a as i64, 1)),
        [a, b, ..] => {
            let step = *b as i64 - *a as i64;
            (step != 0 && p.windows(2).all(|w| w[1] as i64 - w[0] as i64 == step)).then_some((*a as i64, step))
        }
    }
}

/// Arrays one after the other along `axis`, in their common dtype.
///
/// # Errors
/// `Value`, with NumPy's words, when dimensions differ; `DType` without a common dtype.
pub fn concat(arrays: &[Expr], axis: i64) -> Result<Expr> {
    let Some(first) = arrays.first() else {
        return Err(Error::value("need at least one array to concatenate"));
    };
    if first.ndim() == 0 {
        return Err(Error::value("zero-dimensional arrays cannot be concatenated"));
    }
    let axis = normalize_axis(axis, first.ndim())?;
    let mut dtype = first.dtype;
    for (i, e) in arrays.iter().enumerate() {
        if e.ndim() != first.ndim() {
            return Err(Error::value(format!(
                "all the input arrays must have same number of dimensions, but the array at index 0 has {} \
                 dimension(s) and the array at index {i} has {} dimension(s)",
                first.ndim(),
                e.ndim()
            ))
            .context("concatenate"));
        }
        if let Some(d) = (0..e.ndim()).find(|&d| d != axis && e.shape[d] != first.shape[d]) {
            return Err(Error::value(format!(
                "all the input array dimensions except for the concatenation axis must match exactly, but along \
                 dimension {d}, the array at index 0 has size {} and the array at index {i} has size {}",
                first.shape[d], e.shape[d]
            ))
            .context("concatenate"));
        }
        dtype = result_type(dtype, e.dtype)?;
    }
    if arrays.len() == 1 {
        return Ok(first.clone());
    }
    let mut inputs: Vec<Expr> = Vec::with_capacity(arrays.len());
    for e in arrays {
        match undeclared(e).parts() {
            (Kind::Concat { axis: own }, pieces) if *own == axis && e.dtype == dtype => {
                inputs.extend(pieces.iter().cloned());
            }
            _ => inputs.push(cast(e, dtype)?),
        }
    }
    let mut shape = first.shape.clone();
    shape[axis] = arrays.iter().map(|e| e.shape[axis]).sum();
    let mut dims: Vec<DimChunks> =
        ChunkGrid::unify(&first.shape, &arrays.iter().map(|e| &e.chunks).collect::<Vec<_>>()).0;
    dims[axis] = DimChunks::join(arrays.iter().map(|e| &e.chunks.0[axis]));
    Ok(Expr::intern(Kind::Concat { axis }, inputs.into(), shape, dtype, ChunkGrid(dims)))
}

/// Arrays of one shape along a new axis.
///
/// # Errors
/// `Value`, with NumPy's words, when shapes differ.
pub fn stack(arrays: &[Expr], axis: i64) -> Result<Expr> {
    let Some(first) = arrays.first() else {
        return Err(Error::value("need at least one array to stack"));
    };
    if let Some(e) = arrays.iter().find(|e| e.shape != first.shape) {
        return Err(Error::value(format!(
            "all input arrays must have the same shape: {} and {}",
            show_shape(&first.shape),
            show_shape(&e.shape)
        ))
        .context("stack"));
    }
    let axis = normalize_axis(axis, first.ndim() + 1)?;
    let expanded: Vec<Expr> = arrays.iter().map(|e| expand(e, axis)).collect::<Result<_>>()?;
    concat(&expanded, axis as i64)
}

/// A new axis of length 1 before `axis`.
fn expand(e: &Expr, axis: usize) -> Result<Expr> {
    let mut shape = e.shape.clone();
    shape.insert(axis, 1);
    let map = ViewMap((0..e.ndim()).map(|d| ViewAxis::whole(d + usize::from(d >= axis))).collect());
    view(e, map, &shape, None)
}

/// The same array with other declared chunks; of rechunks one after the other the last counts.
///
/// # Errors
/// `Value` when they are those of another shape.
pub fn rechunk(e: &Expr, chunks: ChunkGrid) -> Result<Expr> {
    check_chunks(&e.shape, &chunks)?;
    let below = undeclared(e);
    if let Some(same) = [e, below].into_iter().find(|a| a.chunks == chunks) {
        return Ok(same.clone());
    }
    Ok(Expr::intern(Kind::Rechunk, smallvec::smallvec![below.clone()], e.shape.clone(), e.dtype, chunks))
}

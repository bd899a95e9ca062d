//! Basic indexing in full, and one list along one axis.

use hyperslab_base::{Dims, Error, Result, show_shape};

use crate::build::{gather, view};
use crate::node::Expr;
use crate::viewmap::{ViewAxis, ViewMap};

/// One item of an index, as between the brackets of `x[...]`.
#[derive(Clone, Debug)]
pub enum Index {
    /// One position; the axis is dropped.
    Int(i64),
    /// `start:stop:step`.
    Slice {
        /// First position, from the end when negative.
        start: Option<i64>,
        /// Where to stop.
        stop: Option<i64>,
        /// Distance; not 0.
        step: Option<i64>,
    },
    /// A new axis of length 1.
    NewAxis,
    /// All axes that the other items leave.
    Ellipsis,
    /// These positions.
    Take(Vec<i64>),
    /// The positions where it is true.
    Mask(Vec<bool>),
}

impl Index {
    const ALL: Index = Index::Slice { start: None, stop: None, step: None };

    fn consumes(&self) -> bool {
        !matches!(self, Index::NewAxis | Index::Ellipsis)
    }
}

/// `e[items]`.
///
/// # Errors
/// As NumPy: `Index` out of bounds, with too many items or two ellipses, `Value` for a step of 0;
/// `Unsupported` for more than one list.
pub fn index(e: &Expr, items: &[Index]) -> Result<Expr> {
    let items = expand_ellipsis(items, e)?;
    let lists = items.iter().filter(|i| matches!(i, Index::Take(_) | Index::Mask(_))).count();
    if lists > 1 {
        return Err(Error::unsupported("indexing with lists or arrays along more than one axis at once")
            .hint("index one axis at a time: x[rows][:, columns]"));
    }
    let with_ints = items.iter().any(|i| matches!(i, Index::Int(_)));
    if lists == 1 && with_ints {
        return index_in_two_steps(e, &items);
    }
    let mut source = e.clone();
    let mut axes: Dims<ViewAxis> = Dims::new();
    let mut shape: Dims<u64> = Dims::new();
    let mut taken: Option<(usize, &Index)> = None;
    for item in &items {
        let d = axes.len();
        match item {
            Index::NewAxis => shape.push(1),
            Index::Ellipsis => {}
            Index::Int(i) => axes.push(ViewAxis::fixed(checked_position(*i, e.shape[d], d)?)),
            Index::Slice { start, stop, step } => {
                let (first, step, len) = slice_positions(*start, *stop, *step, e.shape[d])?;
                axes.push(ViewAxis { out: Some(shape.len()), start: first, step });
                shape.push(len);
            }
            list => {
                taken = Some((d, list));
                axes.push(ViewAxis::whole(shape.len()));
                shape.push(0);
            }
        }
    }
    if let Some((d, list)) = taken {
        source = take_list(e, d, list)?;
        if let Some(out) = axes[d].out {
            shape[out] = source.shape[d];
        }
    }
    view(&source, ViewMap(axes), &shape, None)
}

/// NumPy moves the listed axis to the front when integers stand apart from the list; integers beside it keep it
/// in place. Both follow from its rule that integers take part in fancy indexing.
fn index_in_two_steps(e: &Expr, items: &[Index]) -> Result<Expr> {
    let fancy = |i: &Index| matches!(i, Index::Int(_) | Index::Take(_) | Index::Mask(_));
    let first = items.iter().position(fancy).unwrap_or(0);
    let last = items.iter().rposition(fancy).unwrap_or(0);
    let apart = !items[first..=last].iter().all(fancy);
    let listed: Vec<Index> = items
        .iter()
        .filter(|i| i.consumes())
        .map(|i| if fancy(i) && !matches!(i, Index::Int(_)) { i.clone() } else { Index::ALL })
        .collect();
    let rest: Vec<Index> = items
        .iter()
        .map(|i| if matches!(i, Index::Take(_) | Index::Mask(_)) { Index::ALL } else { i.clone() })
        .collect();
    let out = index(&index(e, &listed)?, &rest)?;
    if !apart {
        return Ok(out);
    }
    let is_list = |i: &Index| matches!(i, Index::Take(_) | Index::Mask(_));
    let at = items.iter().take_while(|i| !is_list(i)).filter(|i| !matches!(i, Index::Int(_))).count();
    let perm: Vec<i64> = std::iter::once(at).chain((0..out.ndim()).filter(|&d| d != at)).map(|d| d as i64).collect();
    crate::build::transpose(&out, &perm)
}

fn expand_ellipsis(items: &[Index], e: &Expr) -> Result<Vec<Index>> {
    if items.iter().filter(|i| matches!(i, Index::Ellipsis)).count() > 1 {
        return Err(Error::index("an index can only have a single ellipsis ('...')"));
    }
    let used = items.iter().filter(|i| i.consumes()).count();
    let Some(left) = e.ndim().checked_sub(used) else {
        return Err(Error::index(format!(
            "too many indices for array: array is {}-dimensional, but {used} were indexed",
            e.ndim()
        )));
    };
    let mut out = Vec::with_capacity(items.len() + left);
    for i in items {
        match i {
            Index::Ellipsis => out.extend(std::iter::repeat_n(Index::ALL, left)),
            i => out.push(i.clone()),
        }
    }
    if !items.iter().any(|i| matches!(i, Index::Ellipsis)) {
        out.extend(std::iter::repeat_n(Index::ALL, left));
    }
    Ok(out)
}

fn checked_position(i: i64, n: u64, axis: usize) -> Result<i64> {
    let n = n as i64;
    if i < -n || i >= n {
        return Err(Error::index(format!("index {i} is out of bounds for axis {axis} with size {n}")));
    }
    Ok(if i < 0 { i + n } else { i })
}

/// First position, step and number of positions of a slice, by Python's rules.
fn slice_positions(start: Option<i64>, stop: Option<i64>, step: Option<i64>, n: u64) -> Result<(i64, i64, u64)> {
    let (n, step) = (n as i64, step.unwrap_or(1));
    if step == 0 {
        return Err(Error::value("slice step cannot be zero"));
    }
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let clip = |v: i64| (if v < 0 { v.saturating_add(n) } else { v }).clamp(low, high);
    let first = start.map_or(if step > 0 { low } else { high }, clip);
    let stop = stop.map_or(if step > 0 { high } else { low }, clip);
    let distance = if step > 0 { stop - first } else { first - stop };
    let len = if distance <= 0 { 0 } else { (distance as u64 - 1) / step.unsigned_abs() + 1 };
    Ok(match len {
        0 => (0, 1, 0),
        1 => (first, 1, 1),
        _ => (first, step, len),
    })
}

fn take_list(e: &Expr, axis: usize, list: &Index) -> Result<Expr> {
    match list {
        Index::Take(v) => gather(e, axis, v),
        Index::Mask(m) if m.len() as u64 != e.shape[axis] => Err(Error::index(format!(
            "boolean index did not match indexed array along axis {axis}; size of axis is {} but size of corresponding boolean axis is {}",
            e.shape[axis],
            m.len()
        ))),
        Index::Mask(m) => {
            let at: Vec<i64> = m.iter().enumerate().filter(|(_, b)| **b).map(|(i, _)| i as i64).collect();
            gather(e, axis, &at)
        }
        other => Err(Error::internal(format!("{other:?} is no list, for shape {}", show_shape(&e.shape)))),
    }
}

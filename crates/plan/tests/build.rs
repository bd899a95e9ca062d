//! Constructors: what they infer, and the exceptions that they raise in NumPy's stead.

#![allow(clippy::unwrap_used)] // A test's helpers may panic, as tests do.

mod common;

use hyperslab_base::{Block, ChunkGrid, DType, DimChunks, ErrorKind, Result, Scalar};
use hyperslab_plan::build::{self, Index, Operand};
use hyperslab_plan::{Expr, Kind};

/// An array of zeros that is not a constant.
fn zeros(shape: &[u64]) -> Expr {
    typed(DType::Float64, shape)
}

fn typed(dtype: DType, shape: &[u64]) -> Expr {
    common::source(Block::zeroed(dtype, shape).unwrap(), false)
}

fn ufunc(name: &str, operands: &[&Expr]) -> Result<Expr> {
    let operands: Vec<Operand> = operands.iter().map(|e| Operand::Array((*e).clone())).collect();
    build::ufunc(name, &operands, None)
}

/// Checks that `r` failed with an exception of that NumPy type and exactly that text, after the operation's name.
#[track_caller]
fn raises(r: Result<Expr>, exception: &str, text: &str) {
    let e = r.unwrap_err();
    let class = match &e.kind {
        ErrorKind::Shape(_) | ErrorKind::Value(_) => "ValueError",
        ErrorKind::DType(_) => "TypeError",
        ErrorKind::Index(_) => "IndexError",
        ErrorKind::Axis { .. } => "AxisError",
        ErrorKind::Overflow(_) => "OverflowError",
        ErrorKind::Unsupported(_) => "NotImplementedError",
        other => panic!("{other:?}"),
    };
    assert_eq!((class, e.kind.to_string().as_str()), (exception, text));
}

/// The same, where NumPy's text is only the beginning.
#[track_caller]
fn raises_with(r: Result<Expr>, exception: &str, start: &str) {
    let text = r.as_ref().unwrap_err().kind.to_string();
    assert!(text.starts_with(start), "{text:?} does not begin with {start:?}");
    raises(r, exception, &text);
}

#[test]
fn broadcasting() {
    let (x, y) = (zeros(&[2, 3]), zeros(&[4]));
    raises(ufunc("add", &[&x, &y]), "ValueError", "operands could not be broadcast together with shapes (2,3) (4,)");
    let e = ufunc("add", &[&zeros(&[2, 1]), &zeros(&[3])]).unwrap();
    assert_eq!(e.shape.as_slice(), [2, 3]);
    raises_with(
        build::broadcast_to(&x, &[4, 3], None),
        "ValueError",
        "operands could not be broadcast together with remapped shapes [original->remapped]: (2,3) and requested \
         shape (4,3)",
    );
    raises_with(build::broadcast_to(&x, &[3], None), "ValueError", "operands could not be broadcast together");
}

#[test]
fn python_numbers() {
    let bytes = typed(DType::UInt8, &[1]);
    let add = |i: i128| build::ufunc("add", &[Operand::Array(bytes.clone()), Operand::Int(i)], None);
    raises(add(300), "OverflowError", "Python integer 300 out of bounds for uint8");
    raises(add(-1), "OverflowError", "Python integer -1 out of bounds for uint8");
    assert_eq!(add(255).unwrap().dtype, DType::UInt8);
    let less = build::ufunc("less", &[Operand::Array(bytes.clone()), Operand::Int(300)], None).unwrap();
    assert!(matches!(&less.kind, Kind::Fill(v) if v.to_f64() == 1.0), "every uint8 is less than 300");
    let power = |i: i128| build::ufunc("power", &[Operand::Array(typed(DType::Int64, &[3])), Operand::Int(i)], None);
    raises(power(-1), "ValueError", "Integers to negative integer powers are not allowed.");
    assert_eq!(power(2).unwrap().dtype, DType::Int64);
}

#[test]
fn dtypes() {
    let x = zeros(&[2]);
    raises_with(ufunc("bitwise_and", &[&x, &x]), "TypeError", "ufunc 'bitwise_and' not supported for the input types");
    let operands = [Operand::Array(x.clone()), Operand::Array(x.clone())];
    raises(
        build::ufunc("add", &operands, Some(DType::Int32)),
        "TypeError",
        "Cannot cast ufunc 'add' input 0 from dtype('float64') to dtype('int32') with casting rule 'same_kind'",
    );
    raises(
        build::cast_checked(&x, DType::Int32, "safe"),
        "TypeError",
        "Cannot cast array data from dtype('float64') to dtype('int32') according to the rule 'safe'",
    );
    raises(
        build::cast_checked(&x, DType::Int32, "foo"),
        "ValueError",
        "casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe', 'same_value' (got 'foo')",
    );
    raises_with(build::cast_checked(&x, DType::Int32, "same_value"), "NotImplementedError", "casting='same_value'");
}

#[test]
fn reshaping() {
    let x = zeros(&[2, 3]);
    let to = |shape: &[i64]| build::reshape(&x, shape);
    for (shape, shown) in [
        (&[4][..], "(4,)"),
        (&[4, 2], "(4,2)"),
        (&[-1, 4], "(4)"),
        (&[4, -1], "(4,newaxis)"),
        (&[0, -1], "(0,newaxis)"),
        (&[], "()"),
    ] {
        raises(to(shape), "ValueError", &format!("cannot reshape array of size 6 into shape {shown}"));
    }
    raises(to(&[-1, -1]), "ValueError", "can only specify one unknown dimension");
    let empty = zeros(&[0, 3]);
    raises(build::reshape(&empty, &[-1, 0]), "ValueError", "cannot reshape array of size 0 into shape (0)");
    assert_eq!(build::reshape(&empty, &[-1, 3]).unwrap().shape.as_slice(), [0, 3]);
    assert_eq!(to(&[3, -1]).unwrap().shape.as_slice(), [3, 2]);
}

#[test]
fn indexing() {
    let x = zeros(&[2, 3]);
    let at = |items: &[Index]| build::index(&x, items);
    let all = || Index::Slice { start: None, stop: None, step: None };
    raises(at(&[Index::Int(2)]), "IndexError", "index 2 is out of bounds for axis 0 with size 2");
    raises(at(&[Index::Int(0), Index::Int(3)]), "IndexError", "index 3 is out of bounds for axis 1 with size 3");
    raises(at(&[Index::Int(-3)]), "IndexError", "index -3 is out of bounds for axis 0 with size 2");
    raises(
        at(&[Index::Int(0), Index::Int(0), Index::Int(0)]),
        "IndexError",
        "too many indices for array: array is 2-dimensional, but 3 were indexed",
    );
    let two = at(&[Index::Ellipsis, Index::Ellipsis]);
    raises(two, "IndexError", "an index can only have a single ellipsis ('...')");
    let still = Index::Slice { start: None, stop: None, step: Some(0) };
    raises(at(&[still]), "ValueError", "slice step cannot be zero");
    let list = at(&[all(), Index::Take(vec![0, -4])]);
    raises(list, "IndexError", "index -4 is out of bounds for axis 1 with size 3");
    raises(
        at(&[Index::Mask(vec![true, false, true])]),
        "IndexError",
        "boolean index did not match indexed array along axis 0; size of axis is 2 but size of corresponding boolean \
         axis is 3",
    );
    let both = at(&[Index::Take(vec![0]), Index::Take(vec![0])]);
    raises_with(both, "NotImplementedError", "indexing with lists");
}

#[test]
fn indexed_shapes() {
    let x = zeros(&[4, 5, 6]);
    let shape = |items: &[Index]| build::index(&x, items).unwrap().shape.to_vec();
    let slice = |start, stop, step| Index::Slice { start, stop, step };
    let all = || slice(None, None, None);
    assert_eq!(shape(&[slice(Some(10), None, None)]), [0, 5, 6]);
    assert_eq!(shape(&[slice(Some(-1), Some(-100), Some(-2))]), [2, 5, 6]);
    assert_eq!(shape(&[Index::Ellipsis, Index::NewAxis, Index::Int(-1)]), [4, 5, 1]);
    assert_eq!(shape(&[Index::Int(0), all(), Index::Take(vec![1, 1, 0])]), [3, 5], "apart: the list comes first");
    assert_eq!(shape(&[all(), Index::Int(0), Index::Take(vec![1, 1, 0])]), [4, 3], "side by side: in place");
    assert_eq!(shape(&[Index::Take(vec![1, 1, 0]), Index::NewAxis, Index::Int(0)]), [3, 1, 6]);
    assert_eq!(shape(&[Index::Mask(vec![false; 4])]), [0, 5, 6]);
}

#[test]
fn joining() {
    let x = zeros(&[2, 3]);
    raises(build::concat(&[], 0), "ValueError", "need at least one array to concatenate");
    let scalar = zeros(&[]);
    raises(build::concat(&[scalar], 0), "ValueError", "zero-dimensional arrays cannot be concatenated");
    raises(
        build::concat(&[x.clone(), zeros(&[3])], 0),
        "ValueError",
        "all the input arrays must have same number of dimensions, but the array at index 0 has 2 dimension(s) and the \
         array at index 1 has 1 dimension(s)",
    );
    raises(
        build::concat(&[x.clone(), zeros(&[2, 4])], 0),
        "ValueError",
        "all the input array dimensions except for the concatenation axis must match exactly, but along dimension 1, \
         the array at index 0 has size 3 and the array at index 1 has size 4",
    );
    let out = build::concat(&[x.clone(), x.clone()], 2);
    raises(out, "AxisError", "axis 2 is out of bounds for array of dimension 2");
    raises_with(build::stack(&[x.clone(), zeros(&[3])], 0), "ValueError", "all input arrays must have the same shape");
    raises(build::stack(&[], 0), "ValueError", "need at least one array to stack");
    let out = build::stack(&[x.clone(), x.clone()], 3);
    raises(out, "AxisError", "axis 3 is out of bounds for array of dimension 3");
    let mixed = build::concat(&[x, typed(DType::Int32, &[1, 3])], 0).unwrap();
    assert_eq!((mixed.dtype, mixed.shape.as_slice()), (DType::Float64, &[3, 3][..]));
}

#[test]
fn reducing() {
    let x = zeros(&[2, 3]);
    let over = |name: &str, e: &Expr, axes: Option<&[i64]>| build::reduce(name, e, axes, false, None, 0.0);
    let out = over("sum", &x, Some(&[2]));
    raises(out, "AxisError", "axis 2 is out of bounds for array of dimension 2");
    raises(over("sum", &x, Some(&[0, -2])), "ValueError", "duplicate value in 'axis'");
    let empty = zeros(&[0, 3]);
    let text = "zero-size array to reduction operation minimum which has no identity";
    raises(over("min", &empty, None), "ValueError", text);
    raises(over("min", &empty, Some(&[0])), "ValueError", text);
    raises(over("argmax", &empty, None), "ValueError", "attempt to get argmax of an empty sequence");
    assert_eq!(over("min", &empty, Some(&[1])).unwrap().shape.as_slice(), [0]);
    assert_eq!(over("sum", &empty, Some(&[0])).unwrap().shape.as_slice(), [3]);
    let scalar = zeros(&[]);
    assert_eq!(over("sum", &scalar, Some(&[0])).unwrap().ndim(), 0);
    let out = over("mean", &scalar, Some(&[0]));
    raises(out, "AxisError", "axis 0 is out of bounds for array of dimension 0");
    let kept = build::reduce("sum", &x, Some(&[-1]), true, None, 0.0).unwrap();
    assert_eq!(kept.shape.as_slice(), [2, 1]);
}

#[test]
fn transposing() {
    let x = zeros(&[2, 3]);
    raises_with(build::transpose(&x, &[0]), "ValueError", "axes don't match array");
    raises_with(build::transpose(&x, &[0, 0]), "ValueError", "repeated axis in transpose");
    let out = build::transpose(&x, &[0, 2]);
    raises(out, "AxisError", "axis 2 is out of bounds for array of dimension 2");
    assert_eq!(build::transpose(&x, &[-1, 0]).unwrap().shape.as_slice(), [3, 2]);
}

#[test]
fn multiplying() {
    let x = zeros(&[2, 3]);
    let core = "matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature \
                (n?,k),(k,m?)->(n?,m?) (size 2 is different from 3)";
    raises_with(build::matmul(&x, &x), "ValueError", core);
    raises_with(build::matmul(&x, &zeros(&[2])), "ValueError", core);
    raises(
        build::matmul(&x, &zeros(&[])),
        "ValueError",
        "matmul: Input operand 1 does not have enough dimensions (has 0, gufunc core with signature \
         (n?,k),(k,m?)->(n?,m?) requires 1)",
    );
    raises_with(
        build::matmul(&zeros(&[2, 2, 3]), &zeros(&[3, 3, 2])),
        "ValueError",
        "operands could not be broadcast together",
    );
    raises_with(build::tensordot(&x, &x, &[1], &[0]), "ValueError", "shape-mismatch for sum");
    assert_eq!(build::matmul(&zeros(&[5, 1, 2, 3]), &zeros(&[4, 3, 6])).unwrap().shape.as_slice(), [5, 4, 2, 6]);
    assert_eq!(build::matmul(&zeros(&[3]), &zeros(&[4, 3, 6])).unwrap().shape.as_slice(), [4, 6]);
    assert_eq!(build::tensordot(&x, &x, &[0], &[0]).unwrap().shape.as_slice(), [3, 3]);
    assert_eq!(build::tensordot(&x, &x, &[], &[]).unwrap().shape.as_slice(), [2, 3, 2, 3]);
}

#[test]
fn chunks_must_cover_the_shape() {
    let grid = ChunkGrid(vec![DimChunks::from_sizes(&[2, 2]), DimChunks::regular(3, 3)]);
    raises_with(build::rechunk(&zeros(&[5, 3]), grid.clone()), "ValueError", "Chunks do not add up to shape.");
    raises_with(build::fill(Scalar::new(1.0), &[5, 3], grid), "ValueError", "Chunks do not add up to shape.");
    let deep = [1; 65];
    raises(
        build::fill(Scalar::new(1.0), &deep, ChunkGrid::single(&deep)),
        "ValueError",
        "maximum supported dimension for an ndarray is currently 64, found 65",
    );
}

#[test]
fn equal_expressions_are_one_node() {
    let x = zeros(&[4]);
    let e = |x: &Expr| ufunc("multiply", &[&ufunc("add", &[x, x]).unwrap(), x]).unwrap();
    assert_eq!(e(&x), e(&x));
    assert_ne!(e(&x), e(&zeros(&[4])), "another source");
    assert_eq!(e(&x).name(), e(&x).name());
}

/// A thousand steps over 10¹⁰ chunks keep a handful of numbers per dimension.
#[test]
fn chunks_cost_nothing_however_many_there_are() {
    let n = 1_000_000;
    let one = build::fill(Scalar::new(1.0), &[n, n], ChunkGrid(vec![DimChunks::regular(n, 10); 2])).unwrap();
    let from = |start, stop| Index::Slice { start, stop, step: None };
    let (tail, head, turned) =
        (from(Some(1), None), from(None, Some(-1)), Index::Slice { start: None, stop: None, step: Some(-1) });
    let part = |e: &Expr, i: &Index, j: &Index| build::index(e, &[i.clone(), j.clone()]).unwrap();
    let (mut e, all) = (one.clone(), from(None, None));
    for _ in 0..1000 {
        e = part(&e, &tail, &turned);
        e = ufunc("add", &[&e, &part(&one, &from(None, Some(e.shape[0] as i64)), &all)]).unwrap();
    }
    let kept = |e: &Expr, what: &str| {
        let entries: usize = e.chunks.0.iter().map(DimChunks::entries).sum();
        assert!(entries <= 32, "{what}: {entries} numbers for {:?} chunks", e.chunks.numblocks());
    };
    kept(&e, "slices");
    kept(&ufunc("subtract", &[&part(&one, &tail, &all), &part(&one, &head, &all)]).unwrap(), "differences");
    kept(&build::concat(&[part(&one, &tail, &all), part(&one, &from(None, Some(1)), &all)], 0).unwrap(), "rolls");
    kept(&build::broadcast_to(&part(&one, &tail, &all), &[3, n - 1, n], None).unwrap(), "broadcasts");
}

"""Factors of matrices against NumPy over dtypes, stacks, shapes, chunks and memory limits."""

import numpy as np
import pytest
import scipy.linalg
from against_numpy import Counting, agree, chunkings, grid, kind, outcome, same, values, within

import hyperslab as da

DTYPES = ["float64", "float32", "int64", "bool", "complex64", "complex128", "float16", "timedelta64[s]"]
SQUARE = [(3, 3), (1, 1), (0, 0), (4, 5, 5), (2, 3, 2, 2), (0, 3, 3)]
WRONG = [(), (4,), (3, 4), (2, 3, 4)]
ANY = [(3, 3), (5, 3), (3, 5), (1, 4), (2, 6, 4), (0, 3), (3, 0)]
CLOSE = 1e-10


def regular(x: np.ndarray) -> np.ndarray:
    """A matrix with a large diagonal."""
    if x.ndim < 2 or x.dtype.kind in "mb":
        return x
    return x + (30 * np.eye(*x.shape[-2:])).astype(x.dtype)


def definite(x: np.ndarray) -> np.ndarray:
    """A Hermitian matrix that is positive definite."""
    if x.ndim < 2 or x.dtype.kind in "mb" or x.shape[-1] != x.shape[-2]:
        return x
    return regular(regular(x + x.swapaxes(-1, -2).conj()))


def close(dtype) -> float:
    return 1e-4 if np.dtype(dtype).char in "efF" else CLOSE


def computed(result):
    return tuple(np.asarray(p) for p in result) if isinstance(result, tuple) else np.asarray(result)


def compared(call, x, computes=False):
    """Results on every layout agree, or exceptions do, at once or when computed; LinAlgError is one of ValueErrors."""
    expected, error = outcome(lambda: call(np, x))
    for chunks in chunkings(x.shape):
        lazy = da.from_array(x, chunks=chunks)
        got, raised = outcome(lambda lazy=lazy: computed(call(da, lazy)) if computes else call(da, lazy))
        assert kind(raised) is kind(error), f"{x.shape} {x.dtype}: {raised!r} where NumPy has {error!r}"
        if isinstance(error, np.linalg.LinAlgError):
            assert isinstance(raised, np.linalg.LinAlgError)
        if error is None:
            ours, numpys = (r if isinstance(r, tuple) else (r,) for r in (got, expected))
            for mine, theirs in zip(ours, numpys, strict=True):
                same(mine, theirs, close(x.dtype), f"{x.shape} {x.dtype}")


@pytest.mark.parametrize("name", ["inv", "det", "slogdet"])
def test_of_square_matrices(name):
    for x in [*grid([*WRONG, *SQUARE], DTYPES), *(values((2, 3, 3), d) for d in DTYPES)]:
        if x.dtype != bool:
            compared(lambda m, x: getattr(m.linalg, name)(x), regular(x))
    result = getattr(np.linalg, name)(da.from_array(regular(values((2, 2)))))
    assert isinstance(result[0] if isinstance(result, tuple) else result, da.Array)


@pytest.mark.parametrize("upper", [False, True])
def test_cholesky(upper):
    for x in [*grid([*WRONG, *SQUARE], DTYPES), *(values((2, 3, 3), d) for d in DTYPES)]:
        compared(lambda m, x: m.linalg.cholesky(x, upper=upper), definite(x), computes=True)
    # dask's word for it.
    x = definite(values((3, 3)))
    made = da.linalg.cholesky(da.from_array(x), lower=not upper)
    np.testing.assert_allclose(made.compute(), np.linalg.cholesky(x, upper=upper))


@pytest.mark.parametrize("sides", [(3,), (3, 2), (3, 0), (2, 3, 1), (4, 1, 3, 2), (4,), (4, 2), ()], ids=str)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3), (3, 4), (3,)], ids=str)
def test_solve(shape, sides):
    for dtype in ["float64", "float32", "int64", "complex64"]:
        a, b = regular(values(shape, dtype)), values(sides, dtype, 1)
        agree(lambda m, a, b: m.linalg.solve(a, b), a, b, rtol=close(dtype), note=f"{dtype}")
    agree(lambda m, a, b: m.linalg.solve(a, b), regular(values(shape, "float32")), values(sides), rtol=1e-6)


def product(u, s, v):
    return np.matmul(u * s[..., None, :], v)


@pytest.mark.parametrize("full", [False, True])
def test_svd(full):
    for x in [*grid([*WRONG[:2], *ANY], DTYPES), *(values((2, 4, 3), d) for d in DTYPES[:6])]:
        compared(lambda m, x: m.linalg.svdvals(x), x)
        expected, error = outcome(lambda x=x: np.linalg.svd(x, full_matrices=full))
        got, raised = outcome(lambda x=x: da.linalg.svd(da.from_array(x, chunks=2), full_matrices=full))
        assert kind(raised) is kind(error), f"{x.dtype}: {raised!r} where NumPy has {error!r}"
        if error is None:
            assert [(p.shape, p.dtype) for p in got] == [(p.shape, p.dtype) for p in expected]
            u, s, v = (np.asarray(p) for p in (got.U, got.S, got.Vh))
            k = s.shape[-1]
            same(s, expected.S, close(x.dtype))
            same(
                product(u[..., :k], s, v[..., :k, :]),
                product(*(expected.U[..., :k], expected.S, expected.Vh[..., :k, :])),
                close(x.dtype),
            )
            for q in (u, v.swapaxes(-1, -2)):
                np.testing.assert_allclose(q.swapaxes(-1, -2).conj() @ q - np.eye(q.shape[-1]), 0, atol=1e-5)


def test_svd_of_hermitian_matrices():
    for dtype in ["float64", "complex128", "float32"]:
        x = definite(values((2, 4, 4), dtype)) - (25 * np.eye(4)).astype(dtype)
        compared(lambda m, x: m.linalg.svd(x, compute_uv=False, hermitian=True), x)
        u, s, v = (np.asarray(p) for p in da.linalg.svd(da.from_array(x), hermitian=True))
        same(product(u, s, v), x, close(dtype))
        compared(lambda m, x: m.linalg.pinv(x, hermitian=True), x)
        compared(lambda m, x: m.linalg.matrix_rank(x, hermitian=True), x)


@pytest.mark.parametrize("mode", ["reduced", "complete", "r", "nowhere"])
def test_qr(mode):
    for x in [*grid([*WRONG[:2], *ANY], DTYPES), *(values((2, 4, 3), d) for d in DTYPES[:6])]:
        if x.dtype.kind == "m":
            continue  # NumPy takes times for numbers in this one factorisation.
        expected, error = outcome(lambda x=x: np.linalg.qr(x, mode))
        got, raised = outcome(lambda x=x: da.linalg.qr(da.from_array(x, chunks=2), mode))
        assert kind(raised) is kind(error), f"{x.dtype}: {raised!r} where NumPy has {error!r}"
        if error is None:
            ours, theirs = (p if isinstance(p, tuple) else (p,) for p in (got, expected))
            assert [(p.shape, p.dtype) for p in ours] == [(p.shape, p.dtype) for p in theirs]
            r = np.asarray(ours[-1])
            np.testing.assert_array_equal(r, np.triu(r))
            same(abs(r), abs(theirs[-1]), close(x.dtype))
            if len(ours) == 2:
                q = np.asarray(ours[0])
                same(q @ r, theirs[0] @ theirs[1], close(x.dtype))
                np.testing.assert_allclose(q.swapaxes(-1, -2).conj() @ q - np.eye(q.shape[-1]), 0, atol=1e-5)
    with pytest.raises(NotImplementedError, match="raw"):
        da.linalg.qr(da.ones((2, 2)), "raw")


@pytest.mark.parametrize("uplo", ["L", "u", "X"])
def test_eigenvalues(uplo):
    for x in [*grid([*WRONG, *SQUARE], DTYPES), *(values((2, 3, 3), d) for d in DTYPES)]:
        x = definite(x)
        compared(lambda m, x: m.linalg.eigvalsh(x, uplo), x)
        compared(lambda m, x: m.linalg.eigh(x, uplo).eigenvalues, x)
        if x.ndim > 1 and x.shape[-1] == x.shape[-2] and x.dtype.kind in "fc" and x.itemsize > 2 and uplo != "X":
            w, v = (np.asarray(p) for p in da.linalg.eigh(da.from_array(x, chunks=2), uplo))
            same(x @ v, v * w[..., None, :], close(x.dtype))
            assert v.dtype == np.linalg.eigh(x).eigenvectors.dtype


def ordered(w: np.ndarray) -> np.ndarray:
    """Eigenvalues in an order that roundings leave as it is."""
    order = np.lexsort((np.round(w.imag, 3), np.round(w.real, 3)))
    return np.take_along_axis(w, order, -1)


def as_complex(dtype) -> np.dtype:
    return np.result_type(np.linalg.eigvals(np.eye(1, dtype=dtype)).dtype, np.complex64)


def test_eigenvalues_of_any_matrix():
    for x in [*grid([*WRONG, *SQUARE], DTYPES), *(values((2, 3, 3), d) for d in DTYPES)]:
        expected, error = outcome(lambda x=x: np.linalg.eigvals(x))
        for chunks in chunkings(x.shape):
            lazy = da.from_array(x, chunks=chunks)
            got, raised = outcome(lambda lazy=lazy: computed((da.linalg.eigvals(lazy), *da.linalg.eig(lazy))))
            assert kind(raised) is kind(error), f"{x.shape} {x.dtype}: {raised!r} where NumPy has {error!r}"
            if error is None:
                alone, w, v = got
                assert alone.dtype == w.dtype == v.dtype == as_complex(x.dtype)
                assert (w.shape, v.shape) == (expected.shape, x.shape)
                tolerance = 20 * close(x.dtype) * max(abs(x).max(initial=1), 1)
                for mine in (alone, w):
                    np.testing.assert_allclose(ordered(mine), ordered(expected + 0j), atol=tolerance)
                np.testing.assert_allclose(x @ v, v * w[..., None, :], atol=tolerance)
                np.testing.assert_allclose(np.linalg.norm(v, axis=-2), 1, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_eigenvectors_are_numpys_but_for_order_and_sign(dtype):
    x = values((20, 6, 6), dtype) + np.arange(36).reshape(6, 6)
    w, v = (np.asarray(p) for p in np.linalg.eig(da.from_array(x, chunks=7)))
    expected = np.linalg.eig(x)
    for k in range(len(x)):
        match = np.abs(w[k][:, None] - expected.eigenvalues[k]).argmin(axis=1)
        assert sorted(match) == list(range(6))
        theirs = expected.eigenvectors[k][:, match]
        signs = np.sign((theirs.conj() * v[k]).sum(axis=0).real)
        np.testing.assert_allclose(v[k], theirs * signs, atol=1e-8)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_eigenvalues_of_what_is_not_finite(bad):
    x = np.stack([np.eye(3), np.full((3, 3), bad)])
    for name in ["eig", "eigvals"]:
        with pytest.raises(np.linalg.LinAlgError, match="infs or NaNs"):
            np.asarray(computed(getattr(da.linalg, name)(da.from_array(x))))


def test_lu():
    for x in [*grid([*WRONG[:2], *ANY], DTYPES), *(values((2, 4, 3), d) for d in DTYPES[:6])]:
        if x.ndim < 2 or x.dtype.char in "em":
            with pytest.raises((np.linalg.LinAlgError, TypeError)):
                da.linalg.lu(da.from_array(x))
            continue
        expected = scipy.linalg.lu(x)
        for chunks in chunkings(x.shape):
            p, lower, upper = (np.asarray(part) for part in da.linalg.lu(da.from_array(x, chunks=chunks)))
            assert p.shape == (*x.shape[:-1], x.shape[-2])
            assert [lower.shape, upper.shape] == [a.shape for a in expected[1:]]
            assert (
                p.dtype == lower.real.dtype
                and lower.dtype == upper.dtype == np.linalg.inv(np.eye(1, dtype=x.dtype)).dtype
            )
            np.testing.assert_allclose(p @ lower @ upper, x, atol=close(x.dtype) * 10)
            assert ((p == 0) | (p == 1)).all() and (p.sum(-1) == 1).all() and (p.sum(-2) == 1).all()
            k = lower.shape[-1]
            assert (lower == np.tril(lower)).all() and (np.diagonal(lower, 0, -2, -1) == 1).all()
            assert (upper == np.triu(upper)).all() and upper.shape[-2] == k
            assert (abs(lower) <= 1 + 1e-5).all()
    big = values((40, 30))
    for mine, theirs in zip(da.linalg.lu(da.from_array(big, chunks=11)), scipy.linalg.lu(big)):
        np.testing.assert_allclose(mine.compute(), theirs, atol=1e-9)


@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc", "nowhere"], ids=str)
def test_cond(p):
    for x in [*grid([*WRONG[1:], *SQUARE], DTYPES[:6]), values((5, 3))]:
        if x.dtype != bool:
            compared(lambda m, x: m.linalg.cond(x, p), regular(x))
    singular = np.stack([np.eye(3), np.diag([1.0, 0, 2]), np.full((3, 3), np.nan)])
    if p not in (None, 2, -2, "nuc"):
        compared(lambda m, x: m.linalg.cond(x, p), singular)
    elif p != "nuc":
        compared(lambda m, x: m.linalg.cond(x, p), singular[:2])


@pytest.mark.parametrize(
    "options", [{}, {"rcond": 1e-3}, {"rtol": None}, {"rtol": [0.5, 0.1]}, {"rcond": 1, "rtol": 1}], ids=str
)
def test_pinv(options):
    for x in [*grid([*WRONG[:2], *ANY], DTYPES[:6]), values((2, 4, 3)), np.ones((2, 3, 3))]:
        if x.dtype != bool and not (np.ndim(options.get("rtol")) and x.shape[:-2] != (2,)):
            compared(lambda m, x: m.linalg.pinv(x, **options), x)


@pytest.mark.parametrize("options", [{}, {"tol": 20}, {"rtol": [0.5, 0.1]}, {"tol": 1, "rtol": 1}], ids=str)
def test_matrix_rank(options):
    for x in [*grid([*WRONG[:2], *ANY], DTYPES[:6]), values((2, 4, 3)), np.ones((2, 3, 3)), np.zeros(3)]:
        if not (np.ndim(options.get("rtol")) and x.shape[:-2] != (2,)):
            compared(lambda m, x: m.linalg.matrix_rank(x, **options), x)


@pytest.mark.parametrize("sides", [(6,), (6, 2), (5,), (6, 2, 2)], ids=str)
def test_lstsq(sides):
    for dtype in ["float64", "complex128", "float32", "int64"]:
        for columns in [3, 6, 8]:
            a, b = values((6, columns), dtype), values(sides, dtype, 1)
            expected, error = outcome(lambda a=a, b=b: np.linalg.lstsq(a, b))
            got, raised = outcome(lambda a=a, b=b: da.linalg.lstsq(da.from_array(a, chunks=2), b))
            assert type(raised) is type(error)
            for mine, theirs in zip(got or (), expected or (), strict=True):
                have = np.asarray(mine)
                assert have.dtype.kind == np.asarray(theirs).dtype.kind
                np.testing.assert_allclose(have, theirs, rtol=1e-3 if dtype == "float32" else 1e-8)


@pytest.mark.parametrize("ord", [2, -2, "nuc"])
@pytest.mark.parametrize("axis", [None, (0, 1), (2, 0), (-1, -2)], ids=str)
def test_norms_of_singular_values(ord, axis):
    for x in [*grid([(3, 4), (2, 3, 4)], DTYPES[:6])]:
        for keepdims in [False, True]:
            call = lambda m, x, keepdims=keepdims: m.linalg.norm(x, ord, axis, keepdims)  # noqa: E731
            agree(call, x, rtol=close(x.dtype))
    agree(lambda m, x: m.linalg.matrix_norm(x, ord=ord), values((2, 3, 4)), rtol=CLOSE)


def test_tensors():
    x = values((4, 6, 8, 3))
    agree(lambda m, x: m.linalg.tensorinv(x), x, rtol=1e-8)
    agree(lambda m, x: m.linalg.tensorinv(x, ind=0), x)
    agree(lambda m, x: m.linalg.tensorinv(x, ind=1), x)
    y = regular(values((6, 6))).reshape(2, 3, 6)
    agree(lambda m, y, b: m.linalg.tensorsolve(y, b), y, values((2, 3)), rtol=CLOSE)
    agree(lambda m, y, b: m.linalg.tensorsolve(y, b, axes=(0, 2)), y.reshape(2, 3, 6), values((3,)))
    turned = np.moveaxis(y, -1, 0).copy()
    agree(lambda m, y, b: m.linalg.tensorsolve(y, b, axes=(0,)), turned, values((2, 3)), rtol=CLOSE)


def test_what_has_no_factors_is_told_when_computed():
    singular = da.from_array(np.stack([np.eye(3), np.zeros((3, 3))]), chunks=1)
    for call in (da.linalg.inv, lambda x: da.linalg.solve(x, np.ones(3)), lambda x: da.linalg.matrix_power(x, -1)):
        with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
            call(singular).compute()
        assert call(singular)[0].compute().shape[0] == 3
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
        da.linalg.cholesky(-singular).compute()
    with pytest.raises(np.linalg.LinAlgError, match="did not converge"):
        da.linalg.svdvals(singular * np.nan).compute()


def test_small_memory():
    data = regular(values((300, 24, 24)))
    x = da.from_array(Counting(data), chunks=(40, 8, 8))
    for call in (
        lambda m, x: m.linalg.inv(x),
        lambda m, x: m.linalg.det(x),
        lambda m, x: m.linalg.svdvals(x),
        lambda m, x: m.linalg.solve(x, x[:, :, :2]),
    ):
        same(within("4 MiB", call(da, x)), call(np, data), CLOSE)
    with pytest.raises(MemoryError, match="inv"):
        da.linalg.inv(da.ones((600, 600))).compute(memory_limit="1 MiB")


def test_results_are_operands():
    data = regular(values((5, 4, 4)))
    x = da.from_array(Counting(data), chunks=(2, 3, 3))
    same((da.linalg.inv(x) @ x).sum(axis=0)[1:, ::2], (np.linalg.inv(data) @ data).sum(axis=0)[1:, ::2], CLOSE)
    u, s, v = da.linalg.svd(x + 1)
    same(da.matmul(u * s[:, None, :], v)[3] - 1, data[3], CLOSE)
    for name in ["inv", "det", "cholesky", "svdvals"]:
        assert name in getattr(da.linalg, name)(x).explain()


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("sides", [(5,), (5, 2), (4,), (2, 5, 3)], ids=str)
def test_solve_triangular(sides, lower):
    for dtype in ["float64", "float32", "complex128", "int64"]:
        a, b = regular(values((5, 5), dtype)), values(sides, dtype, 1)
        a[np.tril_indices(5, -1) if not lower else np.triu_indices(5, 1)] = 77
        agree(
            lambda m, a, b: m.linalg.solve_triangular(a, b, lower=lower),
            a,
            b,
            rtol=close(dtype),
            dispatch=False,
            calls=lambda m, a, b: m.linalg.solve(m.tril(a) if lower else m.triu(a), b),
        )
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        da.linalg.solve_triangular(da.zeros((2, 2)), da.ones(2)).compute()
    for wrong in [da.ones((2, 3)), da.ones(3)]:
        with pytest.raises(np.linalg.LinAlgError, match="square"):
            da.linalg.solve_triangular(wrong, da.ones(2))


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr("hyperslab._tall._BLOCK", 1 << 8)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "int64"])
@pytest.mark.parametrize("shape", [(700, 12), (501, 3), (300, 1), (20, 7)], ids=str)
def test_tall_and_wide_matrices(shape, dtype):
    data = values(shape, dtype)
    x = da.from_array(data, chunks=(97, 2))
    expected = np.linalg.qr(data, "r")
    for q, r in [da.linalg.tsqr(x), da.linalg.qr(x)]:
        q, r = np.asarray(q), np.asarray(r)
        assert (q.dtype, q.shape, r.shape) == (expected.dtype, shape, expected.shape)
        same(abs(r), abs(expected), close(dtype))
        same(q @ r, data.astype(q.dtype), close(dtype))
        np.testing.assert_allclose(q.T.conj() @ q, np.eye(shape[1]), atol=1e-4 if q.dtype == "f4" else 1e-9)
    same(abs(da.linalg.qr(x, "r").compute()), abs(expected), close(dtype))
    values_of = np.linalg.svd(data, compute_uv=False)
    for a, matrix in [(x, data), (x.T, data.T)]:
        same(da.linalg.svdvals(a), values_of, close(dtype))
        u, s, vh = (np.asarray(p) for p in da.linalg.svd(a, full_matrices=False))
        same(s, values_of, close(dtype))
        same((u * s) @ vh, matrix.astype(u.dtype), close(dtype))
    q, r = (np.asarray(p) for p in da.linalg.sfqr(x.T))
    wide = data.T
    same(q @ r, wide.astype(q.dtype), close(dtype))
    np.testing.assert_array_equal(r, np.triu(r))
    for call in [da.linalg.tsqr, da.linalg.sfqr, lambda x: da.linalg.svd_compressed(x, 1)]:
        with pytest.raises(np.linalg.LinAlgError, match="two-dimensional"):
            call(da.ones(3))


def test_tall_matrices_within_small_memory(monkeypatch):
    monkeypatch.setattr("hyperslab._tall._BLOCK", 1 << 16)
    data = np.random.default_rng(0).standard_normal((120_000, 16))
    x = da.from_array(Counting(data), chunks=(10_000, 16))
    r = within("8 MiB", da.linalg.qr(x, "r"))
    same(abs(r), abs(np.linalg.qr(data, "r")), CLOSE)


@pytest.mark.parametrize("iterator", ["power", "QR"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "complex128", "int64"])
def test_compressed_singular_values(dtype, iterator):
    exact = values((300, 4), dtype) @ values((4, 50), dtype, 1)
    for data in [exact, exact.T]:
        x = da.from_array(data, chunks=(70, 30))
        u, s, v = da.linalg.svd_compressed(x, 4, iterator, n_power_iter=1, seed=3)
        assert (u.shape, s.shape, v.shape) == ((data.shape[0], 4), (4,), (4, data.shape[1]))
        same(np.asarray(s), np.linalg.svd(data, compute_uv=False)[:4], max(close(dtype), 1e-9))
        same(np.asarray(u) * np.asarray(s) @ np.asarray(v), data.astype(u.dtype), max(close(dtype), 1e-9))
        again = da.linalg.svd_compressed(x, 4, iterator, n_power_iter=1, seed=3, compute=True)
        same(np.asarray(again[0]), np.asarray(u), max(close(dtype), 1e-9))
        rows = np.asarray(da.linalg.compression_matrix(x, 4, seed=1))
        assert rows.shape == (da.linalg.compression_level(50, 4), data.shape[0])
        np.testing.assert_allclose(rows @ rows.T.conj(), np.eye(len(rows)), atol=1e-4)
    with pytest.raises(ValueError, match="'power' or 'QR'"):
        da.linalg.compression_matrix(x, 4, "nowhere")


def test_signs_of_singular_vectors():
    u, _, v = np.linalg.svd(values((5, 3)), full_matrices=False)
    for by_u in [False, True]:
        for signs in [1, -1]:
            ours = da.linalg.svd_flip(da.from_array(u * signs), da.from_array(v * signs), by_u)
            assert np.all((ours[0].sum(axis=0) if by_u else ours[1].sum(axis=1)) >= 0)
            same(ours[0] @ ours[1], u @ v, CLOSE)
